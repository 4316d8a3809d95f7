package report

import (
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

// warnings writes what concerns the run or many rows, each with its remedy.
func (p *page) warnings(ws []refresh.Warning) {
	if len(ws) == 0 {
		return
	}
	p.blank()
	p.in(bold, func() { p.line(0, "Warnings") })
	for _, w := range ws {
		p.heading(refresh.SeverityWarning, sideLabel(w.Side)+": "+warningLabel(w.Code))
		p.prose(2, "", p.safe(w.Text))
		p.remedy(WarningRemedy(w.Code, w.Side))
		p.keys(w.Keys)
	}
}

func (p *page) remedy(text string) {
	p.prose(2, p.arrow+" ", text)
}

func (p *page) keys(keys []string) {
	if len(keys) == 0 {
		return
	}
	shown := keys[:p.bound(len(keys))]
	names := make([]string, len(shown))
	for i, k := range shown {
		names[i] = p.safe(k)
	}
	text := strings.Join(names, ", ")
	if more := len(keys) - len(shown); more > 0 {
		text += " and " + plural(more, "more", "more")
	}
	p.prose(4, "rows ", text)
}

// more says how many of n things were not listed.
func (p *page) more(indent, n int, one, many string) {
	if rest := n - p.bound(n); rest > 0 {
		p.line(indent, "… and %s not listed", plural(rest, "more "+one, "more "+many))
	}
}

// conflicts writes the conflicts by kind.
func (p *page) conflicts(all []refresh.Conflict, state refresh.State) {
	if len(all) == 0 {
		return
	}
	p.blank()
	p.in(bold, func() { p.line(0, "Conflicts") })
	for _, same := range groupConflicts(all) {
		p.conflictGroup(same, state)
	}
}

func (p *page) conflictGroup(same []refresh.Conflict, state refresh.State) {
	sign, title := conflictTitle(&same[0])
	p.heading(sign, title+" ("+plural(len(same), "conflict", "conflicts")+")")
	p.remedy(ConflictRemedy(&same[0]))
	for i := range same[:p.bound(len(same))] {
		c := &same[i]
		p.optional(4, "address", string(c.Address))
		p.said(4, "target", string(c.ID))
		for _, m := range c.Members[:p.bound(len(c.Members))] {
			p.note(4, "row", p.safe(m.Key)+" ("+memberNotes(c.Kind, m, state)+")")
		}
		p.more(4, len(c.Members), "row", "rows")
	}
	p.more(4, len(same), "conflict", "conflicts")
}
