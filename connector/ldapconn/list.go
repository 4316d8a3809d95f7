package ldapconn

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/refresh"
)

// pageSize is the number of entries asked for at a time.
const pageSize = 500

// List lists the entries with mail addresses below Config.Base, narrowed by Options.Filter, page by page (RFC 2696), on a
// connection of its own, because a page belongs to its connection. It asks for smaller pages where the server refuses.
// Arbitration, discovery, monitoring and other mailboxes of the system itself are left out. An entry whose
// addresses are malformed is listed without any, so that it is not lost; Resolve says what is wrong with it.
//
// In a forest of several domains, and without Config.Base, it lists every domain, one after the other. Where a domain is not
// covered by Config.Domains or Config.Catalogs, the list ends with an error that wraps [refresh.ErrOutOfScope].
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
	l := &listing{c: c, yield: yield}
	if c.cfg.Base != "" {
		return l.place(ctx, c.home, c.cfg.Base, "")
	}
	if err := l.place(ctx, c.home, c.facts.scope, c.facts.scope); err != nil {
		return err
	}
	cover, err := c.cover(ctx, l.forest)
	if err != nil {
		return err
	}
	for _, p := range cover.domains {
		if err := l.place(ctx, p, p.facts.scope, p.facts.scope); err != nil {
			return err
		}
	}
	switch {
	case cover.whole:
		return nil
	case cover.catalog == nil || !cover.forest.known:
		return cover.lacking
	}
	for _, d := range cover.forest.domains {
		if !cover.has(c, d) {
			if err := l.place(ctx, cover.catalog, d, d); err != nil {
				return err
			}
		}
	}
	return nil
}

// listing is one call of List.
type listing struct {
	c       *Connector
	yield   func(refresh.Entry) bool
	members members // of the group to list, once it was read
	forest  forest  // as the home knows it
	roll    roll
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
	if group := l.c.opts.Filter.Group; group != "" && l.members == nil {
		if l.members, err = l.c.members(ctx, s, group); err != nil {
			return err
		}
	}
	if l.members != nil && p != l.c.home {
		if err := l.c.checkNested(ctx, s, domain, l.members); err != nil {
			return err
		}
	}
	req := l.c.request(s, l.c.addressFilter())
	req.Attributes = append(req.Attributes, l.c.attrs.person()...)
	req.BaseDN = base
	return s.pages(ctx, req, func(res *ldap.SearchResult) error {
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
			if !l.yield(f.entry) {
				return errEnough
			}
		}
		return nil
	})
}

// within reports whether an entry is in the domain itself, where the domains are known.
func (l *listing) within(s *session, dn, domain string) bool {
	in := s.facts.forest.domainOf(dn)
	return in == "" || sameDN(in, domain)
}
