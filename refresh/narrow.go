package refresh

import (
	"cmp"
	"slices"
)

// narrowConflicts recomputes the conflicts of a narrowed plan from the rows of the whole one. Rows that were never
// looked up are known only as members of recorded conflicts, and those are all that can matter: a rival that one of
// them meets in the narrowed plan, it met before or after the whole plan, too.
func (r *Result) narrowConflicts(kept []bool) []Conflict {
	rowOf := make(map[sideKey]int, len(r.Rows))
	for i := range r.Rows {
		rowOf[sideKey{r.Rows[i].Side, r.Rows[i].Key}] = i
	}
	var out []Conflict
	for _, side := range []Side{Source, Target} {
		groups := r.watched(side)
		for _, c := range r.Conflicts {
			switch {
			case c.Side != side:
			case c.Kind != SharedAddress:
				out = append(out, relabel(c, rowOf, kept))
			default:
				for _, m := range c.Members {
					if _, ours := rowOf[sideKey{side, m.Key}]; !ours {
						fold := string(c.Address)
						groups[fold] = append(groups[fold], claim{fold: fold, match: -1 - len(groups[fold]), key: m.Key, who: m.holder(), before: true, after: true, primary: m.Primary, wasPrimary: m.Primary})
					}
				}
			}
		}
		for i := range r.Rows {
			if r.Rows[i].Side == side && r.Rows[i].Origin != None {
				r.claims(i, kept[i], func(x claim) {
					if _, ok := groups[x.fold]; ok {
						groups[x.fold] = append(groups[x.fold], x)
					}
				})
			}
		}
		for fold, claims := range groups {
			if c, ok := conflictAmong(claims); ok {
				c.Kind, c.Side, c.Address = SharedAddress, side, Address(fold)
				slices.SortStableFunc(c.Members, func(a, b Member) int { return cmp.Compare(order(rowOf, side, a), order(rowOf, side, b)) })
				out = append(out, c)
			}
		}
	}
	slices.SortFunc(out, orderConflicts)
	return out
}

// watched returns an empty group for each address that can be in conflict: those that were, and those that moved.
func (r *Result) watched(side Side) map[string][]claim {
	groups := make(map[string][]claim)
	for _, c := range r.Conflicts {
		if c.Side == side && c.Kind == SharedAddress {
			groups[string(c.Address)] = nil
		}
	}
	for i := range r.Rows {
		r.moved(i, side, func(fold string, _ bool) { groups[fold] = nil })
	}
	return groups
}

// claims calls f for each address that a row holds before or after the narrowed plan.
func (r *Result) claims(i int, kept bool, f func(claim)) {
	row := r.Rows[i]
	x := claim{match: i, key: row.Key, who: holderOf(row.Before, row.Part, row.Merge && row.Side == Target)}
	if kept {
		x.row = &r.Rows[i]
	} else {
		row.After = nil
	}
	x.held(&row.Before, row.After, f)
}

func (m Member) holder() holder {
	return holder{id: m.ID, fold: string(m.Holder), part: m.Part, merge: m.Merge}
}

// order puts the rows of the plan first, in their order, and those that were not looked up last.
func order(rowOf map[sideKey]int, side Side, m Member) int {
	if i, ok := rowOf[sideKey{side, m.Key}]; ok {
		return i
	}
	return len(rowOf)
}

// relabel drops the outcome of members that the narrowed plan no longer holds.
func relabel(c Conflict, rowOf map[sideKey]int, kept []bool) Conflict {
	c.Members = slices.Clone(c.Members)
	for k := range c.Members {
		if i, ours := rowOf[sideKey{c.Side, c.Members[k].Key}]; ours && !kept[i] {
			c.Members[k].Outcome = 0
		}
	}
	return c
}
