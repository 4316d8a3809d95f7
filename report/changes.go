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
		p.in(red, func() { p.note(rowIndent, "", p.arrow+" lost: the mailbox no longer holds it") })
	case row.UseState() == refresh.UseStillAlias:
		p.field(rowIndent, "in use", string(row.Use))
		p.note(rowIndent, "", p.arrow+" still held, as an alias")
	}
	aliases := 0
	all := changesOf(row)
	for i, c := range all {
		if c.label != "alias" {
			p.change(rowIndent, c.label, c.before, c.after)
			continue
		}
		if aliases++; aliases <= maxAliases || p.Rows < 0 {
			p.alias(c)
		}
		if last := i+1 == len(all) || all[i+1].label != "alias"; last && aliases > maxAliases && p.Rows >= 0 {
			p.line(rowIndent, "… and %s not listed", plural(aliases-maxAliases, "more alias that changes", "more aliases that change"))
		}
	}
	if row.MarkBefore != nil && row.MarkAfter == nil {
		p.note(rowIndent, "back", "it was missing since "+stamp(row.MarkBefore.FirstSeen))
	}
}

// aliasChange is an alias that came, went or is spelled differently.
type aliasChange struct{ before, after refresh.Address }

func (p *page) alias(c change) {
	switch {
	case c.before == "":
		p.field(rowIndent, "alias new", c.after)
	case c.after == "":
		p.field(rowIndent, "alias gone", c.before)
	default:
		p.change(rowIndent, "alias", c.before, c.after)
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
