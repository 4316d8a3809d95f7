package matchtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/match"
	"github.com/readdress-go/readdress/refresh"
)

// Check pairs the two sides by the rules; nil rules are [match.Default]. The error lists every want that is not met, with the difference
// (-want +got), and explains the pairs that were wanted and those that were found. A case that forgets a source is an error too.
func (c Case) Check(rules []match.Rule) error {
	if err := c.check(nil); err != nil {
		return err
	}
	p, err := c.pair(rules)
	if err != nil {
		return fmt.Errorf("%s:%d: case %q: %w", c.File, c.Line, c.Name, err)
	}
	var b strings.Builder
	for _, w := range c.Wants {
		d, _ := p.Source(w.ID)
		if w.Target {
			d, _ = p.Target(w.ID)
		}
		got := seen(d, w)
		diff := cmp.Diff(w.lines(), got.lines())
		if diff == "" {
			continue
		}
		fmt.Fprintf(&b, "%s:%d: case %q (-want +got):\n%s", c.File, w.Line, c.Name, diff)
		for _, id := range concerned(d, w) {
			s, t := w.ID, id
			if w.Target {
				s, t = t, s
			}
			if x, err := p.Explain(s, t); err == nil {
				b.WriteString(x.String())
			}
		}
	}
	if b.Len() > 0 {
		return errors.New(b.String())
	}
	return nil
}

func (c Case) pair(rules []match.Rule) (*match.Pairing, error) {
	if rules == nil {
		rules = match.Default()
	}
	all := len(c.Sources) + len(c.Targets) + 1 // so that no candidate is left out
	return match.Pair(match.Entries(c.Sources), match.Entries(c.Targets), rules, &match.Options{Pins: c.Pins, MaxCandidates: all})
}

// mostExplained is how many of those who were found and not wanted are explained.
const mostExplained = 3

// concerned are whom to explain when a want is not met: who was wanted, and who was found in their place.
func concerned(d match.Decision, w Want) []refresh.ID {
	found := make([]refresh.ID, 0, 1+len(d.Candidates))
	if d.Other != nil {
		found = append(found, d.Other.ID)
	}
	for _, x := range d.Candidates {
		found = append(found, x.Entry.ID)
	}
	out := slices.Clone(w.Others)
	for _, id := range found {
		if len(out) < len(w.Others)+mostExplained && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// seen is what became of a mailbox, as far as a want asks for it.
func seen(d match.Decision, w Want) Want {
	got := Want{Target: w.Target, ID: w.ID, Status: d.Status}
	if w.Rule != "" {
		got.Rule = oneSpaced(d.Rule)
	}
	switch {
	case d.Status.Paired():
		got.Others = []refresh.ID{""}
		if d.Other != nil {
			got.Others[0] = d.Other.ID
		}
	case w.Others != nil:
		for _, x := range d.Candidates {
			got.Others = append(got.Others, x.Entry.ID)
		}
	}
	return got
}

// oneSpaced is a rule's name as it stands in a want.
func oneSpaced(s string) string { return strings.Join(strings.Fields(s), " ") }

// lines are a want in the words of a file, candidates in order.
func (w Want) lines() []string {
	out := []string{string(w.ID) + " " + w.Status.String()}
	others := slices.Clone(w.Others)
	slices.Sort(others)
	for _, id := range others {
		out = append(out, "  "+string(orDash(id)))
	}
	if w.Rule != "" {
		out = append(out, "  by "+oneSpaced(w.Rule))
	}
	return out
}
