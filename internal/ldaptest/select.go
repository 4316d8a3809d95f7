package ldaptest

import (
	"slices"
	"strconv"
	"strings"
)

// selection is which attributes a search asked for.
type selection struct {
	all   bool   // every user attribute
	ops   bool   // every operational one
	wants []want // by name
}

// want is one attribute, or a range of its values.
type want struct {
	def       *attrDef
	ranged    bool
	low, high int // high -1 is "*"
}

// selectAttributes reads the list of a search (RFC 4511 section 4.5.1.8).
func (s *schema) selectAttributes(names []string) selection {
	sel := selection{all: len(names) == 0}
	for _, n := range names {
		switch n {
		case "*":
			sel.all = true
			continue
		case "+":
			sel.ops = true
			continue
		case "1.1":
			continue
		}
		base, option, has := strings.Cut(n, ";")
		w := want{def: s.find(base)}
		if has {
			w.low, w.high, w.ranged = parseRange(option)
			if !w.ranged || s.system != ActiveDirectory {
				continue // an option that no attribute here has
			}
		}
		if w.def != nil && !slices.Contains(sel.wants, w) {
			sel.wants = append(sel.wants, w)
		}
	}
	return sel
}

// parseRange reads "range=low-high" (MS-ADTS section 3.1.1.3.1.3.3).
func parseRange(option string) (low, high int, ok bool) {
	name, spec, _ := strings.Cut(option, "=")
	from, to, _ := strings.Cut(spec, "-")
	low, err := strconv.Atoi(from)
	if !strings.EqualFold(name, "range") || err != nil || low < 0 {
		return 0, 0, false
	}
	if to == "*" {
		return low, -1, true
	}
	high, err = strconv.Atoi(to)
	return low, high, err == nil && high >= low
}

// list returns what to write of an object, in order.
func (sel selection) list(v *view, o *object) []want {
	if !sel.all && !sel.ops {
		return sel.wants
	}
	var out []want
	add := func(d *attrDef) {
		if op := d.is(operational); op && !sel.ops || !op && !sel.all {
			return
		}
		if !slices.ContainsFunc(sel.wants, func(w want) bool { return w.def == d }) {
			out = append(out, want{def: d})
		}
	}
	for _, a := range o.attrs {
		add(a.def)
	}
	for _, d := range v.store.schema.sorted {
		if d.is(computed) {
			add(d)
		}
	}
	return append(out, sel.wants...)
}
