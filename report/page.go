package report

import (
	"bufio"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/readdress-go/readdress/refresh"
)

// page writes lines of text. Write errors stick to the buffered writer and come out when it is flushed.
type page struct {
	w *bufio.Writer
	Options
	signs
	takes map[int]takeover
	paint string // the colour of what is written, "" for none
}

// signs are the characters of our own that depend on Options.ASCII.
type signs struct {
	severity [4]string // by refresh.Severity
	arrow    string
	dash     string
	dots     string
}

func signsFor(ascii bool) signs {
	if ascii {
		return signs{[...]string{"=", "+", "!", "x"}, "->", "-", "..."}
	}
	return signs{[...]string{"=", "✓", "!", "✗"}, "→", "–", "…"}
}

// labelWidth is the width of the column of labels before values.
const labelWidth = 12

// line writes one line of our own words.
func (p *page) line(indent int, format string, args ...any) {
	s := strings.TrimRight(fmt.Sprintf(format, args...), " ")
	if p.ASCII {
		s = strings.NewReplacer("–", p.dash, "…", p.dots).Replace(s)
	}
	if p.paint != "" && s != "" && p.Color == ColorAlways {
		s = p.paint + s + reset
	}
	fmt.Fprintf(p.w, "%*s%s\n", indent, "", s)
}

// in writes in a colour.
func (p *page) in(colour string, write func()) {
	p.paint = colour
	write()
	p.paint = ""
}

// heading writes a sentence after the sign of a severity, in its colour.
func (p *page) heading(s refresh.Severity, sentence string) {
	p.in(colourOf(s), func() { p.prose(0, p.severity[s]+" ", sentence) })
}

// colourOf is the colour of a count: none where there is nothing to see.
func (p *page) colourOf(s refresh.Severity, n int) string {
	if n == 0 {
		return ""
	}
	return colourOf(s)
}

func colourOf(s refresh.Severity) string {
	switch s {
	case refresh.SeverityError:
		return red
	case refresh.SeverityWarning:
		return yellow
	case refresh.SeverityOK:
		return green
	}
	return ""
}

func (p *page) blank() { p.line(0, "") }

// safe makes a value safe to stand within a sentence.
func (p *page) safe(value string) string { return visible(value, p.ASCII).String() }

// prose writes a sentence after a lead, broken between words; following lines start below the first word.
// Values in the sentence are made safe before.
func (p *page) prose(indent int, lead, sentence string) {
	blank := fmt.Sprintf("%*s", utf8.RuneCountInString(lead), "")
	for _, line := range wrap(sentence, p.Width-indent-len(blank)) {
		p.line(indent, "%s%s", lead, line)
		lead = blank
	}
}

// wrap breaks a sentence into lines between words, and within a word that is longer than a line.
func wrap(sentence string, room int) []text {
	var lines []text
	var line text
	for word := range strings.FieldsSeq(sentence) {
		t := plain(word)
		if len(line) > 0 && line.width()+1+t.width() <= room {
			line = join(line, plain(" "), t)
			continue
		}
		if len(line) > 0 {
			lines = append(lines, line)
		}
		for t.width() > room {
			n := max(1, t.head(room))
			lines = append(lines, t[:n])
			t = t[n:]
		}
		line = t
	}
	if len(line) > 0 {
		lines = append(lines, line)
	}
	return lines
}

// whole writes a value in full, over several lines if it must be, because it names something.
func (p *page) whole(indent int, t text) {
	for len(t) > 0 {
		n := max(1, t.head(p.Width-indent))
		p.line(indent, "%s", t[:n])
		t = t[n:]
	}
}

// field writes a labelled value. The value ends the line, so that letters from right to left cannot move what follows.
func (p *page) field(indent int, label, value string) {
	t := visible(value, p.ASCII)
	p.line(indent, "%-*s%s", labelWidth, label, p.cut(t, p.Width-indent-labelWidth))
}

// optional writes a field that has a value.
func (p *page) optional(indent int, label, value string) {
	if value != "" {
		p.field(indent, label, value)
	}
}

// maxSaid is how many lines a text of others may take, so that a hostile one cannot flood the report.
const maxSaid = 10

// said writes a labelled text of others, or an identifier, on several lines if it must.
func (p *page) said(indent int, label, value string) {
	room := maxSaid * (p.Width - indent - labelWidth)
	p.note(indent, label, p.cut(visible(value, p.ASCII), room).String())
}

// note writes a labelled sentence of our own.
func (p *page) note(indent int, label, sentence string) {
	p.prose(indent, fmt.Sprintf("%-*s", labelWidth, label), sentence)
}

// change writes before → after: on one line if there is room, and on two where that or the direction of the letters needs it.
func (p *page) change(indent int, label, before, after string) {
	a, b := visiblePair(before, after, p.ASCII)
	if before == "" {
		a = plain("(none)")
	}
	if after == "" {
		b = plain("(none)")
	}
	room := p.Width - indent - labelWidth
	if arrow := utf8.RuneCountInString(p.arrow) + 2; a.width()+arrow+b.width() <= room && !a.rightToLeft() && !b.rightToLeft() {
		p.line(indent, "%-*s%s %s %s", labelWidth, label, a, p.arrow, b)
		return
	}
	arrow := utf8.RuneCountInString(p.arrow) + 1
	a, b = p.cutPair(a, b, room-arrow)
	p.line(indent, "%-*s%*s%s", labelWidth, label, arrow, "", a)
	p.line(indent, "%-*s%s %s", labelWidth, "", p.arrow, b)
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// plural returns "1 row", "2 rows".
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// askedSides lists the sides that were asked.
func askedSides(r *refresh.Result) []refresh.Side {
	var out []refresh.Side
	for _, s := range []refresh.Side{refresh.Source, refresh.Target} {
		if r.Run.Side(s) != nil {
			out = append(out, s)
		}
	}
	return out
}
