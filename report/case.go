package report

import (
	"cmp"
	"slices"

	"github.com/readdress-go/readdress/refresh"
)

// Case is a situation of one side of a row that has one remedy.
type Case struct {
	Side    refresh.Side
	System  System
	Outcome refresh.Outcome
	// Reason is why a mailbox is Missing, zero with every other outcome.
	Reason refresh.Reason
	// Cause is why a look-up failed, zero with every other outcome.
	Cause refresh.Cause
	// Detail is what else is known that changes what to do.
	Detail Detail
}

// Detail is what a row's evidence adds to its outcome. The zero Detail is nothing.
type Detail uint8

// The details.
const (
	NoDetail         Detail = iota
	UseLost                 // the mailbox no longer holds the address that the host works with, see [refresh.Row.UseLost]
	UseStillAlias           // refreshed, and the address that the host works with is only an alias now
	DeletionUnknown         // gone, and the reader may not see whether it can be restored
	NoHolder                // no object holds the address that was entered
	OneHolder               // one object holds the entered or planned address
	SeveralHolders          // several objects hold it
	HoldersUnknown          // it could not be searched for
	DomainRefused           // the directory does not accept the domain of the planned address
	AccountExistsNow        // the planned target's account has a mailbox now
	AccountGone             // the planned target's account is gone
)

func (d Detail) label() string {
	switch d {
	case UseLost:
		return "address in use is lost"
	case UseStillAlias:
		return "address in use is an alias now"
	case DeletionUnknown:
		return "deletion state unknown"
	case NoHolder:
		return "nobody holds the address"
	case OneHolder:
		return "one object holds the address"
	case SeveralHolders:
		return "several objects hold the address"
	case HoldersUnknown:
		return "search for the address failed"
	case DomainRefused:
		return "domain not accepted"
	case AccountExistsNow:
		return "has a mailbox now"
	case AccountGone:
		return "account is gone"
	}
	return ""
}

// Label returns the case in the users' own words, such as "Not refreshed – missing, gone". For the state see [Label].
func (c Case) Label(s refresh.State) string {
	label := Label(c.Outcome, s)
	for _, refined := range []string{reasonLabel(c.Reason), causeLabel(c.Cause), c.Detail.label()} {
		if refined != "" {
			label += ", " + refined
		}
	}
	return label
}

// CaseOf returns the case of a row of a result.
func CaseOf(r *refresh.Result, row *refresh.Row) Case {
	c := caseOf(row)
	c.System = systemOf(r, row.Side)
	return c
}

// caseOf is CaseOf for any system.
func caseOf(row *refresh.Row) Case {
	c := Case{Side: row.Side, Outcome: row.Outcome}
	var ev refresh.Evidence
	if row.Evidence != nil {
		ev = *row.Evidence
	}
	switch row.Outcome {
	case refresh.Refreshed:
		if row.UseState() == refresh.UseStillAlias {
			c.Detail = UseStillAlias
		}
	case refresh.Missing:
		c.Reason = refresh.ReasonGone
		for _, r := range row.Reasons.List() {
			if r.Absent() {
				c.Reason = r
			}
		}
		if c.Reason == refresh.ReasonGone && ev.DeletionUnknown {
			c.Detail = DeletionUnknown
		}
	case refresh.LookupFailed:
		c.Cause = row.Cause
		if c.Cause == 0 {
			c.Cause = refresh.CauseFailed
		}
	case refresh.EnteredManually:
		c.Detail = holders(ev)
	case refresh.NotCreatedYet:
		c.Detail = planned(ev)
	}
	if row.UseLost() {
		c.Detail = UseLost // before any other detail: migrating with it would fail
	}
	return c
}

func holders(ev refresh.Evidence) Detail {
	switch {
	case ev.Hits == nil && ev.HitsFailure != "":
		return HoldersUnknown
	case ev.Hits == nil:
		return NoDetail
	case *ev.Hits == 0:
		return NoHolder
	case *ev.Hits == 1:
		return OneHolder
	}
	return SeveralHolders
}

// planned puts what a person can act on at once first.
func planned(ev refresh.Evidence) Detail {
	switch h := holders(ev); {
	case ev.Account == refresh.AccountExistsNow:
		return AccountExistsNow
	case ev.Account == refresh.AccountGone:
		return AccountGone
	case h == OneHolder || h == SeveralHolders:
		return h
	case ev.DomainAccepted == refresh.No:
		return DomainRefused
	case h == HoldersUnknown:
		return h
	}
	return NoDetail // nobody holds a planned address: as it should be
}

// severity is that of the outcome, except that a lost address in use needs a person.
func (c Case) severity() refresh.Severity {
	if c.Detail == UseLost {
		return refresh.SeverityError
	}
	return c.Outcome.Severity()
}

// compare orders cases for reading: what needs a person first, addresses in use that are lost before all.
func (c Case) compare(d Case) int {
	lost := func(c Case) int {
		if c.Detail == UseLost {
			return 0
		}
		return 1
	}
	rank := func(o refresh.Outcome) int { return slices.Index(refresh.Outcomes(), o) }
	return cmp.Or(cmp.Compare(d.severity(), c.severity()), cmp.Compare(lost(c), lost(d)), cmp.Compare(rank(c.Outcome), rank(d.Outcome)),
		cmp.Compare(c.Side, d.Side), cmp.Compare(c.Reason, d.Reason), cmp.Compare(c.Cause, d.Cause), cmp.Compare(c.Detail, d.Detail), cmp.Compare(c.System, d.System))
}
