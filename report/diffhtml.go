package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

// HTML writes the difference as one page, as [HTML] writes a result.
func (d *Difference) HTML(w io.Writer, opts *Options) error {
	if d == nil {
		return errNoDifference
	}
	return writePage(w, newDiffPage(d, opts.orDefaults()))
}

// diffWriter makes the data of the rows of a difference.
type diffWriter struct {
	d       *Difference
	cases   index[diffCase]
	facets  index[facet]
	domains index[string]
	side    map[diffCase]refresh.Side
}

func newDiffPage(d *Difference, o Options) *htmlPage {
	w := &diffWriter{d: d, side: map[diffCase]refresh.Side{}}
	p := newPageFrame()
	p.Title, p.State, p.Legend = "What changed between two refreshes", "Comparison", "Change"
	p.Job, p.Rows, p.data = brief(d.JobName), len(d.Rows), w.row
	p.Lead = "From the " + d.Earlier.words() + ", to the " + d.Later.words() + ". Rows of which there is nothing to tell are counted and not listed."
	p.Partial = d.Earlier.Partial || d.Later.Partial
	p.Audit = append([]htmlFact{{"Job ID", brief(d.JobID)}}, append(runFacts("Earlier: ", d.Earlier), runFacts("Later: ", d.Later)...)...)
	groups := d.groups()
	for _, s := range d.sides() {
		p.Sides = append(p.Sides, newDiffSide(d, s, groups))
	}
	for _, g := range groups {
		if g.about.needs() {
			p.People = append(p.People, w.group(g, o))
		}
		if g.about.needs() && g.about.last().Detail == UseLost {
			for _, i := range g.rows {
				p.lose(brief(d.Rows[i].Key))
			}
		}
	}
	p.Conflicts = append(conflictGroups(d.NewConflicts, "not there in the earlier refresh", o, d.Later.State),
		conflictGroups(d.EndedConflicts, "ended since the earlier refresh", o, d.Earlier.State)...)
	p.head = w.head
	return p
}

// runFacts is the record of one of the two refreshes.
func runFacts(which string, r DiffRun) []htmlFact {
	out := auditFacts(&refresh.Result{ID: r.Result, JobRows: r.JobRows, Run: r.Run})
	out = slices.DeleteFunc(out, func(f htmlFact) bool { return f.Label == "Rows" })
	for _, s := range []refresh.Side{refresh.Source, refresh.Target} {
		if run := r.Run.Side(s); run != nil {
			for _, f := range sideFacts(run) {
				out = append(out, htmlFact{s.String() + " " + lower(f.Label), f.Value})
			}
		}
	}
	for i := range out {
		out[i].Label = which + lower(out[i].Label)
	}
	return out
}

func newDiffSide(d *Difference, s refresh.Side, groups []diffGroup) htmlSide {
	out := htmlSide{Name: sideLabel(s), Word: s.String()}
	if run := d.Later.Run.Side(s); run != nil {
		out.System = brief(run.System)
	}
	counts := d.Counts(s)
	for _, n := range counts {
		out.Total += n
	}
	for _, t := range Trends() {
		n := counts[t]
		if n == 0 {
			continue
		}
		sev := trendSeverity(t)
		c := htmlCount{Outcome: t.String(), Label: t.Label(), Sign: signsFor(false).severity[sev], Severity: sev.String(), Count: n, Share: share(n, out.Total), Plain: t == Same}
		for _, g := range groups {
			if g.about.trend == t && d.Rows[g.rows[0]].Side == s {
				c.Sub = append(c.Sub, htmlCount{Outcome: t.String(), Label: g.about.label(d.Earlier.State, d.Later.State), Count: len(g.rows), Plain: true})
			}
		}
		out.Counts = append(out.Counts, c)
	}
	out.Headline = fmt.Sprintf("%s healed, %s newly need a person", number(counts[Healed]), number(counts[Worsened]))
	out.Bars, out.Summary = bars(out.Counts, out.Total)
	return out
}

func (w *diffWriter) htmlCase(c diffCase, s refresh.Side) htmlCase {
	x := htmlCase{
		Side: s.String(), Outcome: c.trend.String(), Label: c.label(w.d.Earlier.State, w.d.Later.State), Severity: c.severity().String(),
		Sign: signsFor(false).severity[c.severity()], Remedy: c.remedy(),
		Name: strings.Join([]string{c.trend.String(), c.was.name(), c.is.name(), fmt.Sprint(c.rematched)}, ","),
	}
	for _, f := range c.last().facets() {
		x.Facets = append(x.Facets, w.facets.of(f))
	}
	return x
}

func (w *diffWriter) head() htmlHead {
	h := newHTMLHead("Change", len(w.d.Rows))
	order := slices.SortedFunc(slices.Values(w.cases.list), diffCase.compare)
	for _, c := range w.cases.list {
		x := w.htmlCase(c, w.side[c])
		x.Order = slices.Index(order, c)
		h.Cases = append(h.Cases, x)
	}
	h.number(w.facets.list, w.domains.list)
	source, target := w.d.Counts(refresh.Source), w.d.Counts(refresh.Target)
	for _, t := range Trends() {
		if n := source[t] + target[t]; n > 0 && t != Same {
			h.Outcomes = append(h.Outcomes, htmlOutcome{t.String(), t.Label(), signsFor(false).severity[trendSeverity(t)], trendSeverity(t).String(), n})
		}
	}
	return h
}

// row returns the data of one row.
func (w *diffWriter) row(i int) rowData {
	row := &w.d.Rows[i]
	c := w.d.caseOf(row)
	w.side[c] = row.Side
	was, is := row.addresses()
	var reasons []int
	for _, r := range row.last().Reasons.List() {
		reasons = append(reasons, w.facets.of(facet{reason: r}))
	}
	changes := [][3]string{}
	if row.Rematched {
		changes = append(changes, [3]string{"id", shown(string(row.Earlier.ID)), shown(string(row.Later.ID))})
	}
	return rowData{
		shown(row.Key), w.cases.of(c), shown(row.last().Name), w.domains.of(was.Domain()), w.domains.of(is.Domain()),
		shown(string(was)), other(string(was), string(is)), changes, reasons, shown(string(row.last().ID)), nil, row.facts(shown),
	}.short()
}

func (row *DiffRow) facts(shown func(string) string) [][2]string {
	out := [][2]string{}
	if row.Later != nil && row.Later.Failure != "" {
		out = append(out, [2]string{"error", shown(row.Later.Failure)})
	}
	return out
}

func (w *diffWriter) group(g diffGroup, o Options) htmlGroup {
	first := &w.d.Rows[g.rows[0]]
	out := htmlGroup{Case: w.htmlCase(g.about, first.Side), Count: len(g.rows), Lost: g.about.last().Detail == UseLost}
	n := o.bound(len(g.rows))
	out.More = len(g.rows) - n
	for _, i := range g.rows[:n] {
		row := &w.d.Rows[i]
		was, is := row.addresses()
		x := htmlRow{Key: brief(row.Key), Name: brief(row.last().Name), Before: brief(string(was)), After: brief(string(is)), Changed: was != is}
		for _, f := range row.facts(brief) {
			x.Facts = append(x.Facts, htmlFact{f[0], f[1]})
		}
		out.Rows = append(out.Rows, x)
	}
	out.fold()
	return out
}
