package refresh_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	goldens "github.com/readdress-go/readdress/internal/golden"
	"github.com/readdress-go/readdress/refresh"
)

// TestFormat holds the tables of FORMAT.md equal to the types and their comments. With -update they are written anew.
func TestFormat(t *testing.T) {
	f := newFormat(t)
	goldens.Section(t, "FORMAT.md", "result", f.objects("Result", "Run", "SideRun", "Failover", "Warning", "Conflict", "Member", "Row", "Evidence"))
	goldens.Section(t, "FORMAT.md", "job", f.objects("Job", "Endpoint", "Event", "Match"))
	goldens.Section(t, "FORMAT.md", "shared", f.objects("Mailbox", "Mark", "Previous", "Cursor"))
	goldens.Section(t, "FORMAT.md", "words", f.enums())
	for name := range f.places {
		if !f.told[name] {
			t.Errorf("FORMAT.md does not tell what a %s is: add it to this test", name)
		}
	}
}

// format is what there is to tell of both documents.
type format struct {
	t      *testing.T
	docs   *goDocs
	types  map[string]reflect.Type // structs and enums that documents hold, by name
	places map[string][]string     // where structs stand, as jq says it
	words  map[string]string       // those of enums, by constant
	told   map[string]bool
}

func newFormat(t *testing.T) *format {
	f := &format{
		t: t, docs: parseDocs(t), types: map[string]reflect.Type{}, places: map[string][]string{}, words: map[string]string{}, told: map[string]bool{},
	}
	f.visit(reflect.TypeFor[refresh.Result](), "result")
	f.visit(reflect.TypeFor[refresh.Job](), "job")
	return f
}

// visit notes a type and all that it holds.
func (f *format) visit(t reflect.Type, place string) {
	switch t.Kind() {
	case reflect.Pointer:
		f.visit(t.Elem(), place)
		return
	case reflect.Slice:
		if t != reflect.TypeFor[json.RawMessage]() {
			f.visit(t.Elem(), place+"[]")
		}
		return
	}
	switch {
	case t == reflect.TypeFor[refresh.Reasons]():
		f.visit(reflect.TypeFor[refresh.Reason](), place+"[]")
	case isEnum(t):
		f.types[t.Name()] = t
		for i, c := range f.docs.consts[t.Name()] {
			words := wordsOf(t)
			if words[0] == "" && f.docs.consts[t.Name()][0].name != "ProofNone" {
				words = words[1:]
			}
			f.words[c.name] = words[i]
		}
	case t.Kind() == reflect.Struct && t != reflect.TypeFor[time.Time]():
		f.types[t.Name()] = t
		f.places[t.Name()] = append(f.places[t.Name()], place)
		for _, field := range reflect.VisibleFields(t) {
			f.visit(field.Type, place+"."+memberName(field))
		}
	}
}

// objects tells of structs, one table each.
func (f *format) objects(names ...string) string {
	var b strings.Builder
	for i, name := range names {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "### %s\n\n%s\n", spaced(name), f.prose(f.docs.types[name], name, nil))
		if where := f.where(name); where != "" {
			fmt.Fprintf(&b, "It stands at %s.\n", where)
		}
		b.WriteString("\n| Member | Type | There | Meaning |\n|---|---|---|---|\n")
		t := f.types[name]
		if t == reflect.TypeFor[refresh.Result]() || t == reflect.TypeFor[refresh.Job]() {
			fmt.Fprintf(&b, "| `format` | text | always | `readdress-%s`. |\n| `version` | number | always | 1. |\n", spaced(name))
		}
		for _, field := range reflect.VisibleFields(t) {
			f.member(&b, t, field)
		}
		f.told[name] = true
	}
	return b.String()
}

// where lists the places of a struct, those in results first.
func (f *format) where(name string) string {
	var out []string
	for _, p := range f.places[name] {
		doc, path, deep := strings.Cut(p, ".")
		if !deep {
			return "" // the document itself
		}
		if doc == "job" && slices.ContainsFunc(f.places[name], func(p string) bool { return strings.HasPrefix(p, "result.") }) {
			out = append(out, "`."+path+"` of a job")
		} else {
			out = append(out, "`."+path+"`")
		}
	}
	if n := len(out) - 1; n > 0 {
		return strings.Join(out[:n], ", ") + " and " + out[n]
	}
	return out[0]
}

func (f *format) member(b *strings.Builder, t reflect.Type, field reflect.StructField) {
	members := map[string]string{}
	for _, other := range reflect.VisibleFields(t) {
		members[other.Name] = memberName(other)
	}
	text := f.prose(f.docs.fields[t.Name()][field.Name], field.Name, members)
	if with, ok := f.docs.with[t.Name()+"."+field.Name]; ok {
		text = "See `" + members[with] + "`."
	}
	if text == "" {
		f.t.Errorf("%s.%s has no comment, so FORMAT.md cannot say what %q means", t.Name(), field.Name, memberName(field))
	}
	fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", memberName(field), typeText(field.Type), presence(field), text)
}

// enums tells of the words, one table for each enum.
func (f *format) enums() string {
	var names []string
	for name, t := range f.types {
		if isEnum(t) {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(spaced(a), spaced(b)) })
	var b strings.Builder
	for i, name := range names {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "### %s\n\n%s\n\n| Word | Meaning |\n|---|---|\n", spaced(name), f.prose(f.docs.types[name], name, nil))
		for _, c := range f.docs.consts[name] {
			text := f.prose(c.doc, c.name, nil)
			if f.words[c.name] == "" {
				continue
			}
			if text == "" {
				f.t.Errorf("%s has no comment, so FORMAT.md cannot say what %q means", c.name, f.words[c.name])
			}
			fmt.Fprintf(&b, "| `%s` | %s |\n", f.words[c.name], text)
		}
	}
	return b.String()
}
