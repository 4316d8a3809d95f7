package ldapconn

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/internal/backoff"
	"github.com/readdress-go/readdress/refresh"
)

// sightOrEmpty is sight, but nobody needs to be seen in a domain that is said to have no mailboxes.
func (c *Connector) sightOrEmpty(ctx context.Context, s *session) error {
	err := c.sight(ctx, s)
	if errors.Is(err, refresh.ErrNotVisible) && c.isEmpty(s.facts.scope) {
		return nil
	}
	return err
}

// isEmpty reports whether a domain is one of Config.Empty.
func (c *Connector) isEmpty(scope string) bool {
	dns := dnsName(scope)
	for _, name := range c.cfg.Empty {
		if sameDN(name, scope) || dns != "" && strings.EqualFold(name, dns) {
			return true
		}
	}
	return false
}

// dnsName returns the DNS name of a domain's naming context, "" when it is none.
func dnsName(scope string) string {
	dn, err := ldap.ParseDN(scope)
	if err != nil {
		return ""
	}
	var labels []string
	for _, r := range dn.RDNs {
		if len(r.Attributes) != 1 || !strings.EqualFold(r.Attributes[0].Type, "DC") {
			return ""
		}
		labels = append(labels, r.Attributes[0].Value)
	}
	return strings.Join(labels, ".")
}

// unseen looks for somebody in every domain that only the catalog covers, or in every domain where the others are unsure. It returns
// a domain in which this reader sees nobody, as a doubt: the mailboxes there may be hidden. The error is not nil only when ctx ended.
func (c *Connector) unseen(ctx context.Context, t *trunk, v cover) (doubt, err error) {
	for _, domain := range v.forest.domains {
		if !v.unsure && v.has(c, domain) || c.isEmpty(domain) {
			continue
		}
		err := c.sightOf(ctx, t, v.forest, domain)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			return err, nil
		}
	}
	return nil, nil
}

// sightOf is sightIn, tried again where the connection breaks or the server is busy.
func (c *Connector) sightOf(ctx context.Context, t *trunk, f forest, domain string) error {
	for try := 1; ; try++ {
		s, err := t.session(ctx, 0)
		if err != nil {
			return err
		}
		switch err = c.sightIn(ctx, s, f, domain); {
		case err == nil, ctx.Err() != nil, try >= maxTries:
			return err
		case s.dead():
			t.broke(err)
		case isBusy(err):
			t.p.leave(s, err)
			if err := backoff.Sleep(ctx, busyPause.Pause(try-1)); err != nil {
				return err
			}
		default:
			return err
		}
	}
}

// sightIn returns nil when this reader sees a mailbox of one domain in a catalog.
func (c *Connector) sightIn(ctx context.Context, s *session, f forest, domain string) error {
	d := s.facts.dialect
	req := c.request(s, "(&("+d.identity+"=*)"+c.persons(s)+anyMail(c.attrs)+")")
	req.BaseDN = domain
	const pages = 200 // what is in the domains below it comes, too
	n := 0
	err := s.pages(ctx, req, func(res *ldap.SearchResult) error {
		for _, e := range res.Entries {
			id, err := identityOf(d, e)
			if err == nil && sameDN(f.domainOf(e.DN), domain) && c.isPerson(s, c.decode(id, e)) {
				s.probes.add(id, c.foldsOf(e))
				return errEnough
			}
		}
		if n++; n >= pages {
			return errPages
		}
		return nil
	})
	switch {
	case errors.Is(err, errEnough):
		return nil
	case err != nil && !errors.Is(err, errPages):
		return fmt.Errorf("ldapconn: whether this reader sees a mailbox in every domain is not known: %w", err)
	}
	return fmt.Errorf("ldapconn: %s shows this reader no mailbox of the domain %s, so those there may be hidden (Config.Empty names domains without mailboxes): %w", s.server, dnsName(domain), refresh.ErrNotVisible)
}

var errPages = errors.New("there is more to look at than is worth it")
