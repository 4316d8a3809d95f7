package memconn

import (
	"context"

	"github.com/readdress-go/readdress/refresh"
)

// Inspect says which directory the connection reaches.
func (c *Connector) Inspect(ctx context.Context) (refresh.Directory, error) {
	k, err := c.begin(ctx, refresh.CanInspect, func(n *Calls) { n.Inspect++ })
	if err == nil {
		err = k.step(ctx, 0)
	}
	if err != nil {
		return refresh.Directory{}, err
	}
	if k.faults.ForbidInspect {
		return refresh.Directory{}, k.wrap(refresh.ErrForbidden)
	}
	return c.system.directory(k.replica), nil
}
