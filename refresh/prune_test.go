package refresh_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/readdress-go/readdress/refresh"
)

// marked makes a job of n rows whose first rows are marked for the given reasons.
func marked(n int, reasons ...refresh.Reason) refresh.Job {
	j := refresh.Job{ID: "job"}
	for i := range n {
		m := pair(fmt.Sprint(i), box(refresh.ID(fmt.Sprintf("s%d", i)), ""), box(refresh.ID(fmt.Sprintf("t%d", i)), ""))
		if i < len(reasons) && reasons[i] != 0 {
			m.SourceMark = &refresh.Mark{Reason: reasons[i], FirstSeen: day(1, 0), LastSeen: day(2, 0)}
		}
		j.Matches = append(j.Matches, m)
	}
	return j
}

func gone(n int) []refresh.Reason { return slices.Repeat([]refresh.Reason{refresh.ReasonGone}, n) }

func keysOf(rows []refresh.Match) []string {
	var out []string
	for _, m := range rows {
		out = append(out, m.Key)
	}
	return out
}

func TestPruneLimits(t *testing.T) {
	for _, c := range []struct {
		name, why string
		job       refresh.Job
		limit     refresh.Limit
		removed   int // -1: refused
	}{
		{"nothing marked", "nothing to remove", marked(10), refresh.Limit{}, 0},
		{"empty job", "nothing to remove", marked(0), refresh.Limit{}, 0},
		{"zero limit, at 10%", "the limit itself is allowed", marked(100, gone(10)...), refresh.Limit{}, 10},
		{"zero limit, over 10%", "zero means 10%", marked(100, gone(11)...), refresh.Limit{}, -1},
		{"zero limit, at 50 rows", "the limit itself is allowed", marked(1000, gone(50)...), refresh.Limit{}, 50},
		{"zero limit, over 50 rows", "zero means 50 rows", marked(1000, gone(51)...), refresh.Limit{}, -1},
		{"small job", "one of nine rows is more than 10%", marked(9, gone(1)...), refresh.Limit{}, -1},
		{"share", "the share is the host's", marked(10, gone(5)...), refresh.Limit{MaxShare: 0.5}, 5},
		{"over the share", "the share is the host's", marked(10, gone(6)...), refresh.Limit{MaxShare: 0.5}, -1},
		{"share alone", "the bound of rows stays 50", marked(100, gone(51)...), refresh.Limit{MaxShare: 1}, -1},
		{"rows", "the number is the host's", marked(100, gone(3)...), refresh.Limit{MaxRows: 3}, 3},
		{"over the rows", "the number is the host's", marked(100, gone(4)...), refresh.Limit{MaxRows: 3}, -1},
		{"rows alone", "the share stays 10%", marked(100, gone(11)...), refresh.Limit{MaxRows: 100}, -1},
		{"both", "both hold", marked(100, gone(60)...), refresh.Limit{MaxShare: 0.6, MaxRows: 60}, 60},
		{"everything", "a host may want that", marked(70, gone(70)...), refresh.Limit{MaxShare: 1, MaxRows: 70}, 70},
		{"29% of 100", "in binary that is 28.999…", marked(100, gone(29)...), refresh.Limit{MaxShare: 0.29}, 29},
		{"29% of 100, one more", "rounding forgives no row", marked(100, gone(30)...), refresh.Limit{MaxShare: 0.29}, -1},
		{"tiny share", "it is still a bound", marked(100, gone(1)...), refresh.Limit{MaxShare: 0.001}, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := deepCopy(t, c.job)
			out, rows, err := c.job.Prune(c.limit, nil)
			same(t, "Prune never changes the job", before, c.job)
			if c.removed < 0 {
				e := as[*refresh.PruneLimitError](t, err)
				same(t, "nothing is removed", c.job, out)
				if rows != nil || e.Of != len(c.job.Matches) || e.Rows <= 0 {
					t.Errorf("%d rows and %+v; %s", len(rows), e, c.why)
				}
				return
			}
			if err != nil || len(rows) != c.removed || len(out.Matches) != len(c.job.Matches)-c.removed {
				t.Errorf("%d rows removed, %d stay, %v; want %d removed: %s", len(rows), len(out.Matches), err, c.removed, c.why)
			}
			if err := out.Validate(); err != nil {
				t.Error(err)
			}
			if c.removed == 0 {
				same(t, "no event for nothing", c.job, out)
			}
		})
	}
	_, _, err := marked(100, gone(11)...).Prune(refresh.Limit{}, nil)
	same(t, "the error says the limits that held", &refresh.PruneLimitError{Rows: 11, Of: 100, Limit: refresh.Limit{MaxShare: 0.1, MaxRows: 50}}, as[*refresh.PruneLimitError](t, err))
}

func TestPruneBadLimit(t *testing.T) {
	for _, l := range []refresh.Limit{
		{MaxShare: -0.1}, {MaxShare: 1.1}, {MaxShare: math.NaN()}, {MaxShare: math.Inf(1)}, {MaxShare: math.Inf(-1)}, {MaxRows: -1},
	} {
		j := marked(100, gone(1)...)
		out, rows, err := j.Prune(l, nil)
		if err == nil || rows != nil {
			t.Errorf("%+v removes %d rows", l, len(rows))
		}
		same(t, "nothing is removed", j, out)
	}
}

func TestPruneReasons(t *testing.T) {
	j := marked(100, refresh.ReasonGone, refresh.ReasonSoftDeleted, refresh.ReasonNoMailbox, refresh.ReasonMoved, 0, refresh.ReasonGone)
	j.Matches[7].SourceMark = &refresh.Mark{Reason: refresh.ReasonGone, FirstSeen: day(1, 0), LastSeen: day(1, 0), DeletionUnknown: true}
	j.Matches[6].TargetMark = &refresh.Mark{Reason: refresh.ReasonGone, FirstSeen: day(1, 0), LastSeen: day(1, 0)}
	for _, c := range []struct {
		name, why string
		limit     refresh.Limit
		keep      func(refresh.Match) bool
		want      []string
	}{
		{"gone", "what can or might come back, or is there without a mailbox, stays, and so does a row whose target is gone", refresh.Limit{}, nil, []string{"0", "5"}},
		{"soft-deleted", "on request only, and with it what may be", refresh.Limit{SoftDeleted: true}, nil, []string{"0", "1", "5", "7"}},
		{"keep", "the host has the last word", refresh.Limit{SoftDeleted: true}, func(m refresh.Match) bool { return m.Key == "0" }, []string{"1", "5", "7"}},
		{"keep all", "then nothing happens", refresh.Limit{}, func(refresh.Match) bool { return true }, nil},
		{"kept rows do not count", "the limit is about rows that go", refresh.Limit{MaxRows: 1}, func(m refresh.Match) bool { return m.Key == "5" }, []string{"0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			asked := []string{}
			keep := c.keep
			if keep != nil {
				keep = func(m refresh.Match) bool { asked = append(asked, m.Key); return c.keep(m) }
			}
			out, rows, err := j.Prune(c.limit, keep)
			if err != nil {
				t.Fatal(err)
			}
			same(t, c.why, c.want, keysOf(rows))
			for _, key := range c.want {
				if _, there := out.Match(key); there {
					t.Errorf("row %s is still there", key)
				}
			}
			if c.keep != nil && !slices.IsSorted(asked) {
				t.Errorf("keep was asked for %q, want the rows that would go, in order", asked)
			}
		})
	}
}

func TestPruneAndRestoreHistory(t *testing.T) {
	j := marked(100, gone(2)...)
	before := time.Now().Truncate(time.Second)
	pruned, rows, err := j.Prune(refresh.Limit{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	restored, err := pruned.Restore(rows)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "history", []refresh.Event{{Action: refresh.ActionPruned, Rows: 2}, {Action: refresh.ActionRestored, Rows: 2}}, restored.History, cmpopts.IgnoreFields(refresh.Event{}, "At"))
	for _, e := range restored.History {
		if e.At.Before(before) || e.At.After(time.Now()) || e.At.Location() != time.UTC {
			t.Errorf("event at %v", e.At)
		}
	}
	same(t, "the job before keeps its history", 0, len(j.History))
	same(t, "and the one between", 1, len(pruned.History))

	full := j
	for i := range refresh.MaxHistory {
		full.History = append(full.History, refresh.Event{Action: refresh.ActionApplied, Rows: i})
	}
	again, _, err := full.Prune(refresh.Limit{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Validate(); err != nil {
		t.Fatal(err)
	}
	same(t, "the oldest event makes room", []int{1, 99, 2}, []int{again.History[0].Rows, again.History[98].Rows, again.History[99].Rows})
	same(t, "the full history is not written into", 0, full.History[0].Rows)

	// Two jobs made of one history must not share its end.
	a, rows, err := restored.Prune(refresh.Limit{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := restored.Restore([]refresh.Match{pair("new", box("x", ""), box("y", ""))})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "each has its own last event", []refresh.Action{refresh.ActionPruned, refresh.ActionRestored}, []refresh.Action{a.History[2].Action, b.History[2].Action})
	same(t, "two rows", 2, len(rows))
}

func TestRestoreRefuses(t *testing.T) {
	j := marked(3)
	for _, c := range []struct {
		name, why string
		rows      []refresh.Match
		want      refresh.InvalidError
	}{
		{"key that is there", "the host made it anew", []refresh.Match{j.Matches[1]}, refresh.InvalidError{What: "job", Row: 4, Key: "1", Field: "key", Problem: "is that of row 2 already; keys must be unique"}},
		{"one row twice", "it was pruned once", slices.Repeat([]refresh.Match{pair("9", box("a", ""), box("b", ""))}, 2), refresh.InvalidError{What: "job", Row: 5, Key: "9", Field: "key", Problem: "is that of row 4 already; keys must be unique"}},
		{"invalid row", "a job is valid", []refresh.Match{{Key: "9"}}, refresh.InvalidError{What: "job", Row: 4, Key: "9", Field: "sourceOrigin", Problem: "is none; a source is bound (it has an ID) or manual (it has an address)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := j.Restore(c.rows)
			refused(t, c.why, err, c.want)
			same(t, "nothing is restored", j, out)
		})
	}
	out, err := j.Restore(nil)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "restoring nothing is nothing", j, out)
}

// TestRestoreTakesPruneBack: after Prune and Restore the job has the same rows, whatever was in them.
func TestRestoreTakesPruneBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		j := jobs.Draw(t, "job")
		limit := refresh.Limit{
			MaxShare: draw(t, 0.0, 0.5, 1), MaxRows: draw(t, 0, 1, 5), SoftDeleted: rapid.Bool().Draw(t, "soft"),
		}
		keep := func(m refresh.Match) bool { return m.Merge }
		file := written(t, j)
		pruned, rows, err := j.Prune(limit, keep)
		if err != nil {
			if len(rows) > 0 || len(pruned.Matches) != len(j.Matches) {
				t.Fatalf("refused, but %d rows are gone: %v", len(rows), err)
			}
			return
		}
		if len(pruned.Matches)+len(rows) != len(j.Matches) {
			t.Fatalf("%d rows were, %d stay and %d are gone", len(j.Matches), len(pruned.Matches), len(rows))
		}
		if n := len(rows); n > max(limit.MaxRows, 50*(1-min(limit.MaxRows, 1))) {
			t.Fatalf("%d rows are gone with limit %+v", n, limit)
		}
		for _, m := range rows {
			if m.SourceMark == nil || m.Merge || m.SourceMark.Reason != refresh.ReasonGone && !(limit.SoftDeleted && m.SourceMark.Reason == refresh.ReasonSoftDeleted) {
				t.Fatalf("row %q is gone without a cause", m.Key)
			}
		}
		restored, err := pruned.Restore(rows)
		if err != nil {
			t.Fatal(err)
		}
		sameFile(t, byKey(unstamped(j.Matches, rows)), byKey(restored.Matches))
		if !slices.Equal(written(t, j), file) {
			t.Fatal("the job that was pruned changed")
		}
		if want := len(j.History) + min(len(rows), 1)*2; len(restored.History) != want {
			t.Fatalf("%d events, want %d", len(restored.History), want)
		}
	})
}

func byKey(rows []refresh.Match) map[string]refresh.Match {
	out := make(map[string]refresh.Match)
	for _, m := range rows {
		out[m.Key] = m
	}
	return out
}

// TestPrunedRowHeals: a mailbox that was restored before the host prunes heals its row at the next refresh.
func TestPrunedRowHeals(t *testing.T) {
	source := &script{system: "test", resolve: answers(lookups{"s0": refresh.Found(box("s0", "ann@old.example"))})}
	j := marked(1, gone(1)...)
	j = apply(t, j, run(t, j, refresh.Sides{Source: source}, withoutPause))
	out, rows, err := j.Prune(refresh.Limit{MaxShare: 1}, nil)
	if err != nil || rows != nil {
		t.Errorf("%d rows removed, %v", len(rows), err)
	}
	same(t, "the row stays", []string{"0"}, keysOf(out.Matches))
	if b, err := json.Marshal(out.Matches[0].SourceMark); err != nil || string(b) != "null" {
		t.Errorf("the mark is still there: %s", b)
	}
}

// unstamped returns all matches, of which the given ones have lost their stamps: nobody looked for changes of theirs meanwhile.
func unstamped(all, some []refresh.Match) []refresh.Match {
	out := slices.Clone(all)
	for i := range out {
		if slices.ContainsFunc(some, func(m refresh.Match) bool { return m.Key == out[i].Key }) {
			out[i].SourceStamp, out[i].TargetStamp = 0, 0
		}
	}
	return out
}
