package strictjson

import (
	"reflect"
	"sync"
)

// shape is what a walker has to know of a Go type. The nil shape is that of any value.
type shape struct {
	t      reflect.Type
	kind   shapeKind
	word   string            // what its JSON is called
	elem   *shape            // of an array or map
	fields map[string]member // of a struct
	one    sync.Pool         // values to be tried
}

type shapeKind uint8

const (
	plain    shapeKind = iota
	aTime              // [time.Time]
	fromJSON           // it reads itself from JSON
	fromText           // it reads itself from text
)

// member is a member of a struct, and which one it is.
type member struct {
	*shape
	place int
}

var shapes sync.Map // reflect.Type → *shape

func shapeOf(t reflect.Type) *shape {
	if t == nil {
		return nil
	}
	if s, ok := shapes.Load(t); ok {
		return s.(*shape)
	}
	s := newShape(t, map[reflect.Type]*shape{})
	shapes.Store(t, s)
	return s
}

// newShape makes the shape of t and of what t is made of; made holds those that are begun, because types may hold themselves.
func newShape(t reflect.Type, made map[reflect.Type]*shape) *shape {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == rawType || t.Kind() == reflect.Interface {
		return nil
	}
	if s, ok := made[t]; ok {
		return s
	}
	s := &shape{t: t, word: kindWord(t)}
	s.one.New = func() any { return reflect.New(t).Interface() }
	made[t] = s
	switch pt := reflect.PointerTo(t); {
	case t == timeType:
		s.kind = aTime
	case pt.Implements(jsonUnmarshaler):
		s.kind = fromJSON
	case pt.Implements(textUnmarshaler):
		s.kind = fromText
	case t.Kind() == reflect.Struct:
		s.fields = map[string]member{}
		eachField(t, func(name string, ft reflect.Type) { s.fields[name] = member{newShape(ft, made), len(s.fields)} })
	case t.Kind() == reflect.Map, t.Kind() == reflect.Slice, t.Kind() == reflect.Array:
		s.elem = newShape(t.Elem(), made)
	}
	return s
}

// try lets f read into a value of the type, which is thrown away.
func (s *shape) try(f func(v any) error) error {
	v := s.one.Get() // a pointer
	defer s.one.Put(v)
	reflect.ValueOf(v).Elem().SetZero()
	return f(v)
}
