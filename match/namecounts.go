package match

// namePart is a part of a name.
type namePart int

const (
	givenPart namePart = iota
	surnamePart
	anyPart
)

// nameCounts says how common names are on one side: each spelling, and with those that are one slip away.
type nameCounts struct {
	exact [3]map[string]int
	near  [3]map[string]int // by what is left without one letter
	of    int
}

func newNameCounts(of int) nameCounts {
	c := nameCounts{of: of}
	for p := range c.exact {
		c.exact[p], c.near[p] = make(map[string]int), make(map[string]int)
	}
	return c
}

func (c *nameCounts) add(n fullName) {
	c.one(givenPart, n.given)
	c.one(surnamePart, n.surname)
	c.one(anyPart, n.given)
	if n.surname != n.given {
		c.one(anyPart, n.surname)
	}
}

func (c *nameCounts) one(p namePart, s string) {
	if s == "" {
		return
	}
	c.exact[p][s]++
	shorter(s, func(k string) { c.near[p][k]++ })
}

// count is how many have a name, or one that is near it.
func (c *nameCounts) count(p namePart, s string, near bool) int {
	n := c.exact[p][s]
	if near {
		shorter(s, func(k string) { n = max(n, c.near[p][k]) })
	}
	return n
}

// shorter calls f with a name and with what is left of it without each of its letters, each once: two names one slip apart have one of these in
// common (Garbe, "Symmetric delete spelling correction", 2012).
func shorter(s string, f func(string)) {
	f(s)
	last := ""
	for i, r := range s {
		if k := s[:i] + s[i+len(string(r)):]; k != last && k != "" {
			last = k
			f(k)
		}
	}
}
