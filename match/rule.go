package match

import (
	"fmt"

	"github.com/readdress-go/readdress/refresh"
)

// Keys appends the keys that a rule sees in an entry to dst and returns it. It must not keep or change the entry, and gives the same keys
// whenever it is asked. It may be called by several goroutines at a time.
type Keys func(dst []string, e *refresh.Entry) []string

// Rule says when a source and a target are taken for one person's: when they share a key. Empty keys do not count.
type Rule struct {
	// Name is short and stable, such as "primary": decisions and explanations carry it. Required, and unique in a list of rules.
	Name string
	// Doc is one sentence for people.
	Doc string
	// Keys are the normalised keys of an entry. Nil: the rule finds nobody, and only refuses.
	Keys Keys
	// Target are the keys of a target, where they differ from those of a source; nil is Keys.
	Target Keys
	// Raw and TargetRaw are what the keys were made from, for explanations; nil is the keys themselves.
	Raw, TargetRaw Keys
	// Exclusive: who has keys on both sides and shares none is not one person, whatever another rule says: a [Conflict].
	Exclusive bool
	// Refusal makes the contradiction of an exclusive rule [Blocked] instead, and is the reason.
	Refusal string
	// SuggestOnly: what the rule finds is a suggestion, and never decides.
	SuggestOnly bool
	// Refuse returns why these two may not be paired although a rule found them, this one or another; empty means that they may.
	Refuse func(source, target *refresh.Entry) string
}

// Swap returns the rule with its sides exchanged.
func (r Rule) Swap() Rule {
	s := r
	s.Keys, s.Target, s.Raw, s.TargetRaw = r.keys(target), nil, r.raw(target), nil
	if r.Target != nil {
		s.Target = r.Keys
	}
	if r.TargetRaw != nil {
		s.TargetRaw = r.Raw
	}
	if r.Refuse != nil {
		s.Refuse = func(source, target *refresh.Entry) string { return r.Refuse(target, source) }
	}
	return s
}

// side is an index into what exists once for each side.
type side int

const (
	source side = iota
	target
)

func (s side) other() side { return 1 - s }

func (r *Rule) keys(s side) Keys {
	if s == target && r.Target != nil {
		return r.Target
	}
	return r.Keys
}

func (r *Rule) raw(s side) Keys {
	if s == target && r.TargetRaw != nil {
		return r.TargetRaw
	}
	return r.Raw
}

// each calls f with the keys of an entry, each once and none of them empty.
func (r *Rule) each(s side, e *refresh.Entry, buf []string) []string {
	keys := r.keys(s)
	if keys == nil {
		return nil
	}
	all := keys(buf[:0], e)
	n := 0
next:
	for _, k := range all {
		if k == "" {
			continue
		}
		for _, had := range all[:n] {
			if had == k {
				continue next
			}
		}
		all[n] = k
		n++
	}
	return all[:n]
}

// shared returns the first key that two entries have in common.
func (r *Rule) shared(s, t *refresh.Entry) (string, bool) {
	theirs := r.each(target, t, nil)
	for _, k := range r.each(source, s, nil) {
		for _, x := range theirs {
			if x == k {
				return k, true
			}
		}
	}
	return "", false
}

// contradicts reports whether an exclusive rule knows two entries to be different.
func (r *Rule) contradicts(s, t *refresh.Entry) bool {
	if !r.Exclusive || r.Keys == nil || len(r.each(source, s, nil)) == 0 || len(r.each(target, t, nil)) == 0 {
		return false
	}
	_, same := r.shared(s, t)
	return !same
}

// checkRules finds what would make decisions unclear.
func checkRules(rules []Rule) error {
	names := make(map[string]bool)
	for i, r := range rules {
		switch {
		case r.Name == "":
			return fmt.Errorf("match: rule %d has no name", i+1)
		case names[r.Name]:
			return fmt.Errorf("match: two rules are named %q", r.Name)
		case r.Keys == nil && r.Refuse == nil:
			return fmt.Errorf("match: rule %q has neither keys nor a refusal", r.Name)
		case r.Keys == nil && (r.Target != nil || r.Exclusive):
			return fmt.Errorf("match: rule %q has no keys for sources", r.Name)
		}
		names[r.Name] = true
	}
	return nil
}
