package refresh

import "slices"

// Only narrows the plan to the rows that keep picks: a result of its own, with its own ID, for the same job. It
// refuses to keep a part of the rows that swap or rotate addresses among themselves (*[SplitError]), because
// applying that part would leave two mailboxes with one address.
func (r *Result) Only(keep func(Row) bool) (*Result, error) {
	if r == nil {
		return nil, errNoResult
	}
	kept := make([]bool, len(r.Rows))
	for i := range r.Rows {
		kept[i] = keep(r.Rows[i])
	}
	for _, side := range []Side{Source, Target} {
		if err := r.checkSplit(side, kept); err != nil {
			return nil, err
		}
	}
	out := *r
	out.ID, out.State, out.Rows = randomID(), Preview, nil
	out.Run = r.Run.narrowed(r.Rows, kept)
	for i, k := range kept {
		if k {
			out.Rows = append(out.Rows, r.Rows[i])
		}
	}
	out.Conflicts = r.narrowConflicts(kept)
	return &out, nil
}

// narrowed returns the record for a plan without some rows. Where one of them would have been stamped, or have lost its
// stamp, the old cursor is still needed for it. In a new epoch it has no stamp anyway.
func (run Run) narrowed(rows []Row, kept []bool) Run {
	for _, s := range []Side{Source, Target} {
		was := run.Side(s)
		if was == nil || was.Restarted || !was.moved() {
			continue
		}
		for i := range rows {
			if row := &rows[i]; row.Side == s && !kept[i] && row.touches() {
				now := *was
				now.stay()
				if s == Source {
					run.Source = &now
				} else {
					run.Target = &now
				}
				break
			}
		}
	}
	return run
}

// checkSplit looks for a circle of rows, each taking over an address from the next, that is kept in part.
func (r *Result) checkSplit(s Side, kept []bool) error {
	gives := make(map[string][]int) // address → rows that give it up
	for i := range r.Rows {
		r.moved(i, s, func(fold string, gained bool) {
			if !gained {
				gives[fold] = append(gives[fold], i)
			}
		})
	}
	if len(gives) == 0 {
		return nil
	}
	// Between a row and those that it takes an address over from stands a node for the address, below zero.
	next := make(map[int][]int)
	node := make(map[string]int)
	for fold, rows := range gives {
		node[fold] = -1 - len(node)
		next[node[fold]] = rows
	}
	for i := range r.Rows {
		r.moved(i, s, func(fold string, gained bool) {
			if n, given := node[fold]; gained && given {
				next[i] = append(next[i], n)
			}
		})
	}
	for _, circle := range circles(next) {
		n := 0
		var keys []string
		for _, i := range circle {
			if i < 0 {
				continue
			}
			keys = append(keys, r.Rows[i].Key)
			if kept[i] {
				n++
			}
		}
		if n > 0 && n < len(keys) {
			slices.Sort(keys)
			return &SplitError{Side: s, Keys: keys}
		}
	}
	return nil
}

// moved calls f for each address that a row gains or gives up.
func (r *Result) moved(i int, s Side, f func(fold string, gained bool)) {
	row := &r.Rows[i]
	if row.Side != s || row.After == nil {
		return
	}
	eachAddress(row.After, func(fold string, _ bool) {
		if !row.Before.Holds(Address(fold)) {
			f(fold, true)
		}
	})
	eachAddress(&row.Before, func(fold string, _ bool) {
		if !row.After.Holds(Address(fold)) {
			f(fold, false)
		}
	})
}

// circles returns the strongly connected components of more than one node (Tarjan's algorithm).
func circles(next map[int][]int) [][]int {
	var out [][]int
	var stack []int
	index, low, on := make(map[int]int), make(map[int]int), make(map[int]bool)
	var visit func(v int)
	visit = func(v int) {
		index[v] = len(index) + 1
		low[v] = index[v]
		stack, on[v] = append(stack, v), true
		for _, w := range next[v] {
			if index[w] == 0 {
				visit(w)
				low[v] = min(low[v], low[w])
			} else if on[w] {
				low[v] = min(low[v], index[w])
			}
		}
		if low[v] != index[v] {
			return
		}
		at := len(stack) - 1
		for stack[at] != v {
			at--
		}
		if part := slices.Clone(stack[at:]); len(part) > 1 {
			out = append(out, part)
		}
		for _, w := range stack[at:] {
			on[w] = false
		}
		stack = stack[:at]
	}
	for v := range next {
		if index[v] == 0 {
			visit(v)
		}
	}
	return out
}
