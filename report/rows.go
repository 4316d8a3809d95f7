package report

import (
	"slices"

	"github.com/readdress-go/readdress/refresh"
)

// group is the rows of one case, as indices into Result.Rows.
type group struct {
	about Case
	rows  []int
}

// sortRows groups the rows by case, in reading order, and counts them.
func sortRows(r *refresh.Result) ([]group, tally) {
	t := tally{}
	at := map[Case]int{}
	var groups []group
	systems := [...]System{systemOf(r, refresh.Source), systemOf(r, refresh.Target)}
	for i := range r.Rows {
		c := caseOf(&r.Rows[i])
		if c.System = systems[0]; c.Side == refresh.Target {
			c.System = systems[1]
		}
		t.add(&r.Rows[i], c)
		if c.Outcome == refresh.NotChanged && c.Detail == NoDetail {
			continue // counted, nothing to tell
		}
		g, ok := at[c]
		if !ok {
			g = len(groups)
			at[c] = g
			groups = append(groups, group{about: c})
		}
		groups[g].rows = append(groups[g].rows, i)
	}
	slices.SortFunc(groups, func(a, b group) int { return a.about.compare(b.about) })
	return groups, t
}

// rows writes the rows that need a person, worst first, and then the others that change or can be acted on.
func (p *page) rows(r *refresh.Result, groups []group) {
	n := 0
	for n < len(groups) && groups[n].about.severity() >= refresh.SeverityWarning {
		n++
	}
	p.section("Rows that need a person", r, groups[:n])
	p.section("Other rows", r, groups[n:])
}

func (p *page) section(title string, r *refresh.Result, groups []group) {
	n := 0
	for _, g := range groups {
		n += len(g.rows)
	}
	p.blank()
	if n == 0 {
		p.line(0, "%s: none", title)
		return
	}
	p.in(bold, func() { p.line(0, "%s: %d", title, n) })
	for _, g := range groups {
		p.group(r, g)
	}
}

func (p *page) group(r *refresh.Result, g group) {
	p.blank()
	p.heading(g.about.severity(), sideLabel(g.about.Side)+": "+g.about.Label(r.State)+" ("+plural(len(g.rows), "row", "rows")+")")
	p.remedy(Remedy(g.about))
	for _, i := range g.rows[:p.bound(len(g.rows))] {
		row := &r.Rows[i]
		p.title(r, i)
		p.changes(row)
		if t, ok := p.takes[i]; ok {
			p.note(rowIndent, t.label(), t.note(p.safe(t.from)))
		}
		if g.about.severity() >= refresh.SeverityWarning {
			p.evidence(row)
		}
	}
	p.more(4, len(g.rows), "row", "rows")
}

// title names a row: its key, and the address and name that the job holds. A target that has no mailbox yet is
// named by its source.
func (p *page) title(r *refresh.Result, i int) {
	row := &r.Rows[i]
	mb, label, note := row.Before, "address", ""
	if mb.IsZero() && row.Side == refresh.Target && i > 0 && r.Rows[i-1].Key == row.Key {
		mb, label, note = r.Rows[i-1].Before, "source", "source "
	}
	address := string(mb.Primary)
	if address == "" {
		address = mb.Login
	}
	key, addr := visible(row.Key, p.ASCII), visible(address, p.ASCII)
	line := key
	if address != "" {
		line = join(line, plain("  "+note), addr)
	}
	if mb.DisplayName != "" {
		line = join(line, plain("  "), visible(mb.DisplayName, p.ASCII))
	}
	const indent = 4
	if line.width() <= p.Width-indent && !addr.rightToLeft() && !key.rightToLeft() {
		p.line(indent, "%s", line)
		return
	}
	p.whole(indent, key)
	p.optional(indent+2, label, address)
	p.optional(indent+2, "name", mb.DisplayName)
}
