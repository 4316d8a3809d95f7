package report

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/readdress-go/readdress/refresh"
)

// Text writes the results window as plain text in UTF-8: the header, the counts of each outcome per side,
// warnings, conflicts, the rows that need a person with what to do, and the other rows that change.
// It is a [Format].
func Text(w io.Writer, r *refresh.Result, opts *Options) error {
	if r == nil {
		return errors.New("report: there is no result to render")
	}
	p := newPage(w, opts)
	p.takes = takeovers(r)
	groups, tally := sortRows(r)
	p.header(r)
	p.counts(r, tally)
	p.warnings(r.Warnings)
	p.conflicts(r.Conflicts, r.State)
	p.rows(r, groups)
	return p.end()
}

func newPage(w io.Writer, opts *Options) *page {
	var o Options
	if opts != nil {
		o = *opts
	}
	o = o.fitTo(w)
	o = o.orDefaults()
	return &page{w: bufio.NewWriter(w), Options: o, signs: signsFor(o.ASCII)}
}

// end writes what is left, and returns the first error of the writer.
func (p *page) end() error {
	if err := p.w.Flush(); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}
