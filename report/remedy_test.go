package report_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/readdress-go/readdress/refresh"
	"github.com/readdress-go/readdress/report"
)

// possible lists every combination that can occur, by the contract of refresh and not by the table.
func possible() []report.Case {
	var out []report.Case
	for _, s := range []refresh.Side{refresh.Source, refresh.Target} {
		for _, d := range []report.Detail{report.NoDetail, report.UseLost, report.UseStillAlias} {
			out = append(out, report.Case{Side: s, Outcome: refresh.Refreshed, Detail: d})
		}
		out = append(out, report.Case{Side: s, Outcome: refresh.NotChanged}, report.Case{Side: s, Outcome: refresh.NotChanged, Detail: report.UseLost},
			report.Case{Side: s, Outcome: refresh.Replaced})
		for r := refresh.ReasonGone; r <= refresh.ReasonMoved; r++ {
			out = append(out, report.Case{Side: s, Outcome: refresh.Missing, Reason: r})
		}
		out = append(out, report.Case{Side: s, Outcome: refresh.Missing, Reason: refresh.ReasonGone, Detail: report.DeletionUnknown})
		for c := refresh.CauseNoAnswer; c <= refresh.CauseStale; c++ {
			out = append(out, report.Case{Side: s, Outcome: refresh.LookupFailed, Cause: c})
		}
		for _, d := range []report.Detail{report.NoDetail, report.NoHolder, report.OneHolder, report.SeveralHolders, report.HoldersUnknown} {
			out = append(out, report.Case{Side: s, Outcome: refresh.EnteredManually, Detail: d})
		}
	}
	for _, d := range []report.Detail{report.NoDetail, report.UseLost, report.OneHolder, report.SeveralHolders, report.HoldersUnknown, report.DomainRefused, report.AccountExistsNow, report.AccountGone} {
		out = append(out, report.Case{Side: refresh.Target, Outcome: refresh.NotCreatedYet, Detail: d})
	}
	return append(out, report.Case{Side: refresh.Target, Outcome: refresh.Unmatched})
}

func TestEveryCaseHasARemedy(t *testing.T) {
	seen := map[report.Case]bool{}
	for _, c := range possible() {
		seen[c] = true
		text := report.Remedy(c)
		if !strings.HasSuffix(text, ".") || placeholder(text) {
			t.Errorf("%+v: remedy %q: want sentences", c, text)
		}
	}
	for _, c := range report.Cases() {
		if c.System != report.AnySystem {
			c.System = report.AnySystem
			if !slices.Contains(possible(), c) {
				t.Errorf("%+v has a remedy of a system and cannot occur", c)
			}
			continue
		}
		if !seen[c] {
			t.Errorf("%+v has a remedy and cannot occur", c)
		}
		delete(seen, c)
	}
	for c := range seen {
		t.Errorf("%+v is missing from Cases", c)
	}
}

// TestGoneNamesInactiveMailboxes: what a directory no longer has may still be there as a mailbox on hold.
func TestGoneNamesInactiveMailboxes(t *testing.T) {
	for _, side := range []refresh.Side{refresh.Source, refresh.Target} {
		for _, d := range []report.Detail{report.NoDetail, report.DeletionUnknown} {
			c := report.Case{Side: side, System: report.Microsoft365, Outcome: refresh.Missing, Reason: refresh.ReasonGone, Detail: d}
			if text := report.Remedy(c); !strings.Contains(text, "Get-Mailbox -InactiveMailboxOnly") {
				t.Errorf("%+v: %q", c, text)
			}
		}
	}
}

// productWords are words that only the remedies of one system use.
var productWords = map[report.System][]string{
	report.ActiveDirectory: {"Active Directory", "ADObject", "repadmin", "dsacls", "domain controller", "global catalog", "Connect-Mailbox", "msExch", "RemoteMailbox", "AcceptedDomain"},
	report.Microsoft365:    {"Microsoft", "Entra", "Graph", "InactiveMailbox", "SoftDeletedMailbox", "tenant", "licence", "EXO", "ExchangeGuid", "User.Read.All", "ADSync"},
	report.LDAP:            {"slapadd", "ldap", "olcAccess", "aci)", "entryUUID", "nsUniqueId", "contextCSN", "root DSE", "suffix"},
	report.IMAP:            {"IMAP", "master user", "witness", "login"},
}

// sharedWords are words that only these systems' remedies use.
var sharedWords = map[string][]report.System{
	"Exchange":     {report.ActiveDirectory, report.Microsoft365},
	"-Mailbox":     {report.ActiveDirectory, report.Microsoft365},
	"Get-":         {report.ActiveDirectory, report.Microsoft365},
	"-ADObject":    {report.ActiveDirectory},
	"synchronised": {report.Microsoft365},
}

// placeholder reports whether something is left to be filled in; PowerShell's hash table for adding an address is not.
func placeholder(text string) bool {
	return strings.Contains(strings.ReplaceAll(text, "@{Add=…}", ""), "{")
}

// TestRemediesNameTheirOwnSystem: nobody is told to use the tools of a system that they do not have.
func TestRemediesNameTheirOwnSystem(t *testing.T) {
	for _, system := range []report.System{report.AnySystem, report.ActiveDirectory, report.Microsoft365, report.LDAP, report.IMAP} {
		for _, c := range possible() {
			c.System = system
			text := report.Remedy(c)
			if !strings.HasSuffix(text, ".") || placeholder(text) {
				t.Errorf("%+v: remedy %q: want sentences", c, text)
			}
			if n := len(strings.Fields(text)); n > 60 {
				t.Errorf("%+v: %d words are more than somebody reads in the night of a cutover: %q", c, n, text)
			}
			for other, words := range productWords {
				if other == system {
					continue
				}
				for _, word := range words {
					if strings.Contains(text, word) {
						t.Errorf("%+v: a remedy speaks of %q: %q", c, word, text)
					}
				}
			}
			for word, systems := range sharedWords {
				if strings.Contains(text, word) && !slices.Contains(systems, system) {
					t.Errorf("%+v: a remedy speaks of %q: %q", c, word, text)
				}
			}
		}
	}
}

// TestRemediesDiffer: what is done about a mailbox that is gone, and where, differs by system.
func TestRemediesDiffer(t *testing.T) {
	seen := map[string]report.System{}
	for _, system := range []report.System{report.AnySystem, report.ActiveDirectory, report.Microsoft365, report.LDAP} {
		text := report.Remedy(report.Case{Side: refresh.Source, System: system, Outcome: refresh.Missing, Reason: refresh.ReasonGone})
		if other, ok := seen[text]; ok {
			t.Errorf("systems %d and %d have the same remedy", other, system)
		}
		seen[text] = system
	}
}

func TestSystemOf(t *testing.T) {
	for name, want := range map[string]report.System{
		"Active Directory": report.ActiveDirectory, "OpenLDAP": report.LDAP, "389 Directory Server": report.LDAP, "Microsoft Graph": report.Microsoft365,
		"IMAP": report.IMAP, "memory": report.AnySystem, "": report.AnySystem, "ACTIVE DIRECTORY": report.ActiveDirectory,
	} {
		if got := report.SystemOf(name); got != want {
			t.Errorf("%q is system %d, want %d", name, got, want)
		}
	}
}

func TestNoRemedyForTheImpossible(t *testing.T) {
	for _, tc := range []struct {
		name, reason string
		c            report.Case
	}{
		{"zero", "no outcome", report.Case{}},
		{"no side", "a remedy is for one side", report.Case{Outcome: refresh.NotChanged}},
		{"unmatched source", "only targets can be unmatched", report.Case{Side: refresh.Source, Outcome: refresh.Unmatched}},
		{"planned source", "only targets can be planned", report.Case{Side: refresh.Source, Outcome: refresh.NotCreatedYet}},
		{"missing without reason", "an absence has a reason", report.Case{Side: refresh.Source, Outcome: refresh.Missing}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := report.Remedy(tc.c); got != "" {
				t.Errorf("%s: got %q", tc.reason, got)
			}
		})
	}
}

func TestEveryWarningAndConflictHasARemedy(t *testing.T) {
	for w := refresh.WarnUnpinned; w <= refresh.WarnNoIdentity; w++ {
		for _, s := range []refresh.Side{0, refresh.Source, refresh.Target} {
			if text := report.WarningRemedy(w, s); !strings.HasSuffix(text, ".") || placeholder(text) {
				t.Errorf("%s, %q: remedy %q", w, s, text)
			}
		}
	}
	if refresh.WarningCode(refresh.WarnNoIdentity+1).String() != "(unknown value 10)" {
		t.Error("there are warnings that this test does not know")
	}
	for _, k := range []refresh.ConflictKind{refresh.SharedAddress, refresh.SharedTarget} {
		for s := refresh.ConflictNew; s <= refresh.ConflictResolved; s++ {
			if text := report.ConflictRemedy(&refresh.Conflict{Kind: k, State: s, Side: refresh.Target}); !strings.HasSuffix(text, ".") || placeholder(text) {
				t.Errorf("%s, %s: remedy %q", k, s, text)
			}
		}
	}
}

// TestCaseOfAnyRow draws rows with any evidence: none may be left without a remedy.
func TestCaseOfAnyRow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom([]refresh.Side{refresh.Source, refresh.Target}).Draw(t, "side")
		outcomes := refresh.Outcomes()
		if s == refresh.Source {
			outcomes = outcomes[:6] // neither planned nor unmatched
		}
		row := moved("k", s, "ann")
		row.Outcome = rapid.SampledFrom(outcomes).Draw(t, "outcome")
		row.Use = rapid.SampledFrom([]refresh.Address{"", "ann@old.example", "other@old.example"}).Draw(t, "use")
		if rapid.Bool().Draw(t, "earlier") {
			row.After, row.PreviousBefore = nil, &refresh.Previous{Mailbox: person("other", "old.example")}
		}
		row.Reasons = refresh.ReasonsOf(refresh.Reason(rapid.IntRange(1, int(refresh.ReasonMoved)).Draw(t, "reason")))
		row.Cause = refresh.Cause(rapid.IntRange(0, int(refresh.CauseStale)).Draw(t, "cause"))
		if rapid.Bool().Draw(t, "evidence") {
			row.Evidence = &refresh.Evidence{
				HitsFailure:     rapid.SampledFrom([]string{"", "failed"}).Draw(t, "failure"),
				DomainAccepted:  refresh.Tri(rapid.IntRange(0, 2).Draw(t, "domain")),
				Account:         refresh.AccountState(rapid.IntRange(0, 3).Draw(t, "account")),
				DeletionUnknown: rapid.Bool().Draw(t, "unknown"),
			}
			if rapid.Bool().Draw(t, "asked") {
				row.Evidence.Hits = count(rapid.IntRange(0, 3).Draw(t, "hits"))
			}
		}
		if c := report.CaseOf(&refresh.Result{}, &row); report.Remedy(c) == "" {
			t.Fatalf("%+v has no remedy", c)
		} else if (c.Detail == report.UseLost) != row.UseLost() {
			t.Fatalf("%+v, and the row's UseLost is %t", c, row.UseLost())
		}
	})
}

func TestCaseOf(t *testing.T) {
	target := func(o refresh.Outcome, ev refresh.Evidence) refresh.Row {
		return refresh.Row{Key: "k", Side: refresh.Target, Outcome: o, Evidence: &ev}
	}
	for _, tc := range []struct {
		name, reason string
		row          refresh.Row
		want         report.Case
	}{
		{"missing without reason", "gone is the plain reading of an absence", refresh.Row{Side: refresh.Source, Outcome: refresh.Missing}, report.Case{Side: refresh.Source, Outcome: refresh.Missing, Reason: refresh.ReasonGone}},
		{"deletion unknown matters for gone only", "soft-deleted is known", missing("k", refresh.Source, "a", refresh.ReasonSoftDeleted, refresh.Evidence{DeletionUnknown: true}), report.Case{Side: refresh.Source, Outcome: refresh.Missing, Reason: refresh.ReasonSoftDeleted}},
		{"failure without cause", "an error is the plain reading", refresh.Row{Side: refresh.Source, Outcome: refresh.LookupFailed}, report.Case{Side: refresh.Source, Outcome: refresh.LookupFailed, Cause: refresh.CauseFailed}},
		{"account before holder", "the account itself decides", target(refresh.NotCreatedYet, refresh.Evidence{Account: refresh.AccountExistsNow, Hits: count(1)}), report.Case{Side: refresh.Target, Outcome: refresh.NotCreatedYet, Detail: report.AccountExistsNow}},
		{"holder before domain", "an object there can be matched at once", target(refresh.NotCreatedYet, refresh.Evidence{DomainAccepted: refresh.No, Hits: count(1)}), report.Case{Side: refresh.Target, Outcome: refresh.NotCreatedYet, Detail: report.OneHolder}},
		{"nobody holds a planned address", "as it should be", target(refresh.NotCreatedYet, refresh.Evidence{Hits: count(0)}), report.Case{Side: refresh.Target, Outcome: refresh.NotCreatedYet}},
		{"address in use lost before", "the next delta migration fails as it did before", lostEarlier(refresh.Source, refresh.NotChanged), report.Case{Side: refresh.Source, Outcome: refresh.NotChanged, Detail: report.UseLost}},
		{"address in use of a planned target lost", "the host is told to leave the row out", lostEarlier(refresh.Target, refresh.NotCreatedYet), report.Case{Side: refresh.Target, Outcome: refresh.NotCreatedYet, Detail: report.UseLost}},
		{"address in use of a failed look-up", "nothing is known of it", lostEarlier(refresh.Source, refresh.LookupFailed), report.Case{Side: refresh.Source, Outcome: refresh.LookupFailed, Cause: refresh.CauseFailed}},
		{"nobody holds a manual address", "it is wrong", target(refresh.EnteredManually, refresh.Evidence{Hits: count(0)}), report.Case{Side: refresh.Target, Outcome: refresh.EnteredManually, Detail: report.NoHolder}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if d := cmp.Diff(tc.want, report.CaseOf(&refresh.Result{}, &tc.row)); d != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, d)
			}
		})
	}
}

// lostEarlier is a row without a change whose address in use was taken away by the refresh before.
func lostEarlier(s refresh.Side, o refresh.Outcome) refresh.Row {
	row := bound("k", s, o, person("ann", "new.example"))
	row.Use, row.PreviousBefore = "ann@old.example", &refresh.Previous{Mailbox: person("ann", "old.example")}
	return row
}

// TestBlockedRowsNeedAPerson holds the report to what the host is told: a row that is to be left out of the next delta
// migration for its address in use is among those that need a person, also a run after the loss.
func TestBlockedRowsNeedAPerson(t *testing.T) {
	row := lostEarlier(refresh.Source, refresh.NotChanged)
	job := refresh.NewJob("job")
	job.Matches = []refresh.Match{{Key: row.Key, Source: row.Before, SourceOrigin: refresh.Bound, SourceUse: row.Use, SourcePrevious: row.PreviousBefore}}
	r := newResult(refresh.Preview, row)
	blocked := false
	for _, next := range r.Rescan(job) {
		blocked = next.State == refresh.Blocked
	}
	if !blocked {
		t.Fatal("Rescan does not block the row: this test shows nothing")
	}
	got := render(t, r, nil)
	for _, want := range []string{"Rows that need a person: 1", "✗ Source: Not changed, address in use is lost (1 row)", "ann@old.example", "Choose another one"} {
		if !strings.Contains(got, want) {
			t.Errorf("the report does not say %q:\n%s", want, got)
		}
	}
}

func TestLabelsAreTheUsersWords(t *testing.T) {
	want := map[refresh.Outcome]string{
		refresh.Refreshed: "Refreshed", refresh.NotChanged: "Not changed", refresh.Missing: "Not refreshed – missing",
		refresh.EnteredManually: "Entered manually", refresh.NotCreatedYet: "Not created yet", refresh.Unmatched: "Unmatched",
		refresh.Replaced: "Replaced", refresh.LookupFailed: "Look-up failed",
	}
	got := map[refresh.Outcome]string{}
	for _, o := range refresh.Outcomes() {
		got[o] = report.Label(o, refresh.Applied)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got := report.Label(refresh.Refreshed, refresh.Preview); got != "Would be refreshed" {
		t.Errorf("a preview says %q of what is not written yet", got)
	}
}
