package report

import (
	"slices"
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

// maxAliases is how many changes of aliases are listed for one row.
const maxAliases = 10

const rowIndent = 6

// changes writes what Apply writes to the mailbox of a row, before → after, only where it differs. An address in use
// that the mailbox no longer holds comes first, and also where nothing is written: an earlier refresh may have lost it.
func (p *page) changes(row *refresh.Row) {
	switch {
	case row.UseLost():
		p.field(rowIndent, "in use", string(row.Use))
		p.note(rowIndent, "", p.arrow+" lost: the mailbox no longer holds it")
	case row.UseState() == refresh.UseStillAlias:
		p.field(rowIndent, "in use", string(row.Use))
		p.note(rowIndent, "", p.arrow+" still held, as an alias")
	}
	if row.After == nil {
		return
	}
	before, after := &row.Before, row.After
	for _, f := range []struct{ label, before, after string }{
		{"primary", string(before.Primary), string(after.Primary)},
		{"sign-in", before.Login, after.Login},
	} {
		if f.before != f.after {
			p.change(rowIndent, f.label, f.before, f.after)
		}
	}
	p.aliases(before.Aliases, after.Aliases)
	for _, f := range []struct{ label, before, after string }{
		{"name", before.DisplayName, after.DisplayName},
		{"kind", before.Kind.String(), after.Kind.String()},
		{"anchor", string(before.Anchor), string(after.Anchor)},
		{"mailbox id", string(before.Instance), string(after.Instance)},
	} {
		if f.before != f.after {
			p.change(rowIndent, f.label, f.before, f.after)
		}
	}
	if row.MarkBefore != nil && row.MarkAfter == nil {
		p.note(rowIndent, "back", "it was missing since "+stamp(row.MarkBefore.FirstSeen))
	}
}

// aliasChange is an alias that came, went or is spelled differently.
type aliasChange struct{ before, after refresh.Address }

func (p *page) aliases(before, after []refresh.Address) {
	all := aliasChanges(before, after)
	shown := all
	if p.Rows >= 0 && len(all) > maxAliases {
		shown = all[:maxAliases]
	}
	for _, c := range shown {
		switch {
		case c.before == "":
			p.field(rowIndent, "alias new", string(c.after))
		case c.after == "":
			p.field(rowIndent, "alias gone", string(c.before))
		default:
			p.change(rowIndent, "alias", string(c.before), string(c.after))
		}
	}
	if rest := len(all) - len(shown); rest > 0 {
		p.line(rowIndent, "… and %s not listed", plural(rest, "more alias that changes", "more aliases that change"))
	}
}

// aliasChanges compares two sets of aliases; a mere change of spelling is one change. What went comes first.
func aliasChanges(before, after []refresh.Address) []aliasChange {
	gone, came := subtract(before, after), subtract(after, before)
	byFold := map[string][]refresh.Address{}
	for _, a := range came {
		byFold[a.Fold()] = append(byFold[a.Fold()], a)
	}
	var out []aliasChange
	for _, b := range gone {
		c := aliasChange{before: b}
		if same := byFold[b.Fold()]; len(same) > 0 {
			c.after, byFold[b.Fold()] = same[0], same[1:]
		}
		out = append(out, c)
	}
	for _, a := range came {
		if same := byFold[a.Fold()]; len(same) > 0 && same[0] == a {
			out = append(out, aliasChange{after: a})
			byFold[a.Fold()] = same[1:]
		}
	}
	return out
}

// subtract returns a without b, both taken as multisets of spellings, sorted.
func subtract(a, b []refresh.Address) []refresh.Address {
	n := map[refresh.Address]int{}
	for _, x := range b {
		n[x]++
	}
	var out []refresh.Address
	for _, x := range a {
		if n[x] > 0 {
			n[x]--
			continue
		}
		out = append(out, x)
	}
	slices.SortFunc(out, func(x, y refresh.Address) int { return strings.Compare(string(x), string(y)) })
	return out
}
