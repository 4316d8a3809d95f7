package report

import (
	"errors"
	"fmt"
	"io"

	"github.com/readdress-go/readdress/refresh"
)

// Text writes the difference as plain text, as [Text] writes a result: the two refreshes, the counts of each trend per side, conflicts,
// the rows that need a person now with what to do, and the others.
func (d *Difference) Text(w io.Writer, opts *Options) error {
	if d == nil {
		return errNoDifference
	}
	p := newPage(w, opts)
	groups := d.groups()
	p.diffHeader(d)
	p.diffCounts(d)
	p.diffConflicts("New conflicts", d.NewConflicts, d.Later.State)
	p.diffConflicts("Conflicts that ended", d.EndedConflicts, d.Earlier.State)
	n := 0
	for n < len(groups) && groups[n].about.needs() {
		n++
	}
	p.diffSection("Rows that need a person", d, groups[:n])
	p.diffSection("Other rows", d, groups[n:])
	return p.end()
}

var errNoDifference = errors.New("report: there is no difference to render")

func (p *page) diffHeader(d *Difference) {
	title := "What changed between two refreshes"
	if d.JobName != "" {
		title += ` of job "` + p.safe(d.JobName) + `"`
	}
	p.in(bold, func() { p.prose(0, "", title) })
	p.blank()
	p.said(0, "Job", d.JobID)
	for _, x := range []struct {
		label string
		run   DiffRun
	}{{"Earlier", d.Earlier}, {"Later", d.Later}} {
		p.blank()
		p.note(0, x.label, x.run.words())
		p.said(2, "result", x.run.Result)
		p.said(2, "run", x.run.Run.ID)
		p.optional(2, "job digest", x.run.Run.JobDigest)
		p.optional(2, "by", x.run.Run.Operator)
		p.optional(2, "library", x.run.Run.Library)
		for _, s := range []refresh.Side{refresh.Source, refresh.Target} {
			p.side(sideLabel(s), x.run.Run.Side(s))
		}
	}
}

// words says when the refresh was, and what became of it.
func (r DiffRun) words() string {
	out := "refresh"
	if !r.Run.Finished.IsZero() {
		out += " of " + stamp(r.Run.Finished)
	}
	switch r.State {
	case refresh.Preview:
		out += ", a preview"
	case refresh.Applied:
		out += ", applied"
	case refresh.Reverted:
		out += ", undone"
	}
	if r.Partial {
		out += ", ended before it was complete"
	}
	return out
}

func (p *page) diffCounts(d *Difference) {
	sides := d.sides()
	p.blank()
	if len(sides) == 0 {
		p.line(0, "No side was asked.")
		return
	}
	counts := map[refresh.Side]map[Trend]int{}
	total := map[refresh.Side]int{}
	for _, s := range sides {
		counts[s] = d.Counts(s)
		for _, n := range counts[s] {
			total[s] += n
		}
	}
	p.countLine("", func(s refresh.Side) string { return sideLabel(s) }, sides, "")
	for _, t := range Trends() {
		label := p.severity[trendSeverity(t)] + " " + t.Label()
		p.in(p.colourOf(trendSeverity(t), counts[refresh.Source][t]+counts[refresh.Target][t]), func() {
			p.countLine(label, func(s refresh.Side) string { return fmt.Sprint(counts[s][t]) }, sides, "")
		})
	}
	p.countLine("  Rows", func(s refresh.Side) string { return fmt.Sprint(total[s]) }, sides, "")
}

// trendSeverity is the severity that most rows of a trend have.
func trendSeverity(t Trend) refresh.Severity {
	switch t {
	case Worsened, Turned:
		return refresh.SeverityError
	case Persisted, Dropped:
		return refresh.SeverityWarning
	case Healed, Changed, Settled, Pending:
		return refresh.SeverityOK
	}
	return refresh.SeveritySame
}

func (p *page) diffConflicts(title string, all []refresh.Conflict, state refresh.State) {
	if len(all) == 0 {
		return
	}
	p.blank()
	p.in(bold, func() { p.line(0, "%s", title) })
	for _, same := range groupConflicts(all) {
		p.conflictGroup(same, state)
	}
}

func (p *page) diffSection(title string, d *Difference, groups []diffGroup) {
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
		p.blank()
		side := d.Rows[g.rows[0]].Side
		p.heading(g.about.severity(), sideLabel(side)+": "+g.about.label(d.Earlier.State, d.Later.State)+" ("+plural(len(g.rows), "row", "rows")+")")
		if text := g.about.remedy(); text != "" {
			p.remedy(text)
		}
		for _, i := range g.rows[:p.bound(len(g.rows))] {
			p.diffRow(&d.Rows[i])
		}
		p.more(4, len(g.rows), "row", "rows")
	}
}

func (p *page) diffRow(row *DiffRow) {
	was, is := row.addresses()
	p.whole(4, visible(row.Key, p.ASCII))
	p.optional(rowIndent, "name", row.last().Name)
	switch {
	case was == is:
		p.optional(rowIndent, "address", string(is))
	default:
		p.change(rowIndent, "address", string(was), string(is))
	}
	if row.Rematched {
		p.change(rowIndent, "id", string(row.Earlier.ID), string(row.Later.ID))
	}
	if row.Later != nil {
		p.said(rowIndent, "error", row.Later.Failure)
	}
}

// last is what is known last.
func (row *DiffRow) last() *Verdict {
	if row.Later != nil {
		return row.Later
	}
	return row.Earlier
}

// addresses returns the primary address after the earlier and after the later refresh; the same twice where only one looked.
func (row *DiffRow) addresses() (was, is refresh.Address) {
	is = row.last().Primary
	if row.Earlier == nil || row.Later == nil {
		return is, is
	}
	return row.Earlier.Primary, is
}
