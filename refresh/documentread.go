package refresh

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/readdress-go/readdress/internal/strictjson"
)

// read reads a document: header into the struct that header points to, and each row through row, which gets the row's
// bytes for the time of the call. Members may come in any order.
func (d document) read(r io.Reader, header any, row func(i int, raw []byte) error) error {
	in, err := d.open(r)
	if err != nil {
		return err
	}
	if err := in.members(row); err != nil {
		return err
	}
	if err := in.judge(header); err != nil {
		return err
	}
	if !in.sawRows {
		return in.noRows()
	}
	return nil
}

func (d document) invalid(field string, offset int64, problem string) *InvalidError {
	return &InvalidError{What: d.what, Field: field, Offset: offset, Problem: problem}
}

func (d document) wrap(err error, offset int64) *InvalidError {
	e := d.invalid("", offset, err.Error())
	if s, ok := errors.AsType[*strictjson.Error](err); ok {
		e.Field, e.Problem = s.Path, s.Problem
	}
	return e
}

// reader is one reading of a document.
type reader struct {
	document
	dec     *json.Decoder
	head    []byte // the header members as an object, not closed yet
	sawRows bool
	row     int   // rows begun
	judged  bool  // the version is known to be ours
	rowErr  error // the first error of the rows: reported only when the version is known to be ours
}

// open reads the beginning of a document.
func (d document) open(r io.Reader) (*reader, error) {
	in := &reader{document: d, dec: json.NewDecoder(&utf8Reader{r: r}), head: []byte{'{'}}
	if t, err := in.dec.Token(); err != nil || t != json.Delim('{') {
		return nil, in.broken(err, "does not begin with an object")
	}
	return in, nil
}

func (in *reader) members(row func(int, []byte) error) error {
	for {
		if rows, err := in.header(); err != nil {
			return err
		} else if !rows {
			return in.end()
		}
		if err := in.array(row); err != nil {
			return err
		}
	}
}

// header gathers header members up to the rows, if rows follow, or to the end.
func (in *reader) header() (rows bool, err error) {
	for in.dec.More() {
		t, err := in.dec.Token()
		if err != nil {
			return false, in.broken(err, "")
		}
		name, _ := t.(string)
		if name == in.rows {
			return true, nil
		}
		var raw json.RawMessage
		if err := in.dec.Decode(&raw); err != nil {
			return false, in.broken(err, "")
		}
		key, _ := json.Marshal(name)
		in.head = append(append(append(append(in.head, key...), ':'), raw...), ',')
	}
	return false, nil
}

// end reads the end of the document.
func (in *reader) end() error {
	if _, err := in.dec.Token(); err != nil {
		return in.broken(err, "")
	}
	if _, err := in.dec.Token(); err != io.EOF {
		return in.broken(err, "has something after its end")
	}
	return nil
}

// judge reads the header members that were gathered. From then on an error of the rows ends the reading at once.
func (in *reader) judge(header any) error {
	head := append(bytes.TrimSuffix(in.head, []byte{','}), '}')
	var s stamped
	err := json.Unmarshal(head, &s)
	if s.Format != in.format {
		return in.invalid("format", 0, fmt.Sprintf("is not %q: this is no readdress %s", in.format, in.what))
	}
	if s.Version > in.version {
		return in.invalid("version", 0, fmt.Sprintf("is %d; this library reads versions 1 to %d: use a newer release", s.Version, in.version))
	}
	if err != nil || s.Version < 1 {
		return in.invalid("version", 0, fmt.Sprintf("is missing or not a whole number from 1 to %d", in.version))
	}
	if in.rowErr != nil {
		return in.rowErr
	}
	if err := strictjson.Unmarshal(head, header); err != nil {
		return in.wrap(err, 0)
	}
	in.judged = true
	return nil
}

func (in *reader) noRows() error { return in.invalid(in.rows, 0, "is missing; expected an array") }

// errStop is returned by a row function that wants no more rows.
var errStop = errors.New("stop")

func (in *reader) array(row func(int, []byte) error) error {
	if in.sawRows {
		if err := in.later(in.invalid(in.rows, in.dec.InputOffset(), "is there twice; members must be unique")); err != nil {
			return err
		}
	}
	in.sawRows = true
	t, err := in.dec.Token()
	if err != nil {
		return in.broken(err, "")
	}
	if t != json.Delim('[') {
		if err := in.later(in.invalid(in.rows, in.dec.InputOffset(), "is not an array")); err != nil {
			return err
		}
		return in.skip(t)
	}
	var raw json.RawMessage
	for in.dec.More() {
		at := in.dec.InputOffset()
		in.row++
		if err := in.dec.Decode(&raw); err != nil {
			return in.broken(err, "")
		}
		if in.rowErr != nil {
			continue
		}
		if err := row(in.row-1, raw); err == errStop {
			return err
		} else if err != nil {
			if err := in.later(in.place(err, at, raw)); err != nil {
				return err
			}
		}
	}
	in.row = 0
	if _, err := in.dec.Token(); err != nil {
		return in.broken(err, "")
	}
	return nil
}

// later returns an error about what a newer version may well have another way, once the version is known. Else it keeps the first.
func (in *reader) later(err error) error {
	if in.judged {
		return err
	}
	if in.rowErr == nil {
		in.rowErr = err
	}
	return nil
}

// skip reads the rest of the value that begins with t.
func (in *reader) skip(t json.Token) error {
	for depth := 0; ; {
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
		var err error
		if t, err = in.dec.Token(); err != nil {
			return in.broken(err, "")
		}
	}
}

// place adds to a row's error where the row is.
func (in *reader) place(err error, offset int64, raw []byte) error {
	e, ok := errors.AsType[*InvalidError](err)
	if !ok {
		e = in.wrap(err, offset)
	}
	e.What, e.Row, e.Offset = in.what, in.row, offset
	if e.Key == "" {
		var k struct {
			Key string `json:"key"`
		}
		if json.Unmarshal(raw, &k) == nil && checkKey(k.Key) == "" {
			e.Key = k.Key // only a key that may be printed
		}
	}
	return e
}

// broken describes an error of the JSON itself.
func (in *reader) broken(err error, otherwise string) *InvalidError {
	e := in.invalid("", in.dec.InputOffset(), otherwise)
	e.Row, e.Err = in.row, err
	notUTF8, _ := errors.AsType[*utf8Error](err)
	switch {
	case err == nil:
	case notUTF8 != nil:
		e.Problem = "the file is not UTF-8; save it as UTF-8 without a byte order mark"
		e.Offset = notUTF8.offset
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		e.Problem = "the file ends here: it is truncated; restore it from a copy"
	default:
		if s, ok := errors.AsType[*json.SyntaxError](err); ok {
			e.Offset = s.Offset
			e.Problem = "is not JSON: " + s.Error()
		} else {
			e.Problem = "cannot be read: " + err.Error()
		}
	}
	return e
}
