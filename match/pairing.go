package match

import (
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/readdress-go/readdress/refresh"
)

// Options adjust [Pair]. Nil and the zero value work.
type Options struct {
	// Pins are what the operator decided.
	Pins []Pin
	// MaxCandidates is how many candidates of an entry are kept. Zero means 100.
	MaxCandidates int
	// Names adds suggestions by similar names for who has no candidate; nil adds none.
	Names *Names
}

const defaultCandidates = 100

// Pin is a decision of the operator: these two are one person's. With one of them empty, the other one is left alone.
type Pin struct {
	Source refresh.ID `json:"source,omitempty"`
	Target refresh.ID `json:"target,omitempty"`
}

// Pairing is what [Pair] found out. It may be read by several goroutines at a time.
type Pairing struct {
	rules []Rule
	sides [2]half
	lost  []Pin
}

// half is one side of a pairing.
type half struct {
	entries    []*refresh.Entry
	states     []state
	candidates map[int32][]Candidate // of who has some beside the partner
	totals     map[int32]int         // where there are more of them
}

// state is what became of an entry.
type state struct {
	other  int32 // the partner's index, -1 for none
	rule   int16 // which rule decided, -1 for none
	status Status
	why    reason
}

// reason says why somebody is not matched, beside the status.
type reason uint8

const (
	noReason  reason = iota
	isAlone          // the operator wants no partner
	isTaken          // the only neighbour is decided otherwise
	isOther          // an exclusive rule contradicts
	isRefused        // a rule refuses the pair
	isOneOf          // several neighbours
	isShared         // one neighbour, which has several
)

// Decision is what became of one entry. Its JSON is stable.
type Decision struct {
	Entry  *refresh.Entry `json:"entry"` // not to be changed
	Status Status         `json:"status"`
	// Rule decided, and Key is what the two share under it; empty where no rule did.
	Rule string `json:"rule,omitempty"`
	Key  string `json:"key,omitempty"`
	// Other is the partner of who is Matched or Pinned; nil for nobody.
	Other *refresh.Entry `json:"other,omitempty"`
	// Candidates are who else it may be, the best first, with the rule that says so; of who is Matched, those of weaker rules. There
	// are Total of them, counted up to some thousands, of which [Options].MaxCandidates are kept for each rule.
	Candidates []Candidate `json:"candidates,omitempty"`
	Total      int         `json:"total,omitempty"`
	// Reason says in words why there is no partner, or what the operator decided.
	Reason string `json:"reason,omitempty"`
}

// Candidate is somebody who may be the partner.
type Candidate struct {
	Entry *refresh.Entry `json:"entry"`
	// Rule found it, by Key; of similar names it is "similar-names", and Score says how similar, from 0 to 1.
	Rule  string  `json:"rule"`
	Key   string  `json:"key,omitempty"`
	Score float64 `json:"score,omitempty"`
	// Margin is that of a [Suggestion] by similar names.
	Margin float64 `json:"margin,omitempty"`
	rank   int
}

// Sources yields what became of each source, in the order in which they came.
func (p *Pairing) Sources() iter.Seq[Decision] { return p.all(source) }

// Targets yields what became of each target, in the order in which they came.
func (p *Pairing) Targets() iter.Seq[Decision] { return p.all(target) }

func (p *Pairing) all(s side) iter.Seq[Decision] {
	return func(yield func(Decision) bool) {
		for i := range p.sides[s].entries {
			if !yield(p.decision(s, int32(i))) {
				return
			}
		}
	}
}

// Pairs yields source and target of each pair, matched or pinned, in the order of the sources.
func (p *Pairing) Pairs() iter.Seq2[*refresh.Entry, *refresh.Entry] {
	return func(yield func(s, t *refresh.Entry) bool) {
		for i, st := range p.sides[source].states {
			if st.other >= 0 && !yield(p.sides[source].entries[i], p.sides[target].entries[st.other]) {
				return
			}
		}
	}
}

// Source returns what became of the source with an ID.
func (p *Pairing) Source(id refresh.ID) (Decision, bool) { return p.find(source, id) }

// Target returns what became of the target with an ID.
func (p *Pairing) Target(id refresh.ID) (Decision, bool) { return p.find(target, id) }

func (p *Pairing) find(s side, id refresh.ID) (Decision, bool) {
	i := p.index(s, id)
	if i < 0 {
		return Decision{}, false
	}
	return p.decision(s, i), true
}

func (p *Pairing) index(s side, id refresh.ID) int32 {
	if id == "" {
		return -1
	}
	return int32(slices.IndexFunc(p.sides[s].entries, func(e *refresh.Entry) bool { return e.ID == id }))
}

// Counts returns how many sources and how many targets there are of each status.
func (p *Pairing) Counts() (sources, targets map[Status]int) {
	count := func(s side) map[Status]int {
		n := make(map[Status]int)
		for _, st := range p.sides[s].states {
			n[st.status]++
		}
		return n
	}
	return count(source), count(target)
}

// Lost returns the pins of which one mailbox is not there.
func (p *Pairing) Lost() []Pin { return slices.Clone(p.lost) }

// Pins returns the pairs as pins, so that they are kept in a later pairing. Who the operator left alone is among them.
func (p *Pairing) Pins() []Pin {
	var out []Pin
	for i, st := range p.sides[source].states {
		switch {
		case st.other >= 0:
			out = append(out, Pin{p.sides[source].entries[i].ID, p.sides[target].entries[st.other].ID})
		case st.status == Pinned:
			out = append(out, Pin{Source: p.sides[source].entries[i].ID})
		}
	}
	for i, st := range p.sides[target].states {
		if st.status == Pinned && st.other < 0 {
			out = append(out, Pin{Target: p.sides[target].entries[i].ID})
		}
	}
	return out
}

func (p *Pairing) decision(s side, i int32) Decision {
	h := &p.sides[s]
	st := h.states[i]
	d := Decision{Entry: h.entries[i], Status: st.status, Candidates: h.candidates[i]}
	d.Total = max(len(d.Candidates), h.totals[i])
	if st.rule >= 0 {
		d.Rule = p.rules[st.rule].Name
	}
	if st.other >= 0 {
		d.Other = p.sides[s.other()].entries[st.other]
		if st.rule >= 0 {
			a, b := d.Entry, d.Other
			if s == target {
				a, b = b, a
			}
			d.Key, _ = p.rules[st.rule].shared(a, b)
		}
	}
	d.Reason = p.reason(s, i)
	return d
}

// reason puts into words why somebody is not matched.
func (p *Pairing) reason(s side, i int32) string {
	h := &p.sides[s]
	st := h.states[i]
	rule := ""
	if st.rule >= 0 {
		rule = p.rules[st.rule].Name
	}
	they, theirs := "target", "sources"
	if s == target {
		they, theirs = "source", "targets"
	}
	switch st.why {
	case isAlone:
		return "the operator leaves it alone"
	case isTaken:
		return fmt.Sprintf("by the rule %q alone it would be a %s for which there is stronger evidence", rule, they)
	case isOneOf:
		return fmt.Sprintf("several %ss share a key of the rule %q", they, rule)
	case isShared:
		return fmt.Sprintf("other %s share a key of the rule %q with the same %s", theirs, rule, they)
	case isOther, isRefused:
		for _, c := range h.candidates[i] {
			if c.Rule != rule {
				continue
			}
			a, b := h.entries[i], c.Entry
			if s == target {
				a, b = b, a
			}
			if _, why := p.objection(a, b); why != "" {
				return why
			}
		}
	}
	if st.status == NoCandidate && len(h.candidates[i]) > 0 {
		return "there are suggestions only"
	}
	if st.status == NoCandidate {
		return "no rule finds anybody"
	}
	return ""
}

// objection returns why two may not be a pair, whatever rule found them.
func (p *Pairing) objection(s, t *refresh.Entry) (reason, string) {
	return objection(p.rules, s, t)
}

func objection(rules []Rule, s, t *refresh.Entry) (reason, string) {
	for i := range rules {
		r := &rules[i]
		if r.contradicts(s, t) {
			if r.Refusal != "" {
				return isRefused, r.Refusal
			}
			return isOther, fmt.Sprintf("the rule %q says that they are two people", r.Name)
		}
	}
	for i := range rules {
		if refuse := rules[i].Refuse; refuse != nil {
			if why := refuse(s, t); why != "" {
				return isRefused, why
			}
		}
	}
	return noReason, ""
}

// sortCandidates puts the candidates of each entry into an order that does not depend on that of the entries, each once, with the strongest
// rule that found it.
func (h *half) sortCandidates() {
	for i := range maps.Keys(h.candidates) {
		list := h.candidates[i]
		slices.SortStableFunc(list, compareCandidates)
		once := make(map[*refresh.Entry]bool, len(list))
		h.candidates[i] = slices.DeleteFunc(list, func(c Candidate) bool { had := once[c.Entry]; once[c.Entry] = true; return had })
	}
}
