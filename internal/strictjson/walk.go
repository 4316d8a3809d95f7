package strictjson

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// walker walks a syntactically valid value beside its Go type.
type walker struct {
	data []byte
	pos  int
	path []byte
}

var (
	rawType         = reflect.TypeFor[json.RawMessage]()
	timeType        = reflect.TypeFor[time.Time]()
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

// value checks the next value against its shape.
func (w *walker) value(s *shape) error {
	c := w.peek()
	if s != nil {
		if c == 'n' {
			return w.fail("is null; leave the member out instead")
		}
		switch s.kind {
		case aTime:
			return w.time()
		case fromJSON:
			return w.custom(s)
		case fromText:
			return w.text(s)
		}
		if got := jsonWord(c); s.word != got {
			return w.fail("is %s; expected %s", article(got), article(s.word))
		}
	}
	switch c {
	case '{':
		return w.object(s)
	case '[':
		return w.array(s)
	case '"':
		_, _, err := w.literal()
		return err
	}
	start := w.pos
	for w.pos < len(w.data) && strings.IndexByte(" \t\r\n,]}", w.data[w.pos]) < 0 {
		w.pos++
	}
	if s == nil {
		return nil
	}
	return w.fits(string(w.data[start:w.pos]), s.t)
}

func article(word string) string {
	if word == "object" || word == "array" {
		return "an " + word
	}
	return "a " + word
}

// jsonWord names the value that begins with c and is not null.
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

// fits checks a number against its type; other literals and other types fit.
func (w *walker) fits(literal string, t reflect.Type) error {
	shown := literal
	if len(shown) > 30 {
		shown = shown[:30] + "…"
	}
	switch k := t.Kind(); {
	case reflect.Int <= k && k <= reflect.Int64:
		if _, err := strconv.ParseInt(literal, 10, t.Bits()); err != nil {
			return w.fail("is %s; expected a whole number", shown)
		}
	case reflect.Uint <= k && k <= reflect.Uintptr:
		if _, err := strconv.ParseUint(literal, 10, t.Bits()); err != nil {
			return w.fail("is %s; expected a whole number of 0 or more", shown)
		}
	case k == reflect.Float32, k == reflect.Float64:
		if _, err := strconv.ParseFloat(literal, t.Bits()); err != nil {
			return w.fail("is %s; expected a number that a float can hold", shown)
		}
	}
	return nil
}

// text tries a value that reads itself from text, so that its error gets a path.
func (w *walker) text(shape *shape) error {
	if c := w.peek(); c != '"' {
		return w.fail("is %s; expected a string", article(jsonWord(c)))
	}
	s, err := w.string()
	if err != nil {
		return err
	}
	if err := shape.try(func(v any) error { return v.(encoding.TextUnmarshaler).UnmarshalText(s) }); err != nil {
		return w.fail("%s", err)
	}
	return nil
}

// time tries a time, whose own errors would repeat the text.
func (w *walker) time() error {
	c, start := w.peek(), w.pos
	if err := w.value(nil); err != nil {
		return err
	}
	if c != '"' {
		return w.fail("is %s; expected a string", article(jsonWord(c)))
	}
	if new(time.Time).UnmarshalJSON(w.data[start:w.pos]) != nil {
		return w.fail("is not a time; expected RFC 3339, such as 2026-01-31T08:00:00Z")
	}
	return nil
}

// custom tries a value that reads itself from JSON.
func (w *walker) custom(s *shape) error {
	start := w.pos
	if err := w.value(nil); err != nil {
		return err
	}
	err := s.try(func(v any) error { return json.Unmarshal(w.data[start:w.pos], v) })
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return w.fail("contains a %s that does not fit", e.Value)
	}
	if err != nil {
		return w.fail("%s", err)
	}
	return nil
}

func (w *walker) array(s *shape) error {
	var elem *shape
	if s != nil {
		elem = s.elem
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

func (w *walker) object(s *shape) error {
	w.pos++
	here := len(w.path)
	var known uint64 // places of the first 64 members seen
	var seen names   // and the names of others
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
		w.path = appendPrintable(w.path, name)
		var of *shape
		fresh := true
		if s == nil || s.fields == nil {
			if fresh = seen.add(string(name)); s != nil {
				of = s.elem
			}
		} else {
			m, ok := s.fields[string(name)]
			if !ok {
				return w.fail("is not a known field; expected one of %s", fieldNames(s.t))
			}
			if of = m.shape; m.place < 64 {
				fresh = known&(1<<m.place) == 0
				known |= 1 << m.place
			} else {
				fresh = seen.add(string(name))
			}
		}
		if !fresh {
			return w.fail("is there twice; members must be unique")
		}
		w.peek() // the colon
		w.pos++
		if err := w.value(of); err != nil {
			return err
		}
		w.path = w.path[:here]
	}
	w.pos++
	return nil
}
