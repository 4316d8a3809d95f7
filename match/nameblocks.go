package match

import "unicode/utf8"

// Who is compared with whom. Everybody with everybody would be a million millions.
const (
	mostInBlock = 300 // targets that share a part of their name; more say too little
)

// block sorts the targets by what they may be found under.
func (m *nameModel) block() {
	m.blocks = make(map[string][]int32)
	for t := range m.names[target] {
		m.eachBlock(target, t, func(k string) { m.blocks[k] = append(m.blocks[k], int32(t)) })
	}
}

// eachBlock calls f with what somebody is found under: each part of the name and what it is near to, the two parts together with slips in one
// of them, and what corroborates.
func (m *nameModel) eachBlock(s side, i int, f func(string)) {
	n := m.names[s][i]
	if n == (fullName{}) {
		return
	}
	for _, p := range []struct{ a, b string }{{n.given, n.surname}, {n.surname, n.given}} {
		if p.a == "" {
			continue
		}
		f("=" + p.a)
		first, _ := utf8.DecodeRuneInString(p.b)
		shorter(p.a, func(k string) {
			f("~" + k)
			f("+" + k + "\x00" + string(first))
		})
	}
	if n.given != "" && n.surname != "" {
		a, b := min(n.given, n.surname), max(n.given, n.surname)
		f("*" + a + "\x00" + b)
	}
	m.eachAttr(s, m.entries[s][i], func(k string) { f("#" + k) })
}

// each calls f once with each target that a source may be, and the odds.
func (m *nameModel) each(i int, f func(t int, odds float64)) {
	seen := make(map[int32]bool)
	m.eachBlock(source, i, func(k string) {
		list := m.blocks[k]
		if len(list) > mostInBlock {
			return
		}
		for _, t := range list {
			if !seen[t] {
				seen[t] = true
				f(int(t), m.odds(i, int(t)))
			}
		}
	})
}
