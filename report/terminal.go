package report

import (
	"io"
	"os"

	"golang.org/x/term"
)

// Color says whether [Text] is coloured. The zero Color is [ColorAuto]. What is coloured is the line of a severity's sign and label, and
// that an address in use is lost; titles are bold. Without its escapes (ECMA-48, select graphic rendition) a coloured text is the plain
// one, byte for byte.
type Color uint8

// The choices. With colour or without, the text is the same: a colour never stands for what no sign or word says.
const (
	// ColorAuto colours what goes to a terminal, unless the environment has NO_COLOR with any value (no-color.org) or TERM=dumb, or the
	// console of Windows does not act on escapes (ENABLE_VIRTUAL_TERMINAL_PROCESSING is not set). A terminal is an [os.File], or another
	// writer with a method Fd() uintptr, that the operating system calls one; a buffer around it is none.
	ColorAuto   Color = iota
	ColorNever        // also on a terminal
	ColorAlways       // wherever it goes, and whatever the environment says
)

// maxTerminal is the greatest width that is taken from a terminal: longer lines are hard to read.
const maxTerminal = 120

// fitTo returns the options for a writer: where it is a terminal, they have its width unless they have one, and its colours.
func (o Options) fitTo(w io.Writer) Options {
	width, escapes := 0, false
	control(w, func(fd uintptr) {
		if !term.IsTerminal(int(fd)) {
			return
		}
		escapes = takesEscapes(fd)
		if n, _, err := term.GetSize(int(fd)); err == nil {
			width = min(n, maxTerminal)
		}
	})
	if o.Width == 0 {
		o.Width = width
	}
	if o.Color == ColorAuto {
		o.Color = ColorNever
		if escapes && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" {
			o.Color = ColorAlways
		}
	}
	return o
}

// control calls use with the file descriptor of a writer that has one. It does not call Fd of an [os.File]: that makes the file block, and its
// deadlines end nothing any more.
func control(w io.Writer, use func(fd uintptr)) {
	switch f := w.(type) {
	case *os.File:
		if c, err := f.SyscallConn(); err == nil {
			_ = c.Control(use) // a closed file is no terminal
		}
	case interface{ Fd() uintptr }:
		use(f.Fd())
	}
}

// The colours, as escapes of ECMA-48 (select graphic rendition), in the eight that every terminal's user has chosen.
const (
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	bold   = "\x1b[1m"
	reset  = "\x1b[0m"
)
