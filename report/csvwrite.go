package report

import (
	"fmt"
	"io"
	"strings"
)

// csvWriter writes lines of type L as RFC 4180 has it: lines end in CR LF, and a cell that holds the separator, a quotation
// mark or the end of a line stands in quotation marks. Package encoding/csv would change the ends of lines in raw cells.
type csvWriter[L any] struct {
	w       io.Writer
	raw     bool
	comma   byte
	columns []csvColumn[L]
	format  string   // of the last column
	last    []string // the text of a steady column on the line before,
	lastRaw [][]byte // and its cell
	buf     []byte
	scratch []byte
	n       int // lines after the header
}

const csvBuffer = 32 << 10

func newCSVWriter[L any](w io.Writer, o CSVOptions, name string, columns []csvColumn[L]) (*csvWriter[L], error) {
	c := &csvWriter[L]{w: w, raw: o.Raw, columns: columns, format: formatWord(name, o.Raw)}
	switch o.Comma {
	case 0:
		c.comma = ','
	case ',', ';', '\t':
		c.comma = byte(o.Comma)
	default:
		return nil, fmt.Errorf("report: CSV: the separator is %U; expected a comma, a semicolon or a tabulator", o.Comma)
	}
	c.last, c.lastRaw = make([]string, len(c.columns)), make([][]byte, len(c.columns))
	if o.BOM {
		c.buf = append(c.buf, "\ufeff"...)
	}
	for _, col := range c.columns {
		c.buf = append(append(c.buf, col.name...), c.comma)
	}
	c.buf = append(c.buf, csvFormat+"\r\n"...)
	return c, nil
}

// line writes the next line.
func (c *csvWriter[L]) line(rec *L) error {
	c.n++
	for i := range c.columns {
		col := &c.columns[i]
		s, ok := col.text(rec)
		switch {
		case !ok:
			return fmt.Errorf("report: CSV: record %d: column %s: the value has no text", c.n, col.name)
		case !col.steady:
			c.buf = c.cell(c.buf, s)
		case c.lastRaw[i] == nil || s != c.last[i]:
			c.last[i], c.lastRaw[i] = s, c.cell(make([]byte, 0, len(s)+2), s)
			fallthrough
		default:
			c.buf = append(c.buf, c.lastRaw[i]...)
		}
		c.buf = append(c.buf, c.comma)
	}
	c.buf = append(append(c.buf, c.format...), "\r\n"...)
	if len(c.buf) >= csvBuffer {
		return c.flush()
	}
	return nil
}

func (c *csvWriter[L]) flush() error {
	_, err := c.w.Write(c.buf)
	if c.buf = c.buf[:0]; cap(c.buf) > 16*csvBuffer {
		c.buf = nil // one value was huge
	}
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// cell appends the cell of a text.
func (c *csvWriter[L]) cell(dst []byte, s string) []byte {
	switch {
	case plainCell(s):
		return append(dst, s...)
	case c.raw:
		c.scratch = append(c.scratch[:0], validUTF8(s)...)
	default:
		c.scratch = guard(c.scratch[:0], s)
	}
	dst = appendQuoted(dst, c.scratch, c.comma)
	if cap(c.scratch) > csvBuffer {
		c.scratch = nil
	}
	return dst
}

// plainBytes marks the bytes that need neither quotation marks nor a guard wherever they are, but for the beginning.
var plainBytes = func() (plain [256]bool) {
	for b := ' '; b < 0x7f; b++ {
		plain[b] = !strings.ContainsRune(`",;|<`, b)
	}
	return plain
}()

func plainCell(s string) bool {
	if s == "" {
		return true
	}
	switch s[0] {
	case '=', '+', '-', '@', '\'', ' ':
		return false
	}
	for i := range len(s) {
		if !plainBytes[s[i]] {
			return false
		}
	}
	return true
}

// appendQuoted puts s in quotation marks where it needs them. Spaces at an end get them, too: some programs drop them otherwise.
func appendQuoted(dst, s []byte, comma byte) []byte {
	n := len(s)
	quote := n > 0 && (s[0] == ' ' || s[n-1] == ' ')
	for _, b := range s {
		quote = quote || b == comma || b == '"' || b == '\r' || b == '\n'
	}
	if !quote {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	for _, b := range s {
		if b == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, b)
	}
	return append(dst, '"')
}

// validUTF8 replaces each byte that is not UTF-8 by U+FFFD.
func validUTF8(s string) string { return string([]rune(s)) }
