package imapconn

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What a table may hold at most, in bytes.
const (
	maxTable = 256 << 20
	maxField = 4 << 10
)

// columns are those that a table must have, and those that it may have.
type columns struct{ must, may []string }

// record is one line of a table, or several where a value in quotes has line breaks.
type record struct {
	places map[string]int
	fields []string
}

// get returns the value of a column, empty where the table does not have it.
func (r record) get(column string) string {
	if i, ok := r.places[column]; ok {
		return r.fields[i]
	}
	return ""
}

// readTable reads CSV with a header and calls each for every record, with the number of its first line. Every error names a line and
// holds no value.
func readTable(r io.Reader, head columns, each func(line int, row record) error) error {
	in := bufio.NewReader(&bounded{r: r, left: maxTable})
	if mark, err := in.Peek(3); err == nil && string(mark) == "\ufeff" { // as Excel writes it
		_, _ = in.Discard(3)
	}
	table := csv.NewReader(in)
	names, err := table.Read()
	switch {
	case err == io.EOF:
		return errors.New("line 1: there is no header")
	case err != nil:
		return lineError(err)
	}
	places, err := head.places(names)
	if err != nil {
		return fmt.Errorf("line 1: %w", err)
	}
	for {
		fields, err := table.Read()
		if err == io.EOF {
			return nil
		} else if err != nil {
			return lineError(err)
		}
		line, _ := table.FieldPos(0)
		for i, f := range fields {
			if err := checkValue(f); err != nil {
				return fmt.Errorf("line %d, column %s: %w", line, names[i], err)
			}
		}
		if err := each(line, record{places, fields}); err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
}

// lineError names the line of an error of package csv in our words.
func lineError(err error) error {
	if p, ok := errors.AsType[*csv.ParseError](err); ok {
		return fmt.Errorf("line %d: %w", p.Line, p.Err)
	}
	return err
}

// places finds the columns by their names.
func (c columns) places(names []string) (map[string]int, error) {
	out := make(map[string]int)
	for i, name := range names {
		_, twice := out[name]
		switch {
		case twice:
			return nil, fmt.Errorf("the column %s is there twice", name)
		case !slices.Contains(c.must, name) && !slices.Contains(c.may, name): // which may be a value, where there is no header
			return nil, fmt.Errorf("column %d is none of %s; columns are separated by commas", i+1, strings.Join(slices.Concat(c.must, c.may), ", "))
		}
		out[name] = i
	}
	for _, name := range c.must {
		if _, ok := out[name]; !ok {
			return nil, fmt.Errorf("the column %s is missing", name)
		}
	}
	return out, nil
}

func checkValue(s string) error {
	switch {
	case len(s) > maxField:
		return fmt.Errorf("the value is longer than %d bytes", maxField)
	case !utf8.ValidString(s):
		return errors.New("the value is not UTF-8")
	case strings.ContainsFunc(s, unicode.IsControl):
		return errors.New("the value has a control character, such as a line break")
	}
	return nil
}

// checkName checks a login. What is printed, what, is not its value.
func checkName(what, s string) error {
	switch {
	case s == "":
		return fmt.Errorf("%s is empty", what)
	case strings.TrimSpace(s) != s:
		return fmt.Errorf("%s begins or ends with a space", what)
	}
	return nil
}

// bounded is a reader that fails where there is too much.
type bounded struct {
	r    io.Reader
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p[:min(len(p), b.left+1)])
	if b.left -= n; b.left < 0 {
		return 0, fmt.Errorf("there are more than %d bytes", maxTable)
	}
	return n, err
}
