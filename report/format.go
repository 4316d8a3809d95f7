package report

import (
	"io"

	"github.com/readdress-go/readdress/refresh"
)

// Format writes a result in one form. A nil opts means the zero [Options]. A Format does not change the result;
// it writes to w many times or once and does not close it. Its error is w's, or says that there is no result.
type Format func(w io.Writer, r *refresh.Result, opts *Options) error

var _, _ Format = Text, HTML

// Options adjust a report. Nil and the zero value work.
type Options struct {
	// Width is the number of columns of [Text], a wide letter taking two. Zero means that of the terminal that it is written to, at most 120, and 100
	// elsewhere; less than 40 counts as 40.
	Width int
	// Color says whether Text is coloured. Zero means on a terminal only.
	Color Color
	// ASCII writes [Text] in ASCII only: other signs for the outcomes, and other letters as their code points.
	ASCII bool
	// Rows is the greatest number of rows listed of each kind, in Text and in [HTML] above the table, which has all; both say how many
	// more there are. Zero means 20, a negative number all.
	Rows int
	// CSV is for [CSV].
	CSV CSVOptions
}

const (
	defaultWidth = 100
	minWidth     = 40
	defaultRows  = 20
)

func (o *Options) orDefaults() Options {
	var v Options
	if o != nil {
		v = *o
	}
	if v.Width == 0 {
		v.Width = defaultWidth
	}
	v.Width = max(v.Width, minWidth)
	if v.Rows == 0 {
		v.Rows = defaultRows
	}
	return v
}

// bound is how many of n things are listed.
func (o Options) bound(n int) int {
	if o.Rows < 0 {
		return n
	}
	return min(n, o.Rows)
}
