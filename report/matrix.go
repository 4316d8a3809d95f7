package report

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

// flow counts the rows of one side by the domain of their primary address, before and after.
type flow struct {
	side refresh.Side
	from []flowFrom // most rows first
	to   []string   // the domains that rows moved to, most rows first
}

// flowFrom is one old domain.
type flowFrom struct {
	domain string
	moved  map[string]int // by the new domain
	still  int            // found, and still on it
	open   int            // without a trustworthy answer: nothing is known of where they are
	total  int
}

// flowOf counts one side.
func flowOf(r *refresh.Result, s refresh.Side) flow {
	byDomain := map[string]*flowFrom{}
	to := map[string]int{}
	for i := range r.Rows {
		row := &r.Rows[i]
		if row.Side != s || row.Outcome == refresh.Unmatched {
			continue
		}
		from, now := domains(row)
		f := byDomain[from]
		if f == nil {
			f = &flowFrom{domain: from, moved: map[string]int{}}
			byDomain[from] = f
		}
		f.total++
		switch {
		case !found(row):
			f.open++
		case now == from:
			f.still++
		default:
			f.moved[now]++
			to[now]++
		}
	}
	most := func(n map[string]int) func(a, b string) int {
		return func(a, b string) int { return cmp.Or(cmp.Compare(n[b], n[a]), strings.Compare(a, b)) }
	}
	out := flow{side: s, to: slices.SortedFunc(maps.Keys(to), most(to))}
	total := map[string]int{}
	for d, f := range byDomain {
		total[d] = f.total
	}
	for _, d := range slices.SortedFunc(maps.Keys(total), most(total)) {
		out.from = append(out.from, *byDomain[d])
	}
	return out
}

// found reports whether the addresses of a row are what its server says.
func found(row *refresh.Row) bool {
	return row.Outcome == refresh.Refreshed || row.Outcome == refresh.NotChanged || row.After != nil
}

// domains returns the domain of the primary address before and after, folded; "" where there is none.
func domains(row *refresh.Row) (before, after string) {
	before = row.Before.Primary.Domain()
	if row.After == nil || row.After.Primary == row.Before.Primary {
		return before, before
	}
	return before, row.After.Primary.Domain()
}
