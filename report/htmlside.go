package report

import (
	"maps"
	"slices"

	"github.com/readdress-go/readdress/refresh"
)

// htmlSide is one side's card: what was asked, and what came out.
type htmlSide struct {
	Name, Word, System, Headline string
	Facts                        []htmlFact
	Total                        int
	Bars                         []htmlBar
	Summary                      string // the chart in words
	Counts                       []htmlCount
}

// htmlBar is one piece of the chart, in thousandths of its width.
type htmlBar struct {
	X, Width int
	Outcome  string
	Title    string
}

// htmlCount is a line of counts; Sub are its parts by reason.
type htmlCount struct {
	Outcome, Label, Sign, Severity string
	Count                          int
	Share                          string
	Sub                            []htmlCount
	Plain                          bool // no rows in the table stand for it
}

func newHTMLSide(r *refresh.Result, s refresh.Side, t tally) htmlSide {
	run := r.Run.Side(s)
	counts := r.Counts(s)
	out := htmlSide{Name: sideLabel(s), Word: s.String(), System: brief(run.System), Total: counts.Total, Facts: sideFacts(run)}
	person := 0
	for _, o := range refresh.Outcomes() {
		n := counts.ByOutcome[o]
		if n == 0 {
			continue
		}
		if o.Severity() >= refresh.SeverityWarning {
			person += n
		}
		c := htmlCount{Outcome: o.String(), Label: Label(o, r.State), Sign: signsFor(false).severity[o.Severity()], Severity: o.Severity().String(), Count: n, Share: share(n, counts.Total)}
		for _, f := range slices.SortedFunc(maps.Keys(t[o]), facet.compare) {
			if k := t[o][f][s]; k > 0 {
				c.Sub = append(c.Sub, htmlCount{Outcome: o.String(), Label: f.label(), Count: k})
			}
		}
		out.Counts = append(out.Counts, c)
	}
	// Refreshed rows whose address in use is lost need a person, too.
	for _, o := range []refresh.Outcome{refresh.Refreshed, refresh.NotChanged} {
		person += t[o][facet{detail: UseLost}][s]
	}
	out.Headline = headline(r, counts, person)
	out.Bars, out.Summary = bars(out.Counts, counts.Total)
	return out
}

func headline(r *refresh.Result, c refresh.Counts, person int) string {
	verb := " refreshed"
	if r.State == refresh.Preview {
		verb = " would be refreshed"
	}
	out := number(c.ByOutcome[refresh.Refreshed]) + " of " + number(c.Total) + verb
	switch person {
	case 0:
		return out + ", none needs a person"
	case 1:
		return out + ", 1 needs a person"
	}
	return out + ", " + number(person) + " need a person"
}

// share is a part in percent, never rounded to none or all.
func share(n, of int) string {
	switch {
	case of == 0:
		return ""
	case n == of:
		return "100%"
	case 100*n < of:
		return "<1%"
	case 100*(of-n) < of:
		return ">99%"
	}
	return number((200*n+of)/(2*of)) + "%"
}

// leastBar is the width of the narrowest piece, in thousandths: a dozen of a hundred thousand must be seen.
const leastBar = 8

// bars divides the chart. Small pieces are drawn wider than they are, at the cost of the widest one.
func bars(counts []htmlCount, total int) ([]htmlBar, string) {
	if total == 0 {
		return nil, "no rows"
	}
	out := make([]htmlBar, len(counts))
	sum, widest := 0, 0
	summary := ""
	for i, c := range counts {
		out[i] = htmlBar{Outcome: c.Outcome, Title: c.Label + ": " + number(c.Count), Width: max(leastBar, int(int64(c.Count)*1000/int64(total)))}
		sum += out[i].Width
		if out[i].Width > out[widest].Width {
			widest = i
		}
		if i > 0 {
			summary += ", "
		}
		summary += c.Label + " " + number(c.Count)
	}
	out[widest].Width += 1000 - sum
	x := 0
	for i := range out {
		out[i].X = x
		x += out[i].Width
		out[i].Width = max(1, out[i].Width-2) // a gap between pieces
	}
	return out, summary
}

func sideFacts(run *refresh.SideRun) []htmlFact {
	var out []htmlFact
	add := func(label, value string) {
		if value != "" {
			out = append(out, htmlFact{label, brief(value)})
		}
	}
	add("System", run.System)
	add("Directory", run.Directory)
	add("Server", run.Server)
	add("Account", run.Account)
	add("Identity", run.Pin)
	path := run.Path.String()
	if run.Why != "" {
		path += ": " + run.Why
	}
	add("Looked up", number(run.Asked)+" mailboxes, "+path)
	if !run.LastSync.IsZero() {
		add("Last sync", stamp(run.LastSync))
	}
	for _, f := range run.Failovers {
		why := ""
		if f.Why != "" {
			why = ": " + f.Why
		}
		add("Went on at", f.To+" instead of "+f.From+", "+stamp(f.At)+why)
	}
	return out
}
