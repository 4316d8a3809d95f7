package match

import (
	"hash/maphash"
	"slices"
)

// work is a pairing that is being made.
type work struct {
	*Pairing
	most   int
	groups groups
	near   [2][]int32 // the neighbour of each entry at this rule
	buf    []string
}

// undecided reports whether an entry is open for a weaker rule.
func (st *state) undecided() bool { return st.status == NoCandidate }

// tier applies one rule. What it decides depends on what stronger rules did, not on what it did itself, because the pairs of one rule
// have nobody in common.
func (w *work) tier(r int) {
	rule := &w.rules[r]
	if !w.neighbours(rule) {
		return
	}
	crowded := false
	for i, t := range w.near[source] {
		switch {
		case t >= 0 && w.near[target][t] == int32(i):
			w.single(r, int32(i), t)
		case t != nobody:
			crowded = true
		}
	}
	if crowded {
		w.crowds(r)
	}
}

// neighbours finds out for each entry whether it shares a key of the rule with nobody, one or many. It reports whether anybody does.
func (w *work) neighbours(rule *Rule) bool {
	for s := range w.near {
		n := len(w.sides[s].entries)
		if cap(w.near[s]) < n {
			w.near[s] = make([]int32, n)
		}
		w.near[s] = w.near[s][:n]
		for i := range w.near[s] {
			w.near[s][i] = nobody
		}
	}
	g := &w.groups
	g.reset(len(w.sides[target].entries))
	for t, e := range w.sides[target].entries {
		w.buf = rule.each(target, e, w.buf)
		for _, k := range w.buf {
			g.add(k, int32(t))
		}
	}
	if len(g.list) == 0 {
		return false
	}
	any := false
	near := w.near[source]
	for s, e := range w.sides[source].entries {
		w.buf = rule.each(source, e, w.buf)
		for _, k := range w.buf {
			in, _ := g.find(maphash.String(g.seed, k))
			if in == nil {
				continue
			}
			any = true
			in.source = join(in.source, int32(s))
			if near[s] = join(near[s], in.first); in.more >= 0 {
				near[s] = many
			}
		}
	}
	near = w.near[target]
	for i := range g.list {
		in := &g.list[i]
		if in.source == nobody {
			continue
		}
		near[in.first] = join(near[in.first], in.source)
		for l := in.more; l >= 0; l = g.links[l].next {
			t := g.links[l].target
			near[t] = join(near[t], in.source)
		}
	}
	return any
}

// single decides about two who are each other's only neighbour.
func (w *work) single(r int, i, t int32) {
	s, e := &w.sides[source].states[i], &w.sides[target].states[t]
	rule := &w.rules[r]
	a, b := w.sides[source].entries[i], w.sides[target].entries[t]
	if s.other == t && s.status.Paired() {
		return // once more
	}
	key, ok := "", false
	if !s.undecided() || !e.undecided() || rule.SuggestOnly {
		if key, ok = rule.shared(a, b); !ok {
			return // two keys of one hash
		}
		w.suggest(r, key, i, t)
		if rule.SuggestOnly {
			return
		}
		if s.undecided() {
			*s = state{nobody, int16(r), Conflict, isTaken}
		}
		if e.undecided() {
			*e = state{nobody, int16(r), Conflict, isTaken}
		}
		return
	}
	if key, ok = rule.shared(a, b); !ok {
		return
	}
	status := Matched
	why, _ := w.objection(a, b)
	switch why {
	case isOther:
		status = Conflict
	case isRefused:
		status = Blocked
	}
	if status == Matched {
		*s, *e = state{t, int16(r), Matched, noReason}, state{i, int16(r), Matched, noReason}
		return
	}
	*s, *e = state{nobody, int16(r), status, why}, state{nobody, int16(r), status, why}
	w.suggest(r, key, i, t)
}

// suggest keeps two as candidates of each other.
func (w *work) suggest(r int, key string, i, t int32) {
	w.keep(source, i, Candidate{Entry: w.sides[target].entries[t], Rule: w.rules[r].Name, Key: key, rank: r})
	w.keep(target, t, Candidate{Entry: w.sides[source].entries[i], Rule: w.rules[r].Name, Key: key, rank: r})
}

func (w *work) keep(s side, i int32, c Candidate) {
	h := &w.sides[s]
	h.candidates[i] = append(h.candidates[i], c)
}

// crowds decides about all who have several neighbours, or one that has.
func (w *work) crowds(r int) {
	rule := &w.rules[r]
	var in [2][]int32
	for s := range in {
		for i, n := range w.near[s] {
			if n == many || n >= 0 && w.near[side(s).other()][n] != int32(i) {
				in[s] = append(in[s], int32(i))
			}
		}
	}
	for s := range in {
		w.crowd(r, side(s), in[s], in[side(s).other()])
	}
	if rule.SuggestOnly {
		return
	}
	var before [2][]state // of the others, as stronger rules left it
	for s := range in {
		before[s] = make([]state, len(in[s]))
		for k, i := range in[s] {
			before[s][k] = w.sides[s].states[i]
		}
	}
	was := func(s side, i int32) Status {
		lo, hi := 0, len(in[s])
		for lo < hi {
			if mid := (lo + hi) / 2; in[s][mid] < i {
				lo = mid + 1
			} else {
				hi = mid
			}
		}
		return before[s][lo].status
	}
	for s := range in {
		for _, i := range in[s] {
			st := &w.sides[s].states[i]
			if !st.undecided() {
				continue
			}
			n := w.near[s][i]
			switch {
			case n == many:
				*st = state{nobody, int16(r), Ambiguous, isOneOf}
			case was(side(s).other(), n) != NoCandidate:
				*st = state{nobody, int16(r), Conflict, isTaken}
			default:
				*st = state{nobody, int16(r), Ambiguous, isShared}
			}
		}
	}
}

// crowd keeps the candidates of some entries of one side among some of the other, by their keys.
func (w *work) crowd(r int, s side, of, among []int32) {
	rule := &w.rules[r]
	byKey := make(map[string][]int32)
	for _, x := range among {
		for _, k := range rule.each(s.other(), w.sides[s.other()].entries[x], nil) {
			byKey[k] = append(byKey[k], x)
		}
	}
	for k := range byKey { // the order of a full list must not depend on that of the entries
		w.sortAs(s.other(), byKey[k])
	}
	h := &w.sides[s]
	for _, i := range of {
		seen := map[int32]bool{h.states[i].other: true} // the partner by stronger evidence is no candidate
		total, steps := 0, 0
		for _, k := range rule.each(s, h.entries[i], nil) {
			for _, x := range byKey[k] {
				if steps++; steps > mostCounted {
					break
				}
				if seen[x] {
					continue
				}
				seen[x] = true
				if total++; total <= w.most {
					h.candidates[i] = append(h.candidates[i], Candidate{Entry: w.sides[s.other()].entries[x], Rule: rule.Name, Key: k, rank: r})
				}
			}
		}
		h.totals[i] = max(h.totals[i], total)
	}
}

// mostCounted is how many neighbours of an entry are counted.
const mostCounted = 10_000

// sortAs puts entries into an order that does not depend on how they came.
func (w *work) sortAs(s side, list []int32) {
	slices.SortFunc(list, func(a, b int32) int { return compareEntries(w.sides[s].entries[a], w.sides[s].entries[b]) })
}
