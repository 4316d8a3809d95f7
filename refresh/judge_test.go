package refresh_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

var (
	day1  = time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)
	day30 = time.Date(2026, 5, 31, 8, 0, 0, 0, time.UTC)
)

// judged is what an answer came to, without what every row repeats.
type judged struct {
	Outcome  refresh.Outcome
	Reasons  refresh.Reasons
	Cause    refresh.Cause
	After    *refresh.Mailbox
	Marked   refresh.Reason
	Evidence refresh.Evidence
	Replica  string
}

func judge(row refresh.Row) judged {
	j := judged{Outcome: row.Outcome, Reasons: row.Reasons, Cause: row.Cause, After: row.After, Replica: row.Replica}
	if row.MarkAfter != nil {
		j.Marked = row.MarkAfter.Reason
	}
	if row.Evidence != nil {
		j.Evidence = *row.Evidence
		j.Evidence.Malformed = "" // see TestMalformedValueIsEvidence
	}
	return j
}

func failed(c refresh.Cause) judged { return judged{Outcome: refresh.LookupFailed, Cause: c} }

func missing(r refresh.Reason, e refresh.Evidence) judged {
	return judged{Outcome: refresh.Missing, Reasons: refresh.ReasonsOf(r), Marked: r, Evidence: e}
}

// anna is the stored mailbox of most tests, and annaBox the same where the job knows her mailbox too.
var (
	anna    = refresh.Mailbox{ID: "anna", Login: "anna", DisplayName: "Anna", Kind: refresh.KindUser, Primary: "anna@old.example", Aliases: []refresh.Address{"a@old.example"}}
	annaBox = with(anna, func(m *refresh.Mailbox) { m.Instance = "box-1" })
	other   = refresh.Mailbox{ID: "other", Kind: refresh.KindUser, Primary: "other@old.example"}
)

func with(m refresh.Mailbox, change func(*refresh.Mailbox)) refresh.Mailbox {
	change(&m)
	return m
}

// judgeCase is one answer, and perhaps another one when asked again, held against one stored mailbox.
type judgeCase struct {
	name, reason  string
	stored        refresh.Mailbox // anna when zero
	first, second refresh.Lookup  // a zero second is the first again
	otherBox      refresh.ID      // the Instance that the same run reads on another object
	want          judged
}

func (tt judgeCase) run(t *testing.T) {
	for _, side := range bothSides {
		t.Run(tt.name+" on the "+side.String(), func(t *testing.T) {
			stored, second := tt.stored, tt.second
			if stored.ID == "" {
				stored = anna
			}
			if errors.Is(second.Err(), refresh.ErrNoAnswer) {
				second = tt.first
			}
			found := refresh.Found(with(other, func(m *refresh.Mailbox) { m.Instance = tt.otherBox }))
			c := &script{resolve: answers(lookups{"anna": tt.first, "other": found}, lookups{"anna": second, "other": found})}
			j := jobOf(one(side, "1", refresh.Bound, stored), one(side, "2", refresh.Bound, other))
			r := run(t, j, only(side, c), withoutPause)
			row := rowOf(t, r, side, "1")
			same(t, tt.reason, tt.want, judge(row))
			if (row.Failure != "") != (row.Outcome == refresh.LookupFailed) {
				t.Errorf("outcome %s with the failure %q", row.Outcome, row.Failure)
			}
			after := apply(t, j, r)
			if row.Outcome != refresh.Refreshed {
				same(t, "only Refreshed writes a mailbox", stored, matchOf(t, after, "1").Mailbox(side))
			}
			if row.Outcome != refresh.Refreshed && row.Outcome != refresh.Missing {
				same(t, "nothing at all is written", matchOf(t, j, "1"), matchOf(t, after, "1"))
			}
		})
	}
}

func TestAbsenceNeedsProof(t *testing.T) {
	absent := func(a refresh.Absence) refresh.Lookup { return refresh.NotFound(a) }
	for _, tt := range []judgeCase{
		{
			name: "no proof", reason: "an empty answer alone may be a cut connection",
			first: absent(refresh.Absence{Reason: refresh.ReasonGone}), want: failed(refresh.CauseNotVisible),
		},
		{
			name: "no proof but sight", reason: "seeing others proves nothing about this one",
			first: absent(refresh.Absence{Reason: refresh.ReasonGone, Sight: true}), want: failed(refresh.CauseNotVisible),
		},
		{
			name: "zero absence", reason: "the zero value is the safe one",
			first: absent(refresh.Absence{}), want: failed(refresh.CauseNotVisible),
		},
		{
			name: "empty scope without sight", reason: "a reader without rights sees an empty directory",
			first: absent(refresh.Absence{Proof: refresh.ProofEmptyScope}), want: failed(refresh.CauseNotVisible),
		},
		{
			name: "empty scope with sight", reason: "the whole scope was searched by one who sees",
			first: absent(refresh.Absence{Proof: refresh.ProofEmptyScope, Sight: true}),
			want:  missing(refresh.ReasonGone, refresh.Evidence{Proof: refresh.ProofEmptyScope}),
		},
		{
			name: "tombstone", reason: "positive evidence needs no sight",
			first: absent(refresh.Absence{Reason: refresh.ReasonGone, Proof: refresh.ProofTombstone, DeletedAt: day1}),
			want:  missing(refresh.ReasonGone, refresh.Evidence{Proof: refresh.ProofTombstone, DeletedAt: day1}),
		},
		{
			name: "deleted, restorable", reason: "the dates go along where they are known",
			first: absent(refresh.Absence{Reason: refresh.ReasonSoftDeleted, Proof: refresh.ProofTombstone, DeletedAt: day1, RestorableUntil: day30}),
			want:  missing(refresh.ReasonSoftDeleted, refresh.Evidence{Proof: refresh.ProofTombstone, DeletedAt: day1, RestorableUntil: day30}),
		},
		{
			name: "direct read", reason: "no such object, said to a direct read, is positive evidence",
			first: absent(refresh.Absence{Reason: refresh.ReasonGone, Proof: refresh.ProofDirectRead, DeletionUnknown: true}),
			want:  missing(refresh.ReasonGone, refresh.Evidence{Proof: refresh.ProofDirectRead, DeletionUnknown: true}),
		},
		{
			name: "only users were asked for, and it is one", reason: "a group has another ID",
			first: absent(refresh.Absence{Proof: refresh.ProofDirectRead, UsersOnly: true}),
			want:  missing(refresh.ReasonGone, refresh.Evidence{Proof: refresh.ProofDirectRead}),
		},
		{
			name: "only users were asked for, and it has a login", reason: "groups have none", stored: with(anna, func(m *refresh.Mailbox) { m.Kind = refresh.KindUnknown }),
			first: absent(refresh.Absence{Proof: refresh.ProofDirectRead, UsersOnly: true}),
			want:  missing(refresh.ReasonGone, refresh.Evidence{Proof: refresh.ProofDirectRead}),
		},
		{
			name: "only users were asked for, and it is a group", reason: "the group may be there", stored: with(anna, func(m *refresh.Mailbox) { m.Kind, m.Login = refresh.KindGroup, "" }),
			first: absent(refresh.Absence{Proof: refresh.ProofDirectRead, UsersOnly: true}), want: failed(refresh.CauseOutOfScope),
		},
		{
			name: "only users were asked for, and nobody knows what it is", reason: "it may be a group, and be there", stored: with(anna, func(m *refresh.Mailbox) { m.Kind, m.Login = refresh.KindUnknown, "" }),
			first: absent(refresh.Absence{Proof: refresh.ProofDirectRead, UsersOnly: true}), want: failed(refresh.CauseOutOfScope),
		},
		{
			name: "no reason given", reason: "an empty reason means gone",
			first: absent(refresh.Absence{Proof: refresh.ProofTombstone}),
			want:  missing(refresh.ReasonGone, refresh.Evidence{Proof: refresh.ProofTombstone}),
		},
		{
			name: "stated as moved", reason: "the system says so of an object that is there",
			first: absent(refresh.Absence{Reason: refresh.ReasonMoved, Proof: refresh.ProofStated, ForwardsTo: "anna@cloud.example"}),
			want:  missing(refresh.ReasonMoved, refresh.Evidence{Proof: refresh.ProofStated, ForwardsTo: "anna@cloud.example"}),
		},
		{
			name: "stated without mailbox, which the job knew", reason: "the stored Instance existed", stored: annaBox,
			first: absent(refresh.Absence{Reason: refresh.ReasonNoMailbox, Proof: refresh.ProofStated}),
			want:  missing(refresh.ReasonNoMailbox, refresh.Evidence{Proof: refresh.ProofStated}),
		},
		{
			name: "stated without mailbox, which the job never knew", reason: "no stored Instance existed",
			first: absent(refresh.Absence{Reason: refresh.ReasonNoMailbox, Proof: refresh.ProofStated}),
			want:  failed(refresh.CauseMailboxUnknown),
		},
		{
			name: "a reason that is none of an absence", reason: "a broken connector is not believed",
			first: absent(refresh.Absence{Reason: refresh.ReasonPrimary, Proof: refresh.ProofTombstone}), want: failed(refresh.CauseNotVisible),
		},
		{
			name: "an unknown proof", reason: "a broken connector is not believed",
			first: absent(refresh.Absence{Proof: 99}), want: failed(refresh.CauseNotVisible),
		},
		{
			name: "another replica", reason: "the row names the server that is not the first one",
			first: absent(refresh.Absence{Proof: refresh.ProofTombstone}).On("dc2"),
			want: judged{
				Outcome: refresh.Missing, Reasons: refresh.ReasonsOf(refresh.ReasonGone), Marked: refresh.ReasonGone, Replica: "dc2",
				Evidence: refresh.Evidence{Proof: refresh.ProofTombstone},
			},
		},
	} {
		tt.run(t)
	}
}

func TestFailureCauses(t *testing.T) {
	for _, tt := range []judgeCase{
		{name: "zero look-up", reason: "the zero Lookup is no answer", first: refresh.Lookup{}, want: failed(refresh.CauseNoAnswer)},
		{name: "failed without an error", reason: "Failed(nil) is no answer", first: refresh.Failed(nil), want: failed(refresh.CauseNoAnswer)},
		{name: "no answer", reason: "wrapped", first: refresh.Failed(fmt.Errorf("x: %w", refresh.ErrNoAnswer)), want: failed(refresh.CauseNoAnswer)},
		{name: "outage", reason: "any other error", first: refresh.Failed(errOutage), want: failed(refresh.CauseFailed)},
		{name: "forbidden", reason: "a right is lacking, which is no cause of its own", first: refresh.Failed(refresh.ErrForbidden), want: failed(refresh.CauseFailed)},
		{name: "deadline", reason: "an operation that took too long", first: refresh.Failed(context.DeadlineExceeded), want: failed(refresh.CauseFailed)},
		{name: "not visible", reason: "wrapped", first: refresh.Failed(fmt.Errorf("x: %w", refresh.ErrNotVisible)), want: failed(refresh.CauseNotVisible)},
		{name: "out of scope", reason: "wrapped", first: refresh.Failed(fmt.Errorf("x: %w", refresh.ErrOutOfScope)), want: failed(refresh.CauseOutOfScope)},
		{name: "mailbox unknown", reason: "wrapped", first: refresh.Failed(fmt.Errorf("x: %w", refresh.ErrMailboxUnknown)), want: failed(refresh.CauseMailboxUnknown)},
		{name: "replicas disagree", reason: "wrapped", first: refresh.Failed(fmt.Errorf("x: %w", refresh.ErrReplicasDisagree)), want: failed(refresh.CauseReplicasDisagree)},
		{name: "malformed", reason: "wrapped", first: refresh.Failed(fmt.Errorf("x: %w", &refresh.ValueError{Attr: "mail", Value: "secret"})), want: failed(refresh.CauseMalformed)},
		{name: "malformed before all", reason: "the value is at fault, whatever else is wrapped", first: refresh.Failed(errors.Join(refresh.ErrNotVisible, &refresh.ValueError{Attr: "mail"})), want: failed(refresh.CauseMalformed)},
	} {
		tt.run(t)
	}
}

func TestMalformedValues(t *testing.T) {
	const secret = "s3cret"
	tests := []struct {
		name, reason string
		change       func(*refresh.Mailbox)
	}{
		{"primary without @", "it is no address", func(m *refresh.Mailbox) { m.Primary = secret }},
		{"primary with a line break", "it would forge a line in reports", func(m *refresh.Mailbox) { m.Primary = secret + "\n@x.example" }},
		{"primary with a direction override", "it would show as another one", func(m *refresh.Mailbox) { m.Primary = secret + "\u202e@x.example" }},
		{"primary not UTF-8", "it could not be stored", func(m *refresh.Mailbox) { m.Primary = secret + "\xff@x.example" }},
		{"no primary", "a mailbox has one", func(m *refresh.Mailbox) { m.Primary = "" }},
		{"second alias without @", "it is no address", func(m *refresh.Mailbox) { m.Aliases = []refresh.Address{"a@x.example", secret} }},
		{"alias empty", "it is no address", func(m *refresh.Mailbox) { m.Aliases = []refresh.Address{""} }},
		{"login not UTF-8", "it could not be stored", func(m *refresh.Mailbox) { m.Login = secret + "\xff" }},
		{"name not UTF-8", "it could not be stored", func(m *refresh.Mailbox) { m.DisplayName = secret + "\xff" }},
		{"instance not UTF-8", "it could not be stored", func(m *refresh.Mailbox) { m.Instance = secret + "\xff" }},
		{"anchor not UTF-8", "it could not be stored", func(m *refresh.Mailbox) { m.Anchor = secret + "\xff" }},
		{"unknown kind", "it has no word", func(m *refresh.Mailbox) { m.Kind = 200 }},
	}
	for _, tt := range tests {
		judgeCase{name: tt.name, reason: tt.reason, first: refresh.Found(with(anna, tt.change)), want: failed(refresh.CauseMalformed)}.run(t)
		t.Run(tt.name+" is not printed", func(t *testing.T) {
			c := &script{resolve: answers(lookups{"anna": refresh.Found(with(anna, tt.change))})}
			r := run(t, jobOf(one(refresh.Source, "1", refresh.Bound, anna)), only(refresh.Source, c), withoutPause)
			if f := r.Rows[0].Failure; strings.Contains(f, secret) {
				t.Errorf("the failure holds the value: %q", f)
			}
		})
	}
}

func TestInstance(t *testing.T) {
	details := refresh.ReasonsOf(refresh.ReasonDetails)
	boxless := anna
	for _, tt := range []judgeCase{
		{
			name: "unknown, found", reason: "stored \"\" and found X is learned", first: refresh.Found(annaBox),
			want: judged{Outcome: refresh.Refreshed, Reasons: details, After: &annaBox},
		},
		{name: "unknown, not found", reason: "nothing is known of it, so nothing changed", first: refresh.Found(boxless), want: judged{Outcome: refresh.NotChanged}},
		{name: "known, the same", reason: "nothing changed", stored: annaBox, first: refresh.Found(annaBox), want: judged{Outcome: refresh.NotChanged}},
		{
			name: "known, not found, seen elsewhere", reason: "the run can read the attribute, so it is not there", stored: annaBox, otherBox: "box-2",
			first: refresh.Found(boxless), want: missing(refresh.ReasonNoMailbox, refresh.Evidence{Proof: refresh.ProofStated}),
		},
		{
			name: "known, not found, without a licence", reason: "the licence says why, and decides nothing", stored: annaBox, otherBox: "box-2",
			first: refresh.Found(boxless).Licensed(refresh.No), want: missing(refresh.ReasonNoMailbox, refresh.Evidence{Proof: refresh.ProofStated, Licensed: refresh.No}),
		},
		{
			name: "the same, without a licence", reason: "a shared mailbox needs none", stored: annaBox,
			first: refresh.Found(annaBox).Licensed(refresh.No), want: judged{Outcome: refresh.NotChanged},
		},
		{
			name: "known, not found, seen nowhere", reason: "the reader may lack the right to the attribute", stored: annaBox,
			first: refresh.Found(boxless), want: failed(refresh.CauseMailboxUnknown),
		},
		{
			name: "known, not found, no address either", reason: "Active Directory removes the addresses with the mailbox", stored: annaBox, otherBox: "box-2",
			first: refresh.Found(with(boxless, func(m *refresh.Mailbox) { m.Primary, m.Aliases = "", nil })),
			want:  missing(refresh.ReasonNoMailbox, refresh.Evidence{Proof: refresh.ProofStated}),
		},
		{
			name: "another one", reason: "a delta pass into it would be wrong", stored: annaBox,
			first: refresh.Found(with(anna, func(m *refresh.Mailbox) { m.Instance, m.Primary = "box-9", "anna@new.example" })),
			want:  judged{Outcome: refresh.Replaced, Evidence: refresh.Evidence{Instance: "box-9"}},
		},
		{
			name: "stored as remote, without the mailbox it once had", reason: "of a remote type, a missing attribute proves nothing", otherBox: "box-2",
			stored: with(annaBox, func(m *refresh.Mailbox) { m.Kind = refresh.KindRemote }),
			first:  refresh.Found(with(boxless, func(m *refresh.Mailbox) { m.Kind = refresh.KindRemote })),
			want:   failed(refresh.CauseMailboxUnknown),
		},
	} {
		tt.run(t)
	}
}

func TestMoved(t *testing.T) {
	kind := func(k refresh.Kind, m refresh.Mailbox) refresh.Mailbox {
		m.Kind = k
		return m
	}
	moved := missing(refresh.ReasonMoved, refresh.Evidence{Proof: refresh.ProofStated, ForwardsTo: "anna@cloud.example"})
	remote := kind(refresh.KindRemote, with(anna, func(m *refresh.Mailbox) { m.Primary = "anna@new.example" }))
	for _, tt := range []judgeCase{
		{
			name: "to a mail user", reason: "the mailbox lives elsewhere now",
			first: refresh.Found(kind(refresh.KindMailUser, anna)).ForwardingTo("anna@cloud.example"), want: moved,
		},
		{
			name: "to a remote mailbox, Instance gone", reason: "moved explains the missing Instance", stored: annaBox,
			first: refresh.Found(kind(refresh.KindRemote, anna)).ForwardingTo("anna@cloud.example"), want: moved,
		},
		{
			name: "to a remote mailbox, another Instance", reason: "it is moved, whatever identity the account carries", stored: annaBox,
			first: refresh.Found(kind(refresh.KindRemote, with(anna, func(m *refresh.Mailbox) { m.Instance = "box-9" }))).ForwardingTo("anna@cloud.example"), want: moved,
		},
		{
			name: "from an unknown kind", reason: "a job that never knew the kind held a mailbox all the same",
			stored: kind(refresh.KindUnknown, anna), first: refresh.Found(kind(refresh.KindMailUser, anna)).ForwardingTo("anna@cloud.example"), want: moved,
		},
		{
			name: "it was a remote mailbox all along", reason: "the host enrolled it as that, so its addresses are kept true",
			stored: kind(refresh.KindRemote, anna), first: refresh.Found(remote),
			want: judged{Outcome: refresh.Refreshed, Reasons: refresh.ReasonsOf(refresh.ReasonPrimary), After: &remote},
		},
		{
			name: "back again", reason: "the mailbox is here now, and its kind is refreshed",
			stored: kind(refresh.KindMailUser, anna), first: refresh.Found(anna),
			want: judged{Outcome: refresh.Refreshed, Reasons: refresh.ReasonsOf(refresh.ReasonDetails), After: &anna},
		},
	} {
		tt.run(t)
	}
}

func TestAbsenceIsAskedTwice(t *testing.T) {
	noBox := refresh.NotFound(refresh.Absence{Reason: refresh.ReasonNoMailbox, Proof: refresh.ProofStated})
	disagree := failed(refresh.CauseReplicasDisagree)
	for _, tt := range []judgeCase{
		{
			name: "the same again", reason: "believed, with the evidence of the later answer", first: goneTombstone,
			second: refresh.NotFound(refresh.Absence{Reason: refresh.ReasonGone, Proof: refresh.ProofTombstone, DeletedAt: day1}).On("dc2"),
			want: judged{
				Outcome: refresh.Missing, Reasons: refresh.ReasonsOf(refresh.ReasonGone), Marked: refresh.ReasonGone, Replica: "dc2",
				Evidence: refresh.Evidence{Proof: refresh.ProofTombstone, DeletedAt: day1},
			},
		},
		{
			name: "the same by another proof", reason: "the proofs may differ, the statement does not", first: goneTombstone,
			second: refresh.NotFound(refresh.Absence{Proof: refresh.ProofDirectRead}),
			want:   missing(refresh.ReasonGone, refresh.Evidence{Proof: refresh.ProofDirectRead}),
		},
		{name: "another reason", reason: "gone is not restorable", first: goneTombstone, second: softTombstone, want: disagree},
		{name: "found again", reason: "a replica lagged", first: goneTombstone, second: refresh.Found(anna), want: disagree},
		{name: "found again with changes", reason: "the change comes with the next run", first: goneTombstone, second: refresh.Found(with(anna, func(m *refresh.Mailbox) { m.Primary = "anna@new.example" })), want: disagree},
		{name: "without mailbox, then with another one", reason: "not the same statement", stored: annaBox, first: noBox, second: refresh.Found(with(anna, func(m *refresh.Mailbox) { m.Instance = "box-9" })), want: disagree},
		{name: "then an outage", reason: "an outage is no confirmation", first: goneTombstone, second: refresh.Failed(errOutage), want: failed(refresh.CauseFailed)},
		{name: "then not visible", reason: "rights that vanish are no confirmation", first: goneTombstone, second: refresh.Failed(refresh.ErrNotVisible), want: failed(refresh.CauseNotVisible)},
		{name: "then no proof", reason: "both answers must be proven", first: goneTombstone, second: refresh.NotFound(refresh.Absence{Reason: refresh.ReasonGone}), want: failed(refresh.CauseNotVisible)},
		{name: "then malformed", reason: "no trustworthy answer", first: goneTombstone, second: refresh.Found(with(anna, func(m *refresh.Mailbox) { m.Primary = "x" })), want: failed(refresh.CauseMalformed)},
		{
			name: "the first is found", reason: "an object that is there is not asked again", first: refresh.Found(anna), second: goneTombstone,
			want: judged{Outcome: refresh.NotChanged},
		},
	} {
		tt.run(t)
	}
}

func TestStaleReplica(t *testing.T) {
	now := with(anna, func(m *refresh.Mailbox) { m.Primary = "anna@new.example" })
	was := &refresh.Previous{Mailbox: anna, Replica: "dc1"} // dc1 gave the present value
	third := with(anna, func(m *refresh.Mailbox) { m.Primary = "anna@third.example" })
	primary := refresh.ReasonsOf(refresh.ReasonPrimary)
	tests := []struct {
		name, reason string
		previous     *refresh.Previous
		server       string // that Inspect names
		first        refresh.Lookup
		accept       bool
		want         judged
	}{
		{
			name: "the former value from another replica", reason: "changed back, or the replica lags", previous: was,
			first: refresh.Found(anna).On("dc2"),
			want:  judged{Outcome: refresh.LookupFailed, Cause: refresh.CauseStale, Evidence: refresh.Evidence{Seen: &anna}, Replica: "dc2"},
		},
		{
			name: "the former value from the server that the run started on", reason: "an unnamed answer comes from the inspected server", previous: was, server: "dc2",
			first: refresh.Found(anna), want: judged{Outcome: refresh.LookupFailed, Cause: refresh.CauseStale, Evidence: refresh.Evidence{Seen: &anna}},
		},
		{
			name: "accepted", reason: "the operator knows that it was changed back", previous: was, accept: true,
			first: refresh.Found(anna).On("dc2"), want: judged{Outcome: refresh.Refreshed, Reasons: primary, After: &anna, Replica: "dc2"},
		},
		{
			name: "the former value from the same replica", reason: "one replica does not go back in time", previous: was,
			first: refresh.Found(anna).On("dc1"), want: judged{Outcome: refresh.Refreshed, Reasons: primary, After: &anna, Replica: "dc1"},
		},
		{
			name: "a third value from another replica", reason: "it is news, not the former value", previous: was,
			first: refresh.Found(third).On("dc2"), want: judged{Outcome: refresh.Refreshed, Reasons: primary, After: &third, Replica: "dc2"},
		},
		{
			name: "the present value from another replica", reason: "nothing to apply", previous: was,
			first: refresh.Found(now).On("dc2"), want: judged{Outcome: refresh.NotChanged, Replica: "dc2"},
		},
		{
			name: "no former value", reason: "nothing was ever applied",
			first: refresh.Found(anna).On("dc2"), want: judged{Outcome: refresh.Refreshed, Reasons: primary, After: &anna, Replica: "dc2"},
		},
		{
			name: "a former value from an unnamed replica", reason: "whether it is another one is not known", previous: &refresh.Previous{Mailbox: anna},
			first: refresh.Found(anna).On("dc2"), want: judged{Outcome: refresh.Refreshed, Reasons: primary, After: &anna, Replica: "dc2"},
		},
		{
			name: "an unnamed replica", reason: "whether it is another one is not known", previous: was,
			first: refresh.Found(anna), want: judged{Outcome: refresh.Refreshed, Reasons: primary, After: &anna},
		},
	}
	for _, tt := range tests {
		for _, side := range bothSides {
			t.Run(tt.name+" on the "+side.String(), func(t *testing.T) {
				m := one(side, "1", refresh.Bound, now)
				m.SourcePrevious, m.TargetPrevious = tt.previous, tt.previous
				c := &script{resolve: answers(lookups{"anna": tt.first}), inspect: reaches(refresh.Directory{Server: tt.server})}
				r := run(t, jobOf(m), only(side, c), &refresh.Options{ConfirmAfter: -1, AcceptReverted: tt.accept})
				same(t, tt.reason, tt.want, judge(r.Rows[0]))
			})
		}
	}
}

// What a connector does not know says nothing: a lagging replica stays one, although it tells less than the job holds.
func TestFormerValueWithUnknownFields(t *testing.T) {
	former := refresh.Mailbox{ID: "anna", Anchor: "anchor", Login: "anna", DisplayName: "Anna", Kind: refresh.KindUser, Primary: "anna@old.example"}
	for name, forget := range map[string]func(*refresh.Mailbox){
		"nothing":        func(*refresh.Mailbox) {},
		"login":          func(m *refresh.Mailbox) { m.Login = "" },
		"name":           func(m *refresh.Mailbox) { m.DisplayName = "" },
		"kind":           func(m *refresh.Mailbox) { m.Kind = refresh.KindUnknown },
		"anchor":         func(m *refresh.Mailbox) { m.Anchor = "" },
		"all but the ID": func(m *refresh.Mailbox) { *m = box("anna", m.Primary) },
	} {
		t.Run("unknown: "+name, func(t *testing.T) {
			m := one(refresh.Source, "1", refresh.Bound, with(former, func(m *refresh.Mailbox) { m.Primary = "anna@new.example" }))
			m.SourcePrevious = &refresh.Previous{Mailbox: former, Replica: "dc1"}
			c := &script{resolve: answers(lookups{"anna": refresh.Found(with(former, forget)).On("dc2")})}
			r := run(t, jobOf(m), only(refresh.Source, c), nil)
			same(t, "the former address from another replica", refresh.CauseStale, r.Rows[0].Cause)
		})
	}
}

// A change that is taken back at once must be written by the run after the next, whatever the replicas are called.
func TestFormerValueIsTheLastOne(t *testing.T) {
	on := func(primary refresh.Address, replica string) *script {
		return &script{resolve: answers(lookups{"anna": refresh.Found(with(anna, func(m *refresh.Mailbox) { m.Primary = primary })).On(replica)})}
	}
	j := jobOf(one(refresh.Source, "1", refresh.Bound, anna))
	for _, step := range []struct {
		reason  string
		primary refresh.Address
		replica string
		want    refresh.Outcome
	}{
		{"a change", "anna@b.example", "dc1", refresh.Refreshed},
		{"another change, from another replica", "anna@c.example", "dc2", refresh.Refreshed},
		{"the value before the last one is not the former value", "anna@old.example", "dc1", refresh.Refreshed},
		{"now anna@c.example is the former one, from dc2, and dc1 gave the present one", "anna@c.example", "dc2", refresh.LookupFailed},
		{"from the replica of the present value it is believed", "anna@c.example", "dc1", refresh.Refreshed},
	} {
		r := run(t, j, only(refresh.Source, on(step.primary, step.replica)), withoutPause)
		same(t, step.reason, step.want, r.Rows[0].Outcome)
		j = apply(t, j, r)
	}
}

// People need the value to find it; only reports print it.
func TestMalformedValueIsEvidence(t *testing.T) {
	long := refresh.Address(strings.Repeat("x", 1000))
	for name, bad := range map[string]refresh.Address{"short": "no at sign", "long": long, "not UTF-8": "\xff@old.example"} {
		c := &script{resolve: answers(lookups{"anna": refresh.Found(with(anna, func(m *refresh.Mailbox) { m.Primary = bad }))})}
		row := rowOf(t, run(t, jobOf(one(refresh.Source, "1", refresh.Bound, anna)), only(refresh.Source, c), nil), refresh.Source, "1")
		want := strings.ToValidUTF8(string(bad[:min(len(bad), 256)]), "\uFFFD")
		if row.Evidence == nil || row.Evidence.Malformed != want {
			t.Errorf("%s: the evidence is not the value", name)
		}
		if strings.Contains(row.Failure, string(bad)) {
			t.Errorf("%s: the failure holds the value", name)
		}
	}
}
