package ldapconn

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/refresh"
)

// found is one entry as a mailbox.
type found struct {
	entry   refresh.Entry
	forward refresh.Address
	seen    bool  // some mail attribute has a value, so the reader can see mailboxes
	bare    bool  // nothing of a mailbox was read, where the directory says of every mailbox which one it is
	partial bool  // it is a mailbox here, and which one was not read
	err     error // why it is not a usable mailbox; the identity is set all the same
}

// lookup is the answer about a mailbox that s showed.
func (f found) lookup(s *session) refresh.Lookup {
	return refresh.Found(f.entry.Mailbox).On(s.facts.server).ForwardingTo(f.forward)
}

// lacking returns f with the server's refusal as the reason, where its values were not read in full for that.
func (f found) lacking(why error) found {
	if refused := ifRefused(why); f.err != nil && refused != nil {
		f.err = refused
	}
	return f
}

// errUnnamed is a mailbox of which only the Instance is hidden.
var errUnnamed = fmt.Errorf("the entry is a mailbox, but which one may be hidden by access rules: %w", refresh.ErrMailboxUnknown)

var errHidden = &hiddenError{}

// hiddenError is an entry that carries nothing of a mailbox.
type hiddenError struct{}

func (*hiddenError) Error() string {
	return "the entry is there, but none of its mail attributes: they may be hidden by access rules"
}
func (*hiddenError) Unwrap() error { return refresh.ErrNotVisible }

// identityOf returns the ID of an entry.
func identityOf(d *dialect, e *ldap.Entry) (refresh.ID, error) {
	v, ok := rawOne(e, d.identity)
	if !ok {
		return "", &refresh.ValueError{Attr: d.identity, Index: -1, Problem: "an entry has no single value of it"}
	}
	id, ok := d.read(v)
	if !ok {
		return "", &refresh.ValueError{Attr: d.identity, Value: string(v), Problem: "it is not " + d.form}
	}
	return id, nil
}

// decode reads an entry whose identity is known. Values that cannot be what they should be make found.err.
func (c *Connector) decode(id refresh.ID, e *ldap.Entry) found {
	a, f := c.attrs, found{}
	f.entry.ID = id
	var errs []error
	text := func(name string) (s string) {
		s, err := textOf(e, name)
		errs = append(errs, err)
		return s
	}
	f.entry.Login = text(a.Login)
	if f.entry.DisplayName = text(a.DisplayName); f.entry.DisplayName == "" {
		f.entry.DisplayName = text(commonName)
	}
	f.entry.Given, f.entry.Surname, f.entry.EmployeeID = text(a.Given), text(a.Surname), text(a.EmployeeID)
	for _, g := range []struct {
		attr string
		to   *refresh.ID
	}{{a.Instance, &f.entry.Instance}, {a.Anchor, &f.entry.Anchor}} {
		v, err := guidOf(e, g.attr)
		*g.to = v
		errs = append(errs, err)
	}
	var err error
	f.entry.Kind, err = kindOf(e, a.Kind)
	errs = append(errs, err)
	f.entry.Primary, f.entry.Aliases, f.seen, err = addressesOf(e, a, c.facts.dialect == activeDirectory, housed[f.entry.Kind])
	errs = append(errs, err)
	if fw, err := textOf(e, a.Forward); err == nil && fw != "" {
		_, fw := cutSMTP([]byte(fw))
		if x := refresh.Address(fw); x.Check() == nil {
			f.forward = x
		}
	}
	for _, err := range errs {
		if err != nil {
			f.err = err
			break
		}
	}
	if a.Instance != "" && f.entry.Instance == "" {
		named := f.entry.Login != "" || f.entry.DisplayName != ""
		f.bare = f.err == errHidden && named && !holds(e, a.Instance) && !holds(e, a.Kind) && !holds(e, a.Forward)
		f.partial = f.err == nil && a.Kind != "" && (housed[f.entry.Kind] || unfamiliar(e, a.Kind) || !holds(e, a.Kind) && holds(e, a.Forward))
	}
	if f.err != nil {
		// Half of a mailbox would look like a change.
		f.entry.Primary, f.entry.Aliases = "", nil
	}
	return f
}

// housed are the kinds whose mailbox is in this directory's own mail system.
var housed = map[refresh.Kind]bool{
	refresh.KindUser: true, refresh.KindLinked: true, refresh.KindShared: true, refresh.KindRoom: true, refresh.KindEquipment: true,
}

// holds reports whether any of an attribute was answered.
func holds(e *ldap.Entry, name string) bool {
	if name == "" {
		return false
	}
	values, part := raw(e, name)
	return part || len(values) > 0
}

// addressesOf reads the primary address and the aliases. seen says whether there was any value at all.
func addressesOf(e *ldap.Entry, a Attributes, exchange, housed bool) (primary refresh.Address, aliases []refresh.Address, seen bool, err error) {
	proxies, part := raw(e, a.Addresses)
	mails, mailPart := raw(e, a.Mail)
	if part || mailPart {
		return "", nil, true, errors.New("the server answered with a part of the addresses only")
	}
	if len(proxies)+len(mails) == 0 {
		return "", nil, false, errHidden
	}
	for i, v := range proxies {
		prefix, rest := cutSMTP(v)
		if prefix == "" {
			continue
		}
		x, err := addressOf(a.Addresses, i, rest)
		switch {
		case err != nil:
			return "", nil, true, err
		case prefix != "SMTP:":
			aliases = append(aliases, x)
		case primary != "":
			return "", nil, true, &refresh.ValueError{Attr: a.Addresses, Index: i, Value: string(v), Problem: "it is a second primary address"}
		default:
			primary = x
		}
	}
	if primary == "" {
		switch {
		case exchange && (len(aliases) > 0 || holds(e, a.Instance) || housed):
			// Exchange keeps exactly one, and mail follows it.
			return "", nil, true, &refresh.ValueError{Attr: a.Addresses, Index: -1, Problem: "no value is a primary address"}
		case len(mails) == 0:
			return "", nil, true, &refresh.ValueError{Attr: a.Addresses, Index: -1, Problem: "no value is a primary address, and there is no " + a.Mail}
		case len(mails) == 1:
			if primary, err = addressOf(a.Mail, 0, mails[0]); err != nil {
				return "", nil, true, err
			}
		default: // the values of an attribute have no order (RFC 4512 section 2.2), so none is the first
			return "", nil, true, &refresh.ValueError{Attr: a.Mail, Index: -1, Problem: "it has several values, and none is marked as the primary address"}
		}
	}
	return primary, distinct(primary, aliases), true, nil
}

// cutSMTP splits the prefix "smtp:" in any case off; prefix is empty when it is another one or none.
func cutSMTP(v []byte) (prefix string, rest []byte) {
	const n = len("smtp:")
	if len(v) >= n && bytes.EqualFold(v[:n], []byte("smtp:")) {
		return string(v[:n]), v[n:]
	}
	return "", v
}

func addressOf(attr string, i int, v []byte) (refresh.Address, error) {
	a := refresh.Address(v)
	if err := a.Check(); err != nil {
		return "", &refresh.ValueError{Attr: attr, Index: i, Value: string(v), Problem: err.Error()}
	}
	return a, nil
}

// distinct drops aliases that are another spelling of the primary address or of an earlier alias.
func distinct(primary refresh.Address, aliases []refresh.Address) []refresh.Address {
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

// textOf returns the value of an attribute, the first as the server orders them where there are several; "" where it is absent.
func textOf(e *ldap.Entry, name string) (string, error) {
	if name == "" {
		return "", nil
	}
	values, _ := raw(e, name)
	if len(values) == 0 {
		return "", nil
	}
	if !utf8.Valid(values[0]) {
		return "", &refresh.ValueError{Attr: name, Value: string(values[0]), Problem: "it is not UTF-8"}
	}
	return string(values[0]), nil
}

func guidOf(e *ldap.Entry, name string) (refresh.ID, error) {
	if name == "" {
		return "", nil
	}
	values, _ := raw(e, name)
	if len(values) == 0 {
		return "", nil
	}
	id, ok := guidText(values[0])
	if !ok || len(values) > 1 {
		return "", &refresh.ValueError{Attr: name, Value: string(values[0]), Problem: "it is not one GUID of 16 bytes"}
	}
	return id, nil
}
