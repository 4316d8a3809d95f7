package refresh_test

import (
	"testing"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// TestMergeIntoAnotherStateOfTheJob: what parts vouch for holds for the job that they were made of. Merged into a copy from before, they
// must neither move its cursor nor stamp a row.
func TestMergeIntoAnotherStateOfTheJob(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		other        func(t *testing.T, l *ledger, j refresh.Job) (split, mergeInto refresh.Job)
	}{
		{"a copy from before", "the row of the copy was never compared with the directory", func(t *testing.T, l *ledger, j refresh.Job) (refresh.Job, refresh.Job) {
			l.put(renamedA)
			return l.sync(t, j, nil), j
		}},
		{"a result was reverted meanwhile", "the row holds the former value under its former stamp", func(t *testing.T, l *ledger, j refresh.Job) (refresh.Job, refresh.Job) {
			l.put(renamedA)
			r := l.look(t, j, nil)
			now := apply(t, j, r)
			back, err := now.Revert(r)
			if err != nil {
				t.Fatal(err)
			}
			return now, back
		}},
		{"a row from a copy", "its stamp is not the one that the part saw", func(t *testing.T, l *ledger, j refresh.Job) (refresh.Job, refresh.Job) {
			l.put(renamedA)
			l.put(renamedB)
			now := l.sync(t, j, selecting("a")) // b changed: the cursor stays
			return now, j
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, j := synced(t)
			split, into := tt.other(t, l, j)
			l.log = append(l.log, "a stranger") // so that the mark is a later moment
			marks := l.begin(t, split)
			r := merge(t, into, l.parts(t, split, 2, func(int) *refresh.Options { return &refresh.Options{Marks: marks} }, nil)...)
			got, err := into.Apply(r)
			if err != nil {
				as[*refresh.StaleError](t, err)
				return
			}
			same(t, tt.reason, into.Source.Cursor, got.Source.Cursor)
			same(t, "so the change is found", refresh.Refreshed, rowOf(t, l.look(t, got, nil), refresh.Source, "a").Outcome)
		})
	}
}

// TestMergeKeepsTheServerOfEachRow: which replica a value was read from decides whether its former value counts as stale later on.
func TestMergeKeepsTheServerOfEachRow(t *testing.T) {
	dc1, dc2 := newLedger(boxA, boxB), newLedger(boxA, boxB)
	dc2.server = "dc2"
	j := dc1.sync(t, dc1.rows(), nil)
	for _, l := range []*ledger{dc1, dc2} {
		l.put(renamedA)
		l.put(renamedB)
	}
	halves, err := refresh.Split(j, 2)
	if err != nil {
		t.Fatal(err)
	}
	got := apply(t, j, merge(t, j, dc1.look(t, halves[0], nil), dc2.look(t, halves[1], nil)))
	same(t, "the first half", "dc1", matchOf(t, got, "a").SourcePrevious.Replica)
	same(t, "the second half", "dc2", matchOf(t, got, "b").SourcePrevious.Replica)

	dc1.put(boxB) // dc1 lags behind dc2
	r := dc1.look(t, got, &refresh.Options{Full: true})
	same(t, "the former value from another replica is not applied", refresh.CauseStale, rowOf(t, r, refresh.Source, "b").Cause)
}

// TestMergeOfAPartThatCouldNotInspect: an outage during one part is an outcome of its rows. It must not cost the other parts.
func TestMergeOfAPartThatCouldNotInspect(t *testing.T) {
	l, j := synced(t)
	l.put(renamedA)
	l.put(renamedB)
	parts := l.parts(t, j, 3, func(part int) *refresh.Options {
		if l.inspecting = nil; part == 0 {
			l.inspecting = errOutage
		}
		return nil
	}, nil)
	r := merge(t, j, parts...)
	same(t, "the part that failed", refresh.LookupFailed, rowOf(t, r, refresh.Source, "a").Outcome)
	same(t, "the part that did not", refresh.Refreshed, rowOf(t, r, refresh.Source, "b").Outcome)
	same(t, "the directory that the others reached", l.pin, r.Run.Source.Pin)
	l.sound()
	got := apply(t, j, r)
	same(t, "the cursor stays", j.Source.Cursor, got.Source.Cursor)
	same(t, "so the change is found", refresh.Refreshed, rowOf(t, l.look(t, got, nil), refresh.Source, "a").Outcome)
}

// TestMergedAgeIsThatOfTheOldestPart: MaxAge counts from the last full look at every row.
func TestMergedAgeIsThatOfTheOldestPart(t *testing.T) {
	l := newLedger(boxA, boxB)
	j := l.rows()
	marks := l.begin(t, j)
	parts := l.parts(t, j, 2, func(int) *refresh.Options { return &refresh.Options{Marks: marks} }, nil)
	early := parts[0].Run.Source.Since.Add(-72 * time.Hour)
	parts[0].Run.Source.Since = early
	same(t, "the oldest part", early, merge(t, j, parts[1], parts[0]).Run.Source.Since)
}
