package matchtest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/readdress-go/readdress/match"
	"github.com/readdress-go/readdress/refresh"
)

// Parse reads the cases of a file, whose name is for messages. The error names file and line.
func Parse(name, text string) ([]Case, error) {
	p := &parser{file: name}
	for i, line := range strings.Split(text, "\n") {
		p.line = i + 1
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if word == "" || strings.HasPrefix(word, "#") {
			continue
		}
		if err := p.read(word, strings.TrimSpace(rest)); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, p.line, err)
		}
	}
	if len(p.cases) == 0 {
		return nil, fmt.Errorf("%s: there is no case: begin one with \"case\" and its name", name)
	}
	for i := range p.cases {
		if err := p.cases[i].check(); err != nil {
			return nil, err
		}
	}
	return p.cases, nil
}

type parser struct {
	file  string
	line  int
	cases []Case
	entry *refresh.Entry // what fields belong to
}

func (p *parser) read(word, rest string) error {
	if word == "case" {
		if rest == "" {
			return fmt.Errorf("a case needs a name")
		}
		p.entry = nil
		p.cases = append(p.cases, Case{Name: rest, File: p.file, Line: p.line})
		return nil
	}
	if len(p.cases) == 0 {
		return fmt.Errorf("%q comes before any case: begin one with \"case\" and its name", word)
	}
	c := &p.cases[len(p.cases)-1]
	switch word {
	case "source", "target":
		return p.begin(c, word, rest)
	case "pin":
		f := strings.Fields(rest)
		if len(f) != 2 {
			return fmt.Errorf("a pin is a source and a target, or \"-\" for nobody")
		}
		p.entry = nil
		c.Pins = append(c.Pins, match.Pin{Source: orNobody(f[0]), Target: orNobody(f[1])})
		return nil
	case "want":
		p.entry = nil
		w, err := want(strings.Fields(rest))
		w.Line = p.line
		c.Wants = append(c.Wants, w)
		return err
	}
	if p.entry == nil {
		return fmt.Errorf("%q is no word of a case: want case, source, target, pin, want, or a field after a source or target", word)
	}
	return field(p.entry, word, rest)
}

func (p *parser) begin(c *Case, word, id string) error {
	list := &c.Sources
	if word == "target" {
		list = &c.Targets
	}
	switch {
	case id == "" || id == "-" || id == "target" || strings.ContainsAny(id, " \t"):
		return fmt.Errorf("a %s needs an ID of one word", word)
	case slices.ContainsFunc(*list, func(e refresh.Entry) bool { return e.ID == refresh.ID(id) }):
		return fmt.Errorf("the %s is there twice", word)
	}
	*list = append(*list, refresh.Entry{Mailbox: refresh.Mailbox{ID: refresh.ID(id)}})
	p.entry = &(*list)[len(*list)-1]
	return nil
}

func orNobody(s string) refresh.ID {
	if s == "-" {
		return ""
	}
	return refresh.ID(s)
}

// want reads the words after "want".
func want(f []string) (Want, error) {
	var w Want
	if len(f) > 0 && f[0] == "target" {
		w.Target, f = true, f[1:]
	}
	if len(f) < 2 {
		return w, fmt.Errorf("a want is a mailbox and a status, such as: want s1 matched t1 by primary")
	}
	w.ID = refresh.ID(f[0])
	if err := w.Status.UnmarshalText([]byte(f[1])); err != nil {
		return w, err
	}
	f = f[2:]
	if n := len(f); n >= 2 && f[n-2] == "by" { // a rule's name is one word, or the last ones after by
		w.Rule, f = f[n-1], f[:n-2]
	} else if i := slices.Index(f, "by"); i >= 0 {
		w.Rule, f = strings.Join(f[i+1:], " "), f[:i]
	}
	for _, id := range f {
		w.Others = append(w.Others, orNobody(id))
	}
	if n := len(w.Others); w.Status.Paired() && n != 1 {
		return w, fmt.Errorf("who is %s has one partner, not %d", w.Status, n)
	}
	if w.Status == match.Ambiguous && len(w.Others) == 0 {
		return w, fmt.Errorf("name the candidates of who is ambiguous")
	}
	return w, nil
}

// check finds wants and pins of mailboxes that are not there, and sources without a want.
func (c *Case) check() error {
	has := func(list []refresh.Entry, id refresh.ID) bool {
		return slices.ContainsFunc(list, func(e refresh.Entry) bool { return e.ID == id })
	}
	wanted := make(map[refresh.ID]bool)
	for _, w := range c.Wants {
		mine, theirs, what, other := c.Sources, c.Targets, "source", "target"
		if w.Target {
			mine, theirs, what, other = c.Targets, c.Sources, "target", "source"
		} else {
			if wanted[w.ID] {
				return fmt.Errorf("%s:%d: a second want of the source %q", c.File, w.Line, w.ID)
			}
			wanted[w.ID] = true
		}
		if !has(mine, w.ID) {
			return fmt.Errorf("%s:%d: the case has no %s %q", c.File, w.Line, what, w.ID)
		}
		for _, id := range w.Others {
			if id != "" && !has(theirs, id) {
				return fmt.Errorf("%s:%d: the case has no %s %q", c.File, w.Line, other, id)
			}
		}
	}
	for _, e := range c.Sources {
		if !wanted[e.ID] {
			return fmt.Errorf("%s:%d: case %q says nothing of the source %q: add a want", c.File, c.Line, c.Name, e.ID)
		}
	}
	return nil
}
