package report

import (
	"errors"
	"io"

	"github.com/readdress-go/readdress/refresh"
)

var _ Format = CSV

// CSVOptions adjust [CSV]. The zero value works. For a spreadsheet where a comma is part of a number, as Excel is in
// most of Europe, take Comma ';' and BOM.
type CSVOptions struct {
	// Comma separates the cells: ',' (also where it is zero), ';' or a tabulator.
	Comma rune
	// BOM writes a byte order mark, by which Excel knows that the file is UTF-8.
	BOM bool
	// Raw writes every value as it is, so that a spreadsheet runs what a directory or a file supplied. It is for
	// programs that want no guards and open the file in no spreadsheet.
	Raw bool
}

// CSV writes one line for each row of the result, as of RFC 4180 in UTF-8, below a line with the names of the columns.
// It is a [Format], and [ReadCSV] reads it. It holds one line in memory, whatever the number of rows.
//
// The columns are those of [Record], in its order: job, key, side, outcome, reason, severity, identity, primary_before,
// primary_after, login_before, login_after, aliases_added, aliases_removed, address_in_use (kept, moved, still-alias or lost),
// remedy, error, time, name, use, state, result, job_id, job_digest, run, operator, started, finished, library, system,
// directory, pin, server, account, path, and last format, which says how the line is written.
// An enum is its word. The reason is the words of Reasons, Cause and [Detail]. A time is RFC 3339 in UTC.
// In a list a ";" is between two values, a "\" before a ";" or "\" within one, and a value that is empty is "\e".
//
// The values may be hostile, so they are guarded, unless [CSVOptions] wants them raw. A control, invisible or
// direction-changing character becomes its code point, such as <U+000D>, and so does a "<" before "U+". Where a value
// begins with one of = + - @ (or their full-width forms) or an apostrophe, an apostrophe is put before it, and likewise
// behind each , ; or | in it, where a program splits that was told a wrong separator. Spaces and quotation marks that
// come first do not count. So each record is one line and no spreadsheet takes a cell for a formula, and the guards can be taken
// away again: ReadCSV gives the values as they were. A guard is no help in a program that was told to take apostrophes
// for quotation marks. Guards do not keep a spreadsheet from taking a value for a number or a date: import the
// columns as text where you save the file again.
//
// A byte that is not UTF-8 becomes U+FFFD. An outcome, side or other enum that has no word is an error that
// tells the record's number, and so is a time that RFC 3339 cannot write; a result that [refresh.ReadResult] read has neither.
func CSV(w io.Writer, r *refresh.Result, opts *Options) error {
	if r == nil {
		return errors.New("report: there is no result to render")
	}
	c, err := newCSVWriter(w, opts.orDefaults().CSV, reportName, csvColumns())
	if err != nil {
		return err
	}
	for rec := range Records(r) {
		if err := c.line(&rec); err != nil {
			return err
		}
	}
	return c.flush()
}
