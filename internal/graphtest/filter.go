package graphtest

import (
	"fmt"
	"strings"
)

// node is a filter: a comparison, or a junction of others.
type node struct {
	op     string // eq ne in startswith endswith and or not
	prop   string
	any    bool // the comparison is of any value of a collection
	values []string
	kids   []*node
}

// maxClauses is how many alternatives a plain query may have.
const maxClauses = 15

// parseFilter reads a $filter of a collection. advanced says that the query came with ConsistencyLevel: eventual and $count=true.
func (k *kind) parseFilter(text string, advanced bool) (n *node, p *problem) {
	f := &filterParser{kind: k, text: text, advanced: advanced}
	defer func() {
		if stop := recover(); stop != nil {
			bad, ok := stop.(*problem)
			if !ok {
				panic(stop)
			}
			n, p = nil, bad
		}
	}()
	n = f.or()
	if f.space(); f.at < len(f.text) {
		f.syntax()
	}
	if c := n.alternatives(); c > maxClauses && !advanced {
		return nil, &problem{400, "Request_UnsupportedQuery", fmt.Sprintf(sayTooManyClauses, c)}
	}
	return n, nil
}

// alternatives counts the children of the largest or; a value of in is one.
func (n *node) alternatives() int {
	switch n.op {
	case "in":
		return len(n.values)
	case "or":
		sum := 0
		for _, k := range n.kids {
			sum += max(1, k.alternatives())
		}
		return sum
	}
	most := 0
	for _, k := range n.kids {
		most = max(most, k.alternatives())
	}
	return most
}

// filterParser descends; it panics with a *problem.
type filterParser struct {
	kind     *kind
	text     string
	at       int
	advanced bool
}

func (f *filterParser) syntax() {
	panic(&problem{400, "BadRequest", fmt.Sprintf(sayFilterSyntax, f.at, f.text)})
}

func (f *filterParser) needs(op string) {
	if !f.advanced {
		panic(&problem{400, "Request_UnsupportedQuery", fmt.Sprintf(sayAdvanced, op)})
	}
}

func (f *filterParser) space() {
	for f.at < len(f.text) && f.text[f.at] == ' ' {
		f.at++
	}
}

// word takes an identifier; empty where there is none.
func (f *filterParser) word() string {
	f.space()
	from := f.at
	for f.at < len(f.text) && (f.text[f.at]|0x20 >= 'a' && f.text[f.at]|0x20 <= 'z' || f.text[f.at] >= '0' && f.text[f.at] <= '9') {
		f.at++
	}
	return f.text[from:f.at]
}

func (f *filterParser) take(mark byte) bool {
	if f.space(); f.at < len(f.text) && f.text[f.at] == mark {
		f.at++
		return true
	}
	return false
}

func (f *filterParser) must(mark byte) {
	if !f.take(mark) {
		f.syntax()
	}
}

// keyword takes the word if it is next.
func (f *filterParser) keyword(w string) bool {
	mark := f.at
	if strings.EqualFold(f.word(), w) {
		return true
	}
	f.at = mark
	return false
}

// literal takes a string in quotes, with ” for one inside, or a bare word such as true or null.
func (f *filterParser) literal() string {
	f.space()
	if f.at >= len(f.text) || f.text[f.at] != '\'' {
		if w := f.word(); w == "true" || w == "false" || w == "null" {
			return w
		}
		f.syntax()
	}
	var b strings.Builder
	for f.at++; f.at < len(f.text); f.at++ {
		if f.text[f.at] == '\'' {
			if f.at+1 >= len(f.text) || f.text[f.at+1] != '\'' {
				f.at++
				return b.String()
			}
			f.at++
		}
		b.WriteByte(f.text[f.at])
	}
	f.syntax()
	return ""
}

func (f *filterParser) or() *node  { return f.junction("or", f.and) }
func (f *filterParser) and() *node { return f.junction("and", f.unary) }

func (f *filterParser) junction(op string, next func() *node) *node {
	kids := []*node{next()}
	for f.keyword(op) {
		kids = append(kids, next())
	}
	if len(kids) == 1 {
		return kids[0]
	}
	return &node{op: op, kids: kids}
}

func (f *filterParser) unary() *node {
	if f.keyword("not") {
		f.needs("not")
		return &node{op: "not", kids: []*node{f.unary()}}
	}
	if f.take('(') {
		n := f.or()
		f.must(')')
		return n
	}
	return f.comparison("")
}
