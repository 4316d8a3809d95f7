package report

import "github.com/readdress-go/readdress/refresh"

// evidence writes what else is known of a row that needs a person.
func (p *page) evidence(row *refresh.Row) {
	p.said(rowIndent, "id", string(row.Before.ID))
	p.said(rowIndent, "error", row.Failure)
	if row.MarkBefore != nil && row.MarkAfter != nil {
		p.note(rowIndent, "missing", "since "+stamp(row.MarkBefore.FirstSeen))
	}
	if ev := row.Evidence; ev != nil {
		p.absence(ev)
		p.optional(rowIndent, "forwards to", string(ev.ForwardsTo))
		switch ev.Licensed {
		case refresh.Yes:
			p.note(rowIndent, "licence", "includes a mailbox")
		case refresh.No:
			p.note(rowIndent, "licence", "none that includes a mailbox")
		}
		if ev.Instance != "" {
			p.change(rowIndent, "mailbox id", string(row.Before.Instance), string(ev.Instance))
		}
		if ev.Seen != nil {
			p.optional(rowIndent, "answered", string(ev.Seen.Primary))
		}
		p.holders(ev)
		if ev.DomainAccepted == refresh.No {
			p.note(rowIndent, "domain", "not accepted by the directory")
		}
		switch ev.Account {
		case refresh.AccountThere:
			p.note(rowIndent, "account", "there, without a mailbox")
		case refresh.AccountExistsNow:
			p.note(rowIndent, "account", "has a mailbox now")
		case refresh.AccountGone:
			p.note(rowIndent, "account", "gone")
		}
	}
	p.optional(rowIndent, "replica", row.Replica)
}

func (p *page) absence(ev *refresh.Evidence) {
	if ev.Proof != refresh.ProofNone {
		p.note(rowIndent, "proof", proofLabel(ev.Proof))
	}
	if !ev.DeletedAt.IsZero() {
		p.note(rowIndent, "deleted", stamp(ev.DeletedAt))
	}
	if !ev.RestorableUntil.IsZero() {
		p.note(rowIndent, "restorable", "until "+stamp(ev.RestorableUntil))
	}
}

func (p *page) holders(ev *refresh.Evidence) {
	p.said(rowIndent, "search", ev.HitsFailure)
	if ev.Hits == nil {
		return
	}
	p.note(rowIndent, "held by", plural(*ev.Hits, "object", "objects"))
	for _, id := range ev.HitIDs[:p.bound(len(ev.HitIDs))] {
		p.said(rowIndent+2, "object", string(id))
	}
	p.more(rowIndent+2, len(ev.HitIDs), "object", "objects")
}
