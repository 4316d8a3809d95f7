package refresh_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

func TestSelectRunsOncePerRowInOrderBeforeAnyIO(t *testing.T) {
	w := crowd(5)
	sides, s, d := w.connect(nil)
	var asked []string
	r := run(t, w.job, sides, &refresh.Options{Select: func(m refresh.Match) bool {
		same(t, "no traffic yet", []memconn.Calls{{}, {}}, []memconn.Calls{s.Calls(), d.Calls()})
		asked = append(asked, m.Key)
		return m.Key == "1" || m.Key == "3"
	}})
	same(t, "once per row, in order", []string{"0", "1", "2", "3", "4"}, asked)
	same(t, "one outcome per selected row and side", map[string]refresh.Outcome{
		"source 1": refresh.NotChanged, "source 3": refresh.NotChanged, "target 1": refresh.NotChanged, "target 3": refresh.NotChanged,
	}, outcomes(r))
	same(t, "only their IDs are asked", []refresh.ID{w.job.Matches[1].Source.ID, w.job.Matches[3].Source.ID}, s.Calls().Resolved)
	same(t, "the result knows how many rows there are", 5, r.JobRows)
}

func TestNothingSelected(t *testing.T) {
	w := crowd(2)
	sides, s, _ := w.connect(nil)
	r := run(t, w.job, sides, &refresh.Options{Select: func(refresh.Match) bool { return false }})
	same(t, "no rows", 0, len(r.Rows))
	same(t, "no look-up", 0, looked(s))
	same(t, "the checks are made all the same", 1, s.Calls().Inspect)
	same(t, "nothing is written", w.job, apply(t, w.job, r), ignoreHistory)
}

// rowJSON is what a job file holds of each row.
func rowJSON(t *testing.T, j refresh.Job) []string {
	t.Helper()
	var out []string
	for _, m := range j.Matches {
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(b))
	}
	return out
}

func TestUnselectedRowsAreNotTouched(t *testing.T) {
	w := crowd(6)
	for i := range w.job.Matches {
		m := &w.job.Matches[i]
		m.Ext, m.Part, m.SourceUse = json.RawMessage(`{"host":1}`), "archive", "x@use.example"
		m.SourceMark = &refresh.Mark{Reason: refresh.ReasonGone, FirstSeen: day1, LastSeen: day30}
		m.SourceStamp, m.TargetPrevious = 7, &refresh.Previous{Mailbox: anna, Replica: "dc1"}
	}
	w.source.SwitchDomain("old.example", "moved.example", memconn.DropOld)
	w.target.SwitchDomain("new.example", "moved.example", memconn.KeepOld)
	sides, _, _ := w.connect(nil)
	r := run(t, w.job, sides, &refresh.Options{Select: refresh.SelectKeys("1", "4")})
	before, after := rowJSON(t, w.job), rowJSON(t, apply(t, w.job, r))
	for i := range before {
		if selected := i == 1 || i == 4; (before[i] != after[i]) != selected {
			t.Errorf("row %d: selected %t\nbefore %s\nafter  %s", i, selected, before[i], after[i])
		}
	}
}

func TestOneSideTouchesNothingOfTheOther(t *testing.T) {
	for _, side := range bothSides {
		t.Run(side.String(), func(t *testing.T) {
			w := crowd(3)
			w.job.Source.Pin, w.job.Target.Pin = "", ""
			w.source.SwitchDomain("old.example", "moved.example", memconn.DropOld)
			w.target.SwitchDomain("new.example", "moved.example", memconn.DropOld)
			r := run(t, w.job, only(side, w.system(side).Connect(nil)), nil)
			same(t, "outcomes of the asked side only", 3, len(r.Rows))
			same(t, "no counts of the other", 0, r.Counts(otherSide(side)).Total)
			j := apply(t, w.job, r)
			for i := range j.Matches {
				same(t, "the other side's mailbox", w.job.Matches[i].Mailbox(otherSide(side)), j.Matches[i].Mailbox(otherSide(side)))
				same(t, "this side's domain", "moved.example", j.Matches[i].Mailbox(side).Primary.Domain())
			}
			same(t, "the other side is not pinned", "", j.Endpoint(otherSide(side)).Pin)
			same(t, "this side is", w.system(side).Pin(), j.Endpoint(side).Pin)
		})
	}
}

func TestSidesRunAtTheSameTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := crowd(2)
		sides := refresh.Sides{
			Source: w.source.Connect(&memconn.ConnOptions{Latency: 3 * time.Second}),
			Target: w.target.Connect(&memconn.ConnOptions{Latency: 5 * time.Second}),
		}
		start := time.Now()
		run(t, w.job, sides, nil)
		same(t, "inspection and look-ups take as long as the slower side, not as both", 10*time.Second, time.Since(start))
		start = time.Now()
		_, _ = refresh.Check(t.Context(), w.job, sides, nil)
		same(t, "so does the check", 5*time.Second, time.Since(start))
	})
}

func TestRefreshNeverChangesTheJob(t *testing.T) {
	w := crowd(8)
	w.source.SwitchDomain("old.example", "moved.example", memconn.KeepOld)
	w.source.Swap(w.job.Matches[0].Source.ID, w.job.Matches[1].Source.ID)
	w.source.Delete(w.job.Matches[2].Source.ID, day1, day30)
	w.source.ReplaceMailbox(w.job.Matches[3].Source.ID)
	w.target.DisableMailbox(w.job.Matches[4].Target.ID)
	w.job.Matches[5].SourceMark = &refresh.Mark{Reason: refresh.ReasonGone, FirstSeen: day1, LastSeen: day1}
	w.job.Source.Pin = ""
	w.job.History = append(make([]refresh.Event, 0, 8), refresh.Event{Action: refresh.ActionApplied, Result: "r0", At: day1})
	job := deepCopy(t, w.job)
	sides, _, _ := w.connect(nil)

	r := run(t, w.job, sides, nil)
	same(t, "Refresh", job, w.job)
	saved := deepCopy(t, r)
	applied := apply(t, w.job, r)
	same(t, "Apply leaves the job as it is", job, w.job)
	same(t, "Apply leaves the result as it is", saved, deepCopy(t, r))
	now := deepCopy(t, applied)
	if _, err := applied.Revert(r); err != nil {
		t.Fatal(err)
	}
	same(t, "Revert", now, applied)
	if _, err := r.Only(func(row refresh.Row) bool { return row.Key > "3" }); err != nil {
		t.Fatal(err)
	}
	same(t, "Only leaves the result as it is", saved, deepCopy(t, r))
	if _, err := applied.Accept(refresh.Source, "3", r.Rows[6].Evidence.Instance); err != nil {
		t.Fatal(err)
	}
	same(t, "Accept", now, applied)
	if _, err := applied.Matches[0].Bind(refresh.Target, anna); err == nil {
		t.Error("bound twice")
	}
	same(t, "Bind", now, applied)
}

func TestEndOfTheContext(t *testing.T) {
	cause := errors.New("the operator stopped it")
	tests := []struct {
		name, reason string
		script       func(stop func()) *script
		opts         *refresh.Options
		want         map[string]refresh.Outcome
	}{
		{
			"before", "nothing is asked, and nothing is known",
			func(stop func()) *script {
				stop()
				return &script{resolve: answers(lookups{"anna": goneTombstone, "other": refresh.Found(renamedOther)})}
			}, nil,
			map[string]refresh.Outcome{"source 1": refresh.LookupFailed, "source 2": refresh.LookupFailed},
		},
		{
			"during the inspection", "a directory that was not fully inspected is not asked",
			func(stop func()) *script {
				return &script{resolve: answers(lookups{"anna": goneTombstone, "other": refresh.Found(renamedOther)}), inspect: func(context.Context) (refresh.Directory, error) {
					stop()
					return refresh.Directory{Pin: "p"}, nil
				}}
			}, nil,
			map[string]refresh.Outcome{"source 1": refresh.LookupFailed, "source 2": refresh.LookupFailed},
		},
		{
			"during the look-ups", "answers given before the end count, but no absence is confirmed any more",
			func(stop func()) *script {
				return &script{resolve: func(ctx context.Context, ids []refresh.ID, answer answerFunc) error {
					_ = answers(lookups{"anna": goneTombstone, "other": refresh.Found(renamedOther)})(ctx, ids, answer)
					stop()
					return ctx.Err()
				}}
			}, nil,
			map[string]refresh.Outcome{"source 1": refresh.LookupFailed, "source 2": refresh.Refreshed},
		},
		{
			"during the look-ups, unanswered", "what is not answered has the cause",
			func(stop func()) *script {
				return &script{resolve: func(context.Context, []refresh.ID, answerFunc) error {
					stop()
					return nil
				}}
			}, nil,
			map[string]refresh.Outcome{"source 1": refresh.LookupFailed, "source 2": refresh.LookupFailed},
		},
		{
			"during the pause before the confirmation", "the pause ends at once, and no absence is believed",
			func(stop func()) *script {
				time.AfterFunc(500*time.Millisecond, stop)
				return &script{resolve: answers(lookups{"anna": goneTombstone, "other": refresh.Found(renamedOther)})}
			}, &refresh.Options{ConfirmAfter: time.Hour},
			map[string]refresh.Outcome{"source 1": refresh.LookupFailed, "source 2": refresh.Refreshed},
		},
		{
			"during the confirmation", "an absence on an ended context is none",
			func(stop func()) *script {
				return &script{resolve: answers(lookups{"anna": goneTombstone, "other": refresh.Found(renamedOther)}), confirm: func(_ context.Context, _ []refresh.ID, answer answerFunc) error {
					stop()
					answer(0, goneTombstone)
					return nil
				}}
			}, nil,
			map[string]refresh.Outcome{"source 1": refresh.LookupFailed, "source 2": refresh.Refreshed},
		},
	}
	for _, tt := range tests {
		for progress, report := range map[string]func(refresh.Progress){"": nil, ", with progress": func(refresh.Progress) {}} {
			t.Run(tt.name+progress, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					ctx, cancel := context.WithCancelCause(t.Context())
					j := jobOf(one(refresh.Source, "1", refresh.Bound, anna), one(refresh.Source, "2", refresh.Bound, other))
					opts := refresh.Options{}
					if tt.opts != nil {
						opts = *tt.opts
					}
					opts.Progress = report
					start := time.Now()
					r, err := refresh.Refresh(ctx, j, refresh.Sides{Source: tt.script(func() { cancel(cause) })}, &opts)
					is(t, err, cause)
					if r == nil {
						t.Fatal("no partial result")
					}
					same(t, "the result says so", true, r.Partial)
					same(t, tt.reason, tt.want, outcomes(r))
					if d := time.Since(start); d > time.Second {
						t.Errorf("it took %s to end", d)
					}
					after := apply(t, j, r)
					same(t, "applying a partial result is safe", anna, after.Matches[0].Source)
					same(t, "nobody is marked missing", true, after.Matches[0].SourceMark == nil)
				})
			})
		}
	}
}

var renamedOther = with(other, func(m *refresh.Mailbox) { m.Primary = "other@new.example" })

func TestDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := crowd(3)
		sides, _, _ := w.connect(&memconn.ConnOptions{Latency: time.Minute})
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second) // in the middle of the look-ups
		defer cancel()
		r, err := refresh.Refresh(ctx, w.job, sides, nil)
		is(t, err, context.DeadlineExceeded)
		for _, s := range bothSides {
			same(t, "all failed, none is missing", map[refresh.Outcome]int{refresh.LookupFailed: 3}, r.Counts(s).ByOutcome)
		}
	})
}

// records keeps what is logged.
type records struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (r *records) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.Write(p)
}

func TestLogger(t *testing.T) {
	w := crowd(4)
	w.source.SwitchDomain("old.example", "moved.example", memconn.DropOld)
	w.source.Erase(w.job.Matches[3].Source.ID)
	w.job.Source.Account = "admin@old.example"
	w.source.SetDomains(refresh.Domain{Name: "moved.example"})
	hostile := &refresh.ValueError{Attr: "mail", Value: "hidden@old.example", Problem: "is odd"}
	sides, s, _ := w.connect(nil)
	s.SetFaults(memconn.Faults{FailIDs: map[refresh.ID]error{w.job.Matches[2].Source.ID: hostile}})
	for _, level := range []slog.Level{slog.LevelInfo, slog.LevelDebug} {
		out := &records{}
		log := slog.New(slog.NewJSONHandler(out, &slog.HandlerOptions{Level: level}))
		run(t, w.job, sides, &refresh.Options{Logger: log, Verify: true})
		text := out.buf.String()
		if strings.Contains(text, "@") {
			t.Errorf("level %s holds an address:\n%s", level, text)
		}
		info, debug := strings.Count(text, `"level":"INFO"`), strings.Count(text, `"level":"DEBUG"`)
		same(t, "one record at the start and one at the end of each side", 4, info)
		if level == slog.LevelDebug && debug != 4 {
			t.Errorf("%d records at Debug, want one for each row that is not NotChanged:\n%s", debug, text)
		}
		if n := strings.Count(text, "\n"); n != info+debug {
			t.Errorf("%d records, of which %d at Info and %d at Debug", n, info, debug)
		}
	}
}

// The library must not speak where nobody gave it a logger.
func TestNilLogger(t *testing.T) {
	out := &records{}
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: slog.LevelDebug})))
	defer slog.SetDefault(old)
	w := crowd(2)
	sides, _, _ := w.connect(nil)
	run(t, w.job, sides, nil)
	same(t, "nothing is logged", "", out.buf.String())
}

// A result must be writable whatever a server said.
func TestHostileTexts(t *testing.T) {
	const odd = "\xff\x00 no UTF-8"
	tests := []struct {
		name, reason string
		first        refresh.Lookup
	}{
		{"failure", "servers put raw bytes into error texts", refresh.Failed(errors.New(odd))},
		{"forwarding address", "it is read from the directory", refresh.Found(with(anna, func(m *refresh.Mailbox) { m.Kind = refresh.KindMailUser })).ForwardingTo(odd)},
		{"stated forwarding address", "it is read from the directory", refresh.NotFound(refresh.Absence{Reason: refresh.ReasonMoved, Proof: refresh.ProofStated, ForwardsTo: odd})},
		{"replica", "a server names itself", refresh.Found(renamedAnna).On(odd)},
		{"anchor", "it is read from the directory", refresh.Found(with(anna, func(m *refresh.Mailbox) { m.Anchor = odd }))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := &script{resolve: answers(lookups{"anna": tt.first})}
			writesAndReads(t, tt.reason, jobOf(one(refresh.Source, "1", refresh.Bound, anna)), c)
		})
	}
	t.Run("directory", func(t *testing.T) {
		c := &script{resolve: answers(lookups{"anna": refresh.Found(anna)}), inspect: reaches(refresh.Directory{Name: odd, Server: odd, System: odd})}
		writesAndReads(t, "it is read from the directory", jobOf(one(refresh.Source, "1", refresh.Bound, anna)), c)
	})
	t.Run("failover", func(t *testing.T) {
		c := &script{resolve: func(ctx context.Context, _ []refresh.ID, answer answerFunc) error {
			refresh.FailedOver(ctx, odd, odd, errors.New(odd))
			answer(0, refresh.Found(anna))
			return nil
		}}
		writesAndReads(t, "a server names itself", jobOf(one(refresh.Source, "1", refresh.Bound, anna)), c)
	})
	t.Run("finding", func(t *testing.T) {
		c := &script{resolve: answers(lookups{}), find: func(_ context.Context, _ []refresh.Address, answer func(int, refresh.Finding)) error {
			answer(0, refresh.Hits(box(odd, "x@old.example")))
			answer(1, refresh.FindFailed(errors.New(odd)))
			return nil
		}}
		j := jobOf(one(refresh.Source, "1", refresh.Manual, box("", "x@old.example")), one(refresh.Source, "2", refresh.Manual, box("", "y@old.example")))
		writesAndReads(t, "it is read from the directory", j, c)
	})
}

var renamedAnna = with(anna, func(m *refresh.Mailbox) { m.Primary = "anna@new.example" })

// writesAndReads holds the result of a run to its promise: written and read again it is equal.
func writesAndReads(t *testing.T, why string, j refresh.Job, c *script) {
	t.Helper()
	r, err := refresh.Refresh(t.Context(), j, refresh.Sides{Source: c}, &refresh.Options{Verify: true, ConfirmAfter: -1})
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := r.Write(&file); err != nil {
		t.Fatalf("%s, but the result cannot be written: %v", why, err)
	}
	read, err := refresh.ReadResult(&file)
	if err != nil {
		t.Fatalf("%s, but the result cannot be read: %v", why, err)
	}
	same(t, why, r, read)
	after, err := j.Apply(read)
	if err != nil {
		t.Fatal(err)
	}
	if err := after.Write(&bytes.Buffer{}); err != nil {
		t.Errorf("the job cannot be written: %v", err)
	}
}

// What goes wrong on the way is an outcome of the rows concerned; the run goes on, and nobody is missing for it.
func TestFaultsAreNoAbsences(t *testing.T) {
	tests := []struct {
		name, reason string
		opts         memconn.ConnOptions
		want         map[refresh.Outcome]int
		cause        refresh.Cause
	}{
		{
			"outage of the look-ups", "one failed batch of a whole side is an outcome of its rows",
			memconn.ConnOptions{Faults: memconn.Faults{Breaks: []memconn.Break{{Err: errOutage}}}},
			map[refresh.Outcome]int{refresh.LookupFailed: 6}, refresh.CauseFailed,
		},
		{
			"cut after two answers", "answers given before count",
			memconn.ConnOptions{Faults: memconn.Faults{Breaks: []memconn.Break{{After: 2, Err: errOutage}}}},
			map[refresh.Outcome]int{refresh.NotChanged: 2, refresh.LookupFailed: 4}, refresh.CauseFailed,
		},
		{
			"cut before the confirmation", "what is not confirmed is not missing",
			memconn.ConnOptions{Faults: memconn.Faults{Breaks: []memconn.Break{{Ability: refresh.CanConfirm, Err: errOutage}}}},
			map[refresh.Outcome]int{refresh.NotChanged: 3, refresh.LookupFailed: 3}, refresh.CauseFailed,
		},
		{
			"no rights", "a reader without rights sees absence, not an error",
			memconn.ConnOptions{Faults: memconn.Faults{NothingVisible: true}},
			map[refresh.Outcome]int{refresh.LookupFailed: 6}, refresh.CauseNotVisible,
		},
		{
			"too small a scope", "the object may live elsewhere",
			memconn.ConnOptions{Scope: func(m refresh.Mailbox) bool { return m.Primary == "u0@old.example" }},
			map[refresh.Outcome]int{refresh.NotChanged: 1, refresh.LookupFailed: 5}, refresh.CauseOutOfScope,
		},
		{
			"no right to see instances", "the run saw none at all, so none is known to be gone",
			memconn.ConnOptions{Faults: memconn.Faults{HideInstances: true}},
			map[refresh.Outcome]int{refresh.LookupFailed: 3, refresh.Missing: 3}, refresh.CauseMailboxUnknown,
		},
		{
			"no right to see deleted objects", "gone it is, but whether it can be restored is not known",
			memconn.ConnOptions{Faults: memconn.Faults{HideDeleted: true}},
			map[refresh.Outcome]int{refresh.NotChanged: 3, refresh.Missing: 3}, 0,
		},
		{
			"nothing wrong", "the same world, to compare with",
			memconn.ConnOptions{},
			map[refresh.Outcome]int{refresh.NotChanged: 3, refresh.Missing: 3}, 0,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := crowd(6)
			w.source.Delete(w.job.Matches[3].Source.ID, day1, day30)
			w.source.Purge(w.job.Matches[4].Source.ID)
			w.source.Erase(w.job.Matches[5].Source.ID)
			r := run(t, w.job, refresh.Sides{Source: w.source.Connect(&tt.opts), Target: w.target.Connect(nil)}, nil)
			c := r.Counts(refresh.Source)
			same(t, tt.reason, tt.want, c.ByOutcome)
			if tt.cause != 0 {
				same(t, "the cause that people see", map[refresh.Cause]int{tt.cause: tt.want[refresh.LookupFailed]}, c.ByCause)
			}
			same(t, "the other side goes on", map[refresh.Outcome]int{refresh.NotChanged: 6}, r.Counts(refresh.Target).ByOutcome)
			j := apply(t, w.job, r)
			for i, row := range w.job.Matches {
				same(t, "no mailbox is written", row.Source, j.Matches[i].Source)
			}
		})
	}
	t.Run("deletion unknown is shown", func(t *testing.T) {
		w := crowd(2)
		w.source.Delete(w.job.Matches[0].Source.ID, day1, day30)
		r := run(t, w.job, refresh.Sides{Source: w.source.Connect(&memconn.ConnOptions{Faults: memconn.Faults{HideDeleted: true}})}, nil)
		same(t, "gone and soft-deleted cannot be told apart", missing(refresh.ReasonGone, refresh.Evidence{Proof: refresh.ProofEmptyScope, DeletionUnknown: true}), judge(r.Rows[0]))
	})
}

// Rule 1: somebody else who has the address now is not the mailbox of the row.
func TestNeverByAddress(t *testing.T) {
	w := crowd(3)
	id := w.job.Matches[0].Source.ID
	w.source.Recreate(id)
	w.source.Rename(w.job.Matches[1].Source.ID, "renamed@old.example", memconn.DropOld)
	w.source.Put(box("", "u1@old.example"))
	c := w.source.Connect(nil)
	r := run(t, w.job, refresh.Sides{Source: c}, &refresh.Options{Verify: true})
	same(t, "a new object with the old addresses is another one", refresh.Missing, r.Rows[0].Outcome)
	same(t, "the mailbox is followed, not its former address", refresh.Address("renamed@old.example"), r.Rows[1].Now().Primary)
	same(t, "no address is looked for", 0, c.Calls().Find)
}

// Connectors are safe for concurrent use, and a job is a value: runs do not get in each other's way.
func TestRunsAtTheSameTime(t *testing.T) {
	w := crowd(50)
	w.source.SwitchDomain("old.example", "moved.example", memconn.KeepOld)
	w.source.Purge(w.job.Matches[0].Source.ID)
	sides, _, _ := w.connect(nil)
	want := outcomes(run(t, w.job, sides, nil))
	got := make([]map[string]refresh.Outcome, 4)
	ids := make([]string, 4)
	var wg sync.WaitGroup
	for i := range got {
		wg.Go(func() {
			r, err := refresh.Refresh(t.Context(), w.job, sides, &refresh.Options{Progress: func(refresh.Progress) {}})
			if err == nil {
				got[i], ids[i] = outcomes(r), r.ID
				_, err = w.job.Apply(r)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for i := range got {
		same(t, "each comes to the same", want, got[i])
		if ids[i] == ids[(i+1)%len(ids)] {
			t.Error("two results have one ID")
		}
	}
}

// No lock is held while a callback runs, so it may do as it likes.
func TestCallbacksMayRefreshThemselves(t *testing.T) {
	w := crowd(2)
	sides, _, _ := w.connect(nil)
	inner := 0
	again := func() {
		if inner++; inner <= 2 {
			run(t, w.job, sides, nil)
		}
	}
	run(t, w.job, sides, &refresh.Options{
		Select:   func(refresh.Match) bool { again(); return true },
		Progress: func(refresh.Progress) { again() },
	})
	if inner < 3 {
		t.Errorf("the callbacks ran %d times", inner)
	}
}
