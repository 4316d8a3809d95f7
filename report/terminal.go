package report

import (
	"io"
	"os"

	"golang.org/x/term"
)

// Color says whether [Text] is coloured. The zero Color is [ColorAuto].
type Color uint8

// The choices. With colour or without, the text is the same: a colour never stands for what no sign or word says.
const (
	// ColorAuto colours what goes to a terminal, unless the environment has NO_COLOR (no-color.org) or TERM=dumb.
	ColorAuto Color = iota
	ColorNever
	ColorAlways
)

// maxTerminal is the greatest width that is taken from a terminal: longer lines are hard to read.
const maxTerminal = 120

// fitTo returns the options for a writer: where it is a terminal, they have its width unless they have one, and its colours.
func (o Options) fitTo(w io.Writer) Options {
	f, ok := w.(interface{ Fd() uintptr })
	if !ok || !term.IsTerminal(int(f.Fd())) {
		if o.Color == ColorAuto {
			o.Color = ColorNever
		}
		return o
	}
	if width, _, err := term.GetSize(int(f.Fd())); o.Width == 0 && err == nil && width > 0 {
		o.Width = min(width, maxTerminal)
	}
	if o.Color == ColorAuto {
		o.Color = ColorNever
		if os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && takesEscapes(f.Fd()) {
			o.Color = ColorAlways
		}
	}
	return o
}

// The colours, as escapes of ECMA-48 (select graphic rendition), in the eight that every terminal's user has chosen.
const (
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	bold   = "\x1b[1m"
	reset  = "\x1b[0m"
)
