package refresh_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// member is a row in a conflict, and whether the address is its primary one.
func member(key string, id refresh.ID, primary bool, o refresh.Outcome) refresh.Member {
	return refresh.Member{Key: key, ID: id, Primary: primary, Outcome: o}
}

func TestAddressConflicts(t *testing.T) {
	const x, y = refresh.Address("x@old.example"), refresh.Address("y@old.example")
	shared := func(s refresh.ConflictState, a refresh.Address, ms ...refresh.Member) []refresh.Conflict {
		return []refresh.Conflict{{Kind: refresh.SharedAddress, State: s, Address: a, Members: ms}}
	}
	bound := func(key string, m refresh.Mailbox) refresh.Match {
		return refresh.Match{Key: key, Source: m, SourceOrigin: refresh.Bound}
	}
	manual := func(key string, a refresh.Address, change ...func(*refresh.Match)) refresh.Match {
		m := refresh.Match{Key: key, Source: box("", a), SourceOrigin: refresh.Manual}
		for _, f := range change {
			f(&m)
		}
		return m
	}
	archive := func(m *refresh.Match) { m.Part = "archive" }
	merge := func(m *refresh.Match) { m.Merge = true }
	tests := []struct {
		name, reason string
		rows         []refresh.Match
		found        []refresh.Mailbox // what is there now
		unselected   string
		want         []refresh.Conflict
		wantTarget   *[]refresh.Conflict // where it differs on the target
	}{
		{
			name: "new", reason: "two mailboxes hold it after Apply",
			rows:  []refresh.Match{bound("1", box("a", x)), bound("2", box("b", y))},
			found: []refresh.Mailbox{box("a", x), box("b", x)},
			want:  shared(refresh.ConflictNew, x, member("1", "a", true, refresh.NotChanged), member("2", "b", true, refresh.Refreshed)),
		},
		{
			name: "new among aliases, in other spelling", reason: "spelling does not tell addresses apart",
			rows:  []refresh.Match{bound("1", box("a", "a@old.example")), bound("2", box("b", "b@old.example"))},
			found: []refresh.Mailbox{box("a", "a@old.example", "X@old.example"), box("b", "x@OLD.example")},
			want:  shared(refresh.ConflictNew, x, member("1", "a", false, refresh.Refreshed), member("2", "b", true, refresh.Refreshed)),
		},
		{
			name: "existing", reason: "it was so before and stays so",
			rows:  []refresh.Match{bound("1", box("a", x)), bound("2", box("b", y, x))},
			found: []refresh.Mailbox{box("a", x), box("b", y, x)},
			want:  shared(refresh.ConflictExisting, x, member("1", "a", true, refresh.NotChanged), member("2", "b", false, refresh.NotChanged)),
		},
		{
			name: "existing, with others", reason: "those who hold it after Apply are named",
			rows:  []refresh.Match{bound("1", box("a", x)), bound("2", box("b", x)), bound("3", box("c", y))},
			found: []refresh.Mailbox{box("a", "a@old.example"), box("b", x), box("c", x)},
			want:  shared(refresh.ConflictExisting, x, member("2", "b", true, refresh.NotChanged), member("3", "c", true, refresh.Refreshed)),
		},
		{
			name: "resolved", reason: "Apply ends it, and those who held it are named",
			rows:  []refresh.Match{bound("1", box("a", x)), bound("2", box("b", x))},
			found: []refresh.Mailbox{box("a", x), box("b", y)},
			want:  shared(refresh.ConflictResolved, x, member("1", "a", true, refresh.NotChanged), member("2", "b", true, refresh.Refreshed)),
		},
		{
			name: "a swap", reason: "all changes apply as one set",
			rows:  []refresh.Match{bound("1", box("a", x)), bound("2", box("b", y))},
			found: []refresh.Mailbox{box("a", y), box("b", x)},
		},
		{
			name: "a cycle", reason: "all changes apply as one set",
			rows:  []refresh.Match{bound("1", box("a", x)), bound("2", box("b", y)), bound("3", box("c", "z@old.example"))},
			found: []refresh.Mailbox{box("a", y), box("b", "z@old.example"), box("c", x)},
		},
		{
			name: "two rows of one mailbox", reason: "one mailbox holds it", unselected: "none",
			rows:  []refresh.Match{bound("1", box("a", x)), bound("2", box("a", x))},
			found: []refresh.Mailbox{box("a", x)},
			wantTarget: &[]refresh.Conflict{{Kind: refresh.SharedTarget, State: refresh.ConflictExisting, ID: "a", Members: []refresh.Member{
				member("1", "a", false, refresh.NotChanged), member("2", "a", false, refresh.NotChanged),
			}}},
		},
		{
			name: "with a row that was not looked up", reason: "its addresses still take part, labelled so", unselected: "2",
			rows:  []refresh.Match{bound("1", box("a", y)), bound("2", box("b", x))},
			found: []refresh.Mailbox{box("a", x)},
			want:  shared(refresh.ConflictNew, x, member("1", "a", true, refresh.Refreshed), member("2", "b", true, 0)),
		},
		{
			name: "with a row that failed", reason: "what the job holds counts",
			rows:  []refresh.Match{bound("1", box("a", y)), bound("2", box("b", x))},
			found: []refresh.Mailbox{box("a", x)},
			want:  shared(refresh.ConflictNew, x, member("1", "a", true, refresh.Refreshed), member("2", "b", true, refresh.LookupFailed)),
		},
		{
			name: "with a row without an ID", reason: "it may be another mailbox",
			rows:  []refresh.Match{bound("1", box("a", y)), manual("2", x)},
			found: []refresh.Mailbox{box("a", x)},
			want:  shared(refresh.ConflictNew, x, member("1", "a", true, refresh.Refreshed), member("2", "", true, refresh.EnteredManually)),
		},
		{
			name: "with a row without an ID, of another part", reason: "the archive of a person may have her address",
			rows:  []refresh.Match{bound("1", box("a", y)), manual("2", x, archive)},
			found: []refresh.Mailbox{box("a", x)},
		},
		{
			name: "with a row without an ID, of a merge", reason: "a merge concerns targets only",
			rows:       []refresh.Match{bound("1", box("a", y)), manual("2", x, merge)},
			found:      []refresh.Mailbox{box("a", x)},
			want:       shared(refresh.ConflictNew, x, member("1", "a", true, refresh.Refreshed), member("2", "", true, refresh.EnteredManually)),
			wantTarget: &[]refresh.Conflict{},
		},
		{
			name: "two rows without an ID and one address", reason: "it is one mailbox",
			rows: []refresh.Match{manual("1", x), manual("2", "X@old.example")},
			wantTarget: &[]refresh.Conflict{{Kind: refresh.SharedTarget, State: refresh.ConflictExisting, Address: x, Members: []refresh.Member{
				member("1", "", false, refresh.EnteredManually), member("2", "", false, refresh.EnteredManually),
			}}},
		},
		{
			name: "three hold it, two of one mailbox", reason: "two different mailboxes do",
			rows:  []refresh.Match{bound("1", box("a", x)), bound("2", box("a", x)), bound("3", box("b", x))},
			found: []refresh.Mailbox{box("a", x), box("b", x)},
			want:  shared(refresh.ConflictExisting, x, member("1", "a", true, refresh.NotChanged), member("2", "a", true, refresh.NotChanged), member("3", "b", true, refresh.NotChanged)),
			wantTarget: &[]refresh.Conflict{
				{Kind: refresh.SharedAddress, State: refresh.ConflictExisting, Address: x, Members: []refresh.Member{
					member("1", "a", true, refresh.NotChanged), member("2", "a", true, refresh.NotChanged), member("3", "b", true, refresh.NotChanged),
				}},
				{Kind: refresh.SharedTarget, State: refresh.ConflictExisting, ID: "a", Members: []refresh.Member{
					member("1", "a", false, refresh.NotChanged), member("2", "a", false, refresh.NotChanged),
				}},
			},
		},
	}
	for _, tt := range tests {
		for _, side := range bothSides {
			t.Run(tt.name+" on the "+side.String(), func(t *testing.T) {
				said := lookups{}
				for _, m := range tt.found {
					said[m.ID] = refresh.Found(m)
				}
				j := jobOf(tt.rows...)
				want := slices.Clone(tt.want)
				if side == refresh.Target {
					j = jobOf()
					for _, m := range tt.rows {
						row := one(side, m.Key, m.SourceOrigin, m.Source)
						row.Part, row.Merge = m.Part, m.Merge
						j.Matches = append(j.Matches, row)
					}
					if tt.wantTarget != nil {
						want = slices.Clone(*tt.wantTarget)
					}
				}
				for i := range want {
					want[i].Side = side
				}
				r := run(t, j, only(side, &script{resolve: answers(said)}), &refresh.Options{Select: func(m refresh.Match) bool { return m.Key != tt.unselected }})
				if len(want) == 0 {
					want = nil
				}
				same(t, tt.reason, want, append([]refresh.Conflict(nil), r.Conflicts...), ignoreHolder)
				apply(t, j, r) // conflicts do not stop it
			})
		}
	}
}

func TestSidesDoNotClash(t *testing.T) {
	j := jobOf(pair("1", box("a", "x@old.example"), box("b", "x@old.example")))
	same(t, "the two ends of a migration are two systems", 0, len(j.Conflicts()))
}

func TestTargetConflicts(t *testing.T) {
	row := func(key string, o refresh.Origin, target refresh.Mailbox, change ...func(*refresh.Match)) refresh.Match {
		m := one(refresh.Target, key, o, target)
		for _, f := range change {
			f(&m)
		}
		return m
	}
	archive := func(m *refresh.Match) { m.Part = "archive" }
	merge := func(m *refresh.Match) { m.Merge = true }
	t1 := box("t", "t@new.example")
	two := []refresh.Conflict{{Kind: refresh.SharedTarget, State: refresh.ConflictExisting, Side: refresh.Target, ID: "t", Members: []refresh.Member{{Key: "1", ID: "t"}, {Key: "2", ID: "t"}}}}
	tests := []struct {
		name, reason string
		rows         []refresh.Match
		want         []refresh.Conflict
	}{
		{"two rows, one target", "same part, no merge", []refresh.Match{row("1", refresh.Bound, t1), row("2", refresh.Bound, t1)}, two},
		{"two parts", "the archive goes beside the mailbox", []refresh.Match{row("1", refresh.Bound, t1), row("2", refresh.Bound, t1, archive)}, nil},
		{"two rows of one part", "the same part twice", []refresh.Match{row("1", refresh.Bound, t1, archive), row("2", refresh.Bound, t1, archive)}, two},
		{"both declare a merge", "on purpose", []refresh.Match{row("1", refresh.Bound, t1, merge), row("2", refresh.Bound, t1, merge)}, nil},
		{"one declares a merge", "it says so for itself and the other", []refresh.Match{row("1", refresh.Bound, t1), row("2", refresh.Bound, t1, merge)}, nil},
		{"one of three declares a merge", "the other two do not", []refresh.Match{row("1", refresh.Bound, t1), row("2", refresh.Bound, t1), row("3", refresh.Bound, t1, merge)}, two},
		{"no target", "nothing is shared", []refresh.Match{row("1", refresh.None, refresh.Mailbox{}), row("2", refresh.None, refresh.Mailbox{})}, nil},
		{"planned by account and bound", "one identity", []refresh.Match{row("1", refresh.Bound, t1), row("2", refresh.Planned, box("t", ""))}, two},
		{
			"planned with one address", "it would be one mailbox", []refresh.Match{row("1", refresh.Planned, box("", "P@new.example")), row("2", refresh.Planned, box("", "p@new.example"))},
			[]refresh.Conflict{{Kind: refresh.SharedTarget, State: refresh.ConflictExisting, Side: refresh.Target, Address: "p@new.example", Members: []refresh.Member{{Key: "1"}, {Key: "2"}}}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			same(t, tt.reason, tt.want, jobOf(tt.rows...).Conflicts(), ignoreHolder)
		})
	}
}

// Conflicts of the side that was not asked are listed too, and their rows are labelled as not looked up.
func TestConflictsOfTheSideNotAsked(t *testing.T) {
	j := jobOf(pair("1", box("a", "a@old.example"), box("t", "t@new.example")), pair("2", box("b", "b@old.example"), box("t", "t@new.example")))
	c := &script{resolve: answers(lookups{"a": refresh.Found(box("a", "a@old.example")), "b": refresh.Found(box("b", "b@old.example"))})}
	r := run(t, j, refresh.Sides{Source: c}, nil)
	same(t, "as the job alone tells them", j.Conflicts(), r.Conflicts)
	same(t, "not looked up in this run", refresh.Outcome(0), r.Conflicts[0].Members[0].Outcome)
}

func TestConflictOrder(t *testing.T) {
	j := jobOf(
		pair("1", box("a", "y@old.example", "x@old.example"), box("t2", "q@new.example")), pair("2", box("b", "x@old.example", "y@old.example"), box("t1", "q@new.example")),
		pair("3", box("c", "c@old.example"), box("t2", "r@new.example")), pair("4", box("d", "d@old.example"), box("t1", "s@new.example")),
	)
	var got []string
	for _, c := range j.Conflicts() {
		got = append(got, fmt.Sprint(c.Side, " ", c.Kind, " ", c.Address, c.ID))
	}
	same(t, "side, kind, address, ID", []string{
		"source shared-address x@old.example", "source shared-address y@old.example", "target shared-address q@new.example", "target shared-target t1", "target shared-target t2",
	}, got)
}

// The plain way to find shared addresses: compare every two rows.
func TestConflictsAgainstAPlainModel(t *testing.T) {
	for seed := range uint64(300) {
		dice := rand.New(rand.NewPCG(seed, 2))
		j, _ := randomPlan(t, dice, true)
		holders := map[string]map[string]bool{}
		for i, a := range j.Matches {
			for k, b := range j.Matches {
				if i == k || a.TargetOrigin == refresh.None || b.TargetOrigin == refresh.None {
					continue
				}
				differ := a.Target.ID != b.Target.ID
				if a.Target.ID == "" || b.Target.ID == "" {
					oneMailbox := a.Target.ID == b.Target.ID && a.Target.Primary.Same(b.Target.Primary)
					differ = !oneMailbox && a.Part == b.Part && !a.Merge && !b.Merge
				}
				for _, x := range a.Target.Addresses() {
					if differ && b.Target.Holds(x) {
						if holders[x.Fold()] == nil {
							holders[x.Fold()] = map[string]bool{}
						}
						holders[x.Fold()][a.Key], holders[x.Fold()][b.Key] = true, true
					}
				}
			}
		}
		got := map[string]map[string]bool{}
		for _, c := range j.Conflicts() {
			if c.Kind == refresh.SharedAddress {
				got[string(c.Address)] = map[string]bool{}
				for _, m := range c.Members {
					got[string(c.Address)][m.Key] = true
				}
			}
		}
		if d := cmp.Diff(holders, got); d != "" {
			t.Fatalf("seed %d (-want +got)\n%s", seed, d)
		}
	}
}

// More addresses than the table of hashes expects at first: it must grow and lose none.
func TestConflictsOfManyAliases(t *testing.T) {
	s := memconn.New("contoso", nil)
	j := jobOf()
	for i := range 40 {
		m := box("", refresh.Address(fmt.Sprintf("u%d@old.example", i)))
		for k := range 50 {
			m.Aliases = append(m.Aliases, refresh.Address(fmt.Sprintf("a%d-%d@old.example", i, k)))
		}
		if i == 0 || i == 39 {
			m.Aliases = append(m.Aliases, "shared@old.example")
		}
		j.Matches = append(j.Matches, one(refresh.Source, fmt.Sprint(i), refresh.Bound, s.Put(m)))
	}
	cs := j.Conflicts()
	if len(cs) != 1 || cs[0].Address != "shared@old.example" {
		t.Errorf("conflicts %+v, want the one of the first and the last row", cs)
	}
}
