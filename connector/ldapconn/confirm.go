package ldapconn

import (
	"context"
	"fmt"
	"time"

	"github.com/readdress-go/readdress/internal/backoff"
	"github.com/readdress-go/readdress/refresh"
)

// confirmAfter is the pause before the same server is asked again where no other one answers.
const confirmAfter = time.Second

// Confirm asks another server of Config.Server and Config.Replicas about IDs that Resolve answered with NotFound. Where no
// other one answers, it asks the same one again after a second. Catalogs and other domains are asked as in Resolve.
func (c *Connector) Confirm(ctx context.Context, ids []refresh.ID, answer func(i int, l refresh.Lookup)) error {
	if len(ids) == 0 {
		return nil
	}
	s, err := c.home.second(ctx)
	if err != nil {
		return err
	}
	if s == nil {
		c.opts.Logger.DebugContext(ctx, "ldapconn: no second server answers, so the same one is asked again", "after", confirmAfter)
		refresh.Waiting(ctx, time.Now().Add(confirmAfter), fmt.Sprintf("asking again about %d missing mailboxes", len(ids)))
		err := backoff.Sleep(ctx, confirmAfter)
		refresh.Waiting(ctx, time.Time{}, "")
		if err != nil {
			return fmt.Errorf("ldapconn: confirm: %w", err)
		}
		return c.Resolve(ctx, ids, answer)
	}
	defer c.drop(s)
	c.opts.Logger.DebugContext(ctx, "ldapconn: asking a second server", "server", s.facts.server, "ids", len(ids))
	t := c.home.trunkOver(s)
	r := newResolution(c, ids, answer)
	if err := r.run(ctx, t); err != nil {
		return fmt.Errorf("ldapconn: confirm: %w", err)
	}
	return nil
}
