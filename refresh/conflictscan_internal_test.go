package refresh

import (
	"errors"
	"fmt"
	"iter"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func rangeOver(ms []Match) iter.Seq2[Match, error] {
	return func(yield func(Match, error) bool) {
		for _, m := range ms {
			if !yield(m, nil) {
				return
			}
		}
	}
}

// clashing makes rows of few mailboxes and few addresses.
func clashing(t *rapid.T) []Match {
	address := rapid.SampledFrom([]Address{"a@x.example", "A@x.example", "b@x.example", "c@x.example", "ü@x.example", "d@bücher.example", "d@xn--bcher-kva.example", "e@x.example", "f@x.example"})
	box := func(name string) Mailbox {
		m := Mailbox{ID: ID(rapid.SampledFrom([]string{"1", "2", "3", "4", "5", "6", ""}).Draw(t, name))}
		if rapid.IntRange(0, 9).Draw(t, "with address") > 0 {
			m.Primary = address.Draw(t, "primary")
		}
		m.Aliases = rapid.SliceOfN(address, 0, 2).Draw(t, "aliases")
		return m
	}
	var out []Match
	for i := range rapid.IntRange(0, 12).Draw(t, "rows") {
		m := Match{
			Key: fmt.Sprint(i), Source: box("source"), SourceOrigin: Bound, Target: box("target"),
			TargetOrigin: rapid.SampledFrom([]Origin{Bound, Bound, Manual, Planned, None}).Draw(t, "origin"),
			Part:         rapid.SampledFrom([]string{"", "", "archive"}).Draw(t, "part"), Merge: rapid.IntRange(0, 3).Draw(t, "merge") == 0,
		}
		switch m.TargetOrigin {
		case None:
			m.Target = Mailbox{}
		case Manual:
			m.Target.ID = ""
		}
		if m.Source.ID == "" {
			m.SourceOrigin = Manual
		}
		out = append(out, m)
	}
	return out
}

// TestConflictsOverRows: the conflicts of rows that are read are those of a job in memory, in two readings or three.
func TestConflictsOverRows(t *testing.T) {
	found := 0
	rapid.Check(t, func(t *rapid.T) {
		rows := clashing(t)
		want := Job{Matches: rows}.Conflicts()
		found += len(want)
		for _, few := range []int{0, 1, 1 << 16} {
			got, err := conflictsAmong(rangeOver(rows), few)
			if d := cmp.Diff(want, got); d != "" || err != nil {
				t.Fatalf("readings with a limit of %d: error %v (-want +got)\n%s", few, err, d)
			}
		}
	})
	if found < 10 {
		t.Errorf("the rows have %d conflicts: too few to say anything", found)
	}
}

// TestConflictsReadings: rows that share nothing with another mailbox are not held.
func TestConflictsReadings(t *testing.T) {
	person := func(i int, part string) Match {
		a := Mailbox{ID: ID(fmt.Sprint(i)), Primary: Address(fmt.Sprintf("u%d@x.example", i))}
		return Match{Key: fmt.Sprint(i, part), Source: a, SourceOrigin: Bound, Target: a, TargetOrigin: Bound, Part: part}
	}
	rows := []Match{person(1, ""), person(2, ""), person(3, ""), person(1, "archive"), person(2, "archive")}
	for name, c := range map[string]struct{ rows, few, readings int }{
		"nothing is shared":           {3, 0, 1},
		"few addresses in two rows":   {5, 100, 2},
		"many addresses in two rows":  {5, 0, 3},
		"as many as are few, and all": {5, 4, 2},
	} {
		n := 0
		got, err := conflictsAmong(func(yield func(Match, error) bool) { n++; rangeOver(rows[:c.rows])(yield) }, c.few)
		if err != nil || len(got) != 0 || n != c.readings {
			t.Errorf("%s: %d conflicts, %v, in %d readings, want %d", name, len(got), err, n, c.readings)
		}
	}
}

// TestConflictsOfOtherRows: rows that fail, or are others when read again, have no conflicts that could be told.
func TestConflictsOfOtherRows(t *testing.T) {
	a := Mailbox{ID: "1", Primary: "a@x.example"}
	b := Mailbox{ID: "2", Primary: "a@x.example"}
	rows := []Match{{Key: "1", Source: a, SourceOrigin: Bound}, {Key: "2", Source: b, SourceOrigin: Bound}, {Key: "3", Source: a, SourceOrigin: Bound}}
	other := []Match{rows[0], {Key: "2", Source: Mailbox{ID: "2", Primary: "b@x.example"}, SourceOrigin: Bound}, rows[2]}
	fails := errors.New("the line is cut")
	for name, second := range map[string]iter.Seq2[Match, error]{
		"fewer":   rangeOver(rows[:2]),
		"another": rangeOver(other),
		"cut":     func(yield func(Match, error) bool) { _ = yield(rows[0], nil) && yield(Match{}, fails) },
	} {
		for _, few := range []int{0, 100} {
			n := 0
			got, err := conflictsAmong(func(yield func(Match, error) bool) {
				if n++; n == 1 {
					rangeOver(rows)(yield)
				} else {
					second(yield)
				}
			}, few)
			if err == nil || got != nil || (name == "cut") != errors.Is(err, fails) {
				t.Errorf("%s: %v, %v", name, got, err)
			}
		}
	}
}
