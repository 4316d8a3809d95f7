package ldapconn

import (
	"context"
	"fmt"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/refresh"
)

// sight returns nil when this session found some mailbox by its identity in this call. When nothing else did, it
// looks for any one mailbox and then for that one's identity, exactly as the look-ups do: a reader who may not search
// the identity attribute would see mailboxes, and yet find none.
func (c *Connector) sight(ctx context.Context, s *session) error {
	if bad := s.violation(); bad != nil {
		return &Error{Server: s.server, Op: "search", Err: errTainted}
	}
	if s.seen.Load() {
		return nil
	}
	d := c.facts.dialect
	req := c.request(s, "(&("+d.identity+"=*)"+c.persons(s)+anyMail(c.attrs)+")")
	req.SizeLimit = 1
	res, err := s.search(ctx, req)
	if err != nil && (resultCode(err) != ldap.LDAPResultSizeLimitExceeded || len(res.Entries) == 0) { // of more than one mailbox, one is enough
		return fmt.Errorf("ldapconn: whether this reader sees any mailbox is not known: %w", err)
	}
	c.alsoShown(s, res)
	if len(res.Entries) == 0 {
		return s.blind()
	}
	id, err := identityOf(d, res.Entries[0])
	if err != nil {
		return s.blind()
	}
	r, err := c.probe(ctx, s, id, res.Entries[0])
	if err != nil {
		return fmt.Errorf("ldapconn: whether this reader finds mailboxes by %s is not known: %w", d.identity, err)
	}
	switch f, ok := r.found[id]; {
	case !ok:
		return fmt.Errorf("ldapconn: %s showed this reader a mailbox and does not find it by %s, so what it leaves out may be hidden: %w", s.server, d.identity, refresh.ErrNotVisible)
	case !f.seen, !c.isPerson(s, f):
		return s.blind()
	}
	return nil
}

// alsoShown notes what came beside the first entry: Samba ignores the size limit, and elsewhere it is what the answer to another
// search lacks. The first one is asked for again, which notes it.
func (c *Connector) alsoShown(s *session, res *ldap.SearchResult) {
	for _, e := range res.Entries[min(1, len(res.Entries)):] {
		if id, err := identityOf(s.facts.dialect, e); err == nil {
			s.probes.add(id, c.foldsOf(e))
		}
	}
}

// probe asks for a mailbox that a look for any one showed as e, and notes that it is there: nobody may say meanwhile that it is not.
func (c *Connector) probe(ctx context.Context, s *session, id refresh.ID, e *ldap.Entry) (reply, error) {
	r, err := c.ask(ctx, s, []refresh.ID{id})
	if _, ok := r.found[id]; ok {
		s.probes.add(id, c.foldsOf(e))
	}
	return r, err
}

// userAccounts are the accounts of people, rooms and other things that can have a mailbox (MS-SAMR section 2.2.1.9, SAM_USER_OBJECT).
const userAccounts = "(sAMAccountType=805306368)"

// persons narrows a filter to what can be a mailbox. Contacts and groups have addresses, too, and are often shown to everybody.
func (c *Connector) persons(s *session) string {
	if s.facts.dialect == activeDirectory {
		return userAccounts
	}
	return ""
}

// isPerson reports whether an entry with addresses shows that this reader sees mailboxes.
func (c *Connector) isPerson(s *session, f found) bool {
	if s.facts.dialect != activeDirectory || housed[f.entry.Kind] || f.entry.Instance != "" {
		return true
	}
	return f.entry.Kind == refresh.KindUnknown && f.entry.Login != "" // of Active Directory without Exchange
}

// knows reports whether this session found in this call, by its identity, some mailbox of which it read the addresses and the
// Instance. When nothing else did, it looks for one, as sight does.
func (c *Connector) knows(ctx context.Context, s *session) (bool, error) {
	if bad := s.violation(); bad != nil {
		return false, &Error{Server: s.server, Op: "search", Err: errTainted}
	}
	if s.known.Load() {
		return true, nil
	}
	d := c.facts.dialect
	req := c.request(s, "(&("+c.attrs.Instance+"=*)"+anyMail(c.attrs)+")")
	req.SizeLimit = 1
	res, err := s.search(ctx, req)
	if err != nil && resultCode(err) != ldap.LDAPResultSizeLimitExceeded {
		return false, fmt.Errorf("ldapconn: whether this reader sees which mailbox an account has is not known: %w", err)
	}
	c.alsoShown(s, res)
	for _, e := range res.Entries {
		id, err := identityOf(d, e)
		if err != nil || !holds(e, c.attrs.Instance) {
			continue
		}
		if _, err := c.probe(ctx, s, id, e); err != nil {
			return false, fmt.Errorf("ldapconn: whether this reader finds mailboxes by %s is not known: %w", d.identity, err)
		}
		break
	}
	return s.known.Load(), nil
}

func (s *session) blind() error {
	return fmt.Errorf("ldapconn: %s shows this reader no mailbox at all, so what it leaves out may be hidden: %w", s.server, refresh.ErrNotVisible)
}

// anyMail is the filter of entries that are mailboxes.
func anyMail(a Attributes) string {
	var b strings.Builder
	b.WriteString("(|")
	for _, name := range a.mail() {
		b.WriteString("(" + name + "=*)")
	}
	b.WriteString(")")
	return b.String()
}
