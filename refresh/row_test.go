package refresh_test

import (
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

func TestRowsWithoutALookup(t *testing.T) {
	tests := []struct {
		name, reason string
		sides        []refresh.Side
		origin       refresh.Origin
		stored       refresh.Mailbox
		want         refresh.Outcome
	}{
		{"entered manually", "there is no ID, and an address is never a way to an identity", bothSides, refresh.Manual, box("", "anna@old.example"), refresh.EnteredManually},
		{"planned", "it is still to be created", bothSides[1:], refresh.Planned, box("", "anna@new.example"), refresh.NotCreatedYet},
		{"none", "there is no target", bothSides[1:], refresh.None, refresh.Mailbox{}, refresh.Unmatched},
	}
	for _, tt := range tests {
		for _, side := range tt.sides {
			t.Run(tt.name+" on the "+side.String(), func(t *testing.T) {
				s := memconn.New("contoso", nil)
				s.Put(box("", "anna@old.example"))
				s.Put(box("", "anna@new.example"))
				c := s.Connect(nil)
				j := jobOf(one(side, "1", tt.origin, tt.stored))
				r := run(t, j, only(side, c), nil)
				same(t, tt.reason, judged{Outcome: tt.want}, judge(r.Rows[0]))
				same(t, "the row tells its origin", tt.origin, r.Rows[0].Origin)
				same(t, "nothing is looked up", 0, c.Calls().Resolve+c.Calls().Find)
				same(t, "nothing is written", j.Matches, apply(t, j, r).Matches)
			})
		}
	}
}

func TestPlannedAccount(t *testing.T) {
	planned := refresh.Mailbox{ID: "anna", Login: "anna@old.example", Primary: "anna@old.example", Kind: refresh.KindMailUser}
	renamed := with(planned, func(m *refresh.Mailbox) { m.Login, m.Primary = "anna@new.example", "anna@new.example" })
	noAddress := with(planned, func(m *refresh.Mailbox) { m.Login, m.Primary = "anna@new.example", "" })
	keptPrimary := with(planned, func(m *refresh.Mailbox) { m.Login = "anna@new.example" })
	there := func(after *refresh.Mailbox, e refresh.Evidence) judged {
		e.Account = refresh.AccountThere
		return judged{Outcome: refresh.NotCreatedYet, After: after, Evidence: e}
	}
	stated := refresh.Evidence{Proof: refresh.ProofStated}
	tests := []struct {
		name, reason string
		first        refresh.Lookup
		second       refresh.Lookup
		want         judged
	}{
		{name: "unchanged", reason: "the account waits for its mailbox", first: refresh.Found(planned), want: there(nil, refresh.Evidence{})},
		{name: "renamed", reason: "its addresses are refreshed", first: refresh.Found(renamed), want: there(&renamed, refresh.Evidence{})},
		{name: "a mail user that forwards", reason: "a cross-tenant target before its move", first: refresh.Found(planned).ForwardingTo("anna@there.example"), want: there(nil, refresh.Evidence{ForwardsTo: "anna@there.example"})},
		{name: "an account without addresses", reason: "it keeps the planned ones", first: refresh.Found(noAddress), want: there(&keptPrimary, refresh.Evidence{})},
		{
			name: "it has a mailbox now", reason: "exists now: bind it; the Instance is not adopted in passing",
			first: refresh.Found(with(renamed, func(m *refresh.Mailbox) { m.Kind, m.Instance = refresh.KindUser, "box-1" })),
			want: judged{Outcome: refresh.NotCreatedYet, Evidence: refresh.Evidence{Account: refresh.AccountExistsNow}, After: func() *refresh.Mailbox {
				m := with(renamed, func(m *refresh.Mailbox) { m.Kind = refresh.KindUser })
				return &m
			}()},
		},
		{
			name: "the mailbox of a mail user is elsewhere", reason: "an Instance of a mail user is not a mailbox here",
			first: refresh.Found(with(planned, func(m *refresh.Mailbox) { m.Instance = "box-1" })), want: there(nil, refresh.Evidence{}),
		},
		{name: "gone", reason: "the account is proven gone", first: goneTombstone, want: judged{Outcome: refresh.NotCreatedYet, Evidence: refresh.Evidence{Account: refresh.AccountGone, Proof: refresh.ProofTombstone}}},
		{name: "soft-deleted", reason: "the account is proven gone", first: softTombstone, want: judged{Outcome: refresh.NotCreatedYet, Evidence: refresh.Evidence{Account: refresh.AccountGone, Proof: refresh.ProofTombstone}}},
		{name: "gone, then found", reason: "an account's absence is confirmed too", first: goneTombstone, second: refresh.Found(planned), want: failed(refresh.CauseReplicasDisagree)},
		{
			name: "no mailbox", reason: "the account is there, which is all that is expected",
			first: refresh.NotFound(refresh.Absence{Reason: refresh.ReasonNoMailbox, Proof: refresh.ProofStated, Account: &renamed}), want: there(&renamed, stated),
		},
		{
			name: "no mailbox, the account not read", reason: "nothing to refresh",
			first: refresh.NotFound(refresh.Absence{Reason: refresh.ReasonNoMailbox, Proof: refresh.ProofStated}), want: there(nil, stated),
		},
		{
			name: "no mailbox, another account read", reason: "an account with another ID is not believed",
			first: refresh.NotFound(refresh.Absence{Reason: refresh.ReasonNoMailbox, Proof: refresh.ProofStated, Account: &other}), want: there(nil, stated),
		},
		{
			name: "no mailbox, a malformed account read", reason: "malformed values are not written",
			first: refresh.NotFound(refresh.Absence{Reason: refresh.ReasonNoMailbox, Proof: refresh.ProofStated, Account: &refresh.Mailbox{ID: "anna", Primary: "x"}}), want: there(nil, stated),
		},
		{
			name: "moved", reason: "a mail user is what a planned target is",
			first: refresh.NotFound(refresh.Absence{Reason: refresh.ReasonMoved, Proof: refresh.ProofStated, ForwardsTo: "anna@there.example"}),
			want:  there(nil, refresh.Evidence{Proof: refresh.ProofStated, ForwardsTo: "anna@there.example"}),
		},
		{name: "failed", reason: "an outage says nothing about an account", first: refresh.Failed(errOutage), want: failed(refresh.CauseFailed)},
		{name: "no proof", reason: "nothing is proven", first: refresh.NotFound(refresh.Absence{}), want: failed(refresh.CauseNotVisible)},
		{name: "malformed", reason: "malformed values are not written", first: refresh.Found(with(planned, func(m *refresh.Mailbox) { m.Primary = "x" })), want: failed(refresh.CauseMalformed)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.second.Err() != nil {
				tt.second = tt.first
			}
			c := &script{resolve: answers(lookups{"anna": tt.first}, lookups{"anna": tt.second})}
			j := jobOf(one(refresh.Target, "1", refresh.Planned, planned))
			r := run(t, j, only(refresh.Target, c), withoutPause)
			same(t, tt.reason, tt.want, judge(r.Rows[0]))
			after := matchOf(t, apply(t, j, r), "1")
			same(t, "it stays planned", refresh.Planned, after.TargetOrigin)
			same(t, "a plan is not marked missing", true, after.TargetMark == nil)
			if tt.want.After == nil {
				same(t, "nothing is written", planned, after.Target)
			} else {
				same(t, "it is refreshed", *tt.want.After, after.Target)
			}
		})
	}
}

func TestMarks(t *testing.T) {
	gone, back := &script{resolve: answers(lookups{"anna": goneTombstone})}, &script{resolve: answers(lookups{"anna": refresh.Found(anna)})}
	first := &refresh.Mark{Reason: refresh.ReasonSoftDeleted, FirstSeen: day1, LastSeen: day30}
	for _, side := range bothSides {
		marked := func(mark *refresh.Mark) refresh.Job {
			m := one(side, "1", refresh.Bound, anna)
			if side == refresh.Source {
				m.SourceMark = mark
			} else {
				m.TargetMark = mark
			}
			return jobOf(m)
		}
		t.Run("first time on the "+side.String(), func(t *testing.T) {
			r := run(t, marked(nil), only(side, gone), withoutPause)
			mark := matchOf(t, apply(t, marked(nil), r), "1").Mark(side)
			same(t, "missing since this run", &refresh.Mark{Reason: refresh.ReasonGone, FirstSeen: r.Run.Started, LastSeen: r.Run.Started}, mark)
		})
		t.Run("again on the "+side.String(), func(t *testing.T) {
			r := run(t, marked(first), only(side, gone), withoutPause)
			same(t, "FirstSeen is kept, the reason and LastSeen are those of this run",
				&refresh.Mark{Reason: refresh.ReasonGone, FirstSeen: day1, LastSeen: r.Run.Started}, matchOf(t, apply(t, marked(first), r), "1").Mark(side))
			same(t, "the mark of before is kept for Revert", first, r.Rows[0].MarkBefore)
		})
		t.Run("restored on the "+side.String(), func(t *testing.T) {
			r := run(t, marked(first), only(side, back), withoutPause)
			same(t, "back, although no value changed", judged{Outcome: refresh.Refreshed, Reasons: refresh.ReasonsOf(refresh.ReasonRestored)}, judge(r.Rows[0]))
			same(t, "Apply writes something", true, r.Rows[0].Writes())
			j := apply(t, marked(first), r)
			same(t, "the mark is gone", marked(nil), j, ignoreHistory)
			same(t, "and the next run is content", refresh.NotChanged, run(t, j, only(side, back), nil).Rows[0].Outcome)
		})
		t.Run("restored and renamed on the "+side.String(), func(t *testing.T) {
			renamed := with(anna, func(m *refresh.Mailbox) { m.Primary = "anna@new.example" })
			r := run(t, marked(first), only(side, &script{resolve: answers(lookups{"anna": refresh.Found(renamed)})}), withoutPause)
			same(t, "both reasons", judged{Outcome: refresh.Refreshed, Reasons: refresh.ReasonsOf(refresh.ReasonRestored, refresh.ReasonPrimary), After: &renamed}, judge(r.Rows[0]))
		})
		t.Run("a failed look-up on the "+side.String(), func(t *testing.T) {
			r := run(t, marked(first), only(side, &script{resolve: answers(lookups{"anna": refresh.Failed(errOutage)})}), withoutPause)
			same(t, "nothing is known, so the mark stays", marked(first), apply(t, marked(first), r), ignoreHistory)
		})
		t.Run("replaced on the "+side.String(), func(t *testing.T) {
			j := marked(first)
			j.Matches[0].Source.Instance = "box-1"
			if side == refresh.Target {
				j.Matches[0].Target.Instance = "box-1"
			}
			r := run(t, j, only(side, &script{resolve: answers(lookups{"anna": refresh.Found(with(anna, func(m *refresh.Mailbox) { m.Instance = "box-2" }))})}), nil)
			same(t, "nothing is written there", j, apply(t, j, r), ignoreHistory)
		})
		t.Run("a clock that went back on the "+side.String(), func(t *testing.T) {
			future := time.Now().UTC().Add(time.Hour).Truncate(time.Second)
			j := marked(&refresh.Mark{Reason: refresh.ReasonGone, FirstSeen: future, LastSeen: future})
			r := run(t, j, only(side, gone), withoutPause)
			apply(t, j, r) // which validates the job: it must stay one that can be written
		})
	}
}

func TestUseState(t *testing.T) {
	old := refresh.Mailbox{ID: "anna", Login: "anna.login", Primary: "anna@old.example", Aliases: []refresh.Address{"a@old.example"}}
	moved := with(old, func(m *refresh.Mailbox) { m.Primary = "anna@new.example" })
	kept := with(moved, func(m *refresh.Mailbox) { m.Aliases = []refresh.Address{"a@old.example", "Anna@old.example"} })
	noLogin := with(old, func(m *refresh.Mailbox) { m.Login = "another.login" })
	tests := []struct {
		name, reason string
		use          refresh.Address
		found        refresh.Mailbox
		want         refresh.UseState
	}{
		{"primary in use, unchanged", "nothing is written", "", old, refresh.UseKept},
		{"primary in use, moved", "it moves along", "", moved, refresh.UseMoved},
		{"primary in use, spelled differently", "the same address", "", with(old, func(m *refresh.Mailbox) { m.Primary = "Anna@OLD.example" }), refresh.UseKept},
		{"former primary fixed, now an alias", "mail still arrives, but it is no primary any more", "anna@old.example", kept, refresh.UseStillAlias},
		{"former primary fixed, now lost", "migrating with it will fail", "anna@old.example", moved, refresh.UseLost},
		{"alias fixed, kept", "nothing happened to it", "A@old.example", moved, refresh.UseKept},
		{"alias fixed, lost", "migrating with it will fail", "a@old.example", with(old, func(m *refresh.Mailbox) { m.Aliases = nil }), refresh.UseLost},
		{"login fixed, kept", "the login did not change", "anna.login", moved, refresh.UseKept},
		{"login fixed, lost", "migrating with it will fail", "anna.login", noLogin, refresh.UseLost},
		{"an address that was never known", "nothing is known to be lost", "anna@tenant.example", moved, refresh.UseKept},
		{"an alias that became the primary", "it is a name of the mailbox now", "a@old.example", box("anna", "a@old.example"), refresh.UseKept},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := one(refresh.Source, "1", refresh.Bound, old)
			m.SourceUse = tt.use
			j := jobOf(m)
			r := run(t, j, only(refresh.Source, &script{resolve: answers(lookups{"anna": refresh.Found(tt.found)})}), nil)
			same(t, tt.reason, tt.want, r.Rows[0].UseState())
			same(t, "Refresh never changes what the host works with", tt.use, matchOf(t, apply(t, j, r), "1").SourceUse)
		})
	}
}

func TestRowOrderAndCounts(t *testing.T) {
	s, d := memconn.New("contoso", nil), memconn.New("fabrikam", nil)
	a, b, c := s.Put(box("", "a@old.example")), s.Put(box("", "b@old.example")), s.Put(box("", "c@old.example"))
	x := d.Put(box("", "x@new.example"))
	j := jobOf(pair("1", a, x), one(refresh.Source, "2", refresh.Bound, b), one(refresh.Source, "3", refresh.Bound, c), one(refresh.Source, "4", refresh.Manual, box("", "m@old.example")))
	s.Update(a.ID, func(m *refresh.Mailbox) { m.Primary, m.DisplayName = "a@new.example", "A" })
	s.Delete(b.ID, day1, day30)
	sc := s.Connect(&memconn.ConnOptions{Faults: memconn.Faults{FailIDs: map[refresh.ID]error{c.ID: errOutage}}})
	r := run(t, j, refresh.Sides{Source: sc, Target: d.Connect(nil)}, nil)
	var order []string
	for _, row := range r.Rows {
		order = append(order, row.Key+" "+row.Side.String())
	}
	same(t, "in the order of the job, source before target", []string{"1 source", "1 target", "2 source", "2 target", "3 source", "3 target", "4 source", "4 target"}, order)
	same(t, "one outcome for each row, with reasons and causes", refresh.Counts{
		Total:     4,
		ByOutcome: map[refresh.Outcome]int{refresh.Refreshed: 1, refresh.Missing: 1, refresh.LookupFailed: 1, refresh.EnteredManually: 1},
		ByReason:  map[refresh.Reason]int{refresh.ReasonPrimary: 1, refresh.ReasonDetails: 1, refresh.ReasonSoftDeleted: 1},
		ByCause:   map[refresh.Cause]int{refresh.CauseFailed: 1},
	}, r.Counts(refresh.Source))
	same(t, "the counts add up to the number of rows", refresh.Counts{
		Total: 4, ByOutcome: map[refresh.Outcome]int{refresh.NotChanged: 1, refresh.Unmatched: 3}, ByReason: map[refresh.Reason]int{}, ByCause: map[refresh.Cause]int{},
	}, r.Counts(refresh.Target))
	same(t, "what was looked up", a.ID, r.Rows[0].ID())
	same(t, "what holds after Apply", refresh.Address("a@new.example"), r.Rows[0].Now().Primary)
	same(t, "what holds after Apply where nothing is written", refresh.Address("b@old.example"), rowOf(t, r, refresh.Source, "2").Before.Primary)
}

func TestOutcomeSeverity(t *testing.T) {
	want := map[refresh.Outcome]refresh.Severity{
		refresh.Refreshed: refresh.SeverityOK, refresh.NotChanged: refresh.SeveritySame, refresh.Missing: refresh.SeverityError,
		refresh.EnteredManually: refresh.SeverityWarning, refresh.NotCreatedYet: refresh.SeverityWarning, refresh.Unmatched: refresh.SeveritySame,
		refresh.Replaced: refresh.SeverityError, refresh.LookupFailed: refresh.SeverityError,
	}
	got := map[refresh.Outcome]refresh.Severity{}
	for _, o := range refresh.Outcomes() {
		got[o] = o.Severity()
	}
	same(t, "the table of the outcomes", want, got)
	same(t, "what is not known needs a person", refresh.SeverityError, refresh.Outcome(0).Severity())
}
