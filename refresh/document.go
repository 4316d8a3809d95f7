package refresh

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// A document is a job or result on paper: one JSON object with "format" and "version", a few header members, and
// one long array of rows that is read and written row by row.
type document struct {
	what    string // "job" or "result"
	format  string
	version int // the newest version that this library writes; it reads all up to it
	rows    string
}

var (
	jobDocument    = document{what: "job", format: "readdress-job", version: 1, rows: "matches"}
	resultDocument = document{what: "result", format: "readdress-result", version: 1, rows: "rows"}
)

type stamped struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
}

// write writes header, a struct whose last member is the empty row array, and then the rows, one a line.
func (d document) write(w io.Writer, header any, n int, row func(i int) any) error {
	out, err := d.begin(w, header)
	if err != nil {
		return err
	}
	for i := range n {
		if err := out.row(row(i)); err != nil {
			return err
		}
	}
	return out.end()
}

// writer is one writing of a document.
type writer struct {
	document
	*batchWriter
	n int // rows begun
}

// begin writes the header.
func (d document) begin(w io.Writer, header any) (*writer, error) {
	head, err := encode(header)
	if err != nil {
		return nil, err
	}
	out := &writer{document: d, batchWriter: newBatchWriter(w)}
	out.add([]byte(fmt.Sprintf("{\"format\":%q,\"version\":%d,", d.format, d.version)))
	out.add(head[1 : len(head)-1])
	if len(head) > 2 {
		out.add([]byte{','})
	}
	out.add([]byte(fmt.Sprintf("%q:[", d.rows)))
	return out, nil
}

// row writes the next row. After an error the document must not be ended, so that nobody takes it for a whole one.
func (out *writer) row(v any) error {
	out.n++
	if row, ok := v.(jsonAppender); ok {
		if out.n > 1 {
			out.buf = append(out.buf, ',')
		}
		out.buf = row.appendJSON(append(out.buf, '\n'))
		out.add(nil)
		return out.err
	}
	line, err := encode(v)
	if err != nil {
		return fmt.Errorf("refresh: writing the %s, row %d: %w", out.what, out.n, err)
	}
	if out.n > 1 {
		out.add([]byte{','})
	}
	out.add([]byte{'\n'})
	out.add(line)
	return out.err
}

// jsonAppender appends itself, so that it takes no memory of its own.
type jsonAppender interface{ appendJSON(b []byte) []byte }

func (out *writer) end() error {
	out.add([]byte("\n]}\n"))
	return out.flush()
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), nil
}

// batchWriter gathers small writes and keeps the first error.
type batchWriter struct {
	w   io.Writer
	buf []byte
	err error
}

func newBatchWriter(w io.Writer) *batchWriter {
	return &batchWriter{w: w, buf: make([]byte, 0, 64<<10)}
}

func (b *batchWriter) add(p []byte) {
	b.buf = append(b.buf, p...)
	if len(b.buf) >= 48<<10 {
		_ = b.flush()
	}
}

func (b *batchWriter) flush() error {
	if b.err == nil && len(b.buf) > 0 {
		_, b.err = b.w.Write(b.buf)
	}
	b.buf = b.buf[:0]
	return b.err
}
