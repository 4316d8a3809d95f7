package match

import (
	"fmt"
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

// judge writes the verdict, and what would have to change.
func (x *Explanation) judge(p *Pairing, a, b *refresh.Entry, st state) {
	if x.Paired {
		x.Verdict = "They are a pair: the operator pinned them."
		if st.status == Matched {
			x.Verdict = fmt.Sprintf("They are a pair: by the rule %q each is the other's only one, and nothing contradicts.", x.Rule)
		}
		return
	}
	for _, c := range []struct {
		who, other string
		party      Party
	}{{"source", "target", x.Source}, {"target", "source", x.Target}} {
		if c.party.Status == Pinned.String() {
			x.Change = append(x.Change, fmt.Sprintf("The operator's pin of the %s would have to go.", c.who))
		} else if c.party.Partner != "" {
			x.Change = append(x.Change, fmt.Sprintf("The %s is matched to another %s: a pin of these two would take precedence.", c.who, c.other))
		}
	}
	agreed := ""
	for _, v := range x.Rules {
		switch {
		case v.View == Refuses, v.View == Contradicts && v.Reason != "":
			x.Change = append(x.Change, fmt.Sprintf("The rule %q refuses the pair: %s.", v.Rule, v.Reason))
		case v.View == Contradicts:
			x.Change = append(x.Change, fmt.Sprintf("The rule %q says that they are two people: %s and %s would have to be equal.", v.Rule, quoted(v.SourceRaw), quoted(v.TargetRaw)))
		case v.View == Agrees && v.SuggestOnly && agreed == "":
			x.Change = append(x.Change, fmt.Sprintf("The rule %q only suggests: a person would have to decide.", v.Rule))
		case v.View == Agrees && !v.SuggestOnly:
			if agreed == "" {
				agreed = v.Rule
			}
			if n := len(v.SourceRivals) + len(v.TargetRivals) + v.MoreRivals; n > 0 {
				x.Change = append(x.Change, fmt.Sprintf("Under the rule %q there are others with the same key (%d): they would have to lose it, or a pin decide.", v.Rule, n))
			}
		}
	}
	why, text := p.objection(a, b)
	switch {
	case agreed == "" && x.Similarity > 0:
		x.Verdict = "They are no pair: their names are similar, which is a suggestion and no more."
	case agreed == "":
		x.Verdict = "They are no pair: no rule that decides finds one for the other."
		x.Change = append(x.Change, p.missing(x)...)
	case why != noReason:
		x.Verdict = fmt.Sprintf("They are no pair: the rule %q finds one for the other, but %s.", agreed, text)
	default:
		x.Verdict = fmt.Sprintf("They are no pair: the rule %q finds one for the other, but not them alone, or there is stronger evidence.", agreed)
	}
}

// missing says which rules lack what on which side.
func (p *Pairing) missing(x *Explanation) []string {
	var out []string
	for i, v := range x.Rules {
		if p.rules[i].Keys == nil || p.rules[i].SuggestOnly || v.View == Refuses {
			continue
		}
		switch {
		case v.View == Differs:
			out = append(out, fmt.Sprintf("%s: %s and %s would have to be equal.", v.Rule, quoted(v.SourceKeys), quoted(v.TargetKeys)))
		case v.View == Silent && len(v.SourceKeys) == 0 && len(v.TargetKeys) == 0:
			// Nothing is there at all: there is nothing to change.
		case v.View == Silent && len(v.SourceKeys) == 0:
			out = append(out, fmt.Sprintf("%s: the source has nothing to compare with %s.", v.Rule, quoted(v.TargetKeys)))
		case v.View == Silent:
			out = append(out, fmt.Sprintf("%s: the target has nothing to compare with %s.", v.Rule, quoted(v.SourceKeys)))
		}
	}
	return out
}

func quoted(list []string) string {
	const most = 3
	var b strings.Builder
	for i, s := range list {
		if i == most {
			fmt.Fprintf(&b, " and %d more", len(list)-most)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", s)
	}
	if b.Len() == 0 {
		return "nothing"
	}
	return b.String()
}

// String explains the two to people, on several lines.
func (x Explanation) String() string {
	var b strings.Builder
	for _, c := range []struct {
		who   string
		party Party
	}{{"source", x.Source}, {"target", x.Target}} {
		fmt.Fprintf(&b, "%s %s\n", c.who, c.party)
	}
	fmt.Fprintf(&b, "%s\n", x.Verdict)
	for i, v := range x.Rules {
		fmt.Fprintf(&b, "%3d. %-14s %-11s", i+1, v.Rule, v.View)
		switch {
		case v.Reason != "":
			fmt.Fprintf(&b, " %s", v.Reason)
		case len(v.Shared) > 0:
			fmt.Fprintf(&b, " %s (source %s, target %s)", quoted(v.Shared), quoted(orKeys(v.SourceRaw, v.SourceKeys)), quoted(orKeys(v.TargetRaw, v.TargetKeys)))
		case v.View == Differs || v.View == Silent || v.View == Contradicts:
			fmt.Fprintf(&b, " source %s, target %s", quoted(orKeys(v.SourceKeys, v.SourceRaw)), quoted(orKeys(v.TargetKeys, v.TargetRaw)))
		}
		b.WriteString("\n")
		for _, r := range v.SourceRivals {
			fmt.Fprintf(&b, "       also source %s\n", r)
		}
		for _, r := range v.TargetRivals {
			fmt.Fprintf(&b, "       also target %s\n", r)
		}
		if v.MoreRivals > 0 {
			fmt.Fprintf(&b, "       and %d more\n", v.MoreRivals)
		}
	}
	if x.Similarity > 0 {
		fmt.Fprintf(&b, "names: %.3f similar, with a margin of %.3f\n", x.Similarity, x.Margin)
	}
	for _, c := range x.Change {
		fmt.Fprintf(&b, "to change: %s\n", c)
	}
	return b.String()
}

func orKeys(a, b []string) []string {
	if len(a) > 0 {
		return a
	}
	return b
}

// String names the party on one line, and what became of it.
func (p Party) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q", p.Primary)
	if p.DisplayName != "" {
		fmt.Fprintf(&b, " %q", p.DisplayName)
	}
	if p.ID != "" {
		fmt.Fprintf(&b, " (%s)", p.ID)
	}
	if p.Status != "" {
		fmt.Fprintf(&b, ": %s", p.Status)
	}
	if p.Reason != "" {
		fmt.Fprintf(&b, ", %s", p.Reason)
	}
	return b.String()
}
