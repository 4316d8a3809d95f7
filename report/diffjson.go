package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/readdress-go/readdress/internal/strictjson"
	"github.com/readdress-go/readdress/refresh"
)

const (
	diffFormat  = "readdress-difference"
	diffVersion = 1
)

type diffStamp struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
}

type diffDocument struct {
	diffStamp
	Difference
}

// Write writes the difference as one JSON object, a row a line, in UTF-8. Reading it back gives an equal difference.
func (d *Difference) Write(w io.Writer) error {
	doc := diffDocument{diffStamp{diffFormat, diffVersion}, *d}
	if doc.Rows == nil {
		doc.Rows = []DiffRow{}
	}
	if err := strictjson.Faithful(&doc.Difference); err != nil {
		return fmt.Errorf("report: the difference cannot be written: %w", err)
	}
	doc.Rows = doc.Rows[:0]
	head, err := encode(doc)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	out := bufio.NewWriter(w)
	out.Write(bytes.TrimSuffix(head, []byte("]}")))
	for i := range d.Rows {
		line, err := encode(&d.Rows[i])
		if err != nil {
			return fmt.Errorf("report: row %d: %w", i+1, err)
		}
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteByte('\n')
		out.Write(line)
	}
	out.WriteString("\n]}\n")
	if err := out.Flush(); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), err
}

// ReadDifference reads a difference that [Difference.Write] wrote, of this or any earlier version of the library. Unknown members and words
// are errors, which say where they are and repeat no values.
func ReadDifference(r io.Reader) (*Difference, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("report: reading the difference: %w", err)
	}
	var s diffStamp
	err = json.Unmarshal(data, &s)
	switch {
	case s.Format != diffFormat:
		return nil, fmt.Errorf("report: format is not %q: this is no readdress difference", diffFormat)
	case s.Version > diffVersion:
		return nil, fmt.Errorf("report: the difference has version %d; this library reads versions 1 to %d: use a newer release", s.Version, diffVersion)
	case err != nil || s.Version < 1:
		return nil, fmt.Errorf("report: the version of the difference is missing or not a whole number from 1 to %d", diffVersion)
	}
	var doc diffDocument
	if err := strictjson.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("report: reading the difference: %w", err)
	}
	for i := range doc.Rows {
		if problem := doc.Rows[i].check(); problem != "" {
			return nil, fmt.Errorf("report: reading the difference: rows[%d]: %s", i, problem)
		}
	}
	return &doc.Difference, nil
}

// check returns what is wrong with a row.
func (row *DiffRow) check() string {
	switch {
	case row.Side != refresh.Source && row.Side != refresh.Target:
		return "side is missing; expected source or target"
	case row.Earlier == nil && row.Later == nil:
		return "both verdicts are missing"
	}
	for _, v := range []*Verdict{row.Earlier, row.Later} {
		if v != nil && v.Outcome == 0 {
			return "an outcome is missing"
		}
	}
	return ""
}
