package ldaptest

import (
	"slices"
	"strings"
)

// object is what a directory knows of one identity at one moment. It is never written to: an event makes a new one.
type object struct {
	id      guid
	parent  guid // zero for the root of a partition
	part    *partition
	rdn     rdn
	attrs   []attribute // without the computed ones
	members []guid
	state   state
	until   int64 // of a deleted object: Unix seconds of what comes next
	csn     int64 // which event wrote it
	person  bool  // made by Put
}

// attribute is an attribute with its values.
type attribute struct {
	def    *attrDef
	values []string
	norms  []string // folded, at the same places
}

// state is where an object is in its life.
type state uint8

const (
	live      state = iota
	deleted         // in the recycle bin
	tombstone       // deleted without a recycle bin, or recycled
)

// get returns the values of a stored attribute.
func (o *object) get(d *attrDef) []string {
	for i := range o.attrs {
		if o.attrs[i].def == d {
			return o.attrs[i].values
		}
	}
	return nil
}

func (o *object) norms(d *attrDef) []string {
	for i := range o.attrs {
		if o.attrs[i].def == d {
			return o.attrs[i].norms
		}
	}
	return nil
}

// draft is an object in the making.
type draft struct {
	*object
	schema *schema
}

// edit starts a changed copy of an object.
func (s *schema) edit(o *object) draft {
	c := *o
	c.attrs, c.members = slices.Clone(o.attrs), slices.Clone(o.members)
	return draft{&c, s}
}

// set gives an attribute these values; none, or only empty ones, removes it.
func (d draft) set(name string, values ...string) {
	def := d.schema.must(name)
	if slices.Contains(values, "") {
		values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "" })
	}
	at := slices.IndexFunc(d.attrs, func(a attribute) bool { return a.def == def })
	if len(values) == 0 {
		if at >= 0 {
			d.attrs = slices.Delete(d.attrs, at, at+1)
		}
		return
	}
	norms := values // most are what they fold to
	for i, v := range values {
		norm, _ := d.schema.fold(def, v)
		if norm == v {
			continue
		}
		if &norms[0] == &values[0] {
			norms = slices.Clone(values)
		}
		norms[i] = norm
	}
	if at < 0 {
		d.attrs = append(d.attrs, attribute{})
		at = len(d.attrs) - 1
	}
	d.attrs[at] = attribute{def, values, norms}
}

// value returns the values by name.
func (d draft) value(name string) []string { return d.get(d.schema.must(name)) }

func (d draft) first(name string) string {
	if v := d.value(name); len(v) > 0 {
		return v[0]
	}
	return ""
}

// keep removes every attribute that the function does not want.
func (d draft) keep(want func(*attrDef) bool) {
	d.attrs = slices.DeleteFunc(d.attrs, func(a attribute) bool { return !want(a.def) })
}

// rename gives the object another RDN.
func (d draft) rename(value string) {
	d.rdn.value = value
	d.set(strings.ToLower(d.rdn.attr), value)
}
