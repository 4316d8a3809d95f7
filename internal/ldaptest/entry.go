package ldaptest

import (
	"fmt"
)

// entryWriter writes the entries of one search.
type entryWriter struct {
	view      *view
	sel       selection
	typesOnly bool
	maxValues int
	lenient   bool // a range beyond the end is no error (LDAP_SERVER_RANGE_RETRIEVAL_NOERR)
}

// append writes one SearchResultEntry; ok is false when it asks for values beyond the last one. The store's lock is held.
func (w *entryWriter) append(b []byte, id int64, h hit) (out []byte, ok bool) {
	b, msg := begin(b, tagSequence)
	b = appendInt(b, tagInteger, id)
	b, body := begin(b, opSearchEntry)
	b = appendString(b, tagString, h.dn)
	b, list := begin(b, tagSequence)
	for _, x := range w.sel.list(w.view, h.obj) {
		if !w.view.reads(h.node, x.def) {
			continue
		}
		values := w.view.values(h, x.def)
		if len(values) == 0 {
			continue
		}
		if b, ok = w.appendAttribute(b, x, values); !ok {
			return b, false
		}
	}
	return end(end(end(b, list), body), msg), true
}

func (w *entryWriter) appendAttribute(b []byte, x want, values []string) (out []byte, ok bool) {
	n := len(values)
	if !x.ranged && n <= w.maxValues {
		return w.attribute(b, x.def.name, values), true
	}
	if !x.ranged {
		// The attribute itself comes too, empty.
		b = w.attribute(b, x.def.name, nil)
		x.low, x.high = 0, -1
	}
	if x.low >= n {
		if w.lenient {
			b = w.attribute(b, fmt.Sprintf("%s;range=%d-*", x.def.name, x.low), nil)
		}
		return b, w.lenient
	}
	last := min(n, x.low+w.maxValues) - 1
	if x.high >= 0 {
		last = min(last, x.high)
	}
	label := fmt.Sprintf("%s;range=%d-%d", x.def.name, x.low, last)
	if last == n-1 {
		label = fmt.Sprintf("%s;range=%d-*", x.def.name, x.low)
	}
	return w.attribute(b, label, values[x.low:last+1]), true
}

func (w *entryWriter) attribute(b []byte, name string, values []string) []byte {
	b, at := begin(b, tagSequence)
	b = appendString(b, tagString, name)
	b, set := begin(b, tagSet)
	if !w.typesOnly {
		for _, v := range values {
			b = appendString(b, tagString, v)
		}
	}
	return end(end(b, set), at)
}
