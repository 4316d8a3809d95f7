package matchtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/readdress-go/readdress/match"
	"github.com/readdress-go/readdress/refresh"
)

// Parse reads the cases of a file, whose name is for messages. The error names file and line.
func Parse(name, text string) ([]Case, error) {
	p := &parser{file: name}
	for i, line := range strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n") {
		p.line = i + 1
		if !utf8.ValidString(line) {
			return nil, fmt.Errorf("%s:%d: the line is not UTF-8: save the file as UTF-8", name, p.line)
		}
		word, rest := cutWord(line)
		if word == "" || strings.HasPrefix(word, "#") {
			continue
		}
		if err := p.read(word, rest); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, p.line, err)
		}
	}
	if len(p.cases) == 0 {
		return nil, fmt.Errorf("%s: there is no case: begin one with \"case\" and its name", name)
	}
	for i := range p.cases {
		if err := p.cases[i].check(p.pins[i]); err != nil {
			return nil, err
		}
	}
	return p.cases, nil
}

type parser struct {
	file  string
	line  int
	cases []Case
	pins  [][]int        // the lines of each case's pins
	entry *refresh.Entry // what fields belong to
}

func (p *parser) read(word, rest string) error {
	if word == "case" {
		switch {
		case rest == "":
			return errors.New("a case needs a name")
		case slices.ContainsFunc(p.cases, func(c Case) bool { return c.Name == rest }):
			return errors.New("a second case of this name: give it another one")
		}
		p.entry = nil
		p.cases, p.pins = append(p.cases, Case{Name: rest, File: p.file, Line: p.line}), append(p.pins, nil)
		return nil
	}
	if len(p.cases) == 0 {
		return fmt.Errorf("%q comes before any case: begin one with \"case\" and its name", word)
	}
	last := len(p.cases) - 1
	c := &p.cases[last]
	switch word {
	case "source", "target":
		return p.begin(c, word, rest)
	case "rules":
		p.entry = nil
		if rest == "" || c.Rules != "" {
			return errors.New("a case has the name of one set of rules, or no such line")
		}
		c.Rules = rest
		return nil
	case "pin":
		f := strings.Fields(rest)
		if len(f) != 2 || f[0] == "-" && f[1] == "-" {
			return errors.New("a pin is a source and a target, or \"-\" for nobody in place of one")
		}
		p.entry = nil
		c.Pins, p.pins[last] = append(c.Pins, match.Pin{Source: orNobody(f[0]), Target: orNobody(f[1])}), append(p.pins[last], p.line)
		return nil
	case "want":
		p.entry = nil
		w, err := want(strings.Fields(rest))
		w.Line = p.line
		c.Wants = append(c.Wants, w)
		return err
	}
	if p.entry == nil {
		return fmt.Errorf("%q is no word of a case: want case, rules, source, target, pin, want, or a field right after a source or target", word)
	}
	return field(p.entry, word, rest)
}

func (p *parser) begin(c *Case, word, id string) error {
	list := &c.Sources
	if word == "target" {
		list = &c.Targets
	}
	switch {
	case !isID(id):
		return fmt.Errorf("a %s needs an ID of one word, which is not target, by or \"-\"", word)
	case has(*list, refresh.ID(id)):
		return fmt.Errorf("the %s is there twice", word)
	}
	*list = append(*list, refresh.Entry{Mailbox: refresh.Mailbox{ID: refresh.ID(id)}})
	p.entry = &(*list)[len(*list)-1]
	return nil
}

// isID reports whether a word can stand for a mailbox in every line.
func isID(s string) bool {
	return s != "" && s != "-" && s != "target" && s != "by" && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsSpace)
}

func has(list []refresh.Entry, id refresh.ID) bool {
	return slices.ContainsFunc(list, func(e refresh.Entry) bool { return e.ID == id })
}

func orNobody(s string) refresh.ID {
	if s == "-" {
		return ""
	}
	return refresh.ID(s)
}
