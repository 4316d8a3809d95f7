package graphtest

import (
	"fmt"
	"strings"
)

// selection is a $select that was understood.
type selection struct {
	text  string // as asked, for the context; empty: the defaults
	typ   string // of the objects
	props []*property
}

// context is the fragment of @odata.context behind the name of the set.
func (s selection) context() string {
	if s.text == "" {
		return ""
	}
	return "(" + s.text + ")"
}

// selects reads a $select. single says that one object is asked for, which may have properties that a list has not. typ is the type that
// an error names; for objects of any type, properties that only other types have are left out.
func (k *kind) selects(text, typ string, single bool) (selection, *problem) {
	sel := selection{text: text, typ: k.typ}
	if text == "" {
		text = k.defaults
	}
	for name := range strings.SplitSeq(text, ",") {
		name = strings.TrimSpace(name)
		p, ok := k.known()[name]
		if !ok && typ == typeObject {
			if userKind.known()[name] != nil || groupKind.known()[name] != nil {
				continue
			}
		}
		switch {
		case !ok && name == "":
			return sel, &problem{400, "BadRequest", "Parsing OData Select and Expand failed: An identifier was expected at position 0."}
		case !ok:
			return sel, &problem{400, "BadRequest", fmt.Sprintf(sayUnknownProperty, name, typ)}
		case p.never && !(single && name != "mailboxSettings"):
			return sel, &problem{501, "NotImplemented", sayNotImplemented}
		}
		sel.props = append(sel.props, p)
	}
	return sel, nil
}

// form is how an object is written.
type form struct {
	typed   bool // with @odata.type
	sparse  bool // without properties that have no value, as in delta
	limited bool // the right to read it is lacking
	bare    bool // limited objects lack the properties, instead of having them null
}

// appendObject writes a user or a group as JSON.
func appendObject(dst []byte, v *view, sel *selection, f form) []byte {
	dst = append(dst, '{')
	first := len(dst)
	switch {
	case v.flags&flagAgent != 0:
		dst = append(dst, `"@odata.type":"#`+typeAgent+`",`...)
	case f.typed:
		dst = append(dst, `"@odata.type":"#`+sel.typ+`",`...)
	}
	id := false
	for _, p := range sel.props {
		if f.limited && p.name != "id" {
			if !f.bare {
				dst = append(appendKey(dst, p.name), p.edm.empty()...)
				dst = append(dst, ',')
			}
			continue
		}
		id = id || p.name == "id"
		mark := len(dst)
		dst = appendKey(dst, p.name)
		value, ok := len(dst), false
		if p.put != nil {
			dst, ok = p.put(dst, v)
		}
		switch {
		case ok:
		case f.sparse:
			dst = dst[:mark]
			continue
		default:
			dst = append(dst[:value], p.edm.empty()...)
		}
		dst = append(dst, ',')
	}
	if !id && (f.limited || f.sparse) {
		dst = append(v.id.append(append(dst, `"id":"`...)), `",`...)
	}
	if len(dst) > first {
		dst = dst[:len(dst)-1]
	}
	return append(dst, '}')
}

func appendKey(dst []byte, name string) []byte {
	return append(append(append(dst, '"'), name...), `":`...)
}
