package report

import (
	"cmp"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// htmlPage is what the template shows.
type htmlPage struct {
	Title, Job, State, Lead string
	Legend                  string // what outcome is called here
	Finished                *time.Time
	Partial                 bool
	Lost                    int // rows whose address in use is lost, the first of them by key
	LostKeys                []string
	LostMore                int
	Policy                  string
	Style                   template.CSS
	Script                  template.JS
	Audit                   []htmlFact
	Sides                   []htmlSide
	Warnings                []htmlWarning
	People                  []htmlGroup
	Conflicts               []htmlConflicts
	Flows                   []htmlFlow
	Rows                    int
	data                    func(i int) rowData
	head                    func() htmlHead
}

// Head returns what the rows say by number. The template asks for it behind the rows, when all numbers are given.
func (p *htmlPage) Head() htmlHead { return p.head() }

// htmlHead is what the page's script reads beside the rows.
type htmlHead struct {
	Cases    []htmlCase    `json:"cases"`
	Facets   []string      `json:"facets"`
	Domains  []string      `json:"domains"`
	Outcomes []htmlOutcome `json:"outcomes"` // those that occur, in reading order
	Legend   string        `json:"legend"`
	Rows     int           `json:"rows"`
}

type htmlOutcome struct {
	Word     string `json:"word"`
	Label    string `json:"label"`
	Sign     string `json:"sign"`
	Severity string `json:"severity"`
	Count    int    `json:"count"`
}

// newHTMLHead returns a head without anything to say. Its lists are empty and not null, which the script could not go through.
func newHTMLHead(legend string, rows int) htmlHead {
	return htmlHead{Legend: legend, Rows: rows, Cases: []htmlCase{}, Facets: []string{}, Domains: []string{}, Outcomes: []htmlOutcome{}}
}

// htmlCase is a [Case] in the words of the page.
type htmlCase struct {
	Side     string `json:"side"`
	Outcome  string `json:"outcome"`
	Label    string `json:"label"`
	Sign     string `json:"sign"`
	Severity string `json:"severity"`
	Remedy   string `json:"remedy,omitempty"`
	Facets   []int  `json:"facets,omitempty"`
	Order    int    `json:"order"` // reading order
	Name     string `json:"name"`  // of the case, in the page
}

// htmlFact is a label with what stands behind it.
type htmlFact struct{ Label, Value string }

type htmlWarning struct {
	Title, Text, Remedy string
	Keys                []string
	More                int
}

// htmlGroup is the rows of one case that need a person.
type htmlGroup struct {
	Case   htmlCase
	Count  int
	Rows   []htmlRow
	Folded []htmlRow // closed at first
	More   int       // not listed
	Lost   bool
}

// htmlRow is one row of a group.
type htmlRow struct {
	Key, Name, Before, After string
	Changed                  bool
	Facts                    []htmlFact
}

func newHTMLPage(r *refresh.Result, o Options) *htmlPage {
	w := newRowWriter(r)
	groups, counted := sortRows(r)
	p := newPageFrame()
	p.Job, p.Partial, p.Legend, p.Rows, p.Audit, p.data = brief(r.JobName), r.Partial, "Outcome", len(r.Rows), auditFacts(r), w.row
	p.Title, p.State, p.Lead = stateWords(r)
	if !r.Run.Finished.IsZero() {
		p.Finished = &r.Run.Finished
	}
	for _, s := range askedSides(r) {
		p.Sides = append(p.Sides, newHTMLSide(r, s, counted))
		if f := newHTMLFlow(flowOf(r, s)); len(f.From) > 0 {
			p.Flows = append(p.Flows, f)
		}
	}
	for _, g := range groups {
		if g.about.severity() < refresh.SeverityWarning {
			continue
		}
		if g.about.Detail == UseLost {
			for _, i := range g.rows {
				p.lose(brief(r.Rows[i].Key))
			}
		}
		p.People = append(p.People, w.group(g, o))
	}
	p.Warnings = htmlWarnings(r.Warnings, o)
	p.Conflicts = conflictGroups(r.Conflicts, "", o, r.State)
	p.head = func() htmlHead { return w.head(r.State) }
	return p
}

// newPageFrame returns a page that is empty but for what all pages have.
func newPageFrame() *htmlPage {
	return &htmlPage{Policy: policy(), Style: template.CSS(htmlStyle), Script: template.JS(htmlScript)}
}

// lose notes a row whose address in use is lost.
func (p *htmlPage) lose(key string) {
	if p.Lost++; p.Lost > maxLostKeys {
		p.LostMore++
		return
	}
	p.LostKeys = append(p.LostKeys, key)
}

// stateWords returns the page's title, the state as a badge, and what the state means.
func stateWords(r *refresh.Result) (title, state, lead string) {
	switch r.State {
	case refresh.Preview:
		return "Preview of an address refresh", "Preview", "Nothing is written to the job until this result is applied."
	case refresh.Reverted:
		return "Address refresh, undone", "Undone", "This result was applied and taken back. The job holds the former values again."
	}
	return "Address refresh", "Applied", "The job holds the new values."
}

// head numbers the cases in reading order.
func (w *rowWriter) head(s refresh.State) htmlHead {
	h := newHTMLHead("Outcome", len(w.r.Rows))
	order := slices.SortedFunc(slices.Values(w.cases.list), Case.compare)
	for _, c := range w.cases.list {
		x := w.htmlCase(c, s)
		x.Order = slices.Index(order, c)
		h.Cases = append(h.Cases, x)
	}
	h.number(w.facets.list, w.domains.list)
	source, target := w.r.Counts(refresh.Source), w.r.Counts(refresh.Target)
	for _, o := range refresh.Outcomes() {
		if n := source.ByOutcome[o] + target.ByOutcome[o]; n > 0 {
			h.Outcomes = append(h.Outcomes, htmlOutcome{o.String(), Label(o, s), signsFor(false).severity[o.Severity()], o.Severity().String(), n})
		}
	}
	return h
}

// number names what rows and cases have said by number so far.
func (h *htmlHead) number(facets []facet, domains []string) {
	for _, f := range facets {
		h.Facets = append(h.Facets, f.label())
	}
	for _, d := range domains {
		h.Domains = append(h.Domains, domainLabel(d))
	}
}

func (w *rowWriter) htmlCase(c Case, s refresh.State) htmlCase {
	x := htmlCase{
		Side: c.Side.String(), Outcome: c.Outcome.String(), Label: c.Label(s), Severity: c.severity().String(),
		Sign: signsFor(false).severity[c.severity()], Remedy: Remedy(c), Name: c.name(),
	}
	for _, f := range c.facets() {
		x.Facets = append(x.Facets, w.facets.of(f))
	}
	return x
}

// name is a name for the case within the page.
func (c Case) name() string {
	parts := []string{c.Side.String(), c.Outcome.String()}
	for _, f := range append(c.facets(), facet{reason: c.Reason}) {
		if l := f.label(); l != "" {
			parts = append(parts, strings.ReplaceAll(l, " ", "-"))
		}
	}
	return strings.Join(parts, ".")
}

// facets lists the cause and the detail.
func (c Case) facets() []facet {
	var out []facet
	if c.Cause != 0 {
		out = append(out, facet{cause: c.Cause})
	}
	if c.Detail != NoDetail {
		out = append(out, facet{detail: c.Detail})
	}
	return out
}

func (w *rowWriter) group(g group, o Options) htmlGroup {
	out := htmlGroup{Case: w.htmlCase(g.about, w.r.State), Count: len(g.rows), Lost: g.about.Detail == UseLost}
	n := o.bound(len(g.rows))
	out.More = len(g.rows) - n
	for _, i := range g.rows[:n] {
		row := &w.r.Rows[i]
		now := row.Now()
		x := htmlRow{
			Key: brief(row.Key), Name: brief(row.Before.DisplayName),
			Before:  brief(cmp.Or(string(row.Before.Primary), row.Before.Login)),
			After:   brief(string(now.Primary)),
			Changed: row.After != nil && now.Primary != row.Before.Primary,
		}
		if row.Side == refresh.Target && row.Before.IsZero() && i > 0 && w.r.Rows[i-1].Key == row.Key {
			x.Before = "source " + brief(string(w.r.Rows[i-1].Before.Primary))
		}
		for _, f := range w.facts(i) {
			x.Facts = append(x.Facts, htmlFact{f[0], f[1]})
		}
		out.Rows = append(out.Rows, x)
	}
	out.fold()
	return out
}

const (
	// openRows is how many rows of a group are open at first. All rows whose address in use is lost are.
	openRows = 5
	// maxLostKeys is how many of these are named on top.
	maxLostKeys = 5
)

func (g *htmlGroup) fold() {
	if len(g.Rows) > openRows+2 && !g.Lost {
		g.Rows, g.Folded = g.Rows[:openRows], g.Rows[openRows:]
	}
}

// auditFacts is the audit record of the run; those of the sides stand with the sides.
func auditFacts(r *refresh.Result) []htmlFact {
	var out []htmlFact
	add := func(label, value string) {
		if value != "" {
			out = append(out, htmlFact{label, brief(value)})
		}
	}
	add("Job", r.JobName)
	add("Job ID", r.JobID)
	add("Job digest", r.Run.JobDigest)
	add("Rows", selected(r))
	add("Result", r.ID)
	add("Run", r.Run.ID)
	add("Run by", r.Run.Operator)
	if !r.Run.Started.IsZero() {
		add("Started", stamp(r.Run.Started))
		add("Finished", stamp(r.Run.Finished))
	}
	add("Library", r.Run.Library)
	return out
}

func htmlWarnings(ws []refresh.Warning, o Options) []htmlWarning {
	var out []htmlWarning
	for _, w := range ws {
		x := htmlWarning{Title: sideLabel(w.Side) + ": " + warningLabel(w.Code), Text: brief(w.Text), Remedy: WarningRemedy(w.Code, w.Side)}
		n := o.bound(len(w.Keys))
		for _, k := range w.Keys[:n] {
			x.Keys = append(x.Keys, brief(k))
		}
		x.More = len(w.Keys) - n
		out = append(out, x)
	}
	return out
}
