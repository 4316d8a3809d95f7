package ldapconn

import (
	"errors"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/refresh"
)

// check finds what cannot be a filter.
func (f Filter) check() error {
	if dn, err := ldap.ParseDN(f.Group); err != nil || f.Group != "" && len(dn.RDNs) == 0 {
		return errors.New("ldapconn: Options.Filter.Group is not a DN")
	}
	return nil
}

// addressFilter is the filter of entries that hold an address of the pattern. What * stands for is the server's to find; the rest
// is text, escaped (RFC 4515).
func (c *Connector) addressFilter() string {
	if c.opts.Filter.Address == "" {
		return anyMail(c.attrs)
	}
	parts := strings.Split(c.opts.Filter.Address, "*")
	for i, p := range parts {
		parts[i] = ldap.EscapeFilter(p)
	}
	pattern := collapse(strings.Join(parts, "*"))
	var b strings.Builder
	b.WriteString("(|")
	if name := c.attrs.Addresses; name != "" {
		b.WriteString("(" + name + "=smtp:" + pattern + ")(" + name + "=SMTP:" + pattern + ")")
	}
	if name := c.attrs.Mail; name != "" {
		b.WriteString("(" + name + "=" + pattern + ")")
	}
	b.WriteString(")")
	return b.String()
}

// collapse makes one star of several in a row, which no filter may contain.
func collapse(s string) string {
	for strings.Contains(s, "**") {
		s = strings.ReplaceAll(s, "**", "*")
	}
	return s
}

// passes reports whether an entry holds an address of the pattern. Servers compare differently, so they are not trusted.
func (f Filter) passes(m refresh.Mailbox) bool {
	if f.Address == "" {
		return true
	}
	parts := strings.Split(strings.ToLower(f.Address), "*")
	for _, a := range append([]refresh.Address{m.Primary}, m.Aliases...) {
		if a != "" && (matches(parts, strings.ToLower(string(a))) || matches(parts, a.Fold())) {
			return true
		}
	}
	return false
}

// matches reports whether text consists of the parts with anything between them.
func matches(parts []string, text string) bool {
	if len(parts) == 1 {
		return parts[0] == text
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(text) < len(first)+len(last) || !strings.HasPrefix(text, first) || !strings.HasSuffix(text, last) {
		return false
	}
	text = text[len(first) : len(text)-len(last)]
	for _, p := range parts[1 : len(parts)-1] {
		_, rest, ok := strings.Cut(text, p)
		if !ok {
			return false
		}
		text = rest
	}
	return true
}
