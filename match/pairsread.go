package match

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/readdress-go/readdress/refresh"
)

// ReadPairs reads pairs as [WritePairs] writes them, or a person, and returns the job with them; it reads all or nothing. The first line names the
// columns, in any order: the key must be among them, an unknown column or one that is there twice is an error. Rows that the file
// does not have stay as they are, and so do columns, but for what belongs to a mailbox that the file replaces.
//
// A row whose cells are what the job holds stays untouched, bit for bit. One whose target cells say something else is paired anew: with an ID it is
// bound, without one the address was entered by hand, or is planned where target_planned says so (or says nothing, and it was). A blank
// target is unmatched. The same goes for the source, which cannot be blank. What the job knew of the former mailbox goes with it:
// aliases and names, marks, stamps, previous values, and the address in use, unless the file gives another one.
//
// Two slips are errors, because they would leave mail going to the former mailbox: an address that changes while the ID beside it stays (blank the
// ID, or give the new one), and an address in use that stays while its mailbox changes.
//
// The error is a *[PairsError] that names lines, columns and keys, or the reader's own.
func ReadPairs(r io.Reader, job refresh.Job, opts *PairsOptions) (refresh.Job, error) {
	if err := job.Validate(); err != nil {
		return refresh.Job{}, err
	}
	o := opts.orZero()
	f := &pairsFile{in: csv.NewReader(r), job: job, at: make(map[string]int, len(job.Matches)), lines: make(map[string]int), add: o.Add}
	f.in.Comma, f.in.ReuseRecord = o.Comma, true
	f.job.Matches = slices.Clone(job.Matches)
	for i := range job.Matches {
		f.at[job.Matches[i].Key] = i
	}
	err := f.read()
	if bad, ok := errors.AsType[*csv.ParseError](err); ok {
		err = nil
		text := "is no CSV: " + bad.Err.Error()
		if bad.StartLine < bad.Line {
			text += fmt.Sprintf(", in the row that begins on line %d", bad.StartLine)
		}
		f.bad.add(PairsProblem{Line: bad.Line, Text: text})
	}
	switch {
	case err != nil:
		return refresh.Job{}, fmt.Errorf("match: reading pairs: %w", err)
	case len(f.bad.Problems) > 0:
		return refresh.Job{}, &f.bad
	}
	return f.job, nil
}

// pairsFile is a file that is being read.
type pairsFile struct {
	in      *csv.Reader
	columns []string
	job     refresh.Job
	at      map[string]int // rows by key
	lines   map[string]int // by the keys that were read
	add     bool
	bad     PairsError
}

func (f *pairsFile) read() error {
	header, err := f.in.Read()
	if errors.Is(err, io.EOF) {
		f.bad.add(PairsProblem{Line: 1, Text: "the file is empty; expected the names of the columns, of which key is one"})
		return nil
	} else if err != nil {
		return err
	}
	f.header(header)
	if len(f.bad.Problems) > 0 {
		return nil
	}
	for {
		record, err := f.in.Read()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		f.row(record)
	}
}

func (f *pairsFile) header(names []string) {
	names[0] = strings.TrimPrefix(names[0], "\uFEFF") // Excel begins a file with it
	for i, name := range names {
		switch {
		case !slices.Contains(pairColumns, name): // not shown: of a file without a header it is an address
			f.bad.add(PairsProblem{Line: 1, Text: fmt.Sprintf("column %d is unknown; expected one of %s", i+1, strings.Join(pairColumns, ", "))})
		case slices.Contains(names[:i], name):
			f.bad.add(PairsProblem{Line: 1, Column: name, Text: "is there twice"})
		}
	}
	if !slices.Contains(names, colKey) {
		f.bad.add(PairsProblem{Line: 1, Column: colKey, Text: "is missing"})
	}
	f.columns = slices.Clone(names)
}

// row reads one line.
func (f *pairsFile) row(record []string) {
	cells := make(map[string]string, len(record))
	line, _ := f.in.FieldPos(0)
	ok := true
	for i, name := range f.columns {
		text, err := uncell(record[i])
		if err == nil && !utf8.ValidString(text) {
			err = errors.New("is not UTF-8")
		}
		if err != nil {
			at, _ := f.in.FieldPos(i)
			f.bad.add(PairsProblem{Line: at, Column: name, Text: err.Error()})
			ok = false
		}
		cells[name] = text
	}
	if !ok {
		return
	}
	key := cells[colKey]
	i, known := f.at[key]
	first, twice := f.lines[key]
	problem := PairsProblem{Line: line, Column: colKey}
	if known {
		problem.Key = key
	}
	switch {
	case twice:
		problem.Text = fmt.Sprintf("was on line %d already", first)
	case key == "":
		problem.Text = "is empty"
	case !known && !f.add:
		problem.Text = "is none of the job's"
	}
	if problem.Text != "" {
		f.bad.add(problem)
		return
	}
	f.lines[key] = line
	m := refresh.Match{Key: key}
	if known {
		m = f.job.Matches[i]
	}
	column, text, changed := update(&m, cells)
	if text == "" && (changed || !known) {
		if err := check(&m); err != nil {
			column, text = "", err.Error()
			if bad, ok := errors.AsType[*refresh.InvalidError](err); ok {
				text = bad.Field + " " + bad.Problem
			}
		}
	}
	switch {
	case text != "":
		if at := slices.Index(f.columns, column); at >= 0 {
			problem.Line, _ = f.in.FieldPos(at)
		}
		problem.Column, problem.Text = column, text
		f.bad.add(problem)
	case !known:
		f.at[key] = len(f.job.Matches)
		f.job.Matches = append(f.job.Matches, m)
	case changed:
		f.job.Matches[i] = m
	}
}
