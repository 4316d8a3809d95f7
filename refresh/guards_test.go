package refresh_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// A replica that lags answers with the row's former value. Whatever that lacks, it is no deletion and no move.
func TestFormerValueIsNoAbsence(t *testing.T) {
	boxed := with(box("b", "b@new.example"), func(m *refresh.Mailbox) { m.Instance = "J" })
	present := with(box("a", "a@new.example"), func(m *refresh.Mailbox) { m.Kind, m.Instance = refresh.KindUser, "I" })
	for name, former := range map[string]refresh.Mailbox{
		"without its instance": box("a", "a@old.example"),
		"as a remote mailbox":  with(box("a", "a@old.example"), func(m *refresh.Mailbox) { m.Kind = refresh.KindRemote }),
		"as another mailbox":   with(box("a", "a@old.example"), func(m *refresh.Mailbox) { m.Instance = "H" }),
	} {
		t.Run(name, func(t *testing.T) {
			m := one(refresh.Source, "1", refresh.Bound, present)
			m.SourcePrevious = &refresh.Previous{Mailbox: former, Replica: "dc1"}
			c := &script{resolve: answers(lookups{"a": refresh.Found(former).On("dc2"), "b": refresh.Found(boxed).On("dc2")})}
			r := run(t, jobOf(m, one(refresh.Source, "2", refresh.Bound, boxed)), only(refresh.Source, c), withoutPause)
			same(t, "reverted or stale", refresh.CauseStale, r.Rows[0].Cause)
		})
	}
}

// The first refresh of an imported row fills in what the import did not know; that must not hide what a lagging replica says.
func TestFormerValueOfAnImportedRow(t *testing.T) {
	s := memconn.New("c", &memconn.Options{Replicas: []string{"dc1", "dc2"}})
	a := s.Put(refresh.Mailbox{Primary: "a@old.example", DisplayName: "Anna", Login: "a@old.example"})
	j := jobOf(one(refresh.Source, "1", refresh.Bound, refresh.Mailbox{ID: a.ID, Primary: "a@old.example"}))
	s.Lag("dc2")
	s.Rename(a.ID, "a@new.example", memconn.DropOld)
	j = apply(t, j, run(t, j, only(refresh.Source, s.Connect(nil)), nil))
	r := run(t, j, only(refresh.Source, s.Connect(&memconn.ConnOptions{Replica: "dc2"})), nil)
	same(t, "a replica that lags writes nothing back", refresh.CauseStale, r.Rows[0].Cause)
}

// What one replica can tell proves nothing for another, such as a global catalog that holds no instances.
func TestInstancesAreSeenPerReplica(t *testing.T) {
	full := func(id refresh.ID) refresh.Mailbox {
		return with(box(id, refresh.Address(id+"@x.example")), func(m *refresh.Mailbox) { m.Instance = "i-" + id })
	}
	bare := with(full("b"), func(m *refresh.Mailbox) { m.Instance = "" })
	rows := []refresh.Match{one(refresh.Source, "a", refresh.Bound, full("a")), one(refresh.Source, "b", refresh.Bound, full("b"))}
	t.Run("in the first answers", func(t *testing.T) {
		c := &script{resolve: answers(lookups{"a": refresh.Found(full("a")).On("dc1"), "b": refresh.Found(bare).On("gc2")})}
		r := run(t, jobOf(rows...), only(refresh.Source, c), withoutPause)
		same(t, "gc2 showed no instance of anybody", refresh.CauseMailboxUnknown, r.Rows[1].Cause)
	})
	t.Run("when asked again", func(t *testing.T) {
		c := &script{resolve: answers(
			lookups{"a": refresh.Found(full("a")).On("dc1"), "b": refresh.Found(bare).On("dc1")},
			lookups{"a": refresh.Found(with(full("a"), func(m *refresh.Mailbox) { m.Instance = "" })).On("gc2"), "b": refresh.Found(bare).On("gc2")})}
		r := run(t, jobOf(rows...), only(refresh.Source, c), withoutPause)
		same(t, "gc2 showed no instance of anybody", refresh.CauseMailboxUnknown, r.Rows[1].Cause)
	})
	t.Run("by another replica that can tell", func(t *testing.T) {
		c := &script{resolve: answers(
			lookups{"a": refresh.Found(full("a")).On("dc1"), "b": refresh.Found(bare).On("dc1")},
			lookups{"a": refresh.Found(full("a")).On("dc2"), "b": refresh.Found(bare).On("dc2")})}
		r := run(t, jobOf(rows...), only(refresh.Source, c), withoutPause)
		same(t, "both can tell", refresh.Missing, r.Rows[1].Outcome)
	})
}

// What cannot be told from a mailbox that is still restorable is not pruned unasked.
func TestPruneWhereDeletionIsUnknown(t *testing.T) {
	s := memconn.New("c", nil)
	a, b := s.Put(box("", "a@x.example")), s.Put(box("", "b@x.example"))
	j := jobOf(one(refresh.Source, "1", refresh.Bound, a), one(refresh.Source, "2", refresh.Bound, b))
	s.Delete(a.ID, time.Now(), time.Now().Add(720*time.Hour))
	c := s.Connect(&memconn.ConnOptions{Faults: memconn.Faults{HideDeleted: true}})
	j = apply(t, j, run(t, j, only(refresh.Source, c), withoutPause))
	for _, tt := range []struct {
		limit refresh.Limit
		want  int
	}{{refresh.Limit{MaxShare: 1}, 0}, {refresh.Limit{MaxShare: 1, SoftDeleted: true}, 1}} {
		_, gone, err := j.Prune(tt.limit, nil)
		if err != nil || len(gone) != tt.want {
			t.Errorf("%+v removes %d rows (%v), want %d", tt.limit, len(gone), err, tt.want)
		}
	}
}

// A side that was not asked is judged by what the job knows of it.
func TestRescanOfOneSide(t *testing.T) {
	marked := pair("1", anna, other)
	marked.SourceMark = &refresh.Mark{Reason: refresh.ReasonGone, FirstSeen: time.Now(), LastSeen: time.Now()}
	manual := pair("1", anna, box("", "m@new.example"))
	manual.TargetOrigin = refresh.Manual
	planned := pair("1", anna, box("", "p@new.example"))
	planned.TargetOrigin = refresh.Planned
	for _, tt := range []struct {
		name  string
		match refresh.Match
		side  refresh.Side
		want  refresh.ReadyState
	}{
		{"no target", one(refresh.Source, "1", refresh.Bound, anna), refresh.Source, refresh.Blocked},
		{"source marked gone", marked, refresh.Target, refresh.Blocked},
		{"target entered manually", manual, refresh.Source, refresh.Unverified},
		{"target planned", planned, refresh.Source, refresh.Unverified},
		{"target bound", pair("1", anna, other), refresh.Source, refresh.Ready},
	} {
		c := &script{resolve: answers(lookups{"anna": refresh.Found(anna), "other": refresh.Found(other)})}
		j := jobOf(tt.match)
		for _, next := range run(t, j, only(tt.side, c), withoutPause).Rescan(j) {
			if next.State != tt.want || (next.State != refresh.Ready) != (len(next.Why) > 0) {
				t.Errorf("%s: %s %q, want %s", tt.name, next.State, next.Why, tt.want)
			}
		}
	}
}

func TestCheckTakesTheOptions(t *testing.T) {
	c := &script{resolve: answers(lookups{"anna": refresh.Found(anna)})}
	j := jobOf(one(refresh.Source, "1", refresh.Bound, anna))
	j.Source.Pin = "p"
	if _, err := refresh.Check(t.Context(), j, only(refresh.Source, c), &refresh.Options{SkipPinCheck: true}); err != nil {
		t.Errorf("Refresh would run, but Check refuses: %v", err)
	}
}

// Find is held to the contract as Resolve is.
func TestFindBreaksTheContract(t *testing.T) {
	for name, find := range map[string]findFunc{
		"two answers": func(_ context.Context, _ []refresh.Address, answer func(int, refresh.Finding)) error {
			answer(0, refresh.Hits(anna))
			answer(0, refresh.Hits())
			return nil
		},
		"another index": func(_ context.Context, _ []refresh.Address, answer func(int, refresh.Finding)) error {
			answer(7, refresh.Hits())
			return nil
		},
	} {
		c := &script{resolve: answers(lookups{}), find: find}
		r := run(t, jobOf(one(refresh.Source, "1", refresh.Manual, box("", "a@x.example"))), only(refresh.Source, c), &refresh.Options{Verify: true})
		if e := r.Rows[0].Evidence; e == nil || e.Hits != nil || len(warned(r, refresh.WarnConnector)) != 1 {
			t.Errorf("%s: evidence %+v, warnings %+v", name, e, r.Warnings)
		}
	}
	c := &script{resolve: answers(lookups{}), find: func(context.Context, []refresh.Address, func(int, refresh.Finding)) error {
		return refresh.ErrCredentials
	}}
	r := run(t, jobOf(one(refresh.Source, "1", refresh.Manual, box("", "a@x.example"))), only(refresh.Source, c), &refresh.Options{Verify: true})
	same(t, "rejected credentials are worth a warning here too", 1, len(warned(r, refresh.WarnReconfigure)))
}

// A result file that somebody edited cannot mark a row through a failed look-up.
func TestResultWithAForgedMark(t *testing.T) {
	s := memconn.New("c", nil)
	a := s.Put(box("", "a@x.example"))
	c := s.Connect(&memconn.ConnOptions{Faults: memconn.Faults{Outage: errOutage}})
	r := run(t, jobOf(one(refresh.Source, "1", refresh.Bound, a)), only(refresh.Source, c), withoutPause)
	for _, forged := range []string{
		`"markAfter":{"reason":"gone","firstSeen":"2026-01-01T00:00:00Z","lastSeen":"2026-01-01T00:00:00Z"}`, `"stampAfter":"x"`,
	} {
		var b bytes.Buffer
		if err := r.Write(&b); err != nil {
			t.Fatal(err)
		}
		text := strings.Replace(b.String(), `"outcome":"lookup-failed"`, `"outcome":"lookup-failed",`+forged, 1)
		if _, err := refresh.ReadResult(strings.NewReader(text)); err == nil {
			t.Errorf("a failed look-up with %s is read", forged)
		}
	}
}

func TestConflictNeedsTwoMembers(t *testing.T) {
	text := `{"format":"readdress-result","version":1,"id":"r","jobId":"j","jobRows":0,"state":"preview","run":{"id":"x","started":"2026-01-01T00:00:00Z","finished":"2026-01-01T00:00:00Z","library":"v"},"conflicts":[{"kind":"shared-target","state":"existing","side":"target","members":[]}],"rows":[]}`
	if _, err := refresh.ReadResult(strings.NewReader(text)); err == nil {
		t.Error("a conflict between nobody is read")
	}
}

func TestRefusedChangesChangeNothing(t *testing.T) {
	m := refresh.Match{Key: "1", Source: box("", "a@x.example"), SourceOrigin: refresh.Manual}
	got, err := m.Bind(refresh.Source, refresh.Mailbox{ID: "id", Primary: "no address"})
	if err == nil {
		t.Error("bound to a mailbox with a malformed address")
	}
	same(t, "the match is as it was", m, got)
	if _, err := jobOf(one(refresh.Source, "1", refresh.Bound, annaBox)).Accept(refresh.Source, "1", "\xff"); err == nil {
		t.Error("accepted an instance that is not UTF-8")
	}
	for name, do := range map[string]func() error{
		"Apply":  func() error { _, err := jobOf().Apply(nil); return err },
		"Revert": func() error { _, err := jobOf().Revert(nil); return err },
		"Only": func() error {
			_, err := (*refresh.Result)(nil).Only(func(refresh.Row) bool { return true })
			return err
		},
	} {
		if do() == nil {
			t.Errorf("%s of no result succeeds", name)
		}
	}
}

func TestProgressOfASideThatCannotBeAsked(t *testing.T) {
	c := &script{resolve: answers(lookups{}), inspect: func(context.Context) (refresh.Directory, error) { return refresh.Directory{}, errOutage }}
	var last refresh.Progress
	run(t, jobOf(one(refresh.Source, "1", refresh.Bound, anna)), only(refresh.Source, c), &refresh.Options{Progress: func(p refresh.Progress) { last = p }})
	same(t, "the run is over", refresh.Count{Done: 1, Total: 1}, last.Source)
}

// Narrowing is linear: a chain of takeovers, and one address that many give up and many take over.
func TestOnlyIsNotQuadratic(t *testing.T) {
	const n = 20_000
	r := &refresh.Result{ID: "r", JobID: "j", Run: refresh.Run{Source: &refresh.SideRun{}}}
	for i := range n {
		before := box(refresh.ID(fmt.Sprint(i)), refresh.Address(fmt.Sprintf("u%d@x.example", i)))
		after := box(before.ID, refresh.Address(fmt.Sprintf("u%d@x.example", i+1)))
		if i%2 == 0 {
			before.Aliases = []refresh.Address{"info@x.example"}
		} else {
			after.Aliases = []refresh.Address{"info@x.example"}
		}
		r.Rows = append(r.Rows, refresh.Row{Key: string(before.ID), Side: refresh.Source, Origin: refresh.Bound, Outcome: refresh.Refreshed, Before: before, After: &after})
	}
	start := time.Now()
	if _, err := r.Only(func(refresh.Row) bool { return true }); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 20*time.Second { // quadratic, it is 200,000,000 steps and minutes
		t.Errorf("%d rows take %v", n, took)
	}
}

// What is learned while asking again does not turn an earlier doubt into an absence that nobody confirmed.
func TestDoubtStaysDoubt(t *testing.T) {
	full := func(id refresh.ID) refresh.Mailbox {
		return with(box(id, refresh.Address(id+"@x.example")), func(m *refresh.Mailbox) { m.Instance = "i-" + id })
	}
	bare := with(full("a"), func(m *refresh.Mailbox) { m.Instance = "" })
	c := &script{resolve: answers(lookups{"a": refresh.Found(bare), "b": goneTombstone}, lookups{"b": refresh.Found(full("b"))})}
	r := run(t, jobOf(one(refresh.Source, "1", refresh.Bound, full("a")), one(refresh.Source, "2", refresh.Bound, full("b"))), only(refresh.Source, c), withoutPause)
	same(t, "no other answer carried an instance when it was judged", refresh.CauseMailboxUnknown, r.Rows[0].Cause)
	same(t, "and this one is back", refresh.CauseReplicasDisagree, r.Rows[1].Cause)
}

func TestReasonsAreAnArray(t *testing.T) {
	for _, in := range []string{`"gone"`, `{"gone":1}`, `["gone","gone"]`, `[""]`, `[7]`, `["away"]`} {
		var r refresh.Reasons
		if err := json.Unmarshal([]byte(in), &r); err == nil {
			t.Errorf("%s is read as %q", in, r)
		}
	}
}

// Whatever hosts and servers say, the result can be written.
func TestOddTimesAndOperators(t *testing.T) {
	never := time.Date(30828, 9, 14, 2, 48, 5, 0, time.UTC) // the greatest time of Active Directory
	gone := refresh.NotFound(refresh.Absence{Proof: refresh.ProofTombstone, DeletedAt: never, RestorableUntil: never})
	c := &script{resolve: answers(lookups{"anna": gone}), inspect: reaches(refresh.Directory{LastSync: never})}
	r := run(t, jobOf(one(refresh.Source, "1", refresh.Bound, anna)), only(refresh.Source, c), &refresh.Options{ConfirmAfter: -1, Operator: "\xff"})
	if err := r.Write(&bytes.Buffer{}); err != nil {
		t.Error(err)
	}
}

// A confirmation may come from another replica that nobody named; only what it shows itself counts.
func TestConfirmationNeedsItsOwnSight(t *testing.T) {
	full := func(id refresh.ID) refresh.Mailbox {
		return with(box(id, refresh.Address(id+"@x.example")), func(m *refresh.Mailbox) { m.Instance = "i-" + id })
	}
	bare := func(id refresh.ID) refresh.Mailbox {
		return with(full(id), func(m *refresh.Mailbox) { m.Instance = "" })
	}
	j := jobOf(one(refresh.Source, "1", refresh.Bound, full("a")), one(refresh.Source, "2", refresh.Bound, full("b")))
	c := &script{resolve: answers(lookups{"a": refresh.Found(full("a")), "b": refresh.Found(bare("b"))}, lookups{"a": refresh.Found(bare("a")), "b": refresh.Found(bare("b"))})}
	same(t, "it showed no instance of anybody", refresh.CauseMailboxUnknown, run(t, j, only(refresh.Source, c), withoutPause).Rows[1].Cause)
}
