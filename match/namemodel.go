package match

import (
	"math"

	"github.com/readdress-go/readdress/refresh"
)

// How often a part of one person's name is what it was, has a slip, has two, was left out, or is another one. They are round numbers of what
// typed lists are like; what decides is how rare a name is.
const (
	oftenEqual   = 0.70
	oftenSlip    = 0.17
	oftenTwo     = 0.05
	oftenMissing = 0.04
	oftenOther   = 0.04
	oftenSwapped = 0.07 // given name and surname exchanged
	oftenFound   = 0.90 // of those who can be there at all
	oftenAgree   = 0.85 // of a corroborating attribute
)

// nameModel knows the names of both sides and how common each is.
type nameModel struct {
	rules   []Rule
	entries [2][]*refresh.Entry
	names   [2][]fullName
	common  [2]nameCounts // of each side
	blocks  map[string][]int32
	attrs   [2]map[string]int // how many have a corroborating key
	missing [2]float64        // the weight of nobody
}

func newNameModel(sources, targets []*refresh.Entry, rules []Rule) *nameModel {
	m := &nameModel{rules: rules, entries: [2][]*refresh.Entry{sources, targets}}
	var known [2]int
	for s, list := range m.entries {
		m.names[s] = make([]fullName, len(list))
		m.common[s] = newNameCounts(len(list))
		m.attrs[s] = make(map[string]int)
		for i, e := range list {
			n := nameOf(e)
			m.names[s][i] = n
			m.common[s].add(n)
			if n != (fullName{}) {
				known[s]++
			}
			m.eachAttr(side(s), e, func(k string) { m.attrs[s][k]++ })
		}
	}
	for s := range m.missing {
		us, them := float64(known[s]), float64(known[side(s).other()])
		there := oftenFound * min(1, them/max(1, us))
		m.missing[s] = them * (1 - there) / max(there, 1e-9)
	}
	m.block()
	return m
}

// eachAttr calls f with the corroborating keys of an entry.
func (m *nameModel) eachAttr(s side, e *refresh.Entry, f func(string)) {
	for i := range m.rules {
		for _, k := range m.rules[i].each(s, e, nil) {
			f(m.rules[i].Name + "\x00" + k)
		}
	}
}

// agreed names the corroborating rules that agree.
func (m *nameModel) agreed(i, t int) (out []string) {
	for k := range m.rules {
		if _, ok := m.rules[k].shared(m.entries[source][i], m.entries[target][t]); ok {
			out = append(out, m.rules[k].Name)
		}
	}
	return out
}

// odds is how much likelier what two have in common is of one person than of two. The chance is that of the rarer side.
func (m *nameModel) odds(i, t int) float64 {
	a, b := m.names[source][i], m.names[target][t]
	straight := m.part(a.given, b.given, givenPart) * m.part(a.surname, b.surname, surnamePart)
	swapped := 0.0
	if a.given != "" && a.surname != "" && b.given != "" && b.surname != "" {
		crossed := m.cross(a.given, b.surname) * m.cross(a.surname, b.given)
		swapped = oftenSwapped * crossed
		straight *= 1 - oftenSwapped
	}
	odds := max(straight, swapped)
	for k := range m.rules {
		r := &m.rules[k]
		if key, ok := r.shared(m.entries[source][i], m.entries[target][t]); ok {
			key = r.Name + "\x00" + key
			f := max(rate(m.attrs[source][key], len(m.entries[source])), rate(m.attrs[target][key], len(m.entries[target])))
			odds *= oftenAgree / f
		} else if len(r.each(source, m.entries[source][i], nil)) > 0 && len(r.each(target, m.entries[target][t], nil)) > 0 {
			odds *= 1 - oftenAgree
		}
	}
	return odds
}

func rate(n, of int) float64 { return float64(max(1, n)) / float64(max(1, of)) }

// part weighs one part of two names.
func (m *nameModel) part(a, b string, p namePart) float64 {
	if a == "" || b == "" {
		return 1
	}
	chance := func(near bool) float64 { return m.chance(p, a, b, near) }
	switch slips(a, b) {
	case 0:
		return oftenEqual / chance(false)
	case 1:
		return oftenSlip / chance(true)
	case 2:
		return oftenTwo / math.Min(1, 4*chance(true))
	}
	return oftenOther
}

// chance is which share of everybody has a name, or one near it: the commoner of two.
func (m *nameModel) chance(p namePart, a, b string, near bool) float64 {
	of := m.common[source].of + m.common[target].of
	both := func(s string) int { return m.common[source].count(p, s, near) + m.common[target].count(p, s, near) }
	n := both(a)
	if a != b {
		n = max(n, both(b))
	}
	return rate(n, of)
}

// cross weighs a given name that is the other's surname, or the reverse.
func (m *nameModel) cross(a, b string) float64 {
	chance := func(near bool) float64 { return m.chance(anyPart, a, b, near) }
	switch slips(a, b) {
	case 0:
		return oftenEqual / chance(false)
	case 1:
		return oftenSlip / chance(true)
	case 2:
		return oftenTwo / math.Min(1, 4*chance(true))
	}
	return oftenOther
}

// alike reports whether both parts of two names are there and have slips at most, in either order.
func (a fullName) alike(b fullName) bool {
	like := func(x, y string) bool { return x != "" && y != "" && slips(x, y) < 3 }
	return like(a.given, b.given) && like(a.surname, b.surname) || like(a.given, b.surname) && like(a.surname, b.given)
}

// slips are how many slips there are between two names: 0, 1, 2, or 3 for more than a slip makes.
func slips(a, b string) int {
	if a == b {
		return 0
	}
	n := min(len(a), len(b))
	if d := len(a) - len(b); d > 2 || d < -2 {
		if n >= 4 && JaroWinkler(a, b) >= 0.92 {
			return 2 // one is the beginning of the other
		}
		return 3
	}
	switch d := Damerau(a, b); {
	case d == 1 && n >= 3:
		return 1
	case d == 2 && n >= 5:
		return 2
	}
	return 3
}

// similarity is that of both parts together, the better of both orders.
func (a fullName) similarity(b fullName) float64 {
	of := func(x, y string) (sum, weight float64) {
		if x == "" || y == "" {
			return 0, 0
		}
		return JaroWinkler(x, y), 1
	}
	average := func(x1, y1, x2, y2 string) float64 {
		s1, w1 := of(x1, y1)
		s2, w2 := of(x2, y2)
		if w1+w2 == 0 {
			return 0
		}
		return (s1 + s2) / (w1 + w2)
	}
	return max(average(a.given, b.given, a.surname, b.surname), average(a.given, b.surname, a.surname, b.given))
}
