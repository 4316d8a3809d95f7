package graphconn

import (
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

// mailbox maps a user or a group. An error is a [refresh.ValueError]; then the mailbox has no addresses, because half of them would
// look like a change.
//
// Graph does not tell a shared mailbox, a room or an equipment from a user's, so the kind of a user is unknown.
func (o *object) mailbox() (refresh.Mailbox, error) {
	m := refresh.Mailbox{ID: o.id, Login: o.login(), DisplayName: o.text[propDisplayName], Anchor: anchorOf(o.text[propAnchor])}
	if o.typ == typeGroup {
		m.Kind = refresh.KindGroup
	}
	var err error
	m.Primary, m.Aliases, err = addressesOf(o.proxies, o.text[propMail])
	return m, err
}

// login is the userPrincipalName. That of a deleted user begins with its ID, mostly without dashes (Microsoft, "deletedItems",
// "Get-EntraDeletedUser"), and is nobody's.
func (o *object) login() string {
	login := o.text[propLogin]
	for _, id := range []string{undashed(string(o.id)), string(o.id)} {
		if strings.IndexByte(login, '@') >= len(id) && lowerASCII(login[:len(id)]) == id {
			return ""
		}
	}
	return login
}

// addressesOf reads the primary address and the aliases from proxyAddresses: SMTP: in capitals is the primary one, smtp: in any other
// spelling an alias, and everything else (X500, SIP, SPO, EUM, …) no mail address. mail is the primary address where none is marked; where
// it differs from the one that is, mail is what lags behind.
func addressesOf(proxies []string, mail string) (primary refresh.Address, aliases []refresh.Address, err error) {
	for i, v := range proxies {
		prefix, a, ok := smtpOf(v)
		if !ok {
			continue
		}
		if err := a.Check(); err != nil {
			return "", nil, &refresh.ValueError{Attr: "proxyAddresses", Index: i, Value: v, Problem: err.Error()}
		}
		switch {
		case prefix != "SMTP:":
			aliases = append(aliases, a)
		case primary != "":
			return "", nil, &refresh.ValueError{Attr: "proxyAddresses", Index: i, Value: v, Problem: "it is a second primary address"}
		default:
			primary = a
		}
	}
	if a := refresh.Address(strings.TrimSpace(mail)); primary == "" && a.Check() == nil {
		primary = a
	}
	return primary, distinct(primary, aliases), nil
}

// smtpOf splits a value of proxyAddresses, if it is an SMTP address. Blanks around the parts are seen in real tenants.
func smtpOf(v string) (prefix string, a refresh.Address, ok bool) {
	const smtp = "smtp:"
	v = strings.TrimSpace(v)
	if len(v) < len(smtp) || lowerASCII(v[:len(smtp)]) != smtp {
		return "", "", false
	}
	return v[:len(smtp)], refresh.Address(strings.TrimSpace(v[len(smtp):])), true
}

// distinct drops aliases that are another spelling of the primary address or of an earlier alias.
func distinct(primary refresh.Address, aliases []refresh.Address) []refresh.Address {
	if len(aliases) == 0 {
		return nil
	}
	if len(aliases) == 1 && !aliases[0].Same(primary) {
		return aliases
	}
	have := map[string]bool{primary.Fold(): true}
	kept := aliases[:0]
	for _, a := range aliases {
		if f := a.Fold(); !have[f] {
			have[f] = true
			kept = append(kept, a)
		}
	}
	if len(kept) == 0 {
		return nil
	}
	return kept
}

// entry maps a listed user or group; ok is false for one without an address. One whose addresses are malformed is listed without any, so
// that it is not lost.
func (o *object) entry() (e refresh.Entry, ok bool) {
	m, err := o.mailbox()
	if err == nil && m.Primary == "" && len(m.Aliases) == 0 {
		return refresh.Entry{}, false
	}
	e = refresh.Entry{Mailbox: m, Given: o.text[propGiven], Surname: o.text[propSurname], EmployeeID: o.text[propEmployeeID]}
	attrs := make(map[string][]string)
	if t := o.text[propUserType]; t != "" {
		attrs[propertyNames[propUserType]] = []string{t}
	}
	for _, v := range o.proxies {
		if x, ok := cutX500(v); ok {
			attrs["x500"] = append(attrs["x500"], x)
		}
	}
	if len(attrs) > 0 {
		e.Attrs = attrs
	}
	return e, true
}

// cutX500 returns the distinguished name in a value of proxyAddresses that is an X500 address.
func cutX500(v string) (string, bool) {
	const prefix = "x500:"
	v = strings.TrimSpace(v)
	if len(v) <= len(prefix) || lowerASCII(v[:len(prefix)]) != prefix {
		return "", false
	}
	return strings.TrimSpace(v[len(prefix):]), true
}

// everyAddress calls f with the text of everything that could be an address of the object, readable or not.
func (o *object) everyAddress(f func(refresh.Address)) {
	for _, v := range o.proxies {
		if _, a, ok := smtpOf(v); ok {
			f(a)
		}
	}
	if o.text[propMail] != "" {
		f(refresh.Address(strings.TrimSpace(o.text[propMail])))
	}
	if l := o.login(); l != "" {
		f(refresh.Address(l))
	}
}
