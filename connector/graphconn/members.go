package graphconn

import (
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// Answers of a million objects are read here. Package encoding/json takes several times as long for each, and does not tell an
// absent member from a null one without more work.

// jsonText is the text of one JSON value.
type jsonText []byte

var errJSON = errors.New("graphconn: malformed JSON")

func (v jsonText) null() bool { return string(v) == "null" }

// bytes reads a string. What it returns may be part of v.
func (v jsonText) bytes() ([]byte, error) {
	if len(v) < 2 || v[0] != '"' {
		return nil, errJSON
	}
	inner := v[1 : len(v)-1]
	for _, b := range inner {
		if b == '\\' || b < ' ' || b >= utf8.RuneSelf {
			var s string
			if err := json.Unmarshal(v, &s); err != nil {
				return nil, errJSON
			}
			return []byte(s), nil
		}
	}
	return inner, nil
}

// text reads a string.
func (v jsonText) text() (string, error) {
	b, err := v.bytes()
	return string(b), err
}

// texts reads an array of strings.
func (v jsonText) texts() ([]string, error) {
	if len(v) == 0 || v[0] != '[' {
		return nil, errJSON
	}
	out := []string{}
	s := scanner{b: v, i: 1}
	for first := true; ; first = false {
		switch c := s.peek(); {
		case c == ']' && s.i == len(v)-1:
			return out, nil
		case first:
		case c == ',':
			s.i++
			s.peek()
		default:
			return nil, errJSON
		}
		x, err := s.value()
		if err != nil {
			return nil, err
		}
		t, err := x.text()
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
}

// members calls f for each member of an object. The name is good until f returns. What it is given was accepted by encoding/json; whatever is not an object is an error.
func members(raw []byte, f func(name []byte, v jsonText) error) error {
	s := scanner{b: raw}
	if s.peek() != '{' {
		return errJSON
	}
	s.i++
	for first := true; ; first = false {
		switch c := s.peek(); {
		case c == '}':
			return nil
		case first:
		case c == ',':
			s.i++
			s.peek()
		default:
			return errJSON
		}
		k, err := s.value()
		if err != nil {
			return err
		}
		name, err := k.bytes()
		if err != nil {
			return err
		}
		if s.peek() != ':' {
			return errJSON
		}
		s.i++
		s.peek()
		v, err := s.value()
		if err != nil {
			return err
		}
		if err := f(name, v); err != nil {
			return err
		}
	}
}

// scanner finds the borders of JSON values.
type scanner struct {
	b []byte
	i int
}

// peek skips white space and returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	for ; s.i < len(s.b); s.i++ {
		switch c := s.b[s.i]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

// value takes the value that begins here.
func (s *scanner) value() (jsonText, error) {
	start, depth := s.i, 0
	for s.i < len(s.b) {
		switch s.b[s.i] {
		case '"':
			if !s.quoted() {
				return nil, errJSON
			}
			if depth == 0 {
				return s.b[start:s.i], nil
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return s.bare(start)
			}
			if depth--; depth == 0 {
				s.i++
				return s.b[start:s.i], nil
			}
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return s.bare(start)
			}
		}
		s.i++
	}
	return s.bare(start)
}

// bare returns a number or a word that ends here.
func (s *scanner) bare(start int) (jsonText, error) {
	if v := s.b[start:s.i]; json.Valid(v) {
		return v, nil
	}
	return nil, errJSON
}

// quoted skips a string.
func (s *scanner) quoted() bool {
	for s.i++; s.i < len(s.b); s.i++ {
		switch s.b[s.i] {
		case '\\':
			s.i++
		case '"':
			s.i++
			return true
		}
	}
	return false
}
