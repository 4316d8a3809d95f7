package graphtest

import (
	"fmt"
	"strings"
)

// comparison reads one comparison. variable is the one of an any around it, which stands for a value of the collection.
func (f *filterParser) comparison(variable string) *node {
	name := f.word()
	switch op := strings.ToLower(name); {
	case name == "":
		f.syntax()
	case (op == "startswith" || op == "endswith") && f.take('('):
		if op == "endswith" {
			f.needs("endsWith")
		}
		n := &node{op: op, prop: f.property(f.word(), variable)}
		f.must(',')
		n.values = []string{f.literal()}
		f.must(')')
		return n
	}
	if f.take('/') {
		return f.lambda(name)
	}
	n := &node{prop: f.property(name, variable), op: strings.ToLower(f.word())}
	switch n.op {
	case "eq", "ne":
		if n.op == "ne" {
			f.needs("NotEqualsMatch")
		}
		n.values = []string{f.literal()}
	case "in":
		for f.must('('); ; {
			n.values = append(n.values, f.literal())
			if !f.take(',') {
				break
			}
		}
		f.must(')')
	case "ge", "le", "gt", "lt":
		panic(&problem{400, "Request_UnsupportedQuery", fmt.Sprintf(sayUnfilterable, n.prop, f.kind.resource)})
	default:
		f.syntax()
	}
	if n.prop == "id" {
		for _, v := range n.values {
			if _, ok := parseGUID(v); !ok {
				panic(&problem{400, "Request_BadRequest", fmt.Sprintf(sayInvalidID, v)})
			}
		}
	}
	return n
}

// lambda reads what is behind the slash of a collection: any(p:p eq 'x') or $count.
func (f *filterParser) lambda(name string) *node {
	f.property(name, "")
	if name != "proxyAddresses" {
		panic(&problem{400, "Request_UnsupportedQuery", fmt.Sprintf(sayUnfilterable, name, f.kind.resource)})
	}
	if f.take('$') {
		f.needs("$count")
		panic(&problem{400, "Request_UnsupportedQuery", fmt.Sprintf(sayUnfilterable, name, f.kind.resource)})
	}
	if !f.keyword("any") {
		f.syntax()
	}
	f.must('(')
	variable := f.word()
	if variable == "" {
		f.syntax()
	}
	f.must(':')
	n := f.comparison(variable)
	n.prop, n.any = name, true
	f.must(')')
	return n
}

// property checks a name.
func (f *filterParser) property(name, variable string) string {
	switch p := f.kind.known()[name]; {
	case variable != "":
		if name != variable {
			f.syntax()
		}
	case p == nil:
		panic(&problem{400, "BadRequest", fmt.Sprintf(sayFilterUnknown, name, f.kind.typ)})
	case !f.kind.filters[name]:
		panic(&problem{400, "Request_UnsupportedQuery", fmt.Sprintf(sayUnfilterable, name, f.kind.resource)})
	}
	return name
}

// match says whether a user passes a filter. Text compares without case.
func (n *node) match(v *view) bool {
	switch n.op {
	case "and":
		for _, k := range n.kids {
			if !k.match(v) {
				return false
			}
		}
		return true
	case "or":
		for _, k := range n.kids {
			if k.match(v) {
				return true
			}
		}
		return false
	case "not":
		return !n.kids[0].match(v)
	case "ne":
		return !n.has(v, "eq")
	}
	return n.has(v, n.op)
}

func (n *node) has(v *view, op string) bool {
	if n.any {
		_, found := v.proxies(func(p []byte) bool { return !n.is(op, string(p)) })
		return found
	}
	return n.is(op, n.value(v))
}

func (n *node) is(op, have string) bool {
	for _, want := range n.values {
		switch {
		case op == "startswith" && len(have) >= len(want) && strings.EqualFold(have[:len(want)], want),
			op == "endswith" && len(have) >= len(want) && strings.EqualFold(have[len(have)-len(want):], want),
			(op == "eq" || op == "in") && (strings.EqualFold(have, want) || want == "null" && have == ""):
			return true
		}
	}
	return false
}

func (n *node) value(v *view) string {
	switch n.prop {
	case "id":
		return v.id.String()
	case "userPrincipalName":
		return v.upn()
	case "mail":
		return string(v.text[fMail])
	case "displayName":
		return string(v.text[fDisplay])
	case "givenName":
		return string(v.text[fGiven])
	case "surname":
		return string(v.text[fSurname])
	case "employeeId":
		return string(v.text[fEmployee])
	case "onPremisesImmutableId":
		return string(v.text[fImmutable])
	case "userType":
		if len(v.text[fType]) == 0 {
			return "Member"
		}
		return string(v.text[fType])
	case "accountEnabled":
		return fmt.Sprint(v.flags&flagDisabled == 0)
	case "onPremisesSyncEnabled":
		if v.sync != 0 {
			return "true"
		}
	case "mailNickname":
		return v.nickname()
	}
	return ""
}

// candidates are the users that a filter can let through, by the index; false where only a look at all of them tells.
func (st *store) candidates(n *node, x *index, into map[int32]bool) bool {
	switch {
	case n.op == "or":
		for _, k := range n.kids {
			if !st.candidates(k, x, into) {
				return false
			}
		}
		return true
	case n.op == "and":
		for _, k := range n.kids {
			if some := map[int32]bool{}; st.candidates(k, x, some) {
				for i := range some {
					into[i] = true
				}
				return true
			}
		}
		return false
	case n.op != "eq" && n.op != "in":
		return false
	}
	for _, value := range n.values {
		add := func(i int32) { into[i] = true }
		switch n.prop {
		case "id":
			g, _ := parseGUID(value)
			if i, ok := st.byID[g]; ok {
				add(i)
			}
		case "userPrincipalName":
			x.find(byUPN, value, add)
		case "mail":
			if value == "null" {
				return false
			}
			x.find(byMail, value, add)
		case "proxyAddresses":
			x.find(byProxy, value, add)
		default:
			return false
		}
	}
	return true
}
