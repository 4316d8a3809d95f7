package report_test

import (
	"fmt"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// when is the start of every run in these tests.
var when = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// newResult returns a result with a run and the given rows, asked on the sides that the rows are of.
func newResult(state refresh.State, rows ...refresh.Row) *refresh.Result {
	r := &refresh.Result{
		ID: "c0ffee00c0ffee00c0ffee00c0ffee00", JobID: "0123456789abcdef0123456789abcdef", JobName: "Contoso to Fabrikam",
		State: state, Rows: rows,
		Run: refresh.Run{ID: "beefbeefbeefbeefbeefbeefbeefbeef", Operator: "anna", Started: when, Finished: when.Add(1234 * time.Millisecond), Library: "v0.1.0", JobDigest: "5eb25eb25eb25eb25eb25eb25eb25eb2"},
	}
	keys := map[string]bool{}
	for _, row := range rows {
		keys[row.Key] = true
		switch row.Side {
		case refresh.Source:
			r.Run.Source = &refresh.SideRun{System: "Active Directory", Directory: "old.example", Server: "dc1.old.example", Account: `OLD\migration`, Pin: "0c1d148b-0143-4234-8265-f2f8d891d4c0", Asked: 40}
		case refresh.Target:
			r.Run.Target = &refresh.SideRun{System: "memory", Server: "mem-1", Asked: 38, LastSync: when.Add(-time.Hour)}
		}
	}
	r.JobRows = len(keys)
	return r
}

// person returns a mailbox of one person in a domain.
func person(name, domain string) refresh.Mailbox {
	return refresh.Mailbox{
		ID: refresh.ID("id-" + name), Login: name + "@" + domain, DisplayName: name, Kind: refresh.KindUser,
		Primary: refresh.Address(name + "@" + domain),
	}
}

// bound returns a row of a mailbox with an ID.
func bound(key string, s refresh.Side, o refresh.Outcome, mb refresh.Mailbox) refresh.Row {
	return refresh.Row{Key: key, Side: s, Origin: refresh.Bound, Outcome: o, Before: mb}
}

// moved returns a row whose domain was switched.
func moved(key string, s refresh.Side, name string) refresh.Row {
	row := bound(key, s, refresh.Refreshed, person(name, "old.example"))
	after := person(name, "new.example")
	after.Aliases = []refresh.Address{row.Before.Primary}
	row.After, row.Reasons = &after, refresh.ReasonsOf(refresh.ReasonPrimary, refresh.ReasonLogin, refresh.ReasonAliases)
	return row
}

func missing(key string, s refresh.Side, name string, why refresh.Reason, ev refresh.Evidence) refresh.Row {
	row := bound(key, s, refresh.Missing, person(name, "old.example"))
	row.Reasons, row.Evidence = refresh.ReasonsOf(why), &ev
	row.MarkAfter = &refresh.Mark{Reason: why, FirstSeen: when, LastSeen: when}
	return row
}

func failed(key string, s refresh.Side, name string, c refresh.Cause, text string) refresh.Row {
	row := bound(key, s, refresh.LookupFailed, person(name, "old.example"))
	row.Cause, row.Failure = c, text
	return row
}

func count(n int) *int { return &n }

// everything returns a result with every outcome, reason, cause and detail on each side where it occurs, with
// warnings and conflicts.
func everything(state refresh.State) *refresh.Result {
	var rows []refresh.Row
	for _, s := range []refresh.Side{refresh.Source, refresh.Target} {
		rows = append(rows, everyOutcome(s)...)
	}
	for i := range rows {
		rows[i].Key = fmt.Sprintf("%s-%02d", rows[i].Side, i+1)
	}
	planned := refresh.Row{Side: refresh.Target, Origin: refresh.Planned, Outcome: refresh.NotCreatedYet, Before: refresh.Mailbox{Primary: "new.hire@new.example"}}
	for i, ev := range []*refresh.Evidence{
		nil, {Account: refresh.AccountThere}, {Account: refresh.AccountExistsNow}, {Account: refresh.AccountGone}, {DomainAccepted: refresh.No, Hits: count(0)},
		{Hits: count(1), HitIDs: []refresh.ID{"id-x"}}, {Hits: count(2), HitIDs: []refresh.ID{"id-x", "id-y"}}, {HitsFailure: "permission lacking"},
	} {
		row := planned
		row.Key, row.Evidence = fmt.Sprintf("planned-%d", i+1), ev
		rows = append(rows, row)
	}
	lost := []refresh.Row{lostEarlier(refresh.Source, refresh.NotChanged), lostEarlier(refresh.Target, refresh.NotCreatedYet)}
	lost[0].Key, lost[1].Key, lost[1].Origin = "lost-earlier-1", "lost-earlier-2", refresh.Planned
	rows = append(rows, lost...)
	rows = append(rows,
		bound("unmatched-1", refresh.Source, refresh.NotChanged, person("ulf", "new.example")),
		refresh.Row{Key: "unmatched-1", Side: refresh.Target, Outcome: refresh.Unmatched})
	r := newResult(state, rows...)
	r.Warnings = everyWarning()
	r.Conflicts = everyConflict()
	r.Run.Source.Failovers = []refresh.Failover{{From: "dc1.old.example", To: "dc2.old.example", Why: "connection reset", At: when}}
	return r
}

func everyOutcome(s refresh.Side) []refresh.Row {
	lost := moved("", s, "lena")
	lost.Use = "lena@mail.old.example"
	lost.Before.Aliases = []refresh.Address{lost.Use}
	still := moved("", s, "stig")
	still.Use = still.Before.Primary
	respelled := bound("", s, refresh.Refreshed, person("rosa", "new.example"))
	after := respelled.Before
	after.Primary, after.Aliases = "Rosa@New.Example", []refresh.Address{"r@new.example"}
	respelled.Before.Aliases = []refresh.Address{"R@new.example", "old@new.example"}
	respelled.After, respelled.Reasons = &after, refresh.ReasonsOf(refresh.ReasonSpelling, refresh.ReasonAliases)
	details := bound("", s, refresh.Refreshed, person("dora", "new.example"))
	named := details.Before
	named.DisplayName, named.Kind, named.Anchor, named.Instance = "Dora Dahl", refresh.KindShared, "anchor-1", "box-1"
	details.After, details.Reasons = &named, refresh.ReasonsOf(refresh.ReasonDetails, refresh.ReasonRestored)
	details.MarkBefore = &refresh.Mark{Reason: refresh.ReasonSoftDeleted, FirstSeen: when.AddDate(0, 0, -3), LastSeen: when.AddDate(0, 0, -1)}
	replaced := bound("", s, refresh.Replaced, person("rune", "old.example"))
	replaced.Before.Instance, replaced.Evidence = "box-1", &refresh.Evidence{Instance: "box-2"}
	stale := failed("", s, "stan", refresh.CauseStale, "the answer is the former value")
	seen := person("stan", "older.example")
	stale.Evidence, stale.Replica = &refresh.Evidence{Seen: &seen}, "dc2.old.example"
	again := missing("", s, "gina", refresh.ReasonGone, refresh.Evidence{Proof: refresh.ProofEmptyScope, DeletionUnknown: true})
	again.MarkBefore = &refresh.Mark{Reason: refresh.ReasonGone, FirstSeen: when.AddDate(0, 0, -3), LastSeen: when.AddDate(0, 0, -1)}
	rows := []refresh.Row{
		moved("", s, "mona"), lost, still, respelled, details,
		bound("", s, refresh.NotChanged, person("nils", "new.example")),
		missing("", s, "gero", refresh.ReasonGone, refresh.Evidence{Proof: refresh.ProofDirectRead}), again,
		missing("", s, "sara", refresh.ReasonSoftDeleted, refresh.Evidence{Proof: refresh.ProofTombstone, DeletedAt: when.AddDate(0, 0, -2), RestorableUntil: when.AddDate(0, 0, 28)}),
		missing("", s, "nora", refresh.ReasonNoMailbox, refresh.Evidence{Proof: refresh.ProofStated, Licensed: refresh.No}),
		missing("", s, "mika", refresh.ReasonMoved, refresh.Evidence{Proof: refresh.ProofStated, ForwardsTo: "mika@cloud.example"}),
		replaced, stale,
		failed("", s, "arne", refresh.CauseNoAnswer, "no answer"),
		failed("", s, "edda", refresh.CauseFailed, "LDAP result 52, unavailable: the server said that it is shutting down and that it will not answer before the maintenance is over"),
		failed("", s, "vera", refresh.CauseNotVisible, "not visible"),
		failed("", s, "otto", refresh.CauseOutOfScope, "out of scope"),
		failed("", s, "ursa", refresh.CauseMailboxUnknown, "mailbox state unknown"),
		failed("", s, "rita", refresh.CauseReplicasDisagree, "replicas disagree"),
		failed("", s, "malu", refresh.CauseMalformed, "malformed value in proxyAddresses[3]: two primary addresses"),
	}
	for _, ev := range []*refresh.Evidence{
		nil, {Hits: count(0)}, {Hits: count(1), HitIDs: []refresh.ID{"id-a"}}, {Hits: count(3), HitIDs: []refresh.ID{"id-a", "id-b", "id-c"}}, {HitsFailure: "connection reset"},
	} {
		rows = append(rows, refresh.Row{Side: s, Origin: refresh.Manual, Outcome: refresh.EnteredManually, Before: refresh.Mailbox{Primary: "info@old.example"}, Evidence: ev})
	}
	return rows
}

func everyWarning() []refresh.Warning {
	return []refresh.Warning{
		{Code: refresh.WarnUnpinned, Side: refresh.Target, Text: "the job does not say which directory its target mailboxes belong to"},
		{Code: refresh.WarnPinUnverified, Side: refresh.Source, Text: "the identity of the directory could not be read: permission lacking"},
		{Code: refresh.WarnReconfigure, Side: refresh.Source, Text: "the domain of the connection's account is no longer accepted by the directory"},
		{Code: refresh.WarnSuspicious, Side: refresh.Source, Text: "20 of 40 rows are missing"},
		{Code: refresh.WarnExpectedDomain, Side: refresh.Target, Text: "3 rows did not move to the expected domain", Keys: []string{"target-24", "target-25", "unmatched-1"}},
		{Code: refresh.WarnAliasesLost, Side: refresh.Source, Text: "all 12 rows that had aliases lost them"},
		{Code: refresh.WarnFailover, Side: refresh.Source, Text: "the run went on at dc2.old.example"},
		{Code: refresh.WarnConnector, Side: refresh.Target, Text: "an answer was about another ID than the asked one", Keys: []string{"target-30"}},
		{Code: refresh.WarnNoIdentity, Side: refresh.Target, Text: "2 of 40 rows have no identity: enrol before the switch", Keys: []string{"target-27", "target-28"}},
	}
}

func everyConflict() []refresh.Conflict {
	var out []refresh.Conflict
	for _, state := range []refresh.ConflictState{refresh.ConflictResolved, refresh.ConflictExisting, refresh.ConflictNew} {
		out = append(out,
			refresh.Conflict{Kind: refresh.SharedTarget, State: state, Side: refresh.Target, ID: "id-shared", Members: []refresh.Member{
				{Key: "target-26", ID: "id-shared", Outcome: refresh.Refreshed}, {Key: "elsewhere-7", ID: "id-shared"}}},
			refresh.Conflict{Kind: refresh.SharedAddress, State: state, Side: refresh.Source, Address: "info@new.example", Members: []refresh.Member{
				{Key: "source-01", ID: "id-mona", Outcome: refresh.Refreshed, Primary: true}, {Key: "source-06", ID: "id-nils", Outcome: refresh.NotChanged}, {Key: "elsewhere-8", ID: "id-e"}}})
	}
	return out
}
