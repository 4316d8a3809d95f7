package strictjson

import (
	"reflect"
	"strings"
)

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
