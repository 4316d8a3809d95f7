package refresh

import (
	"cmp"
	"slices"
)

// narrowConflicts recomputes the conflicts of a narrowed plan. Rows that were never looked up are known only as members of
// recorded conflicts, and those are all that can matter: an address that nobody else held before or after cannot clash.
func (r *Result) narrowConflicts(kept []bool) []Conflict {
	rows := make(map[Side]map[string]int)
	for i := range r.Rows {
		if rows[r.Rows[i].Side] == nil {
			rows[r.Rows[i].Side] = make(map[string]int)
		}
		rows[r.Rows[i].Side][r.Rows[i].Key] = i
	}
	var out []Conflict
	for _, side := range []Side{Source, Target} {
		recorded := make(map[string]Conflict)
		watched := make(map[string][]Member) // address → its holders in the narrowed state
		for _, c := range r.Conflicts {
			if c.Side != side {
				continue
			}
			if c.Kind != SharedAddress {
				out = append(out, relabel(c, rows[side], kept))
				continue
			}
			recorded[string(c.Address)] = c
			watched[string(c.Address)] = nil
			for _, m := range c.Members {
				if _, ours := rows[side][m.Key]; !ours {
					watched[string(c.Address)] = append(watched[string(c.Address)], m)
				}
			}
		}
		for i := range r.Rows {
			r.moved(i, side, func(fold string, _ bool) {
				if _, ok := watched[fold]; !ok {
					watched[fold] = nil
				}
			})
		}
		for i := range r.Rows {
			row := &r.Rows[i]
			if row.Side != side || row.Origin == None {
				continue
			}
			holds, outcome := row.Before, Outcome(0)
			if kept[i] {
				holds, outcome = row.Now(), row.Outcome
			}
			eachAddress(&holds, func(fold string, primary bool) {
				if _, ok := watched[fold]; ok {
					watched[fold] = append(watched[fold], Member{Key: row.Key, ID: holds.ID, Outcome: outcome, Primary: primary})
				}
			})
		}
		for fold, members := range watched {
			was, known := recorded[fold]
			before := known && was.State != ConflictNew
			if c, ok := conflictAmong(side, Address(fold), members, before, was); ok {
				out = append(out, c)
			}
		}
	}
	slices.SortFunc(out, orderConflicts)
	return out
}

// relabel drops the outcome of members that the narrowed plan no longer holds.
func relabel(c Conflict, rows map[string]int, kept []bool) Conflict {
	c.Members = slices.Clone(c.Members)
	for k := range c.Members {
		if i, ours := rows[c.Members[k].Key]; ours && !kept[i] {
			c.Members[k].Outcome = 0
		}
	}
	return c
}

func conflictAmong(side Side, a Address, members []Member, before bool, was Conflict) (Conflict, bool) {
	c := Conflict{Kind: SharedAddress, Side: side, Address: a, State: ConflictNew, Members: members}
	clash := false
	for _, m := range members {
		clash = clash || m.ID != members[0].ID || m.ID == "" && m.Key != members[0].Key
	}
	switch {
	case clash && before:
		c.State = ConflictExisting
	case clash:
	case before:
		c.State, c.Members = ConflictResolved, was.Members
	default:
		return c, false
	}
	slices.SortFunc(c.Members, func(a, b Member) int { return cmp.Compare(a.Key, b.Key) })
	return c, true
}
