package matchtest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/match"
	"github.com/readdress-go/readdress/refresh"
)

// Check pairs the two sides by the rules. The error lists every want that is not met, with the difference (-want +got), and
// explains the pairs that it is about.
func (c Case) Check(rules []match.Rule) error {
	p, err := match.Pair(match.Entries(c.Sources), match.Entries(c.Targets), rules, &match.Options{Pins: c.Pins})
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
		if diff := cmp.Diff(w.lines(), got.lines()); diff != "" {
			fmt.Fprintf(&b, "%s:%d: case %q (-want +got):\n%s", c.File, w.Line, c.Name, diff)
			for _, id := range w.Others {
				s, t := w.ID, id
				if w.Target {
					s, t = t, s
				}
				if x, err := p.Explain(s, t); err == nil {
					b.WriteString(x.String())
				}
			}
		}
	}
	if b.Len() > 0 {
		return fmt.Errorf("%s", b.String())
	}
	return nil
}

// seen is what became of a mailbox, as far as a want asks for it.
func seen(d match.Decision, w Want) Want {
	got := Want{Target: w.Target, ID: w.ID, Status: d.Status}
	if w.Rule != "" {
		got.Rule = d.Rule
	}
	switch {
	case d.Status.Paired():
		got.Others = []refresh.ID{""}
		if d.Other != nil {
			got.Others[0] = d.Other.ID
		}
	case w.Others != nil || w.Status.Paired():
		for _, x := range d.Candidates {
			got.Others = append(got.Others, x.Entry.ID)
		}
	}
	return got
}

// lines are a want in the words of a file, candidates in order.
func (w Want) lines() []string {
	out := []string{string(w.ID) + " " + w.Status.String()}
	others := slices.Clone(w.Others)
	slices.Sort(others)
	for _, id := range others {
		if id == "" {
			id = "-"
		}
		out = append(out, "  "+string(id))
	}
	if w.Rule != "" {
		out = append(out, "  by "+w.Rule)
	}
	return out
}
