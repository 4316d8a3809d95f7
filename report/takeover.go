package report

import (
	"fmt"
	"hash/maphash"
	"strings"

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
	// A row gives up its former address and, where its domain was switched, too, the one that it would have now.
	moves := func(yield func(i int, given [2]string, after string)) {
		for i := range r.Rows {
			row := &r.Rows[i]
			if row.Side != s || row.After == nil || row.Before.Primary == "" || row.After.Primary == "" || row.Before.Primary == row.After.Primary {
				continue
			}
			before, after := row.Before.Primary.Fold(), row.After.Primary.Fold()
			if before == after {
				continue
			}
			given := [2]string{before}
			local, _ := refresh.Address(before).Split()
			if _, domain := refresh.Address(after).Split(); !strings.HasSuffix(before, "@"+domain) && local+"@"+domain != after {
				given[1] = local + "@" + domain
			}
			yield(i, given, after)
		}
	}
	// Hashes first: after a switch of domains every row moves, and hardly any takes over an address.
	seed := maphash.MakeSeed()
	hashes := map[uint64]bool{}
	moves(func(_ int, given [2]string, _ string) {
		for _, address := range given {
			hashes[maphash.String(seed, address)] = true
		}
	})
	wanted := map[string][]int{} // address → rows that take it
	moves(func(i int, _ [2]string, after string) {
		if hashes[maphash.String(seed, after)] {
			wanted[after] = append(wanted[after], i)
		}
	})
	if len(wanted) == 0 {
		return
	}
	const several = -1
	former := map[string]int{}
	moves(func(i int, given [2]string, _ string) {
		for _, address := range given {
			if _, ok := wanted[address]; !ok {
				continue
			}
			if was, twice := former[address]; twice && was != i {
				former[address] = several
				continue
			}
			former[address] = i
		}
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

// circles returns the size of the circle for each row that stands in one.
func circles(next map[int]int) map[int]int {
	size := map[int]int{}
	seen := map[int]int{} // row → the walk in which it was met, from 1 on
	walk := 0
	for start := range next {
		walk++
		at, ok := start, true
		for ok && seen[at] == 0 {
			seen[at] = walk
			at, ok = next[at]
		}
		if !ok || seen[at] != walk {
			continue // it ends, or leads to where another walk was
		}
		var circle []int
		for i := at; len(circle) == 0 || i != at; i = next[i] {
			circle = append(circle, i)
		}
		for _, i := range circle {
			size[i] = len(circle)
		}
	}
	return size
}
