package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

// warnings writes what concerns the run or many rows, each with its remedy.
func (p *page) warnings(ws []refresh.Warning) {
	if len(ws) == 0 {
		return
	}
	p.blank()
	p.line(0, "Warnings")
	for _, w := range ws {
		p.prose(0, p.severity[refresh.SeverityWarning]+" ", sideLabel(w.Side)+": "+warningLabel(w.Code))
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

// bound is how many of n things are listed.
func (p *page) bound(n int) int {
	if p.Rows < 0 {
		return n
	}
	return min(n, p.Rows)
}

// more says how many of n things were not listed.
func (p *page) more(indent, n int, one, many string) {
	if rest := n - p.bound(n); rest > 0 {
		p.line(indent, "… and %s not listed", plural(rest, "more "+one, "more "+many))
	}
}

// conflicts writes the conflicts by kind: those that applying brings about first, those that it ends last.
func (p *page) conflicts(all []refresh.Conflict, state refresh.State) {
	if len(all) == 0 {
		return
	}
	order := func(a, b refresh.Conflict) int {
		return cmp.Or(cmp.Compare(a.State, b.State), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Side, b.Side))
	}
	sorted := slices.SortedStableFunc(slices.Values(all), order)
	p.blank()
	p.line(0, "Conflicts")
	for len(sorted) > 0 {
		n := 1
		for n < len(sorted) && order(sorted[0], sorted[n]) == 0 {
			n++
		}
		p.conflictGroup(sorted[:n], state)
		sorted = sorted[n:]
	}
}

func (p *page) conflictGroup(same []refresh.Conflict, state refresh.State) {
	first := &same[0]
	sign := p.severity[refresh.SeverityError]
	when := "new"
	switch first.State {
	case refresh.ConflictExisting:
		sign, when = p.severity[refresh.SeverityWarning], "there before"
	case refresh.ConflictResolved:
		sign, when = p.severity[refresh.SeverityOK], "ended by this refresh"
	}
	what := "several mailboxes hold one address"
	if first.Kind == refresh.SharedTarget {
		what = "several rows go to one target"
	}
	p.prose(0, sign+" ", sideLabel(first.Side)+": "+what+", "+when+" ("+plural(len(same), "conflict", "conflicts")+")")
	p.remedy(ConflictRemedy(first))
	for i := range same[:p.bound(len(same))] {
		c := &same[i]
		p.optional(4, "address", string(c.Address))
		p.said(4, "target", string(c.ID))
		for _, m := range c.Members[:p.bound(len(c.Members))] {
			p.member(c.Kind, m, state)
		}
		p.more(4, len(c.Members), "row", "rows")
	}
	p.more(4, len(same), "conflict", "conflicts")
}

func (p *page) member(kind refresh.ConflictKind, m refresh.Member, state refresh.State) {
	var notes []string
	if kind == refresh.SharedAddress {
		if m.Primary {
			notes = append(notes, "primary")
		} else {
			notes = append(notes, "alias")
		}
	}
	if m.Outcome == 0 {
		notes = append(notes, "not looked up in this run")
	} else {
		notes = append(notes, strings.ToLower(Label(m.Outcome, state)))
	}
	p.note(4, "row", p.safe(m.Key)+" ("+strings.Join(notes, ", ")+")")
}
