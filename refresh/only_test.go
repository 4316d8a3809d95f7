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

// exchange makes a job in which row i of one side takes over the primary address that row to[i] had; -1 means a new
// address, and i itself no change.
func exchange(t *testing.T, side refresh.Side, to ...int) (refresh.Job, *refresh.Result) {
	t.Helper()
	addr := func(i int) refresh.Address { return refresh.Address(fmt.Sprintf("u%d@old.example", i)) }
	j, said := jobOf(), lookups{}
	for i, from := range to {
		m := box(refresh.ID(fmt.Sprint("id", i)), addr(i))
		j.Matches = append(j.Matches, one(side, fmt.Sprint(i), refresh.Bound, m))
		switch {
		case from < 0:
			m.Primary = refresh.Address(fmt.Sprintf("new%d@old.example", i))
		default:
			m.Primary = addr(from)
		}
		said[m.ID] = refresh.Found(m)
	}
	return j, run(t, j, only(side, &script{resolve: answers(said)}), nil)
}

func keeping(keys ...string) func(refresh.Row) bool {
	return func(r refresh.Row) bool { return slices.Contains(keys, r.Key) }
}

func TestOnlyRefusesToSplit(t *testing.T) {
	tests := []struct {
		name, reason string
		to           []int
		keep         []string
		split        []string // keys of the SplitError, nil: allowed
	}{
		{"a swap whole", "both rows", []int{1, 0, -1}, []string{"0", "1"}, nil},
		{"none of a swap", "neither row", []int{1, 0, -1}, []string{"2"}, nil},
		{"half of a swap", "two mailboxes would hold one address", []int{1, 0, -1}, []string{"0", "2"}, []string{"0", "1"}},
		{"the other half of a swap", "two mailboxes would hold one address", []int{1, 0, -1}, []string{"1"}, []string{"0", "1"}},
		{"a cycle of three whole", "all rows", []int{1, 2, 0, -1}, []string{"0", "1", "2"}, nil},
		{"one of a cycle", "it would be torn apart", []int{1, 2, 0, -1}, []string{"1"}, []string{"0", "1", "2"}},
		{"two of a cycle", "it would be torn apart", []int{1, 2, 0, -1}, []string{"0", "2", "3"}, []string{"0", "1", "2"}},
		{"one of two swaps", "each stands for itself", []int{1, 0, 3, 2}, []string{"2", "3"}, nil},
		{"one of two swaps, half of the other", "the torn one is named", []int{1, 0, 3, 2}, []string{"0", "1", "2"}, []string{"2", "3"}},
		{"the head of a chain", "a chain is no circle: a conflict is listed instead", []int{1, 2, -1}, []string{"0"}, nil},
		{"the tail of a chain", "its addresses are free", []int{1, 2, -1}, []string{"2"}, nil},
		{"nothing at all", "an empty plan is one", []int{1, 0}, nil, nil},
		{"no circle anywhere", "rows stand for themselves", []int{-1, -1, 2}, []string{"0"}, nil},
	}
	for _, tt := range tests {
		for _, side := range bothSides {
			t.Run(tt.name+" on the "+side.String(), func(t *testing.T) {
				j, r := exchange(t, side, tt.to...)
				part, err := r.Only(keeping(tt.keep...))
				if tt.split != nil {
					same(t, tt.reason, &refresh.SplitError{Side: side, Keys: tt.split}, as[*refresh.SplitError](t, err))
					return
				}
				if err != nil {
					t.Fatalf("%s: %v", tt.reason, err)
				}
				var keys []string
				for _, row := range part.Rows {
					keys = append(keys, row.Key)
				}
				same(t, "the rows that were picked", tt.keep, keys)
				after := apply(t, j, part)
				for i, m := range j.Matches {
					want := m
					if slices.Contains(tt.keep, m.Key) {
						want = apply(t, j, r).Matches[i]
					}
					same(t, "picked rows are written, the others are not", want, after.Matches[i])
				}
			})
		}
	}
}

// Two rows of one mailbox swap with a third row: all three belong together.
func TestOnlyKnowsRowsOfOneMailbox(t *testing.T) {
	a, b := box("a", "a@old.example"), box("b", "b@old.example")
	c := &script{resolve: answers(lookups{"a": refresh.Found(box("a", "b@old.example")), "b": refresh.Found(box("b", "a@old.example"))})}
	j := jobOf(one(refresh.Source, "1", refresh.Bound, a), one(refresh.Source, "2", refresh.Bound, b), one(refresh.Source, "3", refresh.Bound, a))
	r := run(t, j, refresh.Sides{Source: c}, nil)
	_, err := r.Only(keeping("1", "2"))
	same(t, "row 3 would still hold the address", []string{"1", "2", "3"}, as[*refresh.SplitError](t, err).Keys)
}

// An alias that comes back as another row's primary address is exchanged too.
func TestOnlySeesAliases(t *testing.T) {
	a, b := box("a", "a@old.example", "x@old.example"), box("b", "b@old.example")
	c := &script{resolve: answers(lookups{"a": refresh.Found(box("a", "a@old.example", "b@old.example")), "b": refresh.Found(box("b", "X@old.example"))})}
	r := run(t, jobOf(one(refresh.Source, "1", refresh.Bound, a), one(refresh.Source, "2", refresh.Bound, b)), refresh.Sides{Source: c}, nil)
	_, err := r.Only(keeping("1"))
	same(t, "an alias for a primary address", []string{"1", "2"}, as[*refresh.SplitError](t, err).Keys)
}

// The sides are different mail systems: addresses are not exchanged between them.
func TestOnlyKeepsSidesApart(t *testing.T) {
	a, b := box("a", "a@old.example"), box("b", "b@old.example")
	swap := lookups{"a": refresh.Found(box("a", "b@old.example")), "b": refresh.Found(box("b", "a@old.example"))}
	j := jobOf(pair("1", a, b))
	r := run(t, j, refresh.Sides{Source: &script{resolve: answers(swap)}, Target: &script{resolve: answers(swap)}}, nil)
	part, err := r.Only(func(row refresh.Row) bool { return row.Side == refresh.Target })
	if err != nil {
		t.Fatal(err)
	}
	after := apply(t, j, part).Matches[0]
	same(t, "one side alone", []refresh.Address{"a@old.example", "a@old.example"}, []refresh.Address{after.Source.Primary, after.Target.Primary})
}

func TestHalvesAreBothApplied(t *testing.T) {
	j, r := exchange(t, refresh.Source, 1, 0, 3, 2, -1)
	first, err := r.Only(keeping("0", "1"))
	if err != nil {
		t.Fatal(err)
	}
	second, err := r.Only(keeping("2", "3", "4"))
	if err != nil {
		t.Fatal(err)
	}
	if first.ID == r.ID || second.ID == r.ID || first.ID == second.ID {
		t.Error("the plans share an ID")
	}
	whole := apply(t, j, r)
	same(t, "together they are the whole", whole, apply(t, apply(t, j, first), second), ignoreHistory)
	same(t, "in any order", whole, apply(t, apply(t, j, second), first), ignoreHistory)
	_, err = apply(t, j, first).Apply(r)
	as[*refresh.StaleError](t, err) // the whole saw what is there no longer
}

// A plan made from one that is applied is not applied itself.
func TestOnlyIsAPreview(t *testing.T) {
	_, r := exchange(t, refresh.Source, -1, -1)
	r.State = refresh.Applied
	part, err := r.Only(keeping("0"))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "it has an ID of its own, so nobody applied it yet", refresh.Preview, part.State)
}

func TestOnlyAsksEachRowOnce(t *testing.T) {
	w, r := renamedCrowd(t, 3)
	var asked []string
	if _, err := r.Only(func(row refresh.Row) bool { asked = append(asked, row.Side.String()+row.Key); return true }); err != nil {
		t.Fatal(err)
	}
	same(t, "in order", []string{"source0", "target0", "source1", "target1", "source2", "target2"}, asked)
	_ = w
}

// The conflicts of a narrowed plan are those that the job has after it, and the states those that they have then.
func TestNarrowedConflicts(t *testing.T) {
	for name, mixed := range map[string]bool{"all rows have an ID": false, "rows without an ID, parts and merges": true} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(400) {
				dice := rand.New(rand.NewPCG(seed, 1))
				j, r := randomPlan(t, dice, mixed)
				same(t, "the whole plan", afterwards(t, j, r), conflictTexts(r.Conflicts))
				narrowed, err := r.Only(func(refresh.Row) bool { return dice.IntN(2) == 0 })
				if err != nil {
					as[*refresh.SplitError](t, err)
					continue
				}
				if d := cmp.Diff(afterwards(t, j, narrowed), conflictTexts(narrowed.Conflicts)); d != "" {
					t.Fatalf("seed %d: the conflicts before and after Apply (-want) and those of the narrowed plan (+got)\n%s", seed, d)
				}
			}
		})
	}
}

func TestNarrowedConflictsKnowPartsAndMerges(t *testing.T) {
	tests := []struct {
		name, reason string
		change       func(*refresh.Match) // of the manual row
		want         int
	}{
		{"the same person", "two rows of one part: one of them is wrong", func(*refresh.Match) {}, 1},
		{"another part", "the archive of one person may well have her address", func(m *refresh.Match) { m.Part = "archive" }, 0},
		{"a declared merge", "on purpose", func(m *refresh.Match) { m.Merge = true }, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j := jobOf(one(refresh.Target, "1", refresh.Bound, anna), one(refresh.Target, "2", refresh.Bound, other), one(refresh.Target, "3", refresh.Manual, box("", anna.Primary)))
			tt.change(&j.Matches[2])
			c := &script{resolve: answers(lookups{"anna": refresh.Found(renamedAnna), "other": refresh.Found(renamedOther)})}
			narrowed, err := run(t, j, refresh.Sides{Target: c}, nil).Only(keeping("2"))
			if err != nil {
				t.Fatal(err)
			}
			same(t, tt.reason, tt.want, len(narrowed.Conflicts))
		})
	}
}

// A conflict that the narrowed plan ends is shown with those who were in it.
func TestNarrowedResolvedMembers(t *testing.T) {
	x := refresh.Address("x@old.example")
	hold := func(id refresh.ID) refresh.Mailbox { return box(id, refresh.Address(id+"@old.example"), x) }
	j := jobOf(one(refresh.Source, "1", refresh.Bound, hold("a")), one(refresh.Source, "2", refresh.Bound, hold("b")), one(refresh.Source, "3", refresh.Bound, box("c", "c@old.example")))
	c := &script{resolve: answers(lookups{"a": refresh.Found(box("a", "a@old.example")), "b": refresh.Found(hold("b")), "c": refresh.Found(hold("c"))})}
	narrowed, err := run(t, j, refresh.Sides{Source: c}, nil).Only(keeping("1"))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "rows 1 and 2 shared it, row 3 never did",
		[]refresh.Conflict{{Kind: refresh.SharedAddress, State: refresh.ConflictResolved, Side: refresh.Source, Address: x, Members: []refresh.Member{
			{Key: "1", ID: "a", Outcome: refresh.Refreshed}, {Key: "2", ID: "b"},
		}}}, narrowed.Conflicts)
}

// afterwards says what the conflicts of a plan must be, by those of the job before and after it.
func afterwards(t *testing.T, j refresh.Job, r *refresh.Result) []string {
	t.Helper()
	same := func(a, b refresh.Conflict) bool {
		return a.Kind == b.Kind && a.Side == b.Side && a.Address == b.Address && a.ID == b.ID
	}
	before, after := j.Conflicts(), apply(t, j, r).Conflicts()
	var out []refresh.Conflict
	for _, c := range after {
		c.State = refresh.ConflictNew
		if slices.ContainsFunc(before, func(x refresh.Conflict) bool { return same(x, c) }) {
			c.State = refresh.ConflictExisting
		}
		out = append(out, c)
	}
	for _, c := range before {
		if !slices.ContainsFunc(after, func(x refresh.Conflict) bool { return same(x, c) }) {
			c.State = refresh.ConflictResolved
			out = append(out, c)
		}
	}
	return conflictTexts(out)
}

// conflictTexts says what is shared, by whom, and what a refresh does to it.
func conflictTexts(cs []refresh.Conflict) []string {
	out := []string{}
	for _, c := range cs {
		var members []string
		for _, m := range c.Members {
			members = append(members, fmt.Sprintf("%s primary:%t", m.Key, m.Primary))
		}
		slices.Sort(members)
		out = append(out, fmt.Sprint(c.Kind, " ", c.State, " ", c.Side, " ", c.Address, c.ID, " ", members))
	}
	slices.Sort(out)
	return out
}

// randomPlan is a job of few mailboxes that share few addresses, some of its rows refreshed.
func randomPlan(t *testing.T, dice *rand.Rand, mixed bool) (refresh.Job, *refresh.Result) {
	addr := func() refresh.Address { return refresh.Address(fmt.Sprintf("u%d@old.example", dice.IntN(6))) }
	mailbox := func(id refresh.ID) refresh.Mailbox {
		m := box(id, addr())
		for range dice.IntN(3) {
			if a := addr(); !m.Holds(a) {
				m.Aliases = append(m.Aliases, a)
			}
		}
		return m
	}
	s := memconn.New("contoso", nil)
	var ids []refresh.ID
	stored := map[refresh.ID]refresh.Mailbox{}
	for range 4 {
		m := s.Put(mailbox(""))
		ids = append(ids, m.ID)
		stored[m.ID] = with(mailbox(m.ID), func(x *refresh.Mailbox) { x.Instance = m.Instance })
	}
	j := jobOf()
	for i := range 6 {
		m := refresh.Match{Key: fmt.Sprint(i), Source: box(refresh.ID(fmt.Sprint("s", i)), refresh.Address(fmt.Sprintf("s%d@old.example", i))), SourceOrigin: refresh.Bound}
		kind := 8
		if mixed {
			m.Merge, kind = dice.IntN(5) == 0, dice.IntN(8)
			if dice.IntN(4) == 0 {
				m.Part = "archive"
			}
		}
		switch kind {
		case 0:
		case 1:
			m.Target, m.TargetOrigin = box("", addr()), refresh.Manual
		case 2:
			m.Target, m.TargetOrigin = box("", addr()), refresh.Planned
		default:
			m.Target, m.TargetOrigin = stored[ids[dice.IntN(len(ids))]], refresh.Bound
		}
		j.Matches = append(j.Matches, m)
	}
	r := run(t, j, refresh.Sides{Target: s.Connect(nil)}, &refresh.Options{Select: func(refresh.Match) bool { return dice.IntN(4) > 0 }})
	return j, r
}
