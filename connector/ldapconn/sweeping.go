package ldapconn

import (
	"bytes"
	"context"
	"errors"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/refresh"
)

// maySweep reports whether a sweep could pay at all. On Samba it never does: it prepares the whole result for the first page.
func (st *stage) maySweep(t *trunk, q *queue[refresh.ID]) bool {
	return q.left() >= sweepFrom && !t.sole && !t.p.catalog && !st.r.c.facts.samba
}

// sweep sweeps once the batches have shown how fast they are. What it finds, it answers; what it does not find is left to the
// batches, and so is everything that is not a plain mailbox: a sweep proves no absence.
func (st *stage) sweep(ctx context.Context, t *trunk, q *queue[refresh.ID], p *pace) {
	select {
	case <-ctx.Done():
		return
	case <-p.known:
	}
	c := st.r.c
	pages := &pager{st: st, t: t}
	defer pages.close()
	w := &sweep{
		peek: func(ctx context.Context) (tally, error) { return st.peek(ctx, t) },
		page: pages.next,
		hold: func(yes bool) {
			if !yes {
				q.drop(st.answered)
			}
			p.hold(yes)
		},
		rate: p.rate,
		log:  c.opts.Logger,
	}
	if err := w.run(ctx); err != nil && ctx.Err() == nil {
		c.opts.Logger.DebugContext(ctx, "ldapconn: sweep ends", "why", err)
	}
}

// peek looks at the identities of a few mailboxes.
func (st *stage) peek(ctx context.Context, t *trunk) (tally, error) {
	s, err := t.session(ctx, 0)
	if err != nil {
		return tally{}, err
	}
	req := st.r.c.request(s, anyMail(st.r.c.attrs))
	req.Attributes, req.SizeLimit = []string{s.facts.dialect.identity}, peekSize
	res, err := s.search(ctx, req)
	if err != nil && resultCode(err) != ldap.LDAPResultSizeLimitExceeded { // of more there are only so many
		return tally{}, err
	}
	n := tally{entries: len(res.Entries)}
	for _, e := range res.Entries {
		if id, err := identityOf(s.facts.dialect, e); err == nil && len(st.r.at[id]) > 0 {
			n.hits++
		}
	}
	return n, nil
}

// pager reads a place page by page (RFC 2696), on a connection of its own, because a page belongs to its connection.
type pager struct {
	st     *stage
	t      *trunk
	s      *session
	cookie []byte
}

var (
	errElsewhereNow = errors.New("the connection for the pages is with another server than the batches")
	errNoMorePages  = errors.New("the server gives no further pages")
)

func (g *pager) close() {
	if g.s != nil {
		g.st.r.c.drop(g.s)
	}
}

// next reads a page and answers what it holds.
func (g *pager) next(ctx context.Context) (tally, error) {
	c := g.st.r.c
	if g.s == nil {
		s, err := g.t.p.connect(ctx, once)
		if err != nil {
			return tally{}, err
		}
		if g.s = s; s.facts.server != g.t.server() {
			return tally{}, errElsewhereNow
		}
	}
	page := ldap.NewControlPaging(pageSize)
	page.SetCookie(g.cookie)
	req := c.request(g.s, anyMail(c.attrs))
	req.Controls = []ldap.Control{page}
	res, err := g.s.search(ctx, req)
	if err != nil {
		return tally{}, err
	}
	n := tally{entries: len(res.Entries)}
	for _, e := range res.Entries {
		id, err := identityOf(g.s.facts.dialect, e)
		if err != nil {
			return n, &Error{Server: g.s.server, Op: "search", Err: err}
		}
		if len(g.st.r.at[id]) == 0 || g.st.answered(id) {
			continue
		}
		if _, err := c.complete(ctx, g.s, id, e); err != nil {
			return n, err
		}
		if f := c.decode(id, e); f.err == nil && !f.bare && !f.partial {
			n.hits++
			g.st.tell(id, f.lookup(g.s))
		}
	}
	next, ok := ldap.FindControl(res.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging)
	if !ok {
		return n, errNoMorePages
	}
	n.more = len(next.Cookie) > 0
	if n.more && bytes.Equal(next.Cookie, g.cookie) {
		return n, errSamePage
	}
	g.cookie = bytes.Clone(next.Cookie)
	return n, nil
}
