package refresh_test

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// What FORMAT.md says of the type of a member.

func memberName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return name
}

func isEnum(t reflect.Type) bool {
	return t.Kind() == reflect.Uint8 && t.Implements(reflect.TypeFor[encoding.TextMarshaler]())
}

// wordsOf lists the words of an enum, the first one empty where the zero value has none.
func wordsOf(t reflect.Type) (words []string) {
	for i := range 255 {
		v := reflect.New(t).Elem()
		v.SetUint(uint64(i))
		b, err := v.Interface().(encoding.TextMarshaler).MarshalText()
		if err != nil {
			break
		}
		words = append(words, string(b))
	}
	return words
}

// spaced is a type's name as words: a heading, and with hyphens the link to it.
func spaced(name string) string {
	if name == "Tri" {
		return "fact"
	}
	var b strings.Builder
	for i, r := range name {
		if i > 0 && 'A' <= r && r <= 'Z' {
			b.WriteByte(' ')
		}
		b.WriteString(strings.ToLower(string(r)))
	}
	return b.String()
}

func link(name string) string {
	return "[" + spaced(name) + "](#" + strings.ReplaceAll(spaced(name), " ", "-") + ")"
}

// typeText says what a value looks like in JSON.
func typeText(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return "time"
	case t == reflect.TypeFor[json.RawMessage]():
		return "any value"
	case t == reflect.TypeFor[refresh.Stamp]():
		return "text of 11 characters"
	case t == reflect.TypeFor[refresh.Reasons]():
		return "array of " + link("Reason")
	case t == reflect.TypeFor[refresh.ID](), t == reflect.TypeFor[refresh.Address]():
		return strings.ReplaceAll(spaced(t.Name()), "i d", "ID")
	case isEnum(t), t.Kind() == reflect.Struct:
		return link(t.Name())
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeText(t.Elem())
	case reflect.Slice:
		return "array of " + typeText(t.Elem())
	case reflect.Bool:
		return "true"
	case reflect.Int:
		return "number"
	}
	return "text"
}

// presence says when a member is there.
func presence(field reflect.StructField) string {
	switch _, options, _ := strings.Cut(field.Tag.Get("json"), ","); {
	case !strings.HasPrefix(options, "omit"):
		return "always"
	case field.Type.Kind() == reflect.Bool:
		return "if true"
	case field.Type.Kind() == reflect.Pointer && field.Type.Elem().Kind() == reflect.Int:
		return "if known"
	case isEnum(field.Type) && wordsOf(field.Type)[0] != "":
		return "unless `" + wordsOf(field.Type)[0] + "`"
	}
	return "if any"
}
