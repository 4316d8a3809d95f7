package matchtest

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/readdress-go/readdress/match"
	"github.com/readdress-go/readdress/refresh"
)

// Collect reads a list, such as that of a connector, to its end. With an error there are no entries: who is left out makes others look unique.
func Collect(list iter.Seq2[refresh.Entry, error]) ([]refresh.Entry, error) {
	var out []refresh.Entry
	for e, err := range list {
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// Format writes a case as a file has it, with what the rules say now in place of its wants: those of all sources, and of the targets that had one.
// Nil rules are [match.Default]. Look it through before it becomes an expectation.
//
// What a line cannot hold is an error that names the mailbox by its number: an ID that is not one word, a value with a line break or with
// space around it, text that is not UTF-8. Empty values are left out: they are never keys.
func Format(c Case, rules []match.Rule) (string, error) {
	w := &writer{}
	w.line("case", c.Name)
	if c.Rules != "" {
		w.line("rules", c.Rules)
	}
	if c.Name == "" {
		w.fail(errors.New("it has no name"))
	}
	if w.err != nil {
		return "", fmt.Errorf("matchtest: the case: %w", w.err)
	}
	for _, side := range []struct {
		word string
		list []refresh.Entry
	}{{"source", c.Sources}, {"target", c.Targets}} {
		for i := range side.list {
			if w.entry(side.word, &side.list[i]); w.err != nil {
				return "", fmt.Errorf("matchtest: %s %d: %w", side.word, i+1, w.err)
			}
		}
	}
	p, err := c.pair(rules)
	if err != nil {
		return "", err
	}
	if lost := p.Lost(); len(lost) > 0 {
		return "", fmt.Errorf("matchtest: %d pins name mailboxes that the case does not have", len(lost))
	}
	for _, x := range c.Pins {
		fmt.Fprintf(&w.b, "pin %s %s\n", orDash(x.Source), orDash(x.Target))
	}
	for d := range p.Sources() {
		w.want("want", d)
	}
	for d := range p.Targets() {
		if slices.ContainsFunc(c.Wants, func(x Want) bool { return x.Target && x.ID == d.Entry.ID }) {
			w.want("want target", d)
		}
	}
	return w.b.String(), nil
}

func orDash(id refresh.ID) refresh.ID {
	if id == "" {
		return "-"
	}
	return id
}

// writer writes lines that are read back as they are, and keeps the first error.
type writer struct {
	b   strings.Builder
	err error
}

func (w *writer) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// line writes a word and its value, and nothing for an empty one.
func (w *writer) line(word, value string) {
	switch {
	case value == "":
		return
	case !utf8.ValidString(value):
		w.fail(fmt.Errorf("its %s is not UTF-8", strings.TrimSpace(word)))
	case value != strings.TrimSpace(value) || strings.Contains(value, "\n"):
		w.fail(fmt.Errorf("its %s has a line break, or space around it", strings.TrimSpace(word)))
	}
	fmt.Fprintf(&w.b, "%s %s\n", word, value)
}

// entry writes a mailbox with the fields that it has.
func (w *writer) entry(word string, e *refresh.Entry) {
	if !isID(string(e.ID)) {
		w.fail(errors.New("its ID is not one word, or it is target, by or \"-\""))
	}
	w.line(word, string(e.ID))
	w.line("  primary", string(e.Primary))
	for _, a := range e.Aliases {
		w.line("  alias", string(a))
	}
	w.line("  login", e.Login)
	w.line("  name", e.DisplayName)
	w.line("  given", e.Given)
	w.line("  surname", e.Surname)
	w.line("  employee", e.EmployeeID)
	w.line("  anchor", string(e.Anchor))
	w.line("  instance", string(e.Instance))
	if e.Kind != refresh.KindUnknown {
		w.text("  kind", e.Kind.MarshalText)
	}
	if e.Privileged != refresh.Unknown {
		w.text("  privileged", e.Privileged.MarshalText)
	}
	for _, name := range slices.Sorted(maps.Keys(e.Attrs)) {
		if name == "" || strings.Join(strings.Fields(name), "") != name {
			w.fail(errors.New("the name of an attr is not one word"))
		}
		for _, v := range e.Attrs[name] {
			if v != "" && v != strings.TrimSpace(v) {
				w.fail(errors.New("an attr has space around it"))
			}
			if v != "" {
				w.line("  attr", name+" "+v)
			}
		}
	}
}

func (w *writer) text(word string, marshal func() ([]byte, error)) {
	b, err := marshal()
	if err != nil {
		w.fail(err)
	}
	w.line(word, string(b))
}

// want writes what became of a mailbox.
func (w *writer) want(words string, d match.Decision) {
	fmt.Fprintf(&w.b, "%s %s %s", words, d.Entry.ID, d.Status)
	switch {
	case !d.Status.Paired():
		for _, x := range d.Candidates {
			fmt.Fprintf(&w.b, " %s", x.Entry.ID)
		}
	case d.Other == nil:
		w.b.WriteString(" -")
	default:
		fmt.Fprintf(&w.b, " %s", d.Other.ID)
	}
	if d.Rule != "" {
		fmt.Fprintf(&w.b, " by %s", oneSpaced(d.Rule))
	}
	w.b.WriteString("\n")
}
