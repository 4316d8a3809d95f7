package match

import (
	"cmp"
	"slices"

	"github.com/readdress-go/readdress/refresh"
)

// SuggestNames finds pairs by similar names. Everybody who may be a rival has to be among the entries. The result does not depend on their order,
// holds nobody twice, and is in the order of the sources.
func SuggestNames(sources, targets []*refresh.Entry, o *Names) []Suggestion {
	if o == nil {
		o = &Names{}
	}
	doubt := o.Doubt
	if doubt <= 0 {
		doubt = defaultDoubt
	}
	m := newNameModel(sources, targets, o.Corroborate)
	best := [2][]bestOf{make([]bestOf, len(sources)), make([]bestOf, len(targets))}
	for i := range sources {
		m.each(i, func(t int, odds float64) {
			best[source][i].add(t, odds)
			best[target][t].add(i, odds)
		})
	}
	var out []Suggestion
	for i := range sources {
		t := best[source][i].who
		if best[source][i].odds == 0 || best[target][t].who != i || best[source][i].tied || best[target][t].tied {
			continue
		}
		b := best[source][i].odds
		rivals := best[source][i].all + best[target][t].all - 2*b
		likely := b / (b + rivals + min(m.missing[source], m.missing[target]))
		if likely < 1-doubt {
			continue
		}
		agreed := m.agreed(i, t)
		if len(agreed) == 0 && (len(o.Corroborate) > 0 || !m.names[source][i].alike(m.names[target][t])) {
			continue // one part of a name alone is not enough
		}
		out = append(out, Suggestion{i, t, m.names[source][i].similarity(m.names[target][t]), likely, agreed})
	}
	slices.SortFunc(out, func(a, b Suggestion) int { return cmp.Compare(a.Source, b.Source) })
	return out
}

// bestOf is the likeliest partner of somebody, and what all of them together weigh.
type bestOf struct {
	who       int
	odds, all float64
	tied      bool
}

func (b *bestOf) add(who int, odds float64) {
	b.all += odds
	switch {
	case odds > b.odds:
		b.who, b.odds, b.tied = who, odds, false
	case odds == b.odds:
		b.tied = true
	}
}
