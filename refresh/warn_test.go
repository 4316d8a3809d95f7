package refresh_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/readdress-go/readdress/refresh"
)

// many makes a job of n rows on one side, and the answers for it.
func many(side refresh.Side, n int, change func(i int, m *refresh.Mailbox) (refresh.Mailbox, refresh.Lookup)) (refresh.Job, *script) {
	j, said := jobOf(), lookups{}
	for i := range n {
		m := box(refresh.ID("id-"+strconv.Itoa(i)), refresh.Address(fmt.Sprintf("u%d@old.example", i)))
		stored, l := change(i, &m)
		j.Matches = append(j.Matches, one(side, strconv.Itoa(i), refresh.Bound, stored))
		said[m.ID] = l
	}
	return j, &script{resolve: answers(said)}
}

func TestSuspiciousResult(t *testing.T) {
	tests := []struct {
		name, reason     string
		n, gone, failing int
		want             bool
	}{
		{"19 of 19", "too few rows to judge", 19, 19, 0, false},
		{"20 of 20", "a whole side is missing", 20, 20, 0, true},
		{"10 of 20", "half of it is missing", 20, 10, 0, true},
		{"9 of 20", "less than half", 20, 9, 0, false},
		{"49 of 100", "49 per cent", 100, 49, 0, false},
		{"50 of 100", "50 per cent", 100, 50, 0, true},
		{"11 of 21", "more than half of an odd number", 21, 11, 0, true},
		{"10 of 21", "less than half of an odd number", 21, 10, 0, false},
		{"half of it failed", "a failed look-up is not a missing mailbox", 20, 9, 11, false},
	}
	for _, tt := range tests {
		for _, side := range bothSides {
			t.Run(tt.name+" on the "+side.String(), func(t *testing.T) {
				j, c := many(side, tt.n, func(i int, m *refresh.Mailbox) (refresh.Mailbox, refresh.Lookup) {
					switch {
					case i < tt.gone:
						return *m, goneTombstone
					case i < tt.gone+tt.failing:
						return *m, refresh.Failed(errOutage)
					}
					return *m, refresh.Found(*m)
				})
				for i := range 50 { // rows that are not looked up do not water the share down
					j.Matches = append(j.Matches, one(side, "m"+strconv.Itoa(i), refresh.Manual, box("", "m@old.example")))
				}
				r := run(t, j, only(side, c), withoutPause)
				ws := warned(r, refresh.WarnSuspicious)
				if got := len(ws) == 1 && ws[0].Side == side; got != tt.want {
					t.Errorf("%s: warnings %+v, want one: %t", tt.reason, ws, tt.want)
				}
				same(t, "it warns and does not refuse", tt.gone, r.Counts(side).ByOutcome[refresh.Missing])
			})
		}
	}
}

func TestExpectDomain(t *testing.T) {
	const moved, stayed, gone, elsewhere = 0, 1, 2, 3
	j, c := many(refresh.Source, 5, func(i int, m *refresh.Mailbox) (refresh.Mailbox, refresh.Lookup) {
		switch i {
		case moved:
			return *m, refresh.Found(with(*m, func(m *refresh.Mailbox) { m.Primary = "u@new.example" }))
		case gone:
			return *m, goneTombstone
		case elsewhere:
			m.Primary = "u@NEW.example"
		}
		return *m, refresh.Found(*m)
	})
	tests := []struct {
		name, reason, expect string
		domains              []refresh.Domain
		want                 []string
	}{
		{"asked for", "rows that are found, not changed and elsewhere", "new.example", nil, []string{"1", "4"}},
		{"other spelling", "domains are folded", "New.Example", nil, []string{"1", "4"}},
		{"accepted by the directory", "the same", "new.example", []refresh.Domain{{Name: "new.example"}}, []string{"1", "4"}},
		{"not accepted by the directory", "this side was never to move", "new.example", []refresh.Domain{{Name: "old.example"}}, nil},
		{"not asked for", "nobody expects anything", "", nil, nil},
		{"the domain they are in", "only the row that is already in the new one is not where it should be", "old.example", nil, []string{"3"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := &script{resolve: c.resolve, inspect: reaches(refresh.Directory{Domains: tt.domains})}
			r := run(t, j, refresh.Sides{Source: c}, &refresh.Options{ExpectDomain: tt.expect, ConfirmAfter: -1})
			var keys []string
			for _, w := range warned(r, refresh.WarnExpectedDomain) {
				keys = append(keys, w.Keys...)
			}
			same(t, tt.reason, tt.want, keys)
		})
	}
}

func TestAliasesLost(t *testing.T) {
	tests := []struct {
		name, reason string
		n            int
		stored       func(i int) []refresh.Address
		found        func(i int) []refresh.Address
		want         bool
	}{
		{"all lost", "the right to read them may be lacking", 3, aliasesOf(3), aliasesOf(0), true},
		{"two rows, both lost", "the least that is more than one", 2, aliasesOf(2), aliasesOf(0), true},
		{"one row with aliases", "one mailbox may well lose its aliases", 3, aliasesOf(1), aliasesOf(0), false},
		{"one row kept them", "they can be read", 3, aliasesOf(3), aliasesOf(1), false},
		{"nobody had any", "nothing is lost", 3, aliasesOf(0), aliasesOf(0), false},
		{"those that had none have some now", "they can be read", 3, aliasesOf(2), func(i int) []refresh.Address {
			if i == 2 {
				return []refresh.Address{"new@old.example"}
			}
			return nil
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j, c := many(refresh.Target, tt.n, func(i int, m *refresh.Mailbox) (refresh.Mailbox, refresh.Lookup) {
				found := *m
				m.Aliases, found.Aliases = tt.stored(i), tt.found(i)
				return *m, refresh.Found(found)
			})
			r := run(t, j, refresh.Sides{Target: c}, nil)
			if got := len(warned(r, refresh.WarnAliasesLost)) == 1; got != tt.want {
				t.Errorf("%s: warnings %+v, want one: %t", tt.reason, r.Warnings, tt.want)
			}
		})
	}
}

// aliasesOf gives the first n rows an alias.
func aliasesOf(n int) func(i int) []refresh.Address {
	return func(i int) []refresh.Address {
		if i < n {
			return []refresh.Address{refresh.Address(fmt.Sprintf("alias%d@old.example", i))}
		}
		return nil
	}
}

func TestNoIdentity(t *testing.T) {
	odd := func(i int) bool { return i%2 == 1 }
	tests := []struct {
		name, reason string
		n            int
		manual       func(i int) bool
		selected     func(refresh.Match) bool
		text         string
		keys         []string
	}{
		{"none", "every row has an ID", 5, func(int) bool { return false }, nil, "", nil},
		{"one", "one row is worth a warning: nobody can follow it", 5, func(i int) bool { return i == 3 }, nil, "1 of 5 rows has no identity: enrol before the switch", []string{"3"}},
		{"several", "in the order of the job", 5, odd, nil, "2 of 5 rows have no identity: enrol before the switch", []string{"1", "3"}},
		{"selected ones only", "the others are not touched", 5, odd, refresh.SelectKeys("0", "1", "2"), "1 of 3 rows has no identity: enrol before the switch", []string{"1"}},
		{"none selected", "those without an ID are not asked for", 5, odd, refresh.SelectKeys("0", "2"), "", nil},
		{"many", "large counts are grouped", 5000, func(i int) bool { return i < 1412 }, nil, "1,412 of 5,000 rows have no identity: enrol before the switch", nil},
	}
	for _, tt := range tests {
		for _, side := range bothSides {
			t.Run(tt.name+" on the "+side.String(), func(t *testing.T) {
				j, c := many(side, tt.n, func(i int, m *refresh.Mailbox) (refresh.Mailbox, refresh.Lookup) { return *m, refresh.Found(*m) })
				for i := range j.Matches {
					if tt.manual(i) {
						j.Matches[i] = one(side, strconv.Itoa(i), refresh.Manual, box("", "m@old.example"))
					}
				}
				opts := &refresh.Options{Select: tt.selected, ConfirmAfter: -1}
				var want []refresh.Warning
				if tt.text != "" {
					want = []refresh.Warning{{Code: refresh.WarnNoIdentity, Side: side, Text: tt.text, Keys: tt.keys}}
				}
				checked, err := refresh.Check(t.Context(), j, only(side, c), opts)
				if err != nil {
					t.Fatal(err)
				}
				foretold := &refresh.Result{Warnings: checked}
				whole := run(t, j, only(side, c), opts)
				for name, res := range map[string]*refresh.Result{"check": foretold, "refresh": whole, "merge": merged(t, j, only(side, c), opts)} {
					got := warned(res, refresh.WarnNoIdentity)
					if tt.keys == nil && len(got) == 1 {
						same(t, "every row is named", 1412, len(got[0].Keys))
						got[0].Keys = nil
					}
					same(t, name+": "+tt.reason, want, got)
				}
			})
		}
	}
}

// merged refreshes a job in two parts, the second one first.
func merged(t *testing.T, j refresh.Job, sides refresh.Sides, opts *refresh.Options) *refresh.Result {
	t.Helper()
	halves, err := refresh.Split(j, 2)
	if err != nil {
		t.Fatal(err)
	}
	return merge(t, j, run(t, halves[1], sides, opts), run(t, halves[0], sides, opts))
}

// TestPlannedRowsAreNotNameless: a target that is still to be created has no identity to enrol.
func TestPlannedRowsAreNotNameless(t *testing.T) {
	j := jobOf(one(refresh.Target, "1", refresh.Planned, box("", "m@new.example")), one(refresh.Target, "2", refresh.None, refresh.Mailbox{}))
	same(t, "nothing to enrol", 0, len(warned(run(t, j, refresh.Sides{Target: &script{resolve: answers(nil)}}, nil), refresh.WarnNoIdentity)))
	j.Matches[0] = one(refresh.Source, "1", refresh.Manual, box("", "m@old.example"))
	same(t, "a side that is not asked", 0, len(warned(run(t, j, refresh.Sides{Target: &script{resolve: answers(nil)}}, nil), refresh.WarnNoIdentity)))
}
