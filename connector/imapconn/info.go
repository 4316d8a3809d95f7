package imapconn

import (
	"context"

	"github.com/readdress-go/readdress/refresh"
)

// Info names the system and the abilities: List with [Config].Accounts, Resolve with [Options].Rename.
func (c *Connector) Info() refresh.Info {
	return refresh.Info{System: system, Can: c.can, Limits: "has no identity of accounts: cannot tell that a mailbox is gone, and knows neither aliases nor instances"}
}

// Inspect says whether the server is there, without logging in, so that a run with a server that is down fails at once. There is no
// Pin: IMAP does not say which directory a server belongs to.
func (c *Connector) Inspect(ctx context.Context) (refresh.Directory, error) {
	s, err := c.connect(ctx)
	if err != nil {
		return refresh.Directory{}, err
	}
	s.close()
	return refresh.Directory{System: system, Server: c.server}, nil
}
