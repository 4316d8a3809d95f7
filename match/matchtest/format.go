package matchtest

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/readdress-go/readdress/match"
	"github.com/readdress-go/readdress/refresh"
)

// Collect reads a list, such as that of a connector, to its end.
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

// Format writes a case as a file has it, with what the rules say now in place of its wants. Look it through before it becomes an expectation.
// IDs must be single words.
func Format(c Case, rules []match.Rule) (string, error) {
	p, err := match.Pair(match.Entries(c.Sources), match.Entries(c.Targets), rules, &match.Options{Pins: c.Pins})
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "case %s\n", c.Name)
	for _, e := range c.Sources {
		writeEntry(&b, "source", e)
	}
	for _, e := range c.Targets {
		writeEntry(&b, "target", e)
	}
	for _, x := range c.Pins {
		fmt.Fprintf(&b, "pin %s %s\n", orDash(x.Source), orDash(x.Target))
	}
	for d := range p.Sources() {
		fmt.Fprintf(&b, "want %s %s", d.Entry.ID, d.Status)
		if d.Status.Paired() {
			other := refresh.ID("")
			if d.Other != nil {
				other = d.Other.ID
			}
			fmt.Fprintf(&b, " %s", orDash(other))
		} else {
			for _, x := range d.Candidates {
				fmt.Fprintf(&b, " %s", x.Entry.ID)
			}
		}
		if d.Rule != "" {
			fmt.Fprintf(&b, " by %s", d.Rule)
		}
		b.WriteString("\n")
	}
	return b.String(), nil
}

func orDash(id refresh.ID) refresh.ID {
	if id == "" {
		return "-"
	}
	return id
}

// writeEntry writes a mailbox with the fields that it has.
func writeEntry(b *strings.Builder, word string, e refresh.Entry) {
	fmt.Fprintf(b, "%s %s\n", word, e.ID)
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(b, "  %s %s\n", name, value)
		}
	}
	line("primary", string(e.Primary))
	for _, a := range e.Aliases {
		line("alias", string(a))
	}
	line("login", e.Login)
	line("name", e.DisplayName)
	line("given", e.Given)
	line("surname", e.Surname)
	line("employee", e.EmployeeID)
	line("anchor", string(e.Anchor))
	line("instance", string(e.Instance))
	if e.Kind != refresh.KindUnknown {
		line("kind", e.Kind.String())
	}
	if e.Privileged != refresh.Unknown {
		line("privileged", e.Privileged.String())
	}
	for _, name := range slices.Sorted(maps.Keys(e.Attrs)) {
		for _, v := range e.Attrs[name] {
			line("attr", name+" "+v)
		}
	}
}
