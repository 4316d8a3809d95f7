package proptest

import (
	"slices"

	"github.com/readdress-go/readdress/refresh"
)

// exchanges returns the groups of rows of one side that swap or rotate addresses: every row of a group takes over an
// address that another one of it gives up. With primaryOnly only primary addresses count.
func exchanges(rows []refresh.Row, s refresh.Side, primaryOnly bool) [][]string {
	var part []refresh.Row
	for _, r := range rows {
		if r.Side == s && r.After != nil {
			part = append(part, r)
		}
	}
	held := func(m refresh.Mailbox) map[string]bool {
		out := map[string]bool{}
		for i, a := range m.Addresses() {
			if i == 0 || !primaryOnly {
				out[a.Fold()] = true
			}
		}
		return out
	}
	takes := map[[2]int]bool{}
	for i, a := range part {
		was, is := held(a.Before), held(*a.After)
		for k, b := range part {
			if i == k || identity(a.Before) == identity(b.Before) {
				continue
			}
			theirs, left := held(b.Before), held(*b.After)
			for fold := range is {
				if !was[fold] && theirs[fold] && !left[fold] {
					takes[[2]int{i, k}] = true
				}
			}
		}
	}
	for k := range part { // who takes from whom over others
		for i := range part {
			for j := range part {
				if takes[[2]int{i, k}] && takes[[2]int{k, j}] {
					takes[[2]int{i, j}] = true
				}
			}
		}
	}
	var groups [][]string
	done := map[int]bool{}
	for i := range part {
		if done[i] || !takes[[2]int{i, i}] {
			continue
		}
		var keys []string
		for j := range part {
			if takes[[2]int{i, j}] && takes[[2]int{j, i}] {
				done[j] = true
				keys = append(keys, part[j].Key)
			}
		}
		slices.Sort(keys)
		groups = append(groups, keys)
	}
	return groups
}

// splits returns the groups of which some rows are kept and others not.
func splits(groups [][]string, s refresh.Side, kept map[place]bool) [][]string {
	var out [][]string
	for _, g := range groups {
		n := 0
		for _, key := range g {
			if kept[place{key, s}] {
				n++
			}
		}
		if n > 0 && n < len(g) {
			out = append(out, g)
		}
	}
	return out
}
