package report

import "github.com/readdress-go/readdress/refresh"

// fact is one thing that is known of a row beside what changes.
type fact struct {
	label, value string
	kind         factKind
	after        string // of a pair
}

type factKind uint8

const (
	ownWords factKind = iota // a sentence of our own
	said                     // a text of others, or an identifier: in full
	short                    // a value that may be cut
	pair                     // value → after
)

// factsOf lists what else is known of a row.
func factsOf(row *refresh.Row) []fact {
	var out []fact
	add := func(label string, kind factKind, value string) {
		if value != "" {
			out = append(out, fact{label: label, kind: kind, value: value})
		}
	}
	add("error", said, row.Failure)
	if row.MarkBefore != nil && row.MarkAfter != nil {
		add("missing", ownWords, "since "+stamp(row.MarkBefore.FirstSeen))
	}
	if ev := row.Evidence; ev != nil {
		if ev.Proof != refresh.ProofNone {
			add("proof", ownWords, proofLabel(ev.Proof))
		}
		if !ev.DeletedAt.IsZero() {
			add("deleted", ownWords, stamp(ev.DeletedAt))
		}
		if !ev.RestorableUntil.IsZero() {
			add("restorable", ownWords, "until "+stamp(ev.RestorableUntil))
		}
		add("forwards to", short, string(ev.ForwardsTo))
		switch ev.Licensed {
		case refresh.Yes:
			add("licence", ownWords, "includes a mailbox")
		case refresh.No:
			add("licence", ownWords, "none that includes a mailbox")
		}
		if ev.Instance != "" {
			out = append(out, fact{label: "mailbox id", kind: pair, value: string(row.Before.Instance), after: string(ev.Instance)})
		}
		if ev.Seen != nil {
			add("answered", short, string(ev.Seen.Primary))
		}
		add("search", said, ev.HitsFailure)
		if ev.Hits != nil {
			add("held by", ownWords, plural(*ev.Hits, "object", "objects"))
		}
		if ev.DomainAccepted == refresh.No {
			add("domain", ownWords, "not accepted by the directory")
		}
		switch ev.Account {
		case refresh.AccountThere:
			add("account", ownWords, "there, without a mailbox")
		case refresh.AccountExistsNow:
			add("account", ownWords, "has a mailbox now")
		case refresh.AccountGone:
			add("account", ownWords, "gone")
		}
	}
	add("replica", short, row.Replica)
	return out
}

// holdersOf lists the objects that hold the address of a row.
func holdersOf(row *refresh.Row) []refresh.ID {
	if row.Evidence == nil || row.Evidence.Hits == nil {
		return nil
	}
	return row.Evidence.HitIDs
}

// evidence writes what else is known of a row that needs a person.
func (p *page) evidence(row *refresh.Row) {
	p.said(rowIndent, "id", string(row.Before.ID))
	for _, f := range factsOf(row) {
		switch f.kind {
		case ownWords:
			p.note(rowIndent, f.label, f.value)
		case said:
			p.said(rowIndent, f.label, f.value)
		case short:
			p.field(rowIndent, f.label, f.value)
		case pair:
			p.change(rowIndent, f.label, f.value, f.after)
		}
		if f.label == "held by" {
			p.holders(holdersOf(row))
		}
	}
}

func (p *page) holders(ids []refresh.ID) {
	for _, id := range ids[:p.bound(len(ids))] {
		p.said(rowIndent+2, "object", string(id))
	}
	p.more(rowIndent+2, len(ids), "object", "objects")
}
