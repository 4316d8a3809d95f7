package report

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"
)

// CSVError says where a CSV report cannot be read, and never shows what is there.
type CSVError struct {
	Line    int    // 1 is the names of the columns
	Column  string // its name; empty where the whole line is meant
	Problem string
}

// Error says it in one line.
func (e *CSVError) Error() string {
	at := fmt.Sprintf("report: CSV line %d", e.Line)
	if e.Column != "" {
		at += ", column " + e.Column
	}
	return at + ": " + e.Problem
}

// ReadCSV reads a file that [CSV] wrote, with any options, and gives a record for each line as it reads it. The values
// are as they were before they were guarded. In a raw file a CR LF within a value reads as LF.
//
// It finds out by the first line whether , ; or a tabulator separates the cells. The columns may be in any order, and
// others than those of CSV may be there, which are passed over. The first error ends it: a *[CSVError] for a column that is
// missing or there twice, a word that is unknown or a cell that is not UTF-8, for text that is no CSV or was written by a
// newer version, otherwise the reader's own. The records before it stand, and are the caller's own.
func ReadCSV(r io.Reader) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		c, err := newCSVReader(r)
		if err != nil {
			yield(Record{}, err)
			return
		}
		for {
			switch err := c.next(); {
			case errors.Is(err, io.EOF):
				return
			case err != nil:
				yield(Record{}, err)
				return
			case !yield(c.rec, nil):
				return
			}
		}
	}
}

type csvReader struct {
	in      *csv.Reader
	columns []csvColumn[Record]
	at      []int    // where each column is in a line
	format  int      // where the last one is
	last    []string // the cells of the line before
	raw     bool     // how it was written
	rec     Record   // what it says
	begun   bool
}

// maxHeader bounds the first line, so that a file of another kind is not read whole in search of its end.
const maxHeader = 64 << 10

func newCSVReader(r io.Reader) (*csvReader, error) {
	buffered := bufio.NewReader(r)
	header, err := headerLine(buffered)
	if err != nil {
		return nil, err
	}
	header = bytes.TrimPrefix(header, []byte("\ufeff"))
	c := &csvReader{columns: csvColumns()}
	names, comma := c.splitHeader(header)
	if err := c.find(names); err != nil {
		return nil, err
	}
	c.in = csv.NewReader(io.MultiReader(bytes.NewReader(header), buffered)) // the header again, so that lines are counted right
	c.in.Comma, c.in.ReuseRecord = comma, true
	if _, err := c.in.Read(); err != nil {
		return nil, c.failed(err)
	}
	c.last = make([]string, len(c.columns))
	return c, nil
}

// headerLine reads the first line, which has a line break in it where a name has one.
func headerLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > maxHeader:
			return nil, &CSVError{Line: 1, Problem: "is longer than the names of columns are; this is no CSV report"}
		case errors.Is(err, bufio.ErrBufferFull), err == nil && bytes.Count(line, []byte{'"'})%2 != 0:
			continue
		case err != nil && !errors.Is(err, io.EOF):
			return nil, fmt.Errorf("report: reading CSV: %w", err)
		case len(bytes.TrimSpace(line)) == 0 && err == nil:
			return nil, &CSVError{Line: 1, Problem: "is empty; expected the names of the columns"}
		case len(line) == 0:
			return nil, &CSVError{Line: 1, Problem: "is missing: the file is empty"}
		case !utf8.Valid(line):
			return nil, &CSVError{Line: 1, Problem: `is not UTF-8; save the file as "CSV UTF-8"`}
		}
		return line, nil
	}
}

// splitHeader takes the separator that yields the most columns of a report.
func (c *csvReader) splitHeader(line []byte) (names []string, comma rune) {
	comma, most := ',', -1
	for _, try := range []rune{',', ';', '\t'} {
		in := csv.NewReader(bytes.NewReader(line))
		in.Comma = try
		split, err := in.Read()
		if err != nil {
			continue
		}
		known := 0
		for _, col := range c.columns {
			if slices.Contains(split, col.name) {
				known++
			}
		}
		if known > most {
			names, comma, most = split, try, known
		}
	}
	return names, comma
}

// find notes where each column is.
func (c *csvReader) find(names []string) error {
	place := func(name string) (int, error) {
		i := slices.Index(names, name)
		switch {
		case i < 0:
			return 0, &CSVError{Line: 1, Column: name, Problem: "is missing"}
		case slices.Contains(names[i+1:], name):
			return 0, &CSVError{Line: 1, Column: name, Problem: "is there twice"}
		}
		return i, nil
	}
	for _, col := range c.columns {
		i, err := place(col.name)
		if err != nil {
			return err
		}
		c.at = append(c.at, i)
	}
	var err error
	c.format, err = place(csvFormat)
	return err
}

// next reads a line into c.rec.
func (c *csvReader) next() error {
	cells, err := c.in.Read()
	if err != nil {
		return c.failed(err)
	}
	raw, problem := formatOf(cells[c.format])
	if problem != "" {
		return c.problem(c.format, csvFormat, problem)
	}
	fresh := !c.begun || raw != c.raw
	c.begun, c.raw = true, raw
	for i := range c.columns {
		s, col := cells[c.at[i]], &c.columns[i]
		if s == c.last[i] && !fresh && !col.list {
			continue // it says what it said on the line before
		}
		if !utf8.ValidString(s) {
			return c.problem(c.at[i], col.name, "is not UTF-8")
		}
		text := s
		if !raw {
			text = unguard(s)
		}
		if problem := col.set(&c.rec, text); problem != "" {
			return c.problem(c.at[i], col.name, problem)
		}
		c.last[i] = s
	}
	return nil
}

func (c *csvReader) problem(at int, column, problem string) error {
	line, _ := c.in.FieldPos(at)
	return &CSVError{Line: line, Column: column, Problem: problem}
}

// failed says what package encoding/csv found, whose errors show nothing of the file.
func (c *csvReader) failed(err error) error {
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	bad, ok := errors.AsType[*csv.ParseError](err)
	if !ok {
		return fmt.Errorf("report: reading CSV: %w", err)
	}
	problem := fmt.Sprintf("is no CSV at byte %d: %v", bad.Column, bad.Err)
	if bad.StartLine < bad.Line {
		problem += fmt.Sprintf(", in the record that begins on line %d", bad.StartLine)
	}
	return &CSVError{Line: bad.Line, Problem: problem}
}

const (
	reportName    = "readdress-report"
	formatVersion = "1"
)

// formatWord is what the last column says.
func formatWord(name string, raw bool) string {
	word := name + " " + formatVersion
	if raw {
		word += " raw"
	}
	return word
}

// formatOf reads the last column.
func formatOf(s string) (raw bool, problem string) {
	switch s {
	case formatWord(reportName, false):
		return false, ""
	case formatWord(reportName, true):
		return true, ""
	}
	version, ok := strings.CutPrefix(s, reportName+" ")
	version, _, _ = strings.Cut(version, " ")
	if ok && version > formatVersion && strings.Trim(version, "0123456789") == "" {
		return false, "is of a newer version of this library; read it with that version, or write the report again with this one"
	}
	return false, "does not say that a report wrote this line; expected " + formatWord(reportName, false)
}
