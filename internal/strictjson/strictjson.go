// Package strictjson decodes JSON that must be exactly what its Go type says. Beyond encoding/json it refuses unknown
// and duplicate members, member names in another case, null where a value is expected, a value of another JSON type,
// and escaped lone surrogates, and it says at which path.
package strictjson

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"
	"unicode/utf8"
)

// Error says where a document is not what its type says.
type Error struct {
	Path    string // such as "source.aliases[2]"; empty for the value itself
	Problem string // what is wrong and what is expected
}

// Error joins path and problem.
func (e *Error) Error() string {
	if e.Path == "" {
		return e.Problem
	}
	return e.Path + ": " + e.Problem
}

// Unmarshal decodes data, one JSON value, into v, a non-nil pointer. Any error is an *[Error], and v may then be
// half-written: throw it away.
func Unmarshal(data []byte, v any) error {
	if !utf8.Valid(data) {
		return &Error{Problem: "is not UTF-8"}
	}
	if !json.Valid(data) {
		return syntax(json.Unmarshal(data, new(any)))
	}
	w := walker{data: data}
	if err := w.value(reflect.TypeOf(v).Elem()); err != nil {
		return err
	}
	return syntax(json.Unmarshal(data, v))
}

func syntax(err error) error {
	if err == nil {
		return nil
	}
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return &Error{Path: t.Field, Problem: "is a " + t.Value + " that does not fit"}
	}
	return &Error{Problem: strings.TrimPrefix(err.Error(), "json: ")}
}

// walker walks a syntactically valid value beside its Go type.
type walker struct {
	data []byte
	pos  int
	path []byte
}

var (
	rawType         = reflect.TypeFor[json.RawMessage]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
	jsonUnmarshaler = reflect.TypeFor[json.Unmarshaler]()
)

func (w *walker) fail(format string, args ...any) error {
	return &Error{Path: string(w.path), Problem: fmt.Sprintf(format, args...)}
}

func (w *walker) space() {
	for w.pos < len(w.data) && strings.IndexByte(" \t\r\n", w.data[w.pos]) >= 0 {
		w.pos++
	}
}

func (w *walker) peek() byte {
	w.space()
	return w.data[w.pos]
}

// value checks the next value against t; a nil t means any value.
func (w *walker) value(t reflect.Type) error {
	if t == rawType {
		t = nil
	}
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	c := w.peek()
	if t != nil {
		if c == 'n' {
			return w.fail("is null; leave the member out instead")
		}
		pt := reflect.PointerTo(t)
		switch {
		case pt.Implements(textUnmarshaler):
			return w.text(t)
		case pt.Implements(jsonUnmarshaler):
			return w.custom(t)
		}
		if want := kindWord(t); want != jsonWord(c) {
			return w.fail("is a %s; expected a %s", jsonWord(c), want)
		}
	}
	switch c {
	case '{':
		return w.object(t)
	case '[':
		return w.array(t)
	case '"':
		_, err := w.string()
		return err
	}
	for w.pos < len(w.data) && strings.IndexByte(" \t\r\n,]}", w.data[w.pos]) < 0 {
		w.pos++
	}
	return nil
}

func jsonWord(c byte) string {
	switch c {
	case '{':
		return "object"
	case '[':
		return "array"
	case '"':
		return "string"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	return "number"
}

func kindWord(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		return "object"
	case reflect.Slice, reflect.Array:
		return "array"
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	}
	return "number"
}

// text tries a value that reads itself from text, so that its error gets a path.
func (w *walker) text(t reflect.Type) error {
	if c := w.peek(); c != '"' {
		return w.fail("is a %s; expected a string", jsonWord(c))
	}
	s, err := w.string()
	if err != nil {
		return err
	}
	if err := reflect.New(t).Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(s)); err != nil {
		return w.fail("%s", err)
	}
	return nil
}

func (w *walker) custom(t reflect.Type) error {
	start := w.pos
	if err := w.value(nil); err != nil {
		return err
	}
	if err := json.Unmarshal(w.data[start:w.pos], reflect.New(t).Interface()); err != nil {
		return w.fail("%s", err)
	}
	return nil
}

func (w *walker) array(t reflect.Type) error {
	var elem reflect.Type
	if t != nil {
		elem = t.Elem()
	}
	w.pos++
	here := len(w.path)
	for i := 0; w.peek() != ']'; i++ {
		if w.peek() == ',' {
			w.pos++
		}
		w.path = append(strconv.AppendInt(append(w.path, '['), int64(i), 10), ']')
		if err := w.value(elem); err != nil {
			return err
		}
		w.path = w.path[:here]
	}
	w.pos++
	return nil
}

func (w *walker) object(t reflect.Type) error {
	var fields map[string]reflect.Type
	var elem reflect.Type
	if t != nil && t.Kind() == reflect.Map {
		elem = t.Elem()
	} else if t != nil {
		fields = fieldsOf(t)
	}
	w.pos++
	here := len(w.path)
	var seen []string
	for w.peek() != '}' {
		if w.peek() == ',' {
			w.pos++
		}
		w.space()
		name, err := w.string()
		if err != nil {
			return err
		}
		if here > 0 {
			w.path = append(w.path, '.')
		}
		w.path = append(w.path, name...)
		for _, s := range seen {
			if s == name {
				return w.fail("is there twice; members must be unique")
			}
		}
		seen = append(seen, name)
		ft := elem
		if fields != nil {
			var ok bool
			if ft, ok = fields[name]; !ok {
				return w.fail("is not a known field; expected one of %s", names(t))
			}
		}
		w.peek() // the colon
		w.pos++
		if err := w.value(ft); err != nil {
			return err
		}
		w.path = w.path[:here]
	}
	w.pos++
	return nil
}

// string reads a string and refuses escaped lone surrogates, which encoding/json would silently replace.
func (w *walker) string() (string, error) {
	start := w.pos
	escaped := false
	w.pos++
	for w.data[w.pos] != '"' {
		if w.data[w.pos] != '\\' {
			w.pos++
			continue
		}
		escaped = true
		if w.data[w.pos+1] != 'u' {
			w.pos += 2
			continue
		}
		r := hex4(w.data[w.pos+2:])
		w.pos += 6
		if !utf16.IsSurrogate(r) {
			continue
		}
		if w.data[w.pos] != '\\' || w.data[w.pos+1] != 'u' || utf16.DecodeRune(r, hex4(w.data[w.pos+2:])) == utf8.RuneError {
			return "", w.fail("contains half of a surrogate pair, which is not UTF-8")
		}
		w.pos += 6
	}
	w.pos++
	if !escaped {
		return string(w.data[start+1 : w.pos-1]), nil
	}
	var s string
	if err := json.Unmarshal(w.data[start:w.pos], &s); err != nil {
		return "", w.fail("%s", err)
	}
	return s, nil
}

func hex4(b []byte) rune {
	n, err := strconv.ParseUint(string(b[:4]), 16, 32)
	if err != nil {
		return utf8.RuneError
	}
	return rune(n)
}

var fieldCache sync.Map // reflect.Type → map[string]reflect.Type

func fieldsOf(t reflect.Type) map[string]reflect.Type {
	if m, ok := fieldCache.Load(t); ok {
		return m.(map[string]reflect.Type)
	}
	m := make(map[string]reflect.Type)
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" {
			for n, ft := range fieldsOf(f.Type) {
				m[n] = ft
			}
			continue
		}
		if name == "-" || !f.IsExported() {
			continue
		}
		if name == "" {
			name = f.Name
		}
		m[name] = f.Type
	}
	fieldCache.Store(t, m)
	return m
}

func names(t reflect.Type) string {
	var out []string
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			out = append(out, names(f.Type))
		case name != "" && name != "-":
			out = append(out, name)
		}
	}
	return strings.Join(out, ", ")
}
