package ldapconn

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/refresh"
)

// pageSize is the number of entries asked for at a time.
const pageSize = 500

// List lists the entries with mail addresses below Config.Base, narrowed by Options.Filter, page by page (RFC 2696), on a
// connection of its own, because a page belongs to its connection. It asks for smaller pages where the server refuses.
// Arbitration, discovery, monitoring and other mailboxes of the system itself are left out. An entry whose
// addresses are malformed is listed without any, so that it is not lost; Resolve says what is wrong with it. Entry.Attrs has
// legacyExchangeDN and, as "x500", the X500 addresses without their prefix, for package match. Entry.Privileged is Yes where adminCount
// says so, and otherwise unknown, because who is no administrator does not have it.
//
// In a forest of several domains it lists every domain, one after the other, or those below Config.Base. Where one is not
// covered by Config.Domains or Config.Catalogs, the list ends with an error that wraps [refresh.ErrOutOfScope]. Where one shows
// this reader no mailbox at all, and is not named in Config.Empty, it ends with an error that wraps [refresh.ErrNotVisible], after
// everything else.
// An error ends the list.
func (c *Connector) List(ctx context.Context) iter.Seq2[refresh.Entry, error] {
	return func(yield func(refresh.Entry, error) bool) {
		if err := c.list(ctx, func(e refresh.Entry) bool { return yield(e, nil) }); err != nil && !errors.Is(err, errEnough) {
			yield(refresh.Entry{}, fmt.Errorf("ldapconn: list: %w", err))
		}
	}
}

// errEnough ends a list that its reader has left.
var errEnough = errors.New("the reader of the list wants no more")

// list returns nil after the last entry.
func (c *Connector) list(ctx context.Context, yield func(refresh.Entry) bool) error {
	c.begin()
	l := &listing{c: c, base: cmp.Or(c.cfg.Base, c.facts.scope), yield: yield}
	l.whole = c.cfg.Base == ""
	domain := c.facts.scope
	if !l.whole && !sameDN(l.base, domain) {
		domain = "" // a part of it
	}
	if err := l.place(ctx, c.home, l.base, domain); err != nil {
		return err
	}
	if !l.whole && !slices.ContainsFunc(l.forest.domains, l.wants) && !l.abroad() {
		return l.blind
	}
	cover, err := c.cover(ctx, l.forest)
	if err != nil {
		return err
	}
	if err := l.others(ctx, cover); err != nil {
		return err
	}
	if err := l.nested(ctx, cover); err != nil {
		return err
	}
	return l.blind
}

// listing is one call of List.
type listing struct {
	c       *Connector
	base    string
	whole   bool // all domains are listed, not only those below the base
	yield   func(refresh.Entry) bool
	members *members // of the group to list, once it was read
	checked []string // the domains that have no group in it
	forest  forest   // as the home knows it
	roll    roll
	blind   error // a domain that shows this reader nobody
}

// wants reports whether a domain other than the home is to be listed.
func (l *listing) wants(domain string) bool {
	if l.whole || sameDN(domain, l.c.facts.scope) {
		return l.whole
	}
	above, err := ldap.ParseDN(l.base)
	if err != nil {
		return false
	}
	dn, err := ldap.ParseDN(domain)
	return err == nil && above.AncestorOfFold(dn)
}

// others lists the domains beside the home.
func (l *listing) others(ctx context.Context, v cover) error {
	for _, p := range v.domains {
		if l.wants(p.facts.scope) {
			if err := l.place(ctx, p, p.facts.scope, p.facts.scope); err != nil {
				return err
			}
		}
	}
	if l.whole && !v.whole && (v.catalog == nil || !v.forest.known) {
		return v.lacking
	}
	for _, d := range v.forest.domains {
		switch {
		case v.has(l.c, d), !l.wants(d):
		case v.catalog == nil:
			return v.lacking
		default:
			if err := l.place(ctx, v.catalog, d, d); err != nil {
				return err
			}
		}
	}
	return nil
}

// place lists what is below base. Where domain is set, what is in a domain below it is left out: it is listed by itself.
func (l *listing) place(ctx context.Context, p *place, base, domain string) error {
	s, err := p.connect(ctx, often)
	if err != nil {
		return err
	}
	defer l.c.drop(s)
	if p == l.c.home {
		l.forest = s.facts.forest
	}
	if err := l.group(ctx, p, s, domain); err != nil {
		return err
	}
	sighted := domain == "" || s.facts.dialect != activeDirectory || len(l.forest.domains) < 2 || l.c.isEmpty(domain)
	req := l.c.request(s, l.c.addressFilter())
	req.Attributes = append(req.Attributes, l.c.attrs.person()...)
	req.BaseDN = base
	err = s.pages(ctx, req, func(res *ldap.SearchResult) error {
		if !s.accounts(res) {
			return s.elsewhere()
		}
		for _, e := range res.Entries {
			id, err := identityOf(s.facts.dialect, e)
			if err != nil {
				return &Error{Server: s.server, Op: "search", Err: err}
			}
			if domain != "" && s.facts.dialect == activeDirectory && !l.within(s, e.DN, domain) {
				continue // before the roll, because it comes again where its domain is listed
			}
			sighted = sighted || l.c.isPerson(s, l.c.decode(id, e))
			if first, err := l.roll.first(id); err != nil {
				return &Error{Server: s.server, Op: "search", Err: err}
			} else if !first {
				continue
			}
			if l.members != nil && !l.members.has(e.DN) {
				continue
			}
			lack, err := l.c.complete(ctx, s, id, e)
			if err = cmp.Or(err, ifRefused(lack)); err != nil {
				return err
			}
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			f := l.c.decode(id, e)
			if !listed(f.entry.Kind) || f.err == nil && !l.c.opts.Filter.passes(f.entry.Mailbox) {
				continue
			}
			l.c.describe(&f.entry, e)
			if !l.yield(f.entry) {
				return errEnough
			}
		}
		return nil
	})
	if err == nil && !sighted {
		if err = l.c.sightIn(ctx, s, s.facts.forest, domain); errors.Is(err, refresh.ErrNotVisible) {
			l.blind, err = cmp.Or(l.blind, err), nil // the others come first
		}
	}
	return err
}

// within reports whether an entry is in the domain itself, where the domains are known.
func (l *listing) within(s *session, dn, domain string) bool {
	in := s.facts.forest.domainOf(dn)
	return in == "" || sameDN(in, domain)
}
