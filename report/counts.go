package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/readdress-go/readdress/refresh"
)

// facet is what an outcome is counted by within: a reason, a cause or a detail.
type facet struct {
	reason refresh.Reason
	name   bool // of ReasonPrimary: more than the domain changed
	cause  refresh.Cause
	detail Detail
}

func (f facet) label() string {
	switch {
	case f.name:
		return "other name before the @"
	case f.reason != 0:
		return reasonLabel(f.reason)
	case f.cause != 0:
		return causeLabel(f.cause)
	}
	return f.detail.label()
}

func (f facet) compare(g facet) int {
	return cmp.Or(cmp.Compare(f.detail, g.detail), cmp.Compare(f.cause, g.cause), cmp.Compare(f.reason, g.reason), boolCompare(f.name, g.name)) // reasons first
}

func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// tally counts the rows of each outcome by facet and side.
type tally map[refresh.Outcome]map[facet]perSide

type perSide map[refresh.Side]int

func (t tally) add(row *refresh.Row, c Case) {
	count := func(f facet) {
		if t[c.Outcome] == nil {
			t[c.Outcome] = map[facet]perSide{}
		}
		if t[c.Outcome][f] == nil {
			t[c.Outcome][f] = perSide{}
		}
		t[c.Outcome][f][row.Side]++
	}
	for _, f := range reasonFacets(row) {
		count(f)
	}
	if c.Cause != 0 {
		count(facet{cause: c.Cause})
	}
	if c.Detail != NoDetail {
		count(facet{detail: c.Detail})
	}
}

// reasonFacets returns the facets of a row's reasons. Real renames are told apart from a switch of domains.
func reasonFacets(row *refresh.Row) []facet {
	var out []facet
	for _, r := range row.Reasons.List() {
		out = append(out, facet{reason: r})
		if r == refresh.ReasonPrimary && row.After != nil && row.Before.Primary != "" && !sameLocal(row.Before.Primary, row.After.Primary) {
			out = append(out, facet{reason: r, name: true})
		}
	}
	return out
}

func sameLocal(a, b refresh.Address) bool {
	x, _ := a.Split()
	y, _ := b.Split()
	return refresh.Address(x).Same(refresh.Address(y))
}

// counts writes the table of outcomes: one column for each side that was asked.
func (p *page) counts(r *refresh.Result, t tally) {
	asked := askedSides(r)
	p.blank()
	if len(asked) == 0 {
		p.line(0, "No side was asked.")
		return
	}
	p.countLine("", func(s refresh.Side) string { return sideLabel(s) }, asked, "severity")
	of := map[refresh.Side]refresh.Counts{}
	for _, s := range asked {
		of[s] = r.Counts(s)
	}
	for _, o := range refresh.Outcomes() {
		onlyTarget := (o == refresh.NotCreatedYet || o == refresh.Unmatched) && of[refresh.Source].ByOutcome[o] == 0
		if onlyTarget && !slices.Contains(asked, refresh.Target) {
			continue
		}
		label := p.severity[o.Severity()] + " " + Label(o, r.State)
		p.in(p.colourOf(o.Severity(), of[refresh.Source].ByOutcome[o]+of[refresh.Target].ByOutcome[o]), func() {
			p.countLine(label, func(s refresh.Side) string {
				if s == refresh.Source && onlyTarget {
					return "" // it cannot occur there
				}
				return fmt.Sprint(of[s].ByOutcome[o])
			}, asked, o.Severity().String())
		})
		for _, f := range slices.SortedFunc(maps.Keys(t[o]), facet.compare) {
			p.countLine("    "+f.label(), func(s refresh.Side) string { return fmt.Sprint(t[o][f][s]) }, asked, "")
		}
	}
	p.countLine("  Rows", func(s refresh.Side) string { return fmt.Sprint(of[s].Total) }, asked, "")
}

func (p *page) countLine(label string, cell func(refresh.Side) string, asked []refresh.Side, last string) {
	const cellWidth, lastWidth = 8, len("  severity")
	if p.Width < 38+2*cellWidth+lastWidth {
		last = "" // no room; the sign says it
	}
	room := min(38, p.Width-2*cellWidth)
	if utf8.RuneCountInString(label) > room {
		p.line(0, "%s", label)
		label = ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%-*s", room, label) // fmt counts characters, and our own are one column wide
	for _, s := range asked {
		fmt.Fprintf(&b, "%*s", cellWidth, cell(s))
	}
	p.line(0, "%s  %s", b.String(), last)
}
