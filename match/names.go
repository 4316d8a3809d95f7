package match

import (
	"math"

	"github.com/readdress-go/readdress/refresh"
)

// Names adjusts suggestions by similar names, for those whom no rule decided. Nothing is ever paired by them. The zero value works.
//
// What two names have in common counts the more the rarer it is, on the side where it is looked for: two who are both called Smith have less in common
// than two who are both called Szczepaniak, whether or not one of them is spelt with an error. Two people are suggested to each other when each is the other's best, by
// so much that neither anybody else is likely, nor that the right one is missing. Without anything that corroborates, both parts of the names have to be
// alike, in either order.
type Names struct {
	// Doubt is the most that may speak for somebody else, or for nobody, from 0 to 1. Zero means 0.35: what speaks for the pair is about twice
	// what speaks against it. It is reckoned cautiously: of the suggestions on public sets 98 to 100 of 100 are right.
	Doubt float64
	// Corroborate are rules of which at least one has to agree beside the names, such as [Attribute] or [EmployeeID]. What they agree on
	// counts by how rare it is, too. Nil demands none.
	Corroborate []Rule
}

// Suggestion is two entries that may be one person's by their names.
type Suggestion struct {
	Source, Target int // places in the slices
	// Score is how similar the names are, from 0 to 1: Jaro-Winkler of both parts together.
	Score float64
	// Margin is the share of what speaks for the two in all that speaks for them, for any other partner of either, and for nobody: from 0 to 1.
	Margin float64
	// Corroborated are the names of the rules that agree.
	Corroborated []string
}

// defaultDoubt is where similar names are right as often as equal ones that are unique on both sides.
const defaultDoubt = 0.35

// similarNames is the rule of candidates that names suggest.
const similarNames = "similar-names"

// names adds candidates by similar names for everybody who is undecided.
func (w *work) names(o *Names) {
	var open [2][]*refresh.Entry
	var at [2][]int32
	for s := range open {
		for i, st := range w.sides[s].states {
			if st.undecided() {
				open[s] = append(open[s], w.sides[s].entries[i])
				at[s] = append(at[s], int32(i))
			}
		}
	}
	for _, x := range SuggestNames(open[source], open[target], o) {
		i, t := at[source][x.Source], at[target][x.Target]
		c := Candidate{Rule: similarNames, Score: x.Score, Margin: x.Margin, rank: math.MaxInt}
		c.Entry = w.sides[target].entries[t]
		w.keep(source, i, c)
		c.Entry = w.sides[source].entries[i]
		w.keep(target, t, c)
	}
}
