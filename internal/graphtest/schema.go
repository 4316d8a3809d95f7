package graphtest

import (
	_ "embed" // the schema
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
)

//go:embed schema.json
var schemaText []byte

// Schema is what Microsoft publishes of the types that the server sends. It decides which properties may be selected, and the tests hold
// every answer against it.
type Schema struct {
	Source, Note string
	Types        map[string]SchemaType
}

// SchemaType is an entity type or a complex type.
type SchemaType struct {
	Base       string         // the type it is derived from, empty where there is none
	Properties map[string]EDM // its own
	Documented map[string]EDM // members of an open type that the CSDL leaves out
}

// EDM is the type of a property as the CSDL has it, such as "Edm.String" or "Collection(Edm.String)". One that ends in "!" has no null.
type EDM string

var schema = sync.OnceValue(func() Schema {
	var s Schema
	if err := json.Unmarshal(schemaText, &s); err != nil {
		panic("graphtest: schema.json: " + err.Error())
	}
	return s
})

// Types returns the schema.
func Types() Schema {
	s := schema()
	s.Types = maps.Clone(s.Types)
	return s
}

// Of returns the properties of a type with those of its bases; nil for a type that is not there.
func (s *Schema) Of(typ string) map[string]EDM {
	t, ok := s.Types[typ]
	if !ok {
		return nil
	}
	all := maps.Clone(s.Of(t.Base))
	if all == nil {
		all = map[string]EDM{}
	}
	maps.Copy(all, t.Properties)
	maps.Copy(all, t.Documented)
	return all
}

// derives says whether typ is base or derived from it.
func (s *Schema) derives(typ, base string) bool {
	for ; typ != ""; typ = s.Types[typ].Base {
		if typ == base {
			return true
		}
	}
	return false
}

// Nullable says whether a value, or an element of a collection, may be null.
func (e EDM) Nullable() bool { return !strings.HasSuffix(string(e), "!") }

// Element returns the type without its mark of nullability, and of a collection the type of its elements.
func (e EDM) Element() (name string, many bool) {
	name = strings.TrimSuffix(string(e), "!")
	if in, ok := strings.CutPrefix(name, "Collection("); ok {
		return strings.TrimSuffix(in, ")"), true
	}
	return name, false
}

// empty is what the service writes where there is no value.
func (e EDM) empty() string {
	switch name, many := e.Element(); {
	case many:
		return "[]"
	case e.Nullable():
		return "null"
	case name == "Edm.DateTimeOffset":
		return `"0001-01-01T00:00:00Z"`
	case name == "Edm.Int32":
		return "0"
	case name == "microsoft.graph.mdmAuthority":
		return `"unknown"` // the member with the value 0
	}
	return `""`
}

// withSchema completes the properties that are kept with the others of a type, which have no value. never lists those that the service does
// not give in a directory query.
func withSchema(typ string, kept []property, never string) []property {
	s := schema()
	all := s.Of(typ)
	for i := range kept {
		kept[i].edm = all[kept[i].name]
		delete(all, kept[i].name)
	}
	unwilling := strings.Fields(never)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		kept = append(kept, property{name: name, edm: all[name], never: slices.Contains(unwilling, name)})
	}
	return kept
}
