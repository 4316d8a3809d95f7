package refresh_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// parts refreshes the parts of a job of the ledger's one by one; between runs after each of them.
func (l *ledger) parts(t *testing.T, j refresh.Job, n int, opts func(part int) *refresh.Options, between func(part int)) []*refresh.Result {
	t.Helper()
	parts, err := refresh.Split(j, n)
	if err != nil {
		t.Fatal(err)
	}
	var out []*refresh.Result
	for i, p := range parts {
		out = append(out, run(t, p, refresh.Sides{Source: l}, noPause(opts(i))))
		if between != nil {
			between(i)
		}
	}
	return out
}

// begin takes marks.
func (l *ledger) begin(t *testing.T, j refresh.Job) *refresh.Marks {
	t.Helper()
	m, err := refresh.TakeMarks(t.Context(), j, refresh.Sides{Source: l})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func merge(t *testing.T, j refresh.Job, parts ...*refresh.Result) *refresh.Result {
	t.Helper()
	r, err := refresh.Merge(j, parts...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestWhereAMergeLeavesTheCursor: a change that comes after a part was looked up must be found by the next run, so the cursor may move
// to no later moment than all parts began at, and not at all while rows rely on the old one.
func TestWhereAMergeLeavesTheCursor(t *testing.T) {
	fresh := func(_ *testing.T, l *ledger) refresh.Job { return l.rows() }
	before := func(t *testing.T, l *ledger) refresh.Job {
		j := l.sync(t, l.rows(), nil)
		l.log = append(l.log, "a stranger") // so that a mark is a later moment
		return j
	}
	for _, tt := range []struct {
		name, reason string
		job          func(*testing.T, *ledger) refresh.Job
		marks        int // how many are taken: the parts take turns
		keep         int // how many parts are merged
		full         int // which part is refreshed in full, counted from 1
		moves        bool
		path         refresh.Path
		stamps       int    // how many rows have one afterwards
		asked        string // by the next run, in which a alone has changed since
	}{
		{name: "one mark, the first run", reason: "the parts begin one epoch together", job: fresh, marks: 1, keep: 3, moves: true, stamps: 3, asked: "a"},
		{name: "one mark", reason: "all parts moved to it", job: before, marks: 1, keep: 3, moves: true, path: refresh.PathIncremental, stamps: 3, asked: "a"},
		{name: "two marks", reason: "the later one is not good for all", job: before, marks: 2, keep: 3, path: refresh.PathIncremental, stamps: 3, asked: "a"},
		{name: "two marks, the first run", reason: "neither epoch is begun, so no stamp holds", job: fresh, marks: 2, keep: 3, asked: "a b c"},
		{name: "a part left out", reason: "its row relies on the old cursor", job: before, marks: 1, keep: 2, path: refresh.PathIncremental, stamps: 3, asked: "a"},
		{name: "a part left out of the first run", reason: "its row has no stamp", job: fresh, marks: 1, keep: 2, moves: true, stamps: 2, asked: "a c"},
		{name: "one part in full", reason: "its epoch is not that of the others", job: before, marks: 1, keep: 3, full: 2, stamps: 2, asked: "a b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := newLedger(boxA, boxB, boxC)
			j := tt.job(t, l)
			var marks []*refresh.Marks
			results := l.parts(t, j, 3, func(part int) *refresh.Options {
				if len(marks) < tt.marks {
					marks = append(marks, l.begin(t, j))
				}
				return &refresh.Options{Marks: marks[part%tt.marks], Full: part+1 == tt.full}
			}, func(part int) {
				if part == 0 {
					l.put(renamedA) // after its look-up
				}
			})
			r := merge(t, j, results[:tt.keep]...)
			same(t, "the path", tt.path, r.Run.Source.Path)
			got := apply(t, j, r)
			same(t, tt.reason, tt.moves, got.Source.Cursor != j.Source.Cursor)
			n := 0
			for _, m := range got.Matches {
				if m.SourceStamp != 0 {
					n++
				}
			}
			same(t, "the rows with a stamp", tt.stamps, n)
			l.asked = nil
			next := l.look(t, got, nil)
			same(t, "what happened since is found", refresh.Refreshed, rowOf(t, next, refresh.Source, "a").Outcome)
			same(t, "the IDs asked for", tt.asked, l.askedText())
		})
	}
}

// TestMergeRefusesParts: what is no preview of this job's parts is refused, and why can be told.
func TestMergeRefusesParts(t *testing.T) {
	l, j := synced(t)
	l.put(renamedA)
	parts := l.parts(t, j, 3, func(int) *refresh.Options { return nil }, nil)

	_, err := refresh.Merge(j, parts[0], nil)
	if err == nil {
		t.Error("no result among the parts: no error")
	}
	_, err = refresh.Merge(j, parts[0], parts[1], parts[0])
	same(t, "the row that two parts hold", refresh.OverlapError{Key: "a", Side: refresh.Source}, *as[*refresh.OverlapError](t, err))
	same(t, "and what to do", `refresh: merge: two parts hold the source of row "a": merge each row once`, err.Error())

	_, err = refresh.Merge(apply(t, j, parts[0]), parts...)
	is(t, err, refresh.ErrAlreadyApplied)

	j.Source = refresh.Endpoint{}
	halves, err := refresh.Split(j, 2)
	if err != nil {
		t.Fatal(err)
	}
	one := l.look(t, halves[0], nil)
	l.pin = "another"
	if _, err = refresh.Merge(j, one, l.look(t, halves[1], nil)); err == nil {
		t.Error("an unpinned job, and parts of two directories: no error")
	}
}

// TestTheRecordOfAMerge: the audit record covers the parts' times, look-ups and failovers.
func TestTheRecordOfAMerge(t *testing.T) {
	at := func(hour int) time.Time { return time.Date(2026, 7, 1, hour, 0, 0, 0, time.UTC) }
	l, j := synced(t)
	parts := l.parts(t, j, 3, func(part int) *refresh.Options {
		return &refresh.Options{Full: part == 2, Verify: part < 2, Operator: "ann"}
	}, func(part int) {
		l.failover = ""
		if part < 1 {
			l.failover = "dc3"
		}
		l.put(renamedB)
	})
	for i, hours := range [][2]int{{5, 6}, {3, 4}, {7, 8}} {
		parts[i].Run.Started, parts[i].Run.Finished = at(hours[0]), at(hours[1])
	}
	parts[1].Partial = true
	r := merge(t, j, parts...)
	same(t, "it began with the first part", at(3), r.Run.Started)
	same(t, "and ended with the last", at(8), r.Run.Finished)
	same(t, "a part that ended early is told", true, r.Partial)
	same(t, "not all parts looked at addresses", false, r.Run.Verify)
	same(t, "who ran it", "ann", r.Run.Operator)
	same(t, "b was looked up, and c", 2, r.Run.Source.Asked)
	same(t, "one part was a full one", refresh.PathFull, r.Run.Source.Path)
	same(t, "as asked for", "asked for", r.Run.Source.Why)
	same(t, "the failover of the second", 1, len(r.Run.Source.Failovers))
	same(t, "and its warning", 1, len(warned(r, refresh.WarnFailover)))
	same(t, "a result of its own", true, r.ID != parts[0].ID && r.Run.ID != parts[0].Run.ID)
}

// TestTheWarningsOfAMerge: warnings name the rows in the order of the job, source before target, and count those of all parts.
func TestTheWarningsOfAMerge(t *testing.T) {
	var rows []refresh.Match
	for _, k := range []string{"a", "b", "c"} {
		rows = append(rows, pair(k, box(refresh.ID(k), refresh.Address(k+"@old.example")), box(refresh.ID("t"+k), refresh.Address(k+"@there.example"))))
	}
	j := jobOf(rows...)
	source, target := newLedger(boxA, boxB, boxC), newLedger(rows[0].Target, rows[1].Target, rows[2].Target)
	sides := refresh.Sides{Source: source, Target: target}
	opts := &refresh.Options{ExpectDomain: "new.example", ConfirmAfter: -1}
	halves, err := refresh.Split(j, 2)
	if err != nil {
		t.Fatal(err)
	}
	got := merge(t, j, run(t, halves[1], sides, opts), run(t, halves[0], sides, opts))
	same(t, "those of the whole", run(t, j, sides, opts).Warnings, got.Warnings)

	got = merge(t, j, run(t, halves[1], refresh.Sides{Target: target}, opts), run(t, halves[0], refresh.Sides{Source: source}, opts))
	var of []refresh.Side
	for _, w := range got.Warnings {
		of = append(of, w.Side)
	}
	same(t, "the sides in order", []refresh.Side{refresh.Source, refresh.Source, refresh.Target, refresh.Target}, of)
}

// TestTakeMarksRefuses: marks are refused as a refresh would be, so that no part begins that could not be merged.
func TestTakeMarksRefuses(t *testing.T) {
	l, j := synced(t)
	_, err := refresh.TakeMarks(t.Context(), j, refresh.Sides{})
	is(t, err, refresh.ErrNoSide)

	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errOutage)
	_, err = refresh.TakeMarks(ctx, j, refresh.Sides{Source: l})
	is(t, err, errOutage)

	l.pin = "another"
	_, err = refresh.TakeMarks(t.Context(), j, refresh.Sides{Source: l})
	as[*refresh.WrongDirectoryError](t, err)
	same(t, "no mark of another directory was asked for", 0, l.marks)
}

// TestMarksThatAreNone: without a mark that holds here, parts are refreshed all the same, and the cursor stays.
func TestMarksThatAreNone(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		taking       func(l *ledger)                        // while the marks are taken
		changed      func(l *ledger, m *refresh.MarkedSide) // after that
		path         refresh.Path
		why          string
	}{
		{name: "no mark could be taken", reason: "there is no moment to move to", taking: func(l *ledger) { l.markErr = errOutage }, path: refresh.PathIncremental},
		{name: "the directory could not be reached", reason: "it was not known which one it is", taking: func(l *ledger) { l.inspecting = errors.New("timed out") },
			why: "the marks are of another directory"},
		{name: "marks of another directory", reason: "its cursor names another series of changes", changed: func(_ *ledger, m *refresh.MarkedSide) { m.Pin = "another" },
			why: "the marks are of another directory"},
		{name: "a mark that has expired", reason: "what happened since is not known", changed: func(_ *ledger, m *refresh.MarkedSide) { m.Cursor.Token = "foreign" },
			path: refresh.PathIncremental},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, j := synced(t)
			l.log = append(l.log, "a stranger") // so that a mark is a later moment
			if tt.taking != nil {
				tt.taking(l)
			}
			marks := l.begin(t, j)
			l.sound()
			if tt.changed != nil {
				tt.changed(l, marks.Source)
			}
			l.put(renamedB)
			r := merge(t, j, l.parts(t, j, 2, func(int) *refresh.Options { return &refresh.Options{Marks: marks} }, nil)...)
			same(t, "the path", tt.path, r.Run.Source.Path)
			same(t, "why", tt.why, r.Run.Source.Why)
			same(t, "the change is found", refresh.Refreshed, rowOf(t, r, refresh.Source, "b").Outcome)
			same(t, tt.reason, j.Source.Cursor, apply(t, j, r).Source.Cursor)
		})
	}
}

// askedText is what was asked for since it was forgotten last, sorted.
func (l *ledger) askedText() string {
	var out []string
	for _, id := range l.asked {
		out = append(out, string(id))
	}
	return strings.Join(out, " ")
}
