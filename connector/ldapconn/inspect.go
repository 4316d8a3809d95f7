package ldapconn

import (
	"context"

	"github.com/readdress-go/readdress/refresh"
)

// Inspect says which directory this is. It binds on a new connection, so that credentials that were changed since Open
// are noticed before any look-up.
//
// The pin is, on Active Directory, the objectGUID of the forest's configuration naming context; elsewhere the suffix
// and the identity of its entry. Where the right to read that is lacking, the error wraps [refresh.ErrForbidden].
// Domains are the accepted domains of Exchange where it is on premises and they can be read, otherwise nil.
func (c *Connector) Inspect(ctx context.Context) (refresh.Directory, error) {
	c.begin()
	s, err := c.home.connect(ctx, often)
	if err != nil {
		return refresh.Directory{}, err
	}
	c.home.reached(s)
	defer c.home.keepOnly(s)
	f := s.facts
	d := refresh.Directory{System: f.dialect.system, Pin: f.pin, Name: f.scope, Server: f.server}
	if f.pinErr == nil && f.dialect == activeDirectory {
		// Evidence only: a connection that breaks over it is no reason to refuse.
		if d.Domains, err = s.acceptedDomains(ctx, f.config); ctx.Err() != nil {
			return refresh.Directory{}, err
		}
	}
	return d, f.pinErr
}

// keepOnly makes s the only idle session.
func (p *place) keepOnly(s *session) {
	p.mu.Lock()
	old := p.idle
	p.idle = nil
	p.mu.Unlock()
	for _, x := range old {
		p.c.drop(x)
	}
	p.give(s)
}
