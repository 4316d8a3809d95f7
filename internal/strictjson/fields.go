package strictjson

import (
	"reflect"
	"strings"
	"sync"
)

var fieldCache sync.Map // reflect.Type → map[string]reflect.Type

// fieldsOf returns a struct's members by their JSON names.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	if m, ok := fieldCache.Load(t); ok {
		return m.(map[string]reflect.Type)
	}
	m := make(map[string]reflect.Type)
	eachField(t, func(name string, ft reflect.Type) { m[name] = ft })
	fieldCache.Store(t, m)
	return m
}

// fieldNames lists a struct's members in their order, for errors.
func fieldNames(t reflect.Type) string {
	var out []string
	eachField(t, func(name string, _ reflect.Type) { out = append(out, name) })
	return strings.Join(out, ", ")
}

func eachField(t reflect.Type, f func(name string, ft reflect.Type)) {
	for i := range t.NumField() {
		field := t.Field(i)
		tag := field.Tag.Get("json")
		name, _, _ := strings.Cut(tag, ",")
		switch {
		case tag == "-":
		case field.Anonymous && name == "" && field.Type.Kind() == reflect.Struct:
			eachField(field.Type, f)
		case !field.IsExported():
		case name == "":
			f(field.Name, field.Type)
		default:
			f(name, field.Type)
		}
	}
}
