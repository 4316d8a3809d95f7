package refresh_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

var (
	boxA, boxB, boxC = box("a", "a@old.example"), box("b", "b@old.example"), box("c", "c@old.example")
	renamedA         = box("a", "a@new.example")
	renamedB         = box("b", "b@new.example")
)

// synced is a ledger of three mailboxes and a job that was refreshed from it.
func synced(t *testing.T) (*ledger, refresh.Job) {
	l := newLedger(boxA, boxB, boxC)
	j := l.sync(t, l.rows(), nil)
	l.asked, l.marks, l.changes = nil, 0, 0
	return l, j
}

func TestPathOfASide(t *testing.T) {
	const day = 24 * time.Hour
	aged := func(age time.Duration) func(*testing.T, *ledger, refresh.Job) refresh.Job {
		return func(_ *testing.T, _ *ledger, j refresh.Job) refresh.Job {
			j.Source.Since = j.Source.Since.Add(-age)
			return j
		}
	}
	for _, tt := range []struct {
		name, reason string
		before       func(*testing.T, *ledger, refresh.Job) refresh.Job
		opts         *refresh.Options
		want         refresh.Path
		why          string
	}{
		{name: "as it should be", reason: "changes since the cursor are known", want: refresh.PathIncremental},
		{name: "no cursor", reason: "the host cleared it", why: "the job has no cursor yet",
			before: func(_ *testing.T, _ *ledger, j refresh.Job) refresh.Job { j.Source.Cursor = refresh.Cursor{}; return j }},
		{name: "no epoch", reason: "no stamp could be valid", why: "the job has no cursor yet",
			before: func(_ *testing.T, _ *ledger, j refresh.Job) refresh.Job { j.Source.Epoch = ""; return j }},
		{name: "no Tracker", reason: "the connector lacks the bit", why: "the connector does not tell what changed",
			before: func(_ *testing.T, l *ledger, j refresh.Job) refresh.Job { l.can &^= refresh.CanTrack; return j }},
		{name: "pin not verified", reason: "the cursor could be another directory's", why: "which directory this is was not verified",
			before: func(_ *testing.T, l *ledger, j refresh.Job) refresh.Job {
				l.inspecting = refresh.ErrForbidden
				return j
			}},
		{name: "asked for", reason: "Options.Full", opts: &refresh.Options{Full: true}, why: "asked for"},
		{name: "a week old", reason: "changes that nobody reports are found by then", before: aged(7*day + time.Hour), why: "the last full look is older than 168h0m0s"},
		{name: "not quite a week old", reason: "the default of MaxAge", before: aged(7*day - time.Hour), want: refresh.PathIncremental},
		{name: "older than MaxAge", reason: "the host's own bound", before: aged(2 * time.Hour), opts: &refresh.Options{MaxAge: time.Hour}, why: "the last full look is older than 1h0m0s"},
		{name: "MaxAge below zero", reason: "no bound", before: aged(1000 * day), opts: &refresh.Options{MaxAge: -1}, want: refresh.PathIncremental},
		{name: "from the future", reason: "the clock went back, so the age is not known", before: aged(-8 * day), why: "the last full look is older than 168h0m0s"},
		{name: "expired", reason: "the directory forgot", why: "the cursor has expired",
			before: func(_ *testing.T, l *ledger, j refresh.Job) refresh.Job { l.log = nil; return j }},
		{name: "another replica", reason: "its cursors are its own", why: "the cursor has expired",
			before: func(_ *testing.T, l *ledger, j refresh.Job) refresh.Job { l.server = "dc2"; return j }},
		{name: "a foreign cursor", reason: "such as the other side's", why: "the cursor has expired",
			before: func(_ *testing.T, _ *ledger, j refresh.Job) refresh.Job { j.Source.Cursor.Token = "foreign"; return j }},
		{name: "changes not readable", reason: "a failure is no reason to fail", why: "what changed could not be read: the line is cut",
			before: func(_ *testing.T, l *ledger, j refresh.Job) refresh.Job { l.changesErr = errOutage; return j }},
		{name: "changes forbidden", reason: "a reader who may not see them is not told fewer", why: "what changed could not be read: " + refresh.ErrForbidden.Error(),
			before: func(_ *testing.T, l *ledger, j refresh.Job) refresh.Job {
				l.changesErr = refresh.ErrForbidden
				return j
			}},
		{name: "no mark either", reason: "both are told", why: "what changed could not be read: the line is cut; no mark could be taken: the line is cut",
			before: func(_ *testing.T, l *ledger, j refresh.Job) refresh.Job {
				l.changesErr, l.markErr = errOutage, errOutage
				return j
			}},
		{name: "the second page fails", reason: "half of the changes are none", why: "what changed could not be read: the line is cut",
			before: func(_ *testing.T, l *ledger, j refresh.Job) refresh.Job {
				l.put(renamedA)
				l.put(renamedB)
				l.page, l.failPage, l.changesErr = 1, 2, errOutage
				return j
			}},
		{name: "too many changes", reason: "a job of three rows is looked up faster", why: "what changed could not be read: more changed than is worth following",
			before: func(_ *testing.T, l *ledger, j refresh.Job) refresh.Job {
				for i := range 100_100 {
					l.log = append(l.log, refresh.ID(fmt.Sprint("new ", i)))
				}
				return j
			}},
		{name: "a row was removed", reason: "the seal does not fit", why: "rows that were refreshed before were removed, put back or copied by hand",
			before: func(_ *testing.T, _ *ledger, j refresh.Job) refresh.Job { return without(j, "a") }},
		{name: "a row was copied", reason: "nobody looked for what happened to it before", why: "rows that were refreshed before were removed, put back or copied by hand",
			before: func(t *testing.T, _ *ledger, j refresh.Job) refresh.Job {
				m := matchOf(t, j, "a")
				m.Key = "d"
				return plus(j, m)
			}},
		{name: "not a seal", reason: "it fits no job", why: "rows that were refreshed before were removed, put back or copied by hand",
			before: func(_ *testing.T, _ *ledger, j refresh.Job) refresh.Job { j.Source.Seal = "?"; return j }},
		{name: "a short seal", reason: "it fits no job", why: "rows that were refreshed before were removed, put back or copied by hand",
			before: func(_ *testing.T, _ *ledger, j refresh.Job) refresh.Job { j.Source.Seal = "AA"; return j }},
		{name: "a row was edited", reason: "its stamp breaks, no more", want: refresh.PathIncremental,
			before: func(t *testing.T, _ *ledger, j refresh.Job) refresh.Job {
				return edit(t, j, "a", func(m *refresh.Match) { m.Source = renamedA })
			}},
		{name: "a row is new", reason: "it has no stamp", want: refresh.PathIncremental,
			before: func(_ *testing.T, _ *ledger, j refresh.Job) refresh.Job {
				return plus(j, one(refresh.Source, "d", refresh.Bound, boxA))
			}},
		{name: "other order, own data", reason: "neither is stamped", want: refresh.PathIncremental,
			before: func(t *testing.T, _ *ledger, j refresh.Job) refresh.Job {
				m := matchOf(t, j, "a")
				m.Ext, m.Part, m.SourceUse = []byte("1"), "archive", "a@use.example"
				return plus(without(j, "a"), m)
			}},
		{name: "through its file", reason: "a restart changes nothing", want: refresh.PathIncremental,
			before: func(t *testing.T, _ *ledger, j refresh.Job) refresh.Job { return deepCopy(t, j) }},
		{name: "Inspect fails", reason: "the side cannot be asked at all",
			before: func(_ *testing.T, l *ledger, j refresh.Job) refresh.Job { l.inspecting = errOutage; return j }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, j := synced(t)
			if tt.before != nil {
				j = tt.before(t, l, j)
			}
			r := l.look(t, j, tt.opts)
			same(t, tt.reason, tt.want, r.Run.Source.Path)
			same(t, tt.reason, tt.why, r.Run.Source.Why)
		})
	}
}

func TestIDsAsked(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		before       func(*testing.T, *ledger, refresh.Job) refresh.Job
		opts         *refresh.Options
		want         string // the IDs asked for
	}{
		{name: "nothing", reason: "nothing changed"},
		{name: "one changed", reason: "one question", want: "a",
			before: func(_ *testing.T, l *ledger, j refresh.Job) refresh.Job { l.put(renamedA); return j }},
		{name: "told often", reason: "a change may be told again", want: "a",
			before: func(_ *testing.T, l *ledger, j refresh.Job) refresh.Job {
				l.put(renamedA)
				l.put(boxA)
				l.page = 1
				return j
			}},
		{name: "another's change", reason: "no row is bound to it",
			before: func(_ *testing.T, l *ledger, j refresh.Job) refresh.Job { l.put(box("d", "d@old.example")); return j }},
		{name: "deleted", reason: "a deletion is a change, and is asked for twice", want: "a a",
			before: func(_ *testing.T, l *ledger, j refresh.Job) refresh.Job { l.set("a", goneTombstone); return j }},
		{name: "edited", reason: "the stamp broke", want: "b",
			before: func(t *testing.T, _ *ledger, j refresh.Job) refresh.Job {
				return edit(t, j, "b", func(m *refresh.Match) { m.Source = renamedB })
			}},
		{name: "rematched", reason: "the stamp names the other ID", want: "c",
			before: func(t *testing.T, _ *ledger, j refresh.Job) refresh.Job {
				return edit(t, j, "b", func(m *refresh.Match) { m.Source.ID = "c" })
			}},
		{name: "unstamped", reason: "the host cleared it, which is always safe", want: "a b c",
			before: func(t *testing.T, _ *ledger, j refresh.Job) refresh.Job {
				return edit(t, j, "b", func(m *refresh.Match) { m.SourceStamp = 0 }) // the seal does not fit either
			}},
		{name: "new", reason: "no stamp", want: "d",
			before: func(_ *testing.T, l *ledger, j refresh.Job) refresh.Job {
				l.boxes["d"] = refresh.Found(box("d", "d@old.example"))
				return plus(j, one(refresh.Source, "d", refresh.Bound, box("d", "d@old.example")))
			}},
		{name: "unselected", reason: "what is not selected is not asked for", want: "b", opts: selecting("b"),
			before: func(_ *testing.T, l *ledger, j refresh.Job) refresh.Job { l.put(renamedA); l.put(renamedB); return j }},
		{name: "in full", reason: "all of them", want: "a b c", opts: &refresh.Options{Full: true}},
		{name: "marked", reason: "what is missing is looked for every time", want: "a a",
			before: func(t *testing.T, l *ledger, j refresh.Job) refresh.Job {
				l.set("a", goneTombstone)
				return l.sync(t, j, nil)
			}},
		{name: "marked by hand", reason: "a stamp is no word on a mark", want: "a",
			before: func(t *testing.T, l *ledger, j refresh.Job) refresh.Job {
				return edit(t, j, "a", func(m *refresh.Match) { m.SourceMark = &refresh.Mark{Reason: refresh.ReasonGone} })
			}},
		{name: "a row removed by hand, once it was seen", reason: "the new epoch has a new seal",
			before: func(t *testing.T, l *ledger, j refresh.Job) refresh.Job { return l.sync(t, without(j, "a"), nil) }},
		{name: "pruned and restored", reason: "nobody looked meanwhile", want: "a",
			before: func(t *testing.T, l *ledger, j refresh.Job) refresh.Job {
				j = edit(t, j, "a", func(m *refresh.Match) { m.SourceMark = &refresh.Mark{Reason: refresh.ReasonGone} })
				j, rows, err := j.Prune(refresh.Limit{MaxShare: 1}, nil)
				if err != nil {
					t.Fatal(err)
				}
				rows[0].SourceMark = nil
				if j, err = j.Restore(rows); err != nil {
					t.Fatal(err)
				}
				return j
			}},
		{name: "accepted", reason: "a person's word is not the directory's", want: "a",
			before: func(t *testing.T, l *ledger, j refresh.Job) refresh.Job {
				j, err := j.Accept(refresh.Source, "a", "box")
				if err != nil {
					t.Fatal(err)
				}
				return j
			}},
		{name: "planned, with an account", reason: "its mailbox may be there any day", want: "a",
			before: func(t *testing.T, l *ledger, j refresh.Job) refresh.Job {
				j.Source, j.Target = refresh.Endpoint{}, j.Source
				j.Matches = []refresh.Match{one(refresh.Target, "a", refresh.Planned, boxA)}
				j.Target.Seal = ""
				return j
			}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, j := synced(t)
			if tt.before != nil {
				j = tt.before(t, l, j)
			}
			l.asked = nil
			sides := refresh.Sides{Source: l}
			if j.Source.Pin == "" {
				sides = refresh.Sides{Target: l}
			}
			r := run(t, j, sides, noPause(tt.opts))
			var asked []string
			for _, id := range l.asked {
				asked = append(asked, string(id))
			}
			same(t, tt.reason, tt.want, strings.Join(asked, " "))
			for _, s := range bothSides {
				if side := r.Run.Side(s); side != nil {
					distinct := map[refresh.ID]bool{}
					for _, id := range l.asked {
						distinct[id] = true
					}
					same(t, "the run counts distinct IDs", len(distinct), side.Asked)
				}
			}
		})
	}
}

func TestWhenTheCursorMoves(t *testing.T) {
	everyRow := func(refresh.Row) bool { return true }
	for _, tt := range []struct {
		name, reason string
		before       func(*testing.T, *ledger, refresh.Job) refresh.Job
		opts         *refresh.Options
		only         func(refresh.Row) bool
		moves        bool
		restarts     bool // a new epoch begins
	}{
		{name: "all is well", reason: "every row is up to date as of then", moves: true},
		{name: "a row failed", reason: "it loses its stamp instead", moves: true,
			before: func(_ *testing.T, l *ledger, j refresh.Job) refresh.Job {
				l.failing = lookups{"a": refresh.Failed(errOutage)}
				return j
			}},
		{name: "in full", reason: "a new epoch", opts: &refresh.Options{Full: true}, moves: true, restarts: true},
		{name: "in full, in part", reason: "the others still need the old one", opts: &refresh.Options{Full: true, Select: selecting("b").Select}},
		{name: "a part, and what changed is in it", reason: "the others did not change", opts: selecting("a"), moves: true},
		{name: "a part, and another row changed", reason: "that change would be lost", opts: selecting("b")},
		{name: "a part, and another row was edited", reason: "the edit may be undone, with its stamp", opts: selecting("a"),
			before: func(t *testing.T, _ *ledger, j refresh.Job) refresh.Job {
				return edit(t, j, "b", func(m *refresh.Match) { m.Source = renamedB })
			}},
		{name: "no mark", reason: "nothing to move to", opts: &refresh.Options{Full: true},
			before: func(_ *testing.T, l *ledger, j refresh.Job) refresh.Job { l.markErr = errOutage; return j }},
		{name: "a failover", reason: "two replicas answered",
			before: func(_ *testing.T, l *ledger, j refresh.Job) refresh.Job { l.failover = "dc2"; return j }},
		{name: "most look-ups failed", reason: "something else than the rows is wrong",
			before: func(_ *testing.T, l *ledger, j refresh.Job) refresh.Job {
				l.failing = lookups{}
				for i := range 20 {
					id := refresh.ID(fmt.Sprint("x", i))
					l.failing[id] = refresh.Failed(errOutage)
					j = plus(j, one(refresh.Source, string(id), refresh.Bound, box(id, "x@old.example")))
				}
				return j
			}},
		{name: "the expired one", reason: "every stamp goes with it, in part as well", opts: selecting("b"), moves: true, restarts: true,
			before: func(_ *testing.T, l *ledger, j refresh.Job) refresh.Job { j.Source.Cursor.Token = "foreign"; return j }},
		{name: "narrowed to nothing", reason: "what was left out needs the old one", only: func(refresh.Row) bool { return false }},
		{name: "narrowed by a row that is as it was", reason: "its stamp is good", only: func(r refresh.Row) bool { return r.Key != "b" }, moves: true},
		{name: "narrowed by a row that was to be written", reason: "what was left out needs the old one", only: func(r refresh.Row) bool { return r.Key != "a" }},
		{name: "in full, narrowed", reason: "in a new epoch what was left out has no stamp", opts: &refresh.Options{Full: true}, only: func(r refresh.Row) bool { return r.Key != "a" }, moves: true, restarts: true},
		{name: "narrowed to all", reason: "nothing was left out", only: everyRow, moves: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, j := synced(t)
			l.put(renamedA)
			if tt.before != nil {
				j = tt.before(t, l, j)
			}
			r := l.look(t, j, tt.opts)
			if tt.only != nil {
				var err error
				if r, err = r.Only(tt.only); err != nil {
					t.Fatal(err)
				}
			}
			got := apply(t, j, r)
			same(t, tt.reason, tt.moves, got.Source.Cursor != j.Source.Cursor)
			same(t, tt.reason+" (epoch)", tt.restarts, got.Source.Epoch != j.Source.Epoch)
			same(t, "the age counts from the last full look", tt.restarts, got.Source.Since == r.Run.Started && r.Run.Source.Restarted)
			l.sound()
			back, err := got.Revert(r)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "Revert puts everything back", j, back, ignoreHistory)
			same(t, "the seal fits", "", l.look(t, got, &refresh.Options{MaxAge: -1}).Run.Source.Why)
		})
	}
}

func TestWhatIsStamped(t *testing.T) {
	soft := refresh.NotFound(refresh.Absence{Reason: refresh.ReasonSoftDeleted, Proof: refresh.ProofTombstone})
	withBox := with(boxA, func(m *refresh.Mailbox) { m.Instance = "box" })
	otherBox := with(boxA, func(m *refresh.Mailbox) { m.Instance = "other box" })
	for _, tt := range []struct {
		name, reason string
		stored       refresh.Mailbox
		found        refresh.Lookup
		outcome      refresh.Outcome
		want         bool
	}{
		{"as it was", "found", boxA, refresh.Found(boxA), refresh.NotChanged, true},
		{"renamed", "found, and written", boxA, refresh.Found(renamedA), refresh.Refreshed, true},
		{"instance learned", "found, and written", boxA, refresh.Found(withBox), refresh.Refreshed, true},
		{"aliases in another order", "nothing to write", box("a", "a@old.example", "x@old.example", "y@old.example"), refresh.Found(box("a", "a@old.example", "y@old.example", "x@old.example")), refresh.NotChanged, true},
		{"gone", "it may be restored", boxA, goneTombstone, refresh.Missing, false},
		{"soft-deleted", "it may be restored", boxA, soft, refresh.Missing, false},
		{"replaced", "a person decides", withBox, refresh.Found(otherBox), refresh.Replaced, false},
		{"failed", "nothing is known", boxA, refresh.Failed(errOutage), refresh.LookupFailed, false},
		{"no answer", "nothing is known", boxA, refresh.Lookup{}, refresh.LookupFailed, false},
		{"malformed", "nothing is known", boxA, refresh.Found(box("a", "not an address")), refresh.LookupFailed, false},
		{"answered by another replica", "it may know less than that of the cursor", boxA, refresh.Found(boxA).On("dc2"), refresh.NotChanged, false},
		{"answered by the same replica, named", "the one of the cursor", boxA, refresh.Found(boxA).On("dc1"), refresh.NotChanged, true},
	} {
		for _, path := range []refresh.Path{refresh.PathFull, refresh.PathIncremental} {
			t.Run(tt.name+", "+path.String(), func(t *testing.T) {
				l := newLedger(tt.stored, boxB)
				j := l.rows()
				if path == refresh.PathIncremental {
					j = l.sync(t, j, nil)
				}
				l.set("a", tt.found)
				r := l.look(t, j, nil)
				same(t, "the path", path, r.Run.Source.Path)
				row := rowOf(t, r, refresh.Source, "a")
				same(t, "the outcome", tt.outcome, row.Outcome)
				same(t, tt.reason, tt.want, row.StampAfter != 0)
				same(t, "Apply writes the stamp", row.StampAfter, matchOf(t, apply(t, j, r), "a").SourceStamp)
				l.asked = nil
				again := l.look(t, apply(t, j, r), nil)
				same(t, "the next run goes by it", !tt.want, len(l.asked) > 0)
				same(t, "the next run is incremental", refresh.PathIncremental, again.Run.Source.Path)
			})
		}
	}
}

func TestARunThatEndsEarlyStampsNothing(t *testing.T) {
	l, j := synced(t)
	l.put(renamedA)
	l.put(boxB)
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	l.resolving = func() { cancel(errOutage) }
	r, err := refresh.Refresh(ctx, j, refresh.Sides{Source: l}, nil)
	is(t, err, errOutage)
	got := apply(t, j, r)
	same(t, "the cursor stays", j.Source.Cursor, got.Source.Cursor)
	same(t, "what was found is written", renamedA.Primary, matchOf(t, got, "a").Source.Primary)
	same(t, "and not vouched for", refresh.Stamp(0), matchOf(t, got, "a").SourceStamp)
	same(t, "what is as it was is no worse than before", matchOf(t, j, "b").SourceStamp, matchOf(t, got, "b").SourceStamp)

	ctx, cancel = context.WithCancelCause(t.Context())
	cancel(errOutage)
	r, err = refresh.Refresh(ctx, j, refresh.Sides{Source: l}, nil)
	is(t, err, errOutage)
	same(t, "nothing was asked", 0, r.Run.Source.Asked)
	same(t, "what was not asked failed, stamped or not", refresh.LookupFailed, rowOf(t, r, refresh.Source, "c").Outcome)
	same(t, "and nothing moves", j, apply(t, j, r), ignoreHistory)
}

func TestTheContextEndsWhileChangesAreRead(t *testing.T) {
	l, j := synced(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	l.reading = func() { cancel(errOutage) }
	r, err := refresh.Refresh(ctx, j, refresh.Sides{Source: l}, nil)
	is(t, err, errOutage)
	same(t, "changes that came too late are none", "what changed could not be read: the line is cut", r.Run.Source.Why)
	same(t, "nothing moves", j, apply(t, j, r), ignoreHistory)
}

func TestChangesThatArriveWhileResolving(t *testing.T) {
	for _, path := range []refresh.Path{refresh.PathFull, refresh.PathIncremental} {
		t.Run(path.String(), func(t *testing.T) {
			l := newLedger(boxA, boxB)
			j := l.rows()
			if path == refresh.PathIncremental {
				j = l.sync(t, j, nil)
				l.put(boxA) // so that something is asked for
			}
			l.resolving = func() { l.put(renamedB) }
			r := l.look(t, j, nil)
			same(t, "the path", path, r.Run.Source.Path)
			j = apply(t, j, r)
			l.sound()
			l.asked = nil
			r = l.look(t, j, nil)
			same(t, "the mark was taken before: the change is told next time", []refresh.ID{"b"}, l.asked)
			same(t, "and the row is right then", renamedB.Primary, matchOf(t, apply(t, j, r), "b").Source.Primary)
		})
	}
}

func TestOneSideTracks(t *testing.T) {
	l := newLedger(boxA, boxB)
	w := memconn.New("contoso", nil)
	c := w.Connect(&memconn.ConnOptions{Without: refresh.CanTrack})
	j := jobOf()
	for _, m := range []refresh.Mailbox{boxA, boxB} {
		j.Matches = append(j.Matches, pair(string(m.ID), m, w.Put(box("", m.Primary))))
	}
	sides := refresh.Sides{Source: l, Target: c}
	j = apply(t, j, run(t, j, sides, nil))
	l.asked = nil
	asked := c.Calls().Asked
	r := run(t, j, sides, nil)
	same(t, "the source tells its changes", refresh.PathIncremental, r.Run.Source.Path)
	same(t, "so nothing is asked there", 0, len(l.asked))
	same(t, "the target does not", refresh.PathFull, r.Run.Target.Path)
	same(t, "which is said", "the connector does not tell what changed", r.Run.Target.Why)
	same(t, "so all is asked there", 2, c.Calls().Asked-asked)
	same(t, "no stamp without a cursor", refresh.Stamp(0), matchOf(t, apply(t, j, r), "a").TargetStamp)
}

func TestNarrowingKeepsTheCursorOfTheSideThatNeedsIt(t *testing.T) {
	for _, side := range bothSides {
		t.Run(side.String(), func(t *testing.T) {
			l, m := newLedger(boxA), newLedger(boxB)
			sides := refresh.Sides{Source: l, Target: m}
			j := jobOf(pair("1", boxA, boxB))
			j = apply(t, j, run(t, j, sides, nil))
			l.put(renamedA)
			m.put(renamedB)
			r, err := run(t, j, sides, nil).Only(func(r refresh.Row) bool { return r.Side == side })
			if err != nil {
				t.Fatal(err)
			}
			got := apply(t, j, r)
			for _, s := range bothSides {
				same(t, "the cursor of the "+s.String()+" moves", s == side, got.Endpoint(s).Cursor != j.Endpoint(s).Cursor)
			}
		})
	}
}

func TestASideThatIsNotAskedKeepsItsCursor(t *testing.T) {
	l, m := newLedger(boxA), newLedger(boxB)
	j := jobOf(pair("1", boxA, boxB))
	j = apply(t, j, run(t, j, refresh.Sides{Source: l, Target: m}, nil))
	l.put(renamedA)
	m.put(renamedB)
	got := apply(t, j, run(t, j, refresh.Sides{Source: l}, nil))
	same(t, "the target's endpoint", j.Target, got.Target)
	same(t, "its stamp", matchOf(t, j, "1").TargetStamp, matchOf(t, got, "1").TargetStamp)
	r := run(t, got, refresh.Sides{Target: m}, nil)
	same(t, "its change is told once it is asked", refresh.Refreshed, r.Rows[0].Outcome)
}

func TestWitnessForNoMailbox(t *testing.T) {
	boxed := func(id refresh.ID) refresh.Mailbox {
		return with(box(id, refresh.Address(id+"@old.example")), func(m *refresh.Mailbox) { m.Instance = "box of " + id })
	}
	for _, tt := range []struct {
		name, reason string
		others       []refresh.Mailbox
		failing      lookups
		want         refresh.Outcome
		asked        string
	}{
		{"one other mailbox", "it shows that this reader can tell", []refresh.Mailbox{boxed("b")}, nil, refresh.Missing, "a a b b"},
		{"five others", "three are enough", []refresh.Mailbox{boxed("b"), boxed("c"), boxed("d"), boxed("e"), boxed("f")}, nil, refresh.Missing, "a a b b c d"},
		{"another answer of the run", "it shows that this reader can tell", []refresh.Mailbox{boxed("b"), boxed("told")}, nil, refresh.Missing, "a a told told"},
		{"none with an instance", "nobody can tell", []refresh.Mailbox{boxB}, nil, refresh.LookupFailed, "a"},
		{"the witness fails", "nobody can tell", []refresh.Mailbox{boxed("b")}, lookups{"b": refresh.Failed(errOutage)}, refresh.LookupFailed, "a b"},
		{"the witness is without, too", "this reader sees no instances", []refresh.Mailbox{boxed("b")}, lookups{"b": refresh.Found(boxB)}, refresh.LookupFailed, "a b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := newLedger(append([]refresh.Mailbox{boxed("a")}, tt.others...)...)
			j := l.sync(t, l.rows(), nil)
			l.put(boxA)
			if told, ok := l.boxes["told"]; ok {
				l.set("told", told)
			}
			l.failing = tt.failing
			r := l.look(t, j, nil)
			var asked []string
			for _, id := range l.asked {
				asked = append(asked, string(id))
			}
			same(t, tt.reason, tt.want, rowOf(t, r, refresh.Source, "a").Outcome)
			same(t, "the IDs asked for", tt.asked, strings.Join(asked, " "))
			same(t, "the path", refresh.PathIncremental, r.Run.Source.Path)
			for _, m := range tt.others {
				row := rowOf(t, r, refresh.Source, string(m.ID))
				same(t, "a witness has an outcome by its stamp alone", refresh.NotChanged, row.Outcome)
			}
		})
	}
}

func TestLateAndRevertedResults(t *testing.T) {
	l, j := synced(t)
	l.put(renamedA)
	first := l.look(t, j, selecting("a"))
	l.put(renamedB)
	second := l.look(t, j, selecting("b"))
	same(t, "a change of a row that is not selected keeps the cursor", j.Source.Cursor, second.Run.Source.Cursor)

	both := apply(t, apply(t, j, first), second)
	same(t, "the first moves the cursor", first.Run.Source.Cursor, both.Source.Cursor)
	same(t, "the second writes its values", renamedB.Primary, matchOf(t, both, "b").Source.Primary)
	same(t, "and no stamps", refresh.Stamp(0), matchOf(t, both, "b").SourceStamp)

	back, err := both.Revert(first)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "Revert takes the cursor back", j.Source.Cursor, back.Source.Cursor)
	l.asked = nil
	r := l.look(t, back, nil)
	same(t, "what was reverted is found again", refresh.Refreshed, rowOf(t, r, refresh.Source, "a").Outcome)

	later := l.sync(t, both, nil)
	back, err = later.Revert(first)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "where the cursor moved on it stays", later.Source.Cursor, back.Source.Cursor)
	same(t, "and the reverted row has no stamp", refresh.Stamp(0), matchOf(t, back, "a").SourceStamp)
	same(t, "so it is found again", refresh.Refreshed, rowOf(t, l.look(t, back, nil), refresh.Source, "a").Outcome)
}

func TestMarksOfAnotherReplica(t *testing.T) {
	for _, path := range []refresh.Path{refresh.PathFull, refresh.PathIncremental} {
		t.Run(path.String(), func(t *testing.T) {
			dc1, dc2 := newLedger(boxA, boxB), newLedger(boxA, boxB)
			dc2.server = "dc2"
			j := dc1.rows()
			if path == refresh.PathIncremental {
				j = dc2.sync(t, j, nil)
			}
			dc1.put(renamedA) // dc2 does not know yet
			marks, err := refresh.TakeMarks(t.Context(), j, refresh.Sides{Source: dc1})
			if err != nil {
				t.Fatal(err)
			}
			parts, err := refresh.Split(j, 2)
			if err != nil {
				t.Fatal(err)
			}
			var results []*refresh.Result
			for _, p := range parts {
				r := run(t, p, refresh.Sides{Source: dc2}, &refresh.Options{Marks: marks})
				same(t, "the path", path, r.Run.Source.Path)
				results = append(results, r)
			}
			r, err := refresh.Merge(j, results...)
			if err != nil {
				t.Fatal(err)
			}
			got := apply(t, j, r)
			same(t, "a mark that the replica does not know is none", j.Source.Cursor, got.Source.Cursor)
			same(t, "so the change is found", refresh.Refreshed, rowOf(t, dc1.look(t, got, nil), refresh.Source, "a").Outcome)
		})
	}
}

func TestAnotherDirectoryIsRefusedBeforeItsChangesAreRead(t *testing.T) {
	l, j := synced(t)
	l.pin = "elsewhere"
	_, err := refresh.Refresh(t.Context(), j, refresh.Sides{Source: l}, nil)
	if _, ok := errors.AsType[*refresh.WrongDirectoryError](err); !ok || l.changes+l.marks > 0 {
		t.Errorf("error %v after %d calls", err, l.changes+l.marks)
	}
}
