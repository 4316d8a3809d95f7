package strictjson

import (
	"encoding"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Faithful reports the first part of v, a struct whose fields carry JSON names or a pointer to one, that would not come back from JSON as it is: text
// that is not UTF-8 (encoding/json replaces it), a time that RFC 3339 cannot say, a word that its type does not read, and
// a nil slice or pointer that would be written as null. Its error is an *[Error].
func Faithful(v any) error {
	f := &faith{}
	if f.value(reflect.ValueOf(v)) {
		return nil
	}
	return &f.Error
}

type faith struct{ Error }

func (f *faith) fail(problem string) bool {
	f.Problem = problem
	return false
}

// in adds the outer part of a path on the way out, so that nothing is built where all is well.
func (f *faith) in(part string, ok bool) bool {
	switch {
	case ok:
	case f.Path == "":
		f.Path = part
	case f.Path[0] == '[':
		f.Path = part + f.Path
	default:
		f.Path = part + "." + f.Path
	}
	return ok
}

func (f *faith) value(v reflect.Value) bool {
	t := v.Type()
	switch {
	case t == timeType:
		return RFC3339(v.Interface().(time.Time)) || f.fail("is no time that RFC 3339 can say")
	case t == rawType:
		err, _ := Check(v.Bytes()).(*Error)
		return err == nil || f.fail("contains JSON that "+err.Problem)
	case t.Kind() == reflect.Pointer, t.Kind() == reflect.Interface:
		if v.IsNil() {
			return f.fail("is missing")
		}
		return f.value(v.Elem())
	case reflect.PointerTo(t).Implements(textUnmarshaler):
		return f.word(v)
	}
	switch t.Kind() {
	case reflect.String:
		return utf8.ValidString(v.String()) || f.fail("is not UTF-8")
	case reflect.Slice:
		if v.IsNil() {
			return f.fail("is missing")
		}
		for i := range v.Len() {
			if !f.value(v.Index(i)) {
				return f.in("["+strconv.Itoa(i)+"]", false)
			}
		}
	case reflect.Struct:
		return f.fields(v)
	}
	return true
}

func (f *faith) fields(v reflect.Value) bool {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		omitted := strings.Contains(options, "omit") && (v.Field(i).IsZero() || v.Field(i).Kind() == reflect.Slice && v.Field(i).Len() == 0)
		if !omitted && !f.in(name, f.value(v.Field(i))) {
			return false
		}
	}
	return true
}

// word writes a word and reads it again.
func (f *faith) word(v reflect.Value) bool {
	text, err := v.Interface().(encoding.TextMarshaler).MarshalText()
	if err == nil {
		err = reflect.New(v.Type()).Interface().(encoding.TextUnmarshaler).UnmarshalText(text)
	}
	if err != nil {
		return f.fail(err.Error())
	}
	return true
}

// RFC3339 reports whether t comes back from JSON as the same instant.
func RFC3339(t time.Time) bool {
	_, offset := t.Zone()
	return t.Year() >= 0 && t.Year() <= 9999 && offset%60 == 0 && -24*3600 < offset && offset < 24*3600
}
