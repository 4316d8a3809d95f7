package match

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/readdress-go/readdress/refresh"
)

// Pattern matches a source whose name, put into the pattern, is an address of the target: "{given}.{surname}@{domain}" or "{g}{surname}@new.example".
// {given} and {surname} are the names, {g} and {s} their first letters, and {domain} is each of the domains. Everything else stands for itself.
//
// Names are put in as people and Exchange write them in addresses: in lower case, without accents, and with ä as ae and as a, ß as ss, å as aa and as
// a; with apostrophes and without; and with spaces as "-", "." and nothing, hyphens with nothing as well. The names of
// roles are no names, and neither are empty ones. A part of the name that the pattern leaves out, or cuts to its first letter, has to be the same on both
// sides where the target's is known, so that Axel Berg's address is not taken for Anna Berg's.
func Pattern(pattern string, domains ...string) (Rule, error) {
	p, err := parsePattern(pattern, domains)
	if err != nil {
		return Rule{}, err
	}
	return Rule{
		Name: "pattern", Doc: "The source's name in the pattern " + pattern + " is an address of the target.",
		Keys: p.keys,
		Target: func(dst []string, e *refresh.Entry) []string {
			rest := p.rest(e)
			for _, a := range append(e.Aliases[:len(e.Aliases):len(e.Aliases)], e.Primary) {
				from := len(dst)
				if dst = appendAddress(dst, a); len(dst) == from {
					continue
				}
				if local, domain := refresh.Address(dst[from]).Split(); isRole(local) || !slices.Contains(p.domains, domain) {
					dst = dst[:from]
				} else if rest != "" {
					dst[from] += " " + rest
				}
			}
			return dst
		},
		Raw:       func(dst []string, e *refresh.Entry) []string { return append(dst, e.Given, e.Surname) },
		TargetRaw: rawAddresses,
	}, nil
}

// namePattern is a pattern, cut into what stands for itself and fields.
type namePattern struct {
	parts   []string // fields are in braces
	domains []string
}

func parsePattern(pattern string, domains []string) (*namePattern, error) {
	p := &namePattern{}
	local, domain, ok := strings.Cut(pattern, "@")
	if !ok || local == "" || domain == "" {
		return nil, fmt.Errorf("match: a pattern is of the form {given}.{surname}@{domain}, with one @")
	}
	if domain != "{domain}" {
		if len(domains) > 0 {
			return nil, fmt.Errorf("match: a pattern with its own domain takes no domains: write {domain}")
		}
		domains = []string{domain}
	}
	for i, d := range domains {
		folded := domainOf(d)
		if folded == "" {
			return nil, fmt.Errorf("match: domain %d of the pattern is none", i+1)
		}
		p.domains = append(p.domains, folded)
	}
	if len(p.domains) == 0 {
		return nil, fmt.Errorf("match: a pattern with {domain} needs a domain")
	}
	named := false
	for rest := local; rest != ""; {
		open := strings.IndexByte(rest, '{')
		if open != 0 {
			if open < 0 {
				open = len(rest)
			}
			if strings.ContainsRune(rest[:open], '}') {
				return nil, fmt.Errorf("match: a } without { in a pattern")
			}
			p.parts = append(p.parts, refresh.Address(rest[:open]).Fold())
			rest = rest[open:]
			continue
		}
		end := strings.IndexByte(rest, '}')
		if end < 0 {
			return nil, fmt.Errorf("match: a { without } in a pattern")
		}
		switch field := rest[:end+1]; field {
		case "{given}", "{surname}", "{g}", "{s}":
			named = named || field == "{given}" || field == "{surname}"
			p.parts = append(p.parts, field)
		default:
			return nil, fmt.Errorf("match: a pattern knows {given}, {surname}, {g}, {s} and, after the @, {domain}: not %s", field)
		}
		rest = rest[end+1:]
	}
	if !named {
		return nil, fmt.Errorf("match: a pattern needs {given} or {surname}: first letters alone are anybody's")
	}
	return p, nil
}

// mostSpellings bounds the combinations of one entry.
const mostSpellings = 64

// keys are the addresses that an entry's name may have.
func (p *namePattern) keys(dst []string, e *refresh.Entry) []string {
	given, surname, rest := spellings(e.Given), spellings(e.Surname), p.rest(e)
	locals := []string{""}
	for _, part := range p.parts {
		options := []string{part}
		switch part {
		case "{given}":
			options = given
		case "{surname}":
			options = surname
		case "{g}":
			options = firsts(given)
		case "{s}":
			options = firsts(surname)
		}
		var longer []string
		for _, l := range locals {
			for _, o := range options {
				if len(longer) < mostSpellings {
					longer = append(longer, l+o)
				}
			}
		}
		locals = longer
	}
	for _, l := range locals {
		if isRole(l) {
			continue
		}
		for _, d := range p.domains {
			from := len(dst)
			if dst = appendAddress(dst, refresh.Address(l+"@"+d)); len(dst) > from && rest != "" {
				dst = append(dst, dst[from]+" "+rest)
			}
		}
	}
	return dst
}

// rest is the part of a name that the pattern leaves out: Anna Berg and Axel Berg are both {g}{surname}. It is part of the key of a target whose
// name is known.
func (p *namePattern) rest(e *refresh.Entry) string {
	rest := ""
	if !slices.Contains(p.parts, "{given}") {
		rest = plainName(e.Given)
	}
	if !slices.Contains(p.parts, "{surname}") {
		rest += plainName(e.Surname)
	}
	return rest
}

func firsts(names []string) []string {
	var out []string
	for _, n := range names {
		r, _ := utf8.DecodeRuneInString(n)
		if x := string(r); !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

// spellings are the ways in which a name is written in an address; none of what is no name.
func spellings(name string) []string {
	if len(name) > longestName {
		return nil
	}
	folded := strings.Trim(foldText(name), " .-'")
	if folded == "" || isRole(folded) {
		return nil
	}
	var out []string
	add := func(s string) {
		if s != "" && len(out) < mostSpellings && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	for _, apostrophe := range []string{"", "'"} {
		for _, space := range []string{"", "-", "."} {
			for _, hyphen := range []string{"-", ""} {
				s := straighten.Replace(folded)
				s = strings.NewReplacer("'", apostrophe, " ", space, "-", hyphen).Replace(s)
				add(ascii(german.Replace(s)))
				add(ascii(s))
				add(s)
			}
		}
	}
	return out
}

var (
	straighten = strings.NewReplacer("\u2019", "'", "\u2018", "'", "`", "'", "\u00b4", "'", "\u02bc", "'", "\u2010", "-", "\u2011", "-", "\u2013", "-")
	// german is how letters are written where they are not to be had (Exchange writes ö as oe and ß as ss), and the Nordic likewise.
	german = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "å", "aa", "ø", "oe")
)

// ascii is a name without accents; letters that have no such form stay.
func ascii(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(s) {
		switch {
		case 0x300 <= r && r < 0x370: // combining
		case transcribed[r] != "":
			b.WriteString(transcribed[r])
		default:
			b.WriteRune(r)
		}
	}
	return norm.NFC.String(b.String())
}
