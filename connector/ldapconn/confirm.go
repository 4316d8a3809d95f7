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

// Confirm asks again about IDs that Resolve answered with NotFound, wherever there is one at another server: of Config.Server and
// Config.Replicas, of Config.Catalogs, and of each domain in Config.Domains. Where no other server of the home domain answers and
// there is none elsewhere, it asks the same ones again after a second.
func (c *Connector) Confirm(ctx context.Context, ids []refresh.ID, answer func(i int, l refresh.Lookup)) error {
	if len(ids) == 0 {
		return nil
	}
	c.begin()
	s, err := c.home.second(ctx)
	if err != nil {
		return err
	}
	if s == nil && !c.hasSecond() {
		c.opts.Logger.DebugContext(ctx, "ldapconn: no second server answers, so the same one is asked again", "after", confirmAfter)
		refresh.Waiting(ctx, time.Now().Add(confirmAfter), fmt.Sprintf("asking again about %d missing mailboxes", len(ids)))
		err := backoff.Sleep(ctx, confirmAfter)
		refresh.Waiting(ctx, time.Time{}, "")
		if err != nil {
			return fmt.Errorf("ldapconn: confirm: %w", err)
		}
		return c.Resolve(ctx, ids, answer)
	}
	r := newResolution(c, ids, answer)
	r.second = true
	var t *trunk
	if s == nil { // a place of another domain has one
		if t, err = c.home.trunk(ctx, 1); err != nil {
			return err
		}
	} else {
		t = c.home.trunkOver(s)
		c.opts.Logger.DebugContext(ctx, "ldapconn: asking a second server", "server", s.facts.server, "ids", len(ids))
	}
	defer t.hangUp()
	if err := r.run(ctx, t); err != nil {
		return fmt.Errorf("ldapconn: confirm: %w", err)
	}
	return nil
}

// hasSecond reports whether some place beside the home has several servers.
func (c *Connector) hasSecond() bool {
	c.mu.Lock()
	places := append([]*place{}, c.domains.places...)
	c.mu.Unlock()
	if c.catalog != nil {
		places = append(places, c.catalog)
	}
	for _, p := range places {
		if len(p.all()) > 1 {
			return true
		}
	}
	return false
}
