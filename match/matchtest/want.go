package matchtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/readdress-go/readdress/match"
	"github.com/readdress-go/readdress/refresh"
)

// want reads the words after "want".
func want(f []string) (Want, error) {
	var w Want
	if len(f) > 0 && f[0] == "target" {
		w.Target, f = true, f[1:]
	}
	if len(f) < 2 {
		return w, errors.New("a want is a mailbox and a status, such as: want s1 matched t1 by primary")
	}
	w.ID = refresh.ID(f[0])
	if err := w.Status.UnmarshalText([]byte(f[1])); err != nil {
		return w, err
	}
	f = f[2:]
	if i := slices.Index(f, "by"); i >= 0 { // no ID is "by"; the name of a rule may have several words
		if w.Rule, f = strings.Join(f[i+1:], " "), f[:i]; w.Rule == "" {
			return w, errors.New("after by comes the name of a rule: leave it out to take any")
		}
	}
	for _, id := range f {
		if slices.Contains(w.Others, orNobody(id)) {
			return w, fmt.Errorf("%q is there twice", id)
		}
		w.Others = append(w.Others, orNobody(id))
	}
	return w, w.check()
}

// check finds wants that nothing can meet.
func (w Want) check() error {
	switch n := len(w.Others); {
	case w.Status.Paired() && n != 1:
		return fmt.Errorf("who is %s has one partner, not %d", w.Status, n)
	case w.Status == match.Ambiguous && n == 0:
		return errors.New("name the candidates of who is ambiguous")
	case w.Status != match.Pinned && slices.Contains(w.Others, ""):
		return fmt.Errorf("\"-\" is for who is pinned to nobody, not for who is %s", w.Status)
	case w.Rule != "" && (w.Status == match.Pinned || w.Status == match.NoCandidate):
		return fmt.Errorf("no rule decides who is %s: leave by out", w.Status)
	}
	return nil
}

// check finds wants and pins of mailboxes that are not there, and sources without a want. The lines are those of the pins, nil
// where the case was not read from a file.
func (c *Case) check(pins []int) error {
	at := func(line int, format string, args ...any) error {
		return fmt.Errorf("%s:%d: %w", c.File, line, fmt.Errorf(format, args...))
	}
	for _, list := range [][]refresh.Entry{c.Sources, c.Targets} {
		if has(list, "") {
			return at(c.Line, "case %q has a mailbox without an ID: give it one, so that a want can name it", c.Name)
		}
	}
	for i, x := range c.Pins {
		line := c.Line
		if i < len(pins) {
			line = pins[i]
		}
		if x.Source != "" && !has(c.Sources, x.Source) {
			return at(line, "the case has no source %q to pin", x.Source)
		}
		if x.Target != "" && !has(c.Targets, x.Target) {
			return at(line, "the case has no target %q to pin", x.Target)
		}
		for _, y := range c.Pins[:i] {
			if x.Source != "" && x.Source == y.Source || x.Target != "" && x.Target == y.Target {
				return at(line, "a second pin of one mailbox")
			}
		}
	}
	wanted := [2]map[refresh.ID]bool{{}, {}}
	for _, w := range c.Wants {
		mine, theirs, what, other, side := c.Sources, c.Targets, "source", "target", 0
		if w.Target {
			mine, theirs, what, other, side = c.Targets, c.Sources, "target", "source", 1
		}
		if wanted[side][w.ID] {
			return at(w.Line, "a second want of the %s %q", what, w.ID)
		}
		wanted[side][w.ID] = true
		if !has(mine, w.ID) {
			return at(w.Line, "the case has no %s %q", what, w.ID)
		}
		for _, id := range w.Others {
			if id != "" && !has(theirs, id) {
				return at(w.Line, "the case has no %s %q", other, id)
			}
		}
		if err := w.check(); err != nil { // of a case that was not read from a file
			return at(w.Line, "%w", err)
		}
	}
	for _, e := range c.Sources {
		if !wanted[0][e.ID] {
			return at(c.Line, "case %q says nothing of the source %q: add a want", c.Name, e.ID)
		}
	}
	if len(c.Wants) == 0 {
		return at(c.Line, "case %q expects nothing: add a want", c.Name)
	}
	return nil
}
