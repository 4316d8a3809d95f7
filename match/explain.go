package match

import (
	"fmt"
	"slices"

	"github.com/readdress-go/readdress/refresh"
)

// Explanation says why two entries are a pair, or why not. Its JSON is stable; [Explanation.String] is for people. It holds addresses and names.
type Explanation struct {
	Source Party `json:"source"`
	Target Party `json:"target"`
	// Paired: the two are a pair. Rule is the rule that made them one; empty for a pin.
	Paired bool   `json:"paired"`
	Rule   string `json:"rule,omitempty"`
	// Tier is the rule's place, from 1; 0 where there is none.
	Tier int `json:"tier,omitempty"`
	// Verdict is one sentence.
	Verdict string `json:"verdict"`
	// Rules say what each rule sees, in their order.
	Rules []RuleView `json:"rules"`
	// Similarity and Margin are those of a [Suggestion] by similar names; 0 where none was made.
	Similarity float64 `json:"similarity,omitempty"`
	Margin     float64 `json:"margin,omitempty"`
	// Change says what would have to change for the two to be a pair; empty when they are one.
	Change []string `json:"change,omitempty"`
}

// Party is one of the two.
type Party struct {
	ID          refresh.ID      `json:"id,omitempty"`
	Primary     refresh.Address `json:"primary,omitempty"`
	DisplayName string          `json:"displayName,omitempty"`
	// Status is what became of it in the pairing, with the reason; empty where there was none.
	Status string `json:"status,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Partner is the ID, or the address where there is none, of whom it is paired with.
	Partner string `json:"partner,omitempty"`
}

// View is what a rule says of two entries.
type View string

// What a rule says.
const (
	Agrees      View = "agrees"      // they share a key
	Differs     View = "differs"     // both have keys, and share none
	Contradicts View = "contradicts" // the same, and the rule is exclusive
	Silent      View = "silent"      // one of them has no key
	Refuses     View = "refuses"     // the rule refuses the pair
	Allows      View = "allows"      // the rule finds nobody, and refuses nothing here
)

// RuleView is what one rule sees in two entries.
type RuleView struct {
	Rule string `json:"rule"`
	Doc  string `json:"doc,omitempty"`
	View View   `json:"view"`
	// What is there, and what the rule makes of it.
	SourceRaw  []string `json:"sourceRaw,omitempty"`
	SourceKeys []string `json:"sourceKeys,omitempty"`
	TargetRaw  []string `json:"targetRaw,omitempty"`
	TargetKeys []string `json:"targetKeys,omitempty"`
	Shared     []string `json:"shared,omitempty"`
	Reason     string   `json:"reason,omitempty"` // of a refusal
	// Who else the rule finds: other sources that share a key with the target, and other targets that share one with the source. At
	// most ten of each are named.
	SourceRivals []Party `json:"sourceRivals,omitempty"`
	TargetRivals []Party `json:"targetRivals,omitempty"`
	MoreRivals   int     `json:"moreRivals,omitempty"`
	SuggestOnly  bool    `json:"suggestOnly,omitempty"`
}

const mostRivals = 10

// Explain says what the rules see in two entries, as if there were nobody else.
func Explain(s, t *refresh.Entry, rules []Rule) (Explanation, error) {
	p, err := Pair(Entries([]refresh.Entry{*s}), Entries([]refresh.Entry{*t}), rules, nil)
	if err != nil {
		return Explanation{}, err
	}
	return p.explain(0, 0), nil
}

// Explain says why the source and the target with these IDs are a pair, or why not. It looks at everybody, for rivals.
func (p *Pairing) Explain(sourceID, targetID refresh.ID) (Explanation, error) {
	i, t := p.index(source, sourceID), p.index(target, targetID)
	switch {
	case i < 0:
		return Explanation{}, fmt.Errorf("match: no source has the ID %q", sourceID)
	case t < 0:
		return Explanation{}, fmt.Errorf("match: no target has the ID %q", targetID)
	}
	return p.explain(i, t), nil
}

func (p *Pairing) explain(i, t int32) Explanation {
	a, b := p.sides[source].entries[i], p.sides[target].entries[t]
	x := Explanation{Source: p.party(source, i), Target: p.party(target, t), Rules: []RuleView{}}
	st := p.sides[source].states[i]
	x.Paired = st.other == t
	if x.Paired && st.rule >= 0 {
		x.Rule, x.Tier = p.rules[st.rule].Name, int(st.rule)+1
	}
	for r := range p.rules {
		x.Rules = append(x.Rules, p.view(r, i, t))
	}
	for _, c := range p.sides[source].candidates[i] {
		if c.Entry == b && c.Score > 0 {
			x.Similarity, x.Margin = c.Score, c.Margin
		}
	}
	x.judge(p, a, b, st)
	return x
}

// party is an entry with what became of it.
func (p *Pairing) party(s side, i int32) Party {
	d := p.decision(s, i)
	x := partyOf(d.Entry)
	x.Status, x.Reason = d.Status.String(), d.Reason
	if d.Other != nil {
		if x.Partner = string(d.Other.ID); x.Partner == "" {
			x.Partner = string(d.Other.Primary)
		}
	}
	return x
}

func partyOf(e *refresh.Entry) Party {
	return Party{ID: e.ID, Primary: e.Primary, DisplayName: e.DisplayName}
}

// view is what one rule sees in two entries.
func (p *Pairing) view(r int, i, t int32) RuleView {
	rule := &p.rules[r]
	a, b := p.sides[source].entries[i], p.sides[target].entries[t]
	v := RuleView{Rule: rule.Name, Doc: rule.Doc, View: Allows, SuggestOnly: rule.SuggestOnly}
	if rule.Keys != nil {
		v.SourceKeys, v.TargetKeys = orNil(rule.each(source, a, nil)), orNil(rule.each(target, b, nil))
		v.SourceRaw, v.TargetRaw = values(rule.raw(source), a), values(rule.raw(target), b)
		for _, k := range v.SourceKeys {
			if slices.Contains(v.TargetKeys, k) {
				v.Shared = append(v.Shared, k)
			}
		}
		switch {
		case len(v.Shared) > 0:
			v.View = Agrees
		case len(v.SourceKeys) == 0 || len(v.TargetKeys) == 0:
			v.View = Silent
		case rule.Exclusive:
			v.View, v.Reason = Contradicts, rule.Refusal
		default:
			v.View = Differs
		}
		p.rivals(&v, rule, i, t)
	}
	if rule.Refuse != nil {
		if why := rule.Refuse(a, b); why != "" {
			v.View, v.Reason = Refuses, why
		}
	}
	return v
}

// values are what a rule made keys from, without what is empty.
func values(raw Keys, e *refresh.Entry) []string {
	if raw == nil {
		return nil
	}
	return orNil(slices.DeleteFunc(raw(nil, e), func(s string) bool { return s == "" }))
}

// orNil makes an empty list the one that JSON leaves out.
func orNil(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	return list
}

// rivals adds who else shares a key with one of the two.
func (p *Pairing) rivals(v *RuleView, rule *Rule, i, t int32) {
	look := func(s side, not int32, keys []string) (out []Party) {
		if len(keys) == 0 {
			return nil
		}
		var buf []string
		var found []int32
		for n, e := range p.sides[s].entries {
			if int32(n) == not {
				continue
			}
			buf = rule.each(s, e, buf)
			if slices.ContainsFunc(buf, func(k string) bool { return slices.Contains(keys, k) }) {
				found = append(found, int32(n))
			}
		}
		slices.SortFunc(found, func(a, b int32) int { return compareEntries(p.sides[s].entries[a], p.sides[s].entries[b]) })
		v.MoreRivals += max(0, len(found)-mostRivals)
		for _, n := range found[:min(len(found), mostRivals)] {
			out = append(out, p.party(s, n))
		}
		return out
	}
	v.SourceRivals = look(source, i, v.TargetKeys)
	v.TargetRivals = look(target, t, v.SourceKeys)
}
