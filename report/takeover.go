package report

import (
	"fmt"
	"hash/maphash"

	"github.com/readdress-go/readdress/refresh"
)

// takeover says that the new primary address of a row was that of another row of its side, which gives it up.
type takeover struct {
	from  string // the key of the row that gives the address up
	round int    // the number of rows that pass their addresses on in a circle, this one among them; 0: no circle
}

// label is what note stands behind.
func (t takeover) label() string {
	if t.round > 0 {
		return "swap"
	}
	return "takes over"
}

// note says it in a sentence; key is from made safe.
func (t takeover) note(key string) string {
	switch t.round {
	case 0:
		return "the former address of row " + key
	case 2:
		return "with row " + key
	}
	return fmt.Sprintf("gets the former address of row %s, in a circle of %d rows", key, t.round)
}

// takeovers finds the rows whose new primary address was another's, as indices into r.Rows. An address that several rows
// of a side held before has no single former owner, and is left out: it is a conflict.
func takeovers(r *refresh.Result) map[int]takeover {
	out := map[int]takeover{}
	for _, s := range askedSides(r) {
		passOn(r, s, out)
	}
	return out
}

func passOn(r *refresh.Result, s refresh.Side, out map[int]takeover) {
	moves := func(yield func(i int, before, after string)) {
		for i := range r.Rows {
			row := &r.Rows[i]
			if row.Side != s || row.After == nil || row.Before.Primary == "" || row.After.Primary == "" || row.Before.Primary == row.After.Primary {
				continue
			}
			if before, after := row.Before.Primary.Fold(), row.After.Primary.Fold(); before != after {
				yield(i, before, after)
			}
		}
	}
	// Hashes first: after a switch of domains every row moves, and hardly any takes over an address.
	seed := maphash.MakeSeed()
	given := map[uint64]bool{}
	moves(func(_ int, before, _ string) { given[maphash.String(seed, before)] = true })
	wanted := map[string][]int{} // address → rows that take it
	moves(func(i int, _, after string) {
		if given[maphash.String(seed, after)] {
			wanted[after] = append(wanted[after], i)
		}
	})
	if len(wanted) == 0 {
		return
	}
	const several = -1
	former := map[string]int{}
	moves(func(i int, before, _ string) {
		if _, ok := wanted[before]; !ok {
			return
		}
		if _, twice := former[before]; twice {
			i = several
		}
		former[before] = i
	})
	next := map[int]int{} // row → the row whose address it takes
	for address, rows := range wanted {
		if from, ok := former[address]; ok && from != several && len(rows) == 1 {
			next[rows[0]] = from
		}
	}
	round := circles(next)
	for i, from := range next {
		out[i] = takeover{from: r.Rows[from].Key, round: round[i]}
	}
}

// circles returns the size of the circle for each row that stands in one. No two rows have the same next one.
func circles(next map[int]int) map[int]int {
	size := map[int]int{}
	seen := map[int]bool{}
	for start := range next {
		var path []int
		at := start
		for !seen[at] {
			seen[at] = true
			path = append(path, at)
			to, ok := next[at]
			if !ok {
				break
			}
			at = to
		}
		if len(path) > 0 && at == start && next[path[len(path)-1]] == start {
			for _, i := range path {
				size[i] = len(path)
			}
		}
	}
	return size
}
