package report

import (
	"io"
	"iter"
)

// Guard is how a value looks in a guarded cell.
func Guard(s string) string { return string(guard(nil, s)) }

// WriteRecords writes records as CSV writes those of a result.
func WriteRecords(w io.Writer, recs iter.Seq[Record], o CSVOptions) error {
	c, err := newCSVWriter(w, o, reportName, csvColumns())
	if err != nil {
		return err
	}
	for rec := range recs {
		if err := c.line(&rec); err != nil {
			return err
		}
	}
	return c.flush()
}
