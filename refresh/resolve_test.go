package refresh_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

func TestConfirmationPause(t *testing.T) {
	tests := []struct {
		name, reason string
		after, want  time.Duration
	}{
		{"default", "exactly one second", 0, time.Second},
		{"as asked for", "ConfirmAfter is honoured", 90 * time.Second, 90 * time.Second},
		{"none", "a negative value means no pause", -1, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var at []time.Time
				gone := answers(lookups{"anna": goneTombstone, "other": refresh.Found(other)})
				c := &script{resolve: func(ctx context.Context, ids []refresh.ID, answer answerFunc) error {
					at = append(at, time.Now())
					return gone(ctx, ids, answer)
				}}
				var waits []refresh.Progress
				opts := &refresh.Options{ConfirmAfter: tt.after, Progress: func(p refresh.Progress) {
					if p.Waiting != "" {
						waits = append(waits, p)
					}
				}}
				j := jobOf(one(refresh.Source, "1", refresh.Bound, other), one(refresh.Source, "2", refresh.Bound, anna))
				start := time.Now()
				r := run(t, j, only(refresh.Source, c), opts)
				same(t, "missing is believed", map[string]refresh.Outcome{"source 1": refresh.NotChanged, "source 2": refresh.Missing}, outcomes(r))
				same(t, "only what would be missing is asked again", [][]refresh.ID{{"other", "anna"}, {"anna"}}, c.resolved)
				same(t, tt.reason, tt.want, at[1].Sub(at[0]))
				same(t, "nothing else waits", tt.want, time.Since(start))
				if tt.want == 0 {
					same(t, "no wait is shown", 0, len(waits))
					return
				}
				if len(waits) == 0 {
					t.Fatal("the pause is not shown in Progress.Waiting")
				}
				same(t, "until when it pauses", start.Add(tt.want), waits[0].Until)
				same(t, "why", "asking again about 1 missing mailboxes", waits[0].Waiting)
			})
		})
	}
}

func TestConfirmer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &script{
			resolve: answers(lookups{"anna": goneTombstone, "other": refresh.Found(other)}),
			confirm: answers(lookups{"anna": goneTombstone}),
		}
		start := time.Now()
		j := jobOf(one(refresh.Source, "1", refresh.Bound, anna), one(refresh.Source, "2", refresh.Bound, other), one(refresh.Source, "3", refresh.Bound, anna))
		r := run(t, j, only(refresh.Source, c), nil)
		same(t, "both rows of one mailbox are missing", map[string]refresh.Outcome{"source 1": refresh.Missing, "source 2": refresh.NotChanged, "source 3": refresh.Missing}, outcomes(r))
		same(t, "Resolve is asked once, each ID once", [][]refresh.ID{{"anna", "other"}}, c.resolved)
		same(t, "Confirm is asked for what would be missing, each ID once", [][]refresh.ID{{"anna"}}, c.confirmed)
		same(t, "a Confirmer pauses as it knows best, the engine does not", time.Duration(0), time.Since(start))
		same(t, "asked IDs are counted once", 2, r.Run.Source.Asked)
	})
	t.Run("it disagrees", func(t *testing.T) {
		c := &script{resolve: answers(lookups{"anna": goneTombstone}), confirm: answers(lookups{"anna": refresh.Found(anna)})}
		r := run(t, jobOf(one(refresh.Source, "1", refresh.Bound, anna)), only(refresh.Source, c), nil)
		same(t, "the second answer counts", failed(refresh.CauseReplicasDisagree), judge(r.Rows[0]))
	})
	t.Run("nothing to confirm", func(t *testing.T) {
		c := &script{resolve: answers(lookups{"anna": refresh.Failed(errOutage)}), confirm: answers(lookups{})}
		r := run(t, jobOf(one(refresh.Source, "1", refresh.Bound, anna)), only(refresh.Source, c), nil)
		same(t, "a failure is not asked again", 0, len(c.confirmed))
		same(t, "and it stays a failure", failed(refresh.CauseFailed), judge(r.Rows[0]))
	})
	t.Run("it fails as a whole", func(t *testing.T) {
		c := &script{
			resolve: answers(lookups{"anna": goneTombstone}),
			confirm: func(context.Context, []refresh.ID, answerFunc) error { return errOutage },
		}
		r := run(t, jobOf(one(refresh.Source, "1", refresh.Bound, anna)), only(refresh.Source, c), nil)
		same(t, "an outage is no confirmation", failed(refresh.CauseFailed), judge(r.Rows[0]))
	})
}

// A lagging replica that never saw the mailbox, or sees it still, must not make it missing.
func TestReplicasDisagree(t *testing.T) {
	s := memconn.New("contoso", &memconn.Options{Replicas: []string{"dc1", "dc2"}})
	a, b := s.Put(box("", "anna@old.example")), s.Put(box("", "bert@old.example"))
	j := jobOf(one(refresh.Source, "1", refresh.Bound, a), one(refresh.Source, "2", refresh.Bound, b))
	s.Lag("dc2")
	s.Erase(a.ID)
	r := run(t, j, only(refresh.Source, s.Connect(nil)), nil)
	same(t, "dc2 still has it", failed(refresh.CauseReplicasDisagree), judge(rowOf(t, r, refresh.Source, "1")))
	s.Sync("dc2")
	r = run(t, j, only(refresh.Source, s.Connect(nil)), nil)
	same(t, "now both agree", refresh.Missing, rowOf(t, r, refresh.Source, "1").Outcome)
}

func TestContractDefence(t *testing.T) {
	foundAnna, foundOther := refresh.Found(anna), refresh.Found(other)
	tests := []struct {
		name, reason string
		resolve      resolveFunc // of the IDs anna and other
		anna, other  judged
		warns        bool
	}{
		{
			name: "answers twice, differently", reason: "neither answer can be trusted", warns: true,
			resolve: func(_ context.Context, _ []refresh.ID, answer answerFunc) error {
				answer(0, foundAnna)
				answer(1, foundOther)
				answer(0, goneTombstone)
				return nil
			},
			anna: failed(refresh.CauseFailed), other: judged{Outcome: refresh.NotChanged},
		},
		{
			name: "answers twice with an absence", reason: "two answers of one call are no confirmation", warns: true,
			resolve: func(_ context.Context, _ []refresh.ID, answer answerFunc) error {
				answer(0, goneTombstone)
				answer(0, goneTombstone)
				answer(1, foundOther)
				return nil
			},
			anna: failed(refresh.CauseFailed), other: judged{Outcome: refresh.NotChanged},
		},
		{
			name: "index too large", reason: "nobody asked for it", warns: true,
			resolve: func(_ context.Context, ids []refresh.ID, answer answerFunc) error {
				answer(0, foundAnna)
				answer(len(ids), foundOther)
				return nil
			},
			anna: judged{Outcome: refresh.NotChanged}, other: failed(refresh.CauseNoAnswer),
		},
		{
			name: "index negative", reason: "nobody asked for it", warns: true,
			resolve: func(_ context.Context, _ []refresh.ID, answer answerFunc) error {
				answer(-1, foundAnna)
				answer(1, foundOther)
				return nil
			},
			anna: failed(refresh.CauseNoAnswer), other: judged{Outcome: refresh.NotChanged},
		},
		{
			name: "answers of the wrong index", reason: "the engine checks that the found ID is the asked one", warns: true,
			resolve: func(_ context.Context, _ []refresh.ID, answer answerFunc) error {
				answer(0, foundOther)
				answer(1, foundAnna)
				return nil
			},
			anna: failed(refresh.CauseFailed), other: failed(refresh.CauseFailed),
		},
		{
			name: "the ID in another spelling", reason: "IDs are opaque text; the adapter makes them canonical", warns: true,
			resolve: func(_ context.Context, _ []refresh.ID, answer answerFunc) error {
				answer(0, refresh.Found(with(anna, func(m *refresh.Mailbox) { m.ID = "ANNA" })))
				answer(1, foundOther)
				return nil
			},
			anna: failed(refresh.CauseFailed), other: judged{Outcome: refresh.NotChanged},
		},
		{
			name: "found without an ID", reason: "it may be anybody", warns: true,
			resolve: func(_ context.Context, _ []refresh.ID, answer answerFunc) error {
				answer(0, refresh.Found(with(anna, func(m *refresh.Mailbox) { m.ID = "" })))
				answer(1, foundOther)
				return nil
			},
			anna: failed(refresh.CauseFailed), other: judged{Outcome: refresh.NotChanged},
		},
		{
			name: "a zero Lookup", reason: "it is no answer",
			resolve: func(_ context.Context, _ []refresh.ID, answer answerFunc) error {
				answer(0, refresh.Lookup{})
				answer(1, foundOther)
				return nil
			},
			anna: failed(refresh.CauseNoAnswer), other: judged{Outcome: refresh.NotChanged},
		},
		{
			name: "a zero Lookup, then another answer", reason: "no answer is an answer, so these are two", warns: true,
			resolve: func(_ context.Context, _ []refresh.ID, answer answerFunc) error {
				answer(0, refresh.Lookup{})
				answer(0, foundAnna)
				answer(1, foundOther)
				return nil
			},
			anna: failed(refresh.CauseFailed), other: judged{Outcome: refresh.NotChanged},
		},
		{
			name: "a zero Lookup, then an error", reason: "the error is of those without an answer",
			resolve: func(_ context.Context, _ []refresh.ID, answer answerFunc) error {
				answer(0, refresh.Lookup{})
				return refresh.ErrOutOfScope
			},
			anna: failed(refresh.CauseNoAnswer), other: failed(refresh.CauseOutOfScope),
		},
		{
			name: "an error after some answers", reason: "answers given before an error count, the others have the error",
			resolve: func(_ context.Context, _ []refresh.ID, answer answerFunc) error {
				answer(1, foundOther)
				return refresh.ErrOutOfScope
			},
			anna: failed(refresh.CauseOutOfScope), other: judged{Outcome: refresh.NotChanged},
		},
		{
			name: "an error after every answer", reason: "answers given before an error count",
			resolve: func(_ context.Context, _ []refresh.ID, answer answerFunc) error {
				answer(1, foundOther)
				answer(0, foundAnna)
				return errOutage
			},
			anna: judged{Outcome: refresh.NotChanged}, other: judged{Outcome: refresh.NotChanged},
		},
		{
			name: "no error and no answer", reason: "a closed connection that answers nothing proves nothing",
			resolve: func(context.Context, []refresh.ID, answerFunc) error { return nil },
			anna:    failed(refresh.CauseNoAnswer), other: failed(refresh.CauseNoAnswer),
		},
		{
			name: "it changes the slice that it was given", reason: "the engine keeps its own",
			resolve: func(_ context.Context, ids []refresh.ID, answer answerFunc) error {
				slices.Reverse(ids)
				answer(0, foundAnna)
				answer(1, foundOther)
				return nil
			},
			anna: judged{Outcome: refresh.NotChanged}, other: judged{Outcome: refresh.NotChanged},
		},
	}
	for _, tt := range tests {
		for _, side := range bothSides {
			t.Run(tt.name+" on the "+side.String(), func(t *testing.T) {
				j := jobOf(one(side, "1", refresh.Bound, anna), one(side, "2", refresh.Bound, other))
				r := run(t, j, only(side, &script{resolve: tt.resolve}), withoutPause)
				same(t, tt.reason, tt.anna, judge(rowOf(t, r, side, "1")))
				same(t, tt.reason, tt.other, judge(rowOf(t, r, side, "2")))
				ws := warned(r, refresh.WarnConnector)
				if (len(ws) == 1 && ws[0].Side == side) != tt.warns || len(ws) > 1 {
					t.Errorf("connector warnings %+v, want one: %t", ws, tt.warns)
				}
			})
		}
	}
}

// Beside a mailbox that seems to be removed, one that shows its instance is asked again. Whatever it is, the contract of
// Resolve and Confirm holds: each ID only once.
func TestTheWitnessIsAskedOnce(t *testing.T) {
	moved := with(other, func(m *refresh.Mailbox) { m.Kind, m.Instance = refresh.KindRemote, "box-9" })
	said := lookups{"anna": refresh.Found(anna), "other": refresh.Found(moved)}
	c := &script{resolve: answers(said), confirm: answers(said)}
	r := run(t, jobOf(one(refresh.Source, "1", refresh.Bound, annaBox), one(refresh.Source, "2", refresh.Bound, other)), only(refresh.Source, c), nil)
	same(t, "anna and the other, in doubt and witness at once", [][]refresh.ID{{"anna", "other"}}, c.confirmed)
	same(t, "both are missing, with their reasons", []refresh.Reasons{refresh.ReasonsOf(refresh.ReasonNoMailbox), refresh.ReasonsOf(refresh.ReasonMoved)}, []refresh.Reasons{r.Rows[0].Reasons, r.Rows[1].Reasons})
}

func TestAnswersAfterReturn(t *testing.T) {
	var late answerFunc
	c := &script{resolve: func(_ context.Context, _ []refresh.ID, answer answerFunc) error {
		late = answer
		return nil
	}}
	c.find = func(context.Context, []refresh.Address, func(int, refresh.Finding)) error {
		late(0, refresh.Found(anna)) // Resolve has returned, the run is still going on
		return nil
	}
	m := one(refresh.Target, "1", refresh.Bound, anna)
	planned := one(refresh.Target, "2", refresh.Planned, box("", "new@old.example"))
	r := run(t, jobOf(m, planned), only(refresh.Target, c), &refresh.Options{Verify: true})
	before := deepCopy(t, r)
	same(t, "what comes late does not count", failed(refresh.CauseNoAnswer), judge(rowOf(t, r, refresh.Target, "1")))
	late(0, refresh.Found(anna))
	late(0, goneTombstone)
	same(t, "a result does not change any more", before, deepCopy(t, r))
}

func TestConcurrentAnswers(t *testing.T) {
	var rows []refresh.Match
	found := lookups{}
	for i := range 200 {
		m := box(refresh.ID(strconv.Itoa(i)), "anna@old.example")
		rows = append(rows, one(refresh.Source, string(m.ID), refresh.Bound, m))
		found[m.ID] = refresh.Found(with(m, func(m *refresh.Mailbox) { m.Primary = "anna@new.example" }))
	}
	c := &script{resolve: func(_ context.Context, ids []refresh.ID, answer answerFunc) error {
		var wg sync.WaitGroup
		for i, id := range ids {
			wg.Go(func() { answer(i, found[id]) })
		}
		wg.Wait()
		return nil
	}}
	r := run(t, jobOf(rows...), only(refresh.Source, c), &refresh.Options{Progress: func(refresh.Progress) {}})
	same(t, "no answer is lost", len(rows), r.Counts(refresh.Source).ByOutcome[refresh.Refreshed])
}

func TestAbsenceOnAnEndedContext(t *testing.T) {
	cause := errors.New("the operator stopped it")
	ctx, cancel := context.WithCancelCause(t.Context())
	c := &script{resolve: func(_ context.Context, ids []refresh.ID, answer answerFunc) error {
		answer(0, goneTombstone)
		if len(ids) == 1 {
			return nil // asked again
		}
		cancel(cause)
		answer(1, goneTombstone)
		answer(2, refresh.Found(box("c", "c@old.example")))
		return nil
	}}
	j := jobOf(one(refresh.Source, "1", refresh.Bound, box("a", "a@old.example")), one(refresh.Source, "2", refresh.Bound, box("b", "b@old.example")), one(refresh.Source, "3", refresh.Bound, box("c", "c@old.example")))
	r, err := refresh.Refresh(ctx, j, only(refresh.Source, c), withoutPause)
	is(t, err, cause)
	same(t, "no absence comes from a cancelled call, and none is confirmed by one", map[string]refresh.Outcome{
		"source 1": refresh.LookupFailed, "source 2": refresh.LookupFailed, "source 3": refresh.NotChanged,
	}, outcomes(r))
	same(t, "a broken context is no breach of contract", 0, len(warned(r, refresh.WarnConnector)))
}

func TestIDsAreDeduplicated(t *testing.T) {
	s, d := memconn.New("contoso", nil), memconn.New("fabrikam", nil)
	a, b := s.Put(box("", "anna@old.example")), s.Put(box("", "bert@old.example"))
	x := d.Put(box("", "x@new.example"))
	sc, dc := s.Connect(nil), d.Connect(nil)
	j := jobOf(pair("1", a, x), pair("2", b, x), pair("3", a, x), one(refresh.Source, "4", refresh.Bound, a))
	s.Rename(a.ID, "anna@new.example", memconn.DropOld)
	r := run(t, j, refresh.Sides{Source: sc, Target: dc}, nil)
	same(t, "each ID of a side once, in the order of the rows", []refresh.ID{a.ID, b.ID}, sc.Calls().Resolved)
	same(t, "each ID of a side once", []refresh.ID{x.ID}, dc.Calls().Resolved)
	same(t, "one call for the side", 1, sc.Calls().Resolve)
	same(t, "every row has its outcome", map[string]refresh.Outcome{
		"source 1": refresh.Refreshed, "source 2": refresh.NotChanged, "source 3": refresh.Refreshed, "source 4": refresh.Refreshed,
		"target 1": refresh.NotChanged, "target 2": refresh.NotChanged, "target 3": refresh.NotChanged, "target 4": refresh.Unmatched,
	}, outcomes(r))
	for _, key := range []string{"1", "3", "4"} {
		same(t, "all rows of a mailbox are written", refresh.Address("anna@new.example"), matchOf(t, apply(t, j, r), key).Source.Primary)
	}
}

func TestNoIDsNoTraffic(t *testing.T) {
	c := &script{resolve: answers(lookups{})}
	r := run(t, jobOf(one(refresh.Source, "1", refresh.Manual, box("", "anna@old.example"))), only(refresh.Source, c), nil)
	same(t, "a row without an ID is not looked up", 0, c.traffic())
	same(t, "and has an outcome all the same", refresh.EnteredManually, r.Rows[0].Outcome)
}

// One row knows the mailbox and one does not: the rows of one ID may come to different outcomes.
func TestRowsOfOneIDAreJudgedOneByOne(t *testing.T) {
	found := refresh.Found(with(anna, func(m *refresh.Mailbox) { m.Instance = "box-2" }))
	c := &script{resolve: answers(lookups{"anna": found, "other": refresh.Found(with(other, func(m *refresh.Mailbox) { m.Instance = "box-3" }))})}
	j := jobOf(one(refresh.Source, "1", refresh.Bound, anna), one(refresh.Source, "2", refresh.Bound, annaBox), one(refresh.Source, "3", refresh.Bound, with(anna, func(m *refresh.Mailbox) { m.Instance = "box-2" })))
	r := run(t, j, only(refresh.Source, c), nil)
	same(t, "learned, replaced, the same", map[string]refresh.Outcome{"source 1": refresh.Refreshed, "source 2": refresh.Replaced, "source 3": refresh.NotChanged}, outcomes(r))
}
