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
func (c *Connector) Inspect(ctx context.Context) (refresh.Directory, error) {
	s, err := c.fresh(ctx)
	if err != nil {
		return refresh.Directory{}, err
	}
	c.reached(s)
	c.replaceIdle(s)
	f := s.facts
	return refresh.Directory{System: f.dialect.system, Pin: f.pin, Name: f.scope, Server: f.server}, f.pinErr
}

// replaceIdle makes s the idle session in place of the one that was.
func (c *Connector) replaceIdle(s *session) {
	c.mu.Lock()
	old := c.idle
	c.idle = nil
	c.mu.Unlock()
	c.give(s)
	if old != nil {
		c.drop(old)
	}
}
