package report

import (
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

// rowData is one row as the page's script reads it: a JSON array without its empty end. script.js names the places.
type rowData []any

// index numbers what many rows say, so that each row says it by number.
type index[K comparable] struct {
	at   map[K]int
	list []K
}

func (x *index[K]) of(k K) int {
	n, ok := x.at[k]
	if !ok {
		if x.at == nil {
			x.at = map[K]int{}
		}
		n = len(x.list)
		x.at[k] = n
		x.list = append(x.list, k)
	}
	return n
}

// rowWriter makes the data of the rows of one result.
type rowWriter struct {
	r         *refresh.Result
	cases     index[Case]
	facets    index[facet]
	domains   index[string]
	takes     map[int]takeover
	conflicts map[conflictMember][]int // by row, indices into r.Conflicts
	systems   [2]System
}

type conflictMember struct {
	side refresh.Side
	key  string
}

func newRowWriter(r *refresh.Result) *rowWriter {
	w := &rowWriter{r: r, takes: takeovers(r), conflicts: map[conflictMember][]int{}}
	w.systems = [2]System{systemOf(r, refresh.Source), systemOf(r, refresh.Target)}
	for i := range r.Conflicts {
		for _, m := range r.Conflicts[i].Members {
			k := conflictMember{r.Conflicts[i].Side, m.Key}
			w.conflicts[k] = append(w.conflicts[k], i)
		}
	}
	return w
}

func (w *rowWriter) caseOf(row *refresh.Row) Case {
	c := caseOf(row)
	if c.System = w.systems[0]; row.Side == refresh.Target {
		c.System = w.systems[1]
	}
	return c
}

// row returns the data of one row.
func (w *rowWriter) row(i int) rowData {
	row := &w.r.Rows[i]
	var reasons []int
	for _, f := range reasonFacets(row) {
		reasons = append(reasons, w.facets.of(f))
	}
	from, to := row.Before.Primary.Domain(), ""
	if found(row) {
		_, to = domains(row)
	}
	now := row.Now()
	d := rowData{
		shown(row.Key), w.cases.of(w.caseOf(row)), shown(now.DisplayName), w.domains.of(from), w.domains.of(to),
		shown(string(row.Before.Primary)), other(string(row.Before.Primary), string(now.Primary)), changeData(row), reasons,
		shown(string(row.Before.ID)), w.notes(i, shown), noteData(row, shown),
	}
	if !found(row) {
		d[4] = -1 // nothing is known of where it is
	}
	return d.short()
}

// other returns what a value became, nil where it stayed.
func other(before, after string) any {
	if before == after {
		return nil
	}
	return shown(after)
}

// short leaves out what is empty at the end.
func (d rowData) short() rowData {
	for len(d) > 0 {
		switch last := d[len(d)-1].(type) {
		case nil:
		case string:
			if last != "" {
				return d
			}
		case []int:
			if len(last) > 0 {
				return d
			}
		case [][3]string:
			if len(last) > 0 {
				return d
			}
		case [][2]string:
			if len(last) > 0 {
				return d
			}
		default:
			return d
		}
		d = d[:len(d)-1]
	}
	return d
}

// changeData lists what changes beside the primary address: label, before, after.
func changeData(row *refresh.Row) [][3]string {
	out := [][3]string{}
	for _, c := range changesOf(row) {
		if c.label == "primary" {
			continue
		}
		before, after := visiblePair(c.before, c.after, false)
		out = append(out, [3]string{c.label, before.String(), after.String()})
	}
	return out
}

// notes says with which other rows a row has to do.
func (w *rowWriter) notes(i int, shown func(string) string) [][2]string {
	row := &w.r.Rows[i]
	out := [][2]string{}
	switch {
	case row.UseLost():
		out = append(out, [2]string{"in use", shown(string(row.Use)) + " is lost: the mailbox no longer holds it"})
	case row.UseState() == refresh.UseStillAlias:
		out = append(out, [2]string{"in use", shown(string(row.Use)) + " is still held, as an alias"})
	}
	if t, ok := w.takes[i]; ok {
		out = append(out, [2]string{t.label(), t.note(shown(t.from))})
	}
	for _, k := range w.conflicts[conflictMember{row.Side, row.Key}] {
		out = append(out, [2]string{"conflict", conflictNote(&w.r.Conflicts[k], row.Key, shown)})
	}
	return out
}

// noteData lists what else is known of a row: label, text.
func noteData(row *refresh.Row, shown func(string) string) [][2]string {
	out := [][2]string{}
	for _, f := range factsOf(row) {
		text := f.value // of our own
		switch f.kind {
		case said, short:
			text = shown(f.value)
		case pair:
			text = shown(f.value) + " → " + shown(f.after)
		}
		if f.label == "held by" {
			for _, id := range holdersOf(row) {
				text += ", " + shown(string(id))
			}
		}
		out = append(out, [2]string{f.label, text})
	}
	if row.MarkBefore != nil && row.MarkAfter == nil {
		out = append(out, [2]string{"back", "it was missing since " + stamp(row.MarkBefore.FirstSeen)})
	}
	return out
}

// conflictNote says of one member with whom it is in conflict.
func conflictNote(c *refresh.Conflict, key string, shown func(string) string) string {
	const most = 3
	var others []string
	for _, m := range c.Members { // not all of them, which for each of them would take long
		if m.Key != key {
			others = append(others, shown(m.Key))
		}
		if len(others) == most {
			break
		}
	}
	more := len(c.Members) - 1 - len(others)
	with := "row " + strings.Join(others, ", ")
	if len(others) > 1 {
		with = "rows " + strings.Join(others, ", ")
	}
	if more > 0 {
		with += " and " + plural(more, "more", "more")
	}
	what := "shares its target with "
	if c.Kind == refresh.SharedAddress {
		what = "holds " + shown(string(c.Address)) + " together with "
	}
	switch c.State {
	case refresh.ConflictExisting:
		return what + with + ", as before"
	case refresh.ConflictResolved:
		return "no longer " + what + with
	}
	return what + with
}

// facts is what a person has to know of a row that stands outside of the table: long values are cut.
func (w *rowWriter) facts(i int) [][2]string {
	return append(w.notes(i, brief), noteData(&w.r.Rows[i], brief)...)
}

// brief is shown, cut in the middle where it is long. The data of the row has it in full.
func brief(s string) string {
	const most = 300
	if len(s) <= most {
		return shown(s)
	}
	return signsFor(false).cut(visible(s, false), most).String()
}

// shown makes a value visible; most have nothing to hide.
func shown(s string) string {
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c > '~' || c == '<' || c == '-' && i+1 < len(s) && s[i+1] == '>' || c == ' ' && (i == 0 || i == len(s)-1 || s[i+1] == ' ') {
			return visible(s, false).String()
		}
	}
	return s
}
