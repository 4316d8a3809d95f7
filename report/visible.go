package report

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// text is a value made visible: a series of cells, each a character with its marks, or an escape such as <U+202E>.
// A cell is never torn apart.
type text []cell

type cell struct {
	s string
	w int // columns
}

// maxMarks is how many combining marks a letter keeps; real writing needs no more.
const maxMarks = 3

// visible makes a value visible. Different values look different: what cannot be seen, or would move its neighbours,
// becomes its code point, and so do a "<" that begins like an escape or a cut, and an arrow.
func visible(s string, ascii bool) text {
	out := make(text, 0, len(s))
	marks := 0
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		rest := s[i+size:]
		switch {
		case r == utf8.RuneError && size == 1:
			out = append(out, escape(fmt.Sprintf("<0x%02X>", s[i])))
			marks = maxMarks
		case unicode.In(r, unicode.Mn, unicode.Me) && marks < maxMarks && len(out) > 0 && !ascii && !hidden(r):
			out[len(out)-1].s += string(r)
			marks++
		case unicode.In(r, unicode.Mn, unicode.Me), hidden(r), ascii && r >= utf8.RuneSelf,
			r == ' ' && (i == 0 || rest == "" || rest[0] == ' '),
			r == '<' && imitates(rest), r == '→', r == '-' && strings.HasPrefix(rest, ">"):
			out = append(out, escape(fmt.Sprintf("<U+%04X>", r)))
			marks = maxMarks // a mark would change how the escape looks
		default:
			out = append(out, cell{string(r), columns(r)})
			marks = 0
		}
		i += size
	}
	return out
}

// plain splits text of our own, or made safe before, into cells.
func plain(s string) text {
	var out text
	for _, r := range s {
		if len(out) > 0 && unicode.In(r, unicode.Mn, unicode.Me) {
			out[len(out)-1].s += string(r)
			continue
		}
		out = append(out, cell{string(r), columns(r)})
	}
	return out
}

func escape(s string) cell { return cell{s, len(s)} }

// hidden reports whether r shows nothing, or directs its neighbours.
func hidden(r rune) bool {
	const brailleBlank = '\u2800'
	return !unicode.IsPrint(r) || r == brailleBlank || unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

func imitates(rest string) bool {
	return slices.ContainsFunc([]string{"U+", "0x", "...", "…"}, func(p string) bool { return strings.HasPrefix(rest, p) })
}

func columns(r rune) int {
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// visiblePair makes two values visible so that a difference can be seen: where two spellings look alike because
// only the composition or the width of letters differs, letters outside ASCII become their code points.
func visiblePair(before, after string, ascii bool) (text, text) {
	if before != after && utf8.ValidString(before) && utf8.ValidString(after) && norm.NFKC.String(before) == norm.NFKC.String(after) {
		ascii = true
	}
	return visible(before, ascii), visible(after, ascii)
}

// String returns the text whole.
func (t text) String() string {
	var b strings.Builder
	for _, c := range t {
		b.WriteString(c.s)
	}
	return b.String()
}

// width is the number of columns.
func (t text) width() int {
	n := 0
	for _, c := range t {
		n += c.w
	}
	return n
}

// rightToLeft reports whether some letter is written from right to left: it could change places with its neighbours.
func (t text) rightToLeft() bool {
	for _, c := range t {
		p, _ := bidi.LookupString(c.s)
		if k := p.Class(); k == bidi.R || k == bidi.AL || k == bidi.AN {
			return true
		}
	}
	return false
}
