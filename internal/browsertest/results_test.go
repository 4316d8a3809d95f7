package browsertest

import (
	"fmt"
	"strings"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

var started = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// newResult returns a preview of both sides.
func newResult(rows []refresh.Row) *refresh.Result {
	return &refresh.Result{
		ID: "c0ffee00c0ffee00c0ffee00c0ffee00", JobID: "0123456789abcdef0123456789abcdef", JobName: "Contoso to Fabrikam", JobRows: len(rows) / 2, Rows: rows,
		Run: refresh.Run{
			ID: "beefbeefbeefbeefbeefbeefbeefbeef", Operator: "Anna Ek", Started: started, Finished: started.Add(83 * time.Second), Library: "v0.1.0",
			Source: &refresh.SideRun{System: "Active Directory", Directory: "contoso.example", Server: "dc1.contoso.example", Account: `CONTOSO\migration`,
				Pin: "0c1d148b-0143-4234-8265-f2f8d891d4c0", Asked: len(rows) / 2},
			Target: &refresh.SideRun{System: "Microsoft Graph", Directory: "fabrikam.example", Server: "graph.microsoft.com", Account: "admin@fabrikam.example",
				Pin: "7a1f0a52-0f0d-4b0e-9e61-6d1f3d3f6f11", Asked: len(rows) / 2, LastSync: started.Add(-20 * time.Minute)},
		},
	}
}

var (
	givenNames = []string{"Anna", "Björn", "Çelik", "dieter", "Émile", "Fatima", "Gustav", "Håkan", "Ingrid", "José", "Katarzyna", "Łukasz", "Mona"}
	surnames   = []string{"Ek", "Öberg", "Yılmaz", "von Stein", "Dupont", "al-Sayed", "Lind", "Åkesson", "Berg", "Núñez", "Nowak"}
)

// who returns the mailbox of person i in a domain.
func who(i int, side refresh.Side, domain string) refresh.Mailbox {
	local := fmt.Sprintf("%c.%c%d", 'a'+i%26, 'a'+i/26%26, i)
	return refresh.Mailbox{
		ID: refresh.ID(fmt.Sprintf("%08x-0000-4000-8000-%s%06d", i*2654435761%(1<<32), side, i)), Kind: refresh.KindUser,
		DisplayName: givenNames[i%len(givenNames)] + " " + surnames[i%len(surnames)] + fmt.Sprintf(" %d", i),
		Login:       local + "@" + domain, Primary: refresh.Address(local + "@" + domain),
		Aliases: []refresh.Address{refresh.Address(fmt.Sprintf("p%d@%s", i, domain))},
	}
}

// newRow returns a row of person i.
func newRow(i int, side refresh.Side, o refresh.Outcome, mb refresh.Mailbox) refresh.Row {
	return refresh.Row{Key: fmt.Sprintf("row-%d", i), Side: side, Origin: refresh.Bound, Outcome: o, Before: mb}
}

// switched returns a row that moves to another domain.
func switched(i int, side refresh.Side, from, to string) refresh.Row {
	row := newRow(i, side, refresh.Refreshed, who(i, side, from))
	after := who(i, side, to)
	after.Aliases = append(after.Aliases, row.Before.Aliases[0], row.Before.Primary)
	row.After, row.Reasons = &after, refresh.ReasonsOf(refresh.ReasonPrimary, refresh.ReasonLogin, refresh.ReasonAliases)
	return row
}

// renamed is switched with another name before the @.
func renamed(i int, side refresh.Side, from, to string) refresh.Row {
	row := switched(i, side, from, to)
	row.After.Primary = refresh.Address(fmt.Sprintf("new.name%d@%s", i, to))
	row.After.DisplayName = "Married " + row.Before.DisplayName
	row.Reasons |= refresh.ReasonsOf(refresh.ReasonDetails)
	return row
}

func gone(i int, side refresh.Side, why refresh.Reason, ev refresh.Evidence) refresh.Row {
	row := newRow(i, side, refresh.Missing, who(i, side, "contoso.example"))
	row.Reasons, row.Evidence = refresh.ReasonsOf(why), &ev
	row.MarkAfter = &refresh.Mark{Reason: why, FirstSeen: started, LastSeen: started}
	return row
}

func failed(i int, side refresh.Side, cause refresh.Cause, text string) refresh.Row {
	row := newRow(i, side, refresh.LookupFailed, who(i, side, "contoso.example"))
	row.Cause, row.Failure = cause, text
	return row
}

// sample returns a result with every outcome, of both sides, large enough that most filters leave several pages.
func sample() *refresh.Result {
	var rows []refresh.Row
	for i := 1; i <= 330; i++ {
		rows = append(rows, sampleSource(i), sampleTarget(i))
	}
	lost := &rows[2*39] // of row-40
	lost.Use = "mail@contoso.example"
	lost.Before.Aliases = append(lost.Before.Aliases, lost.Use)
	still := &rows[2*46]
	still.Use = still.Before.Primary
	a, b := &rows[2*44], &rows[2*45] // two people swap addresses
	a.After.Primary, b.After.Primary = b.Before.Primary, a.Before.Primary
	a.After.Aliases, b.After.Aliases = nil, nil
	r := newResult(rows)
	r.Warnings = []refresh.Warning{
		{Code: refresh.WarnExpectedDomain, Side: refresh.Target, Text: "3 rows did not move to the expected domain", Keys: []string{"row-21", "row-42", "row-63"}},
		{Code: refresh.WarnUnpinned, Side: refresh.Target, Text: "the job does not say which directory its target mailboxes belong to"},
	}
	r.Conflicts = []refresh.Conflict{
		{Kind: refresh.SharedAddress, State: refresh.ConflictNew, Side: refresh.Source, Address: "info@fabrikam.example", Members: []refresh.Member{
			{Key: "row-4", ID: rows[6].Before.ID, Outcome: refresh.Refreshed, Primary: true}, {Key: "row-5", ID: rows[8].Before.ID, Outcome: refresh.Refreshed}}},
		{Kind: refresh.SharedTarget, State: refresh.ConflictExisting, Side: refresh.Target, ID: "id-shared", Members: []refresh.Member{
			{Key: "row-6", ID: "id-shared", Outcome: refresh.Refreshed}, {Key: "row-1000", ID: "id-shared"}}},
	}
	return r
}

func sampleSource(i int) refresh.Row {
	const s = refresh.Source
	switch {
	case i%7 == 0:
		return newRow(i, s, refresh.NotChanged, who(i, s, "sales.contoso.example"))
	case i%31 == 0:
		return gone(i, s, refresh.ReasonGone, refresh.Evidence{Proof: refresh.ProofTombstone})
	case i%32 == 0:
		return gone(i, s, refresh.ReasonSoftDeleted, refresh.Evidence{Proof: refresh.ProofTombstone, DeletedAt: started, RestorableUntil: started.AddDate(0, 0, 30)})
	case i%33 == 0:
		return gone(i, s, refresh.ReasonMoved, refresh.Evidence{Proof: refresh.ProofStated, ForwardsTo: "x@cloud.example"})
	case i%37 == 0:
		return failed(i, s, refresh.CauseFailed, "LDAP result 52, unavailable: the server is shutting down")
	case i%38 == 0:
		return failed(i, s, refresh.CauseNotVisible, "not visible")
	case i%41 == 0:
		row := newRow(i, s, refresh.Replaced, who(i, s, "contoso.example"))
		row.Before.Instance, row.Evidence = "box-1", &refresh.Evidence{Instance: "box-2"}
		return row
	case i%11 == 0:
		return renamed(i, s, "contoso.example", "fabrikam.example")
	}
	return switched(i, s, "contoso.example", "fabrikam.example")
}

func sampleTarget(i int) refresh.Row {
	const s = refresh.Target
	none := 0
	switch {
	case i%5 == 0:
		row := newRow(i, s, refresh.NotCreatedYet, refresh.Mailbox{Primary: refresh.Address(fmt.Sprintf("hire%d@fabrikam.example", i))})
		row.Origin = refresh.Planned
		if i%10 == 0 {
			row.Evidence = &refresh.Evidence{Account: refresh.AccountExistsNow}
		}
		return row
	case i%6 == 0:
		row := newRow(i, s, refresh.EnteredManually, refresh.Mailbox{Primary: refresh.Address(fmt.Sprintf("Typed%d@Contoso.example", i))})
		row.Origin = refresh.Manual
		if i%12 == 0 {
			row.Evidence = &refresh.Evidence{Hits: &none}
		}
		return row
	case i%13 == 0:
		row := newRow(i, s, refresh.Unmatched, refresh.Mailbox{})
		row.Origin = refresh.None
		return row
	case i%17 == 0:
		row := newRow(i, s, refresh.Refreshed, who(i, s, "fabrikam.example"))
		after := row.Before
		after.Primary = refresh.Address(strings.ToUpper(string(after.Primary)))
		row.After, row.Reasons = &after, refresh.ReasonsOf(refresh.ReasonSpelling)
		return row
	}
	return newRow(i, s, refresh.NotChanged, who(i, s, "fabrikam.example"))
}

// later returns what a refresh after [sample] found: what was missing is back, and others are missing now.
func later() *refresh.Result {
	r := sample()
	r.ID, r.Run.ID, r.Run.Started, r.Run.Finished = "later", "later", started.AddDate(0, 0, 1), started.AddDate(0, 0, 1)
	for i := range r.Rows {
		row := &r.Rows[i]
		switch {
		case row.Side == refresh.Source && row.Outcome == refresh.Missing:
			*row = newRow(i/2+1, row.Side, refresh.NotChanged, row.Before)
		case row.Side == refresh.Source && i%50 == 0:
			*row = gone(i/2+1, row.Side, refresh.ReasonGone, refresh.Evidence{Proof: refresh.ProofTombstone})
		}
	}
	return r
}
