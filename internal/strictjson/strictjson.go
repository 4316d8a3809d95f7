package strictjson

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"unicode/utf8"
)

// Error says where a document is not what its type says. It repeats no text of the document but member names that
// look like words and numbers that do not fit, so that it can be printed where personal data must not be.
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
// half-written: throw it away. The errors of types that read themselves become problems as they are.
func Unmarshal(data []byte, v any) error {
	if err := check(data, reflect.TypeOf(v).Elem()); err != nil {
		return err
	}
	return wrap(json.Unmarshal(data, v))
}

// UnmarshalValid is [Unmarshal] for data that is known to be one JSON value in UTF-8, as a [json.RawMessage] is that a decoder has read.
func UnmarshalValid(data []byte, v any) error {
	w := walker{data: data}
	if err := w.value(shapeOf(reflect.TypeOf(v).Elem())); err != nil {
		return err
	}
	return wrap(json.Unmarshal(data, v))
}

// Check reports why data is not one JSON value of any type, with the rules that hold for all types: UTF-8, no duplicate
// members, no lone surrogates. Its error is an *[Error].
func Check(data []byte) error { return check(data, nil) }

func check(data []byte, t reflect.Type) error {
	if !utf8.Valid(data) {
		return &Error{Problem: "is not UTF-8"}
	}
	if !json.Valid(data) {
		return wrap(json.Unmarshal(data, new(any)))
	}
	w := walker{data: data}
	return w.value(shapeOf(t))
}

// wrap turns an error of encoding/json into one of this package.
func wrap(err error) error {
	if err == nil {
		return nil
	}
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		word, _, _ := strings.Cut(t.Value, " ") // "number 12" is a number
		return &Error{Path: t.Field, Problem: "is a " + word + " that does not fit"}
	}
	return &Error{Problem: "is not JSON: " + strings.TrimPrefix(err.Error(), "json: ")}
}
