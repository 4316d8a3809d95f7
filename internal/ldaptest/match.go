package ldaptest

import (
	"math/big"
	"strconv"
	"strings"
)

// truth is the value of a filter (RFC 4511 section 4.5.1.7): undefined stays undefined when it is negated.
type truth int8

const (
	no truth = iota
	yes
	undefined
)

func is(b bool) truth {
	if b {
		return yes
	}
	return no
}

// The matching rules of Active Directory (MS-ADTS section 3.1.1.3.4.4).
const (
	ruleAnd   = "1.2.840.113556.1.4.803"
	ruleOr    = "1.2.840.113556.1.4.804"
	ruleChain = "1.2.840.113556.1.4.1941"
)

// matches evaluates a filter for an object.
func (v *view) matches(f *filter, n *node) truth {
	switch f.kind {
	case filterAnd:
		all := yes
		for _, s := range f.subs {
			switch v.matches(s, n) {
			case no:
				return no
			case undefined:
				all = undefined
			}
		}
		return all
	case filterOr:
		any := no
		for _, s := range f.subs {
			switch v.matches(s, n) {
			case yes:
				return yes
			case undefined:
				any = undefined
			}
		}
		return any
	case filterNot:
		switch v.matches(f.subs[0], n) {
		case yes:
			return no
		case no:
			return yes
		}
		return undefined
	}
	if f.def == nil || !v.reads(n, f.def) {
		return undefined
	}
	if f.kind == filterPresent {
		return is(len(v.norms(n, f.def)) > 0)
	}
	if !f.ok {
		return undefined
	}
	return v.compare(f, n)
}

func (v *view) compare(f *filter, n *node) truth {
	switch f.def.name {
	case aGUID, aUUID, aUniqueID:
		if f.kind == filterEqual {
			return is(f.id == n.obj.id)
		}
	case aUSNChanged: // without text, because change tracking asks it of every object
		if want, err := strconv.ParseInt(f.norm, 10, 64); err == nil {
			return is(f.kind == filterEqual && n.changed == want || f.kind == filterAtLeast && n.changed >= want || f.kind == filterAtMost && n.changed <= want)
		}
	case aMemberOf:
		if f.kind == filterExtensible && f.rule == ruleChain {
			dn, err := parseDN(f.value)
			if err != nil {
				return undefined
			}
			group, _ := v.store.find(keys(dn))
			return is(group != nil && v.inChain(n.obj.id, group.obj.id, nil))
		}
	}
	for _, x := range v.norms(n, f.def) {
		switch t := f.holds(x); t {
		case yes, undefined:
			return t
		}
	}
	return no
}

// holds compares one folded value.
func (f *filter) holds(x string) truth {
	switch f.kind {
	case filterEqual, filterApprox:
		return is(x == f.norm || f.class && strings.HasPrefix(x, f.norm))
	case filterAtLeast, filterAtMost:
		c := strings.Compare(x, f.norm)
		if f.def.syntax == integer {
			c = compareIntegers(x, f.norm)
		}
		return is(c >= 0 && f.kind == filterAtLeast || c <= 0 && f.kind == filterAtMost)
	case filterSubstrings:
		return is(f.substringsIn(x))
	}
	a, err1 := strconv.ParseInt(x, 10, 64)
	b, err2 := strconv.ParseInt(f.norm, 10, 64)
	switch {
	case f.rule == "":
		return is(x == f.norm)
	case err1 != nil || err2 != nil:
		return undefined
	case f.rule == ruleAnd:
		return is(a&b == b)
	case f.rule == ruleOr:
		return is(a&b != 0)
	}
	return undefined
}

func compareIntegers(a, b string) int {
	x, ok1 := new(big.Int).SetString(a, 10)
	y, ok2 := new(big.Int).SetString(b, 10)
	if !ok1 || !ok2 {
		return strings.Compare(a, b)
	}
	return x.Cmp(y)
}

func (f *filter) substringsIn(x string) bool {
	for _, p := range f.text[0] {
		if !strings.HasPrefix(x, p) {
			return false
		}
		x = x[len(p):]
	}
	for _, p := range f.text[2] {
		if !strings.HasSuffix(x, p) {
			return false
		}
		x = x[:len(x)-len(p)]
	}
	for _, p := range f.text[1] {
		i := strings.Index(x, p)
		if i < 0 {
			return false
		}
		x = x[i+len(p):]
	}
	return true
}

// candidates returns a list that holds every object for which the filter can be true, from the indexes. ok is false when only a look at every object will do.
func (s *store) candidates(f *filter) (list []*node, ok bool) {
	switch f.kind {
	case filterEqual:
		switch {
		case f.def == nil || !f.ok:
			return nil, true
		case f.def.name == aGUID || f.def.name == aUUID || f.def.name == aUniqueID:
			if n := s.nodes[f.id]; n != nil {
				return []*node{n}, true
			}
			return nil, true
		case f.def.is(indexed):
			return s.index[indexKey{f.def, f.norm}], true
		}
	case filterAnd:
		for _, sub := range f.subs {
			if l, can := s.candidates(sub); can && (!ok || len(l) < len(list)) {
				list, ok = l, true
			}
		}
		return list, ok
	case filterOr:
		seen := map[*node]bool{}
		for _, sub := range f.subs {
			l, can := s.candidates(sub)
			if !can {
				return nil, false
			}
			for _, n := range l {
				if !seen[n] {
					seen[n] = true
					list = append(list, n)
				}
			}
		}
		return list, true
	}
	return nil, false
}
