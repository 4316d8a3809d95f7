package report

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/readdress-go/readdress/refresh"
)

// TestBars: the pieces fill the chart, in order and without overlap, and none is too narrow to be seen.
func TestBars(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := 0
		var counts []htmlCount
		for range rapid.IntRange(1, 10).Draw(t, "pieces") {
			n := rapid.OneOf(rapid.IntRange(1, 3), rapid.IntRange(1, 1_000_000)).Draw(t, "rows")
			counts = append(counts, htmlCount{Count: n})
			total += n
		}
		pieces, _ := bars(counts, total)
		x := 0
		for i, b := range pieces {
			if b.X != x || b.Width < leastBar-2 {
				t.Fatalf("piece %d of %v begins at %d, want %d, and is %d wide", i, counts, b.X, x, b.Width)
			}
			x = b.X + b.Width + 2
		}
		if x != 1000 {
			t.Fatalf("the chart of %v is %d wide", counts, x)
		}
	})
}

func TestShare(t *testing.T) {
	for _, tc := range []struct {
		name, want string
		n, of      int
	}{
		{"none", "", 0, 0}, {"all", "100%", 7, 7}, {"hardly any", "<1%", 99, 10_000}, {"one in a hundred", "1%", 100, 10_000}, {"nearly all", ">99%", 9_999, 10_000},
		{"99 of 100", "99%", 99, 100}, {"half", "50%", 1, 2}, {"a third", "33%", 1, 3}, {"two thirds", "67%", 2, 3},
	} {
		if got := share(tc.n, tc.of); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

// TestHeadlineCountsTheGroups: the number of rows that need a person is that of the rows listed as such, and no other.
func TestHeadlineCountsTheGroups(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := &refresh.Result{Run: refresh.Run{Source: &refresh.SideRun{}, Target: &refresh.SideRun{}}}
		for range rapid.IntRange(0, 30).Draw(t, "rows") {
			row := refresh.Row{Side: refresh.Target, Outcome: rapid.SampledFrom(refresh.Outcomes()).Draw(t, "outcome"), Before: refresh.Mailbox{Primary: "a@old.example"}}
			if rapid.Bool().Draw(t, "lost") {
				row.Use, row.PreviousBefore = "b@old.example", &refresh.Previous{Mailbox: refresh.Mailbox{Primary: "b@old.example"}}
			}
			r.Rows = append(r.Rows, row)
		}
		p := newHTMLPage(r, Options{Rows: -1})
		n := 0
		for _, g := range p.People {
			n += g.Count
		}
		want := ", none needs a person"
		switch {
		case n == 1:
			want = ", 1 needs a person"
		case n > 1:
			want = ", " + number(n) + " need a person"
		}
		if got := p.Sides[1].Headline; !strings.HasSuffix(got, want) {
			t.Fatalf("%q, and %d rows are listed", got, n)
		}
	})
}

// TestFold: many rows of a group are closed at first, but those whose address in use is lost are not.
func TestFold(t *testing.T) {
	for _, lost := range []bool{false, true} {
		g := htmlGroup{Lost: lost, Rows: make([]htmlRow, 20)}
		if g.fold(); (len(g.Rows) == 20) != lost || len(g.Rows)+len(g.Folded) != 20 {
			t.Errorf("lost %t: %d rows are open, %d closed", lost, len(g.Rows), len(g.Folded))
		}
	}
}

// TestBrief: outside of the table a very long value is cut, and says so.
func TestBrief(t *testing.T) {
	long := strings.Repeat("x", 10_000)
	if got := brief(long); len(got) > 320 || !strings.Contains(got, "<…97") {
		t.Errorf("%d bytes: %.60q", len(got), got)
	}
	if got := brief("anna"); got != "anna" {
		t.Errorf("%q", got)
	}
}

func TestConflictNote(t *testing.T) {
	c := refresh.Conflict{Kind: refresh.SharedAddress, State: refresh.ConflictNew, Address: "info@new.example"}
	for _, tc := range []struct {
		keys, want string
		state      refresh.ConflictState
	}{
		{"a b", "holds info@new.example together with row b", refresh.ConflictNew},
		{"a b c", "holds info@new.example together with rows b, c, as before", refresh.ConflictExisting},
		{"a b c d", "no longer holds info@new.example together with rows b, c, d", refresh.ConflictResolved},
		{"b c a d e f", "holds info@new.example together with rows b, c, d and 2 more", refresh.ConflictNew},
	} {
		c.Members, c.State = nil, tc.state
		for k := range strings.FieldsSeq(tc.keys) {
			c.Members = append(c.Members, refresh.Member{Key: k})
		}
		if got := conflictNote(&c, "a", shown); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.keys, got, tc.want)
		}
	}
}
