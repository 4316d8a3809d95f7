package ldaptest

import (
	"fmt"
	"strings"
)

// filterKind is a kind of filter, as its tag on the wire (RFC 4511 section 4.5.1).
type filterKind byte

const (
	filterAnd        filterKind = 0xa0
	filterOr         filterKind = 0xa1
	filterNot        filterKind = 0xa2
	filterEqual      filterKind = 0xa3
	filterSubstrings filterKind = 0xa4
	filterAtLeast    filterKind = 0xa5
	filterAtMost     filterKind = 0xa6
	filterPresent    filterKind = 0x87
	filterApprox     filterKind = 0xa8
	filterExtensible filterKind = 0xa9
)

// filter is a search filter, made ready for one schema.
type filter struct {
	kind  filterKind
	subs  []*filter
	attr  string
	def   *attrDef // nil when the directory does not know the attribute
	value string
	norm  string      // value folded
	ok    bool        // value can be one of the attribute
	id    guid        // of a value of the identity attribute
	class bool        // norm is the beginning of the category that a class has
	rule  string      // of an extensible match
	text  [3][]string // of substrings: initial, any, final, folded
}

const maxDepth = 500

func (s *schema) decodeFilter(e element, depth int) (*filter, error) {
	f := &filter{kind: filterKind(e.tag)}
	if depth > maxDepth {
		return nil, errBER
	}
	if f.kind == filterPresent {
		f.name(s, string(e.body))
		return f, nil
	}
	es, err := parts(e.body)
	if err != nil {
		return nil, err
	}
	switch f.kind {
	case filterAnd, filterOr, filterNot:
		for _, x := range es {
			sub, err := s.decodeFilter(x, depth+1)
			if err != nil {
				return nil, err
			}
			f.subs = append(f.subs, sub)
		}
		if f.kind == filterNot && len(f.subs) != 1 {
			return nil, errBER
		}
	case filterEqual, filterAtLeast, filterAtMost, filterApprox:
		if len(es) != 2 {
			return nil, errBER
		}
		f.name(s, string(es[0].body))
		f.assert(s, string(es[1].body))
	case filterSubstrings:
		return f, f.substrings(s, es)
	case filterExtensible:
		for _, x := range es {
			switch x.tag {
			case 0x81:
				f.rule = string(x.body)
			case 0x82:
				f.name(s, string(x.body))
			case 0x83:
				f.value = string(x.body)
			}
		}
		f.assert(s, f.value)
	default:
		return nil, errBER
	}
	return f, nil
}

func (f *filter) name(s *schema, attr string) {
	f.attr = attr
	base, options, _ := strings.Cut(attr, ";")
	if options == "" {
		f.def = s.find(base)
	}
}

func (f *filter) assert(s *schema, value string) {
	f.value = value
	if f.def == nil {
		return
	}
	f.norm, f.ok = s.fold(f.def, value)
	switch f.def.name {
	case aGUID:
		f.id, f.ok = guidOfOctets(value)
	case aUUID, aUniqueID:
		var err error
		f.id, err = s.system.parseID(f.norm)
		f.ok = err == nil
	case aCategory: // a class stands for its category (MS-ADTS section 3.1.1.3.1.3.4)
		if !strings.Contains(value, "=") {
			f.norm, f.class = "cn="+strings.ToLower(categoryName(value))+"\x00", true
		}
	}
}

func (f *filter) substrings(s *schema, es []element) error {
	if len(es) != 2 {
		return errBER
	}
	f.name(s, string(es[0].body))
	list, err := parts(es[1].body)
	if err != nil {
		return err
	}
	for _, x := range list {
		if x.tag < 0x80 || x.tag > 0x82 {
			return errBER
		}
		v := string(x.body)
		if f.def != nil && f.def.syntax == text {
			// Not fold: spaces at the ends of a part count.
			if s.system == ActiveDirectory {
				v = foldWide(v)
			} else {
				v = strings.ToLower(v)
			}
		}
		f.text[x.tag-0x80] = append(f.text[x.tag-0x80], v)
	}
	f.ok = true
	return nil
}

// clauses counts the conditions.
func (f *filter) clauses() int {
	if len(f.subs) == 0 {
		return 1
	}
	n := 0
	for _, s := range f.subs {
		n += s.clauses()
	}
	return n
}

// write writes the filter as text (RFC 4515).
func (f *filter) write(b *strings.Builder) {
	b.WriteByte('(')
	defer b.WriteByte(')')
	switch f.kind {
	case filterAnd, filterOr, filterNot:
		b.WriteByte(map[filterKind]byte{filterAnd: '&', filterOr: '|', filterNot: '!'}[f.kind])
		for _, s := range f.subs {
			s.write(b)
		}
	case filterPresent:
		b.WriteString(f.attr + "=*")
	case filterSubstrings:
		b.WriteString(f.attr + "=")
		for _, v := range f.text[0] {
			escapeValue(b, v)
		}
		b.WriteByte('*')
		for _, v := range f.text[1] {
			escapeValue(b, v)
			b.WriteByte('*')
		}
		for _, v := range f.text[2] {
			escapeValue(b, v)
		}
	case filterExtensible:
		b.WriteString(f.attr)
		if f.rule != "" {
			b.WriteString(":" + f.rule)
		}
		b.WriteString(":=")
		escapeValue(b, f.value)
	default:
		b.WriteString(f.attr)
		b.WriteString(map[filterKind]string{filterEqual: "=", filterAtLeast: ">=", filterAtMost: "<=", filterApprox: "~="}[f.kind])
		escapeValue(b, f.value)
	}
}

func escapeValue(b *strings.Builder, v string) {
	for i := range len(v) {
		if c := v[i]; c < 0x20 || c >= 0x7f || c == '(' || c == ')' || c == '*' || c == '\\' {
			fmt.Fprintf(b, `\%02x`, c)
		} else {
			b.WriteByte(c)
		}
	}
}
