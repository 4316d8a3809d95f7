package ldapconn

import (
	"context"
	"fmt"
	"time"

	"github.com/readdress-go/readdress/internal/backoff"
	"github.com/readdress-go/readdress/refresh"
)

// confirmAfter is the pause before a server is asked again that was asked already.
const confirmAfter = time.Second

// Confirm asks again about IDs that Resolve answered with NotFound, wherever there is one at another server: of Config.Server and
// Config.Replicas, of Config.Catalogs, and of each domain in Config.Domains. Where no other server of a domain, or no other catalog,
// answers, it asks the same one again, a second later. A catalog at another server is asked in a forest of one domain, too.
func (c *Connector) Confirm(ctx context.Context, ids []refresh.ID, answer func(i int, l refresh.Lookup)) error {
	if len(ids) == 0 {
		return nil
	}
	c.begin()
	r := newResolution(c, ids, answer)
	r.second = true
	t, err := r.trunk(ctx, c.home, len(r.ids))
	if err != nil {
		return fmt.Errorf("ldapconn: confirm: %w", err)
	}
	defer t.hangUp()
	if err := r.run(ctx, t); err != nil {
		return fmt.Errorf("ldapconn: confirm: %w", err)
	}
	return nil
}

// again returns the connections to another server of a place than the one that was asked before; where none answers, to the
// same one, after a pause.
func (r *resolution) again(ctx context.Context, p *place, ids int) (*trunk, error) {
	s, err := p.second(ctx)
	if err != nil {
		return nil, err
	}
	if s != nil {
		r.c.opts.Logger.DebugContext(ctx, "ldapconn: asking a second server", "place", p.name, "server", s.facts.server, "ids", ids)
		return p.trunkOver(s), nil
	}
	if err := r.pause(ctx, p, ids); err != nil {
		return nil, err
	}
	return p.trunk(ctx, r.c.linesFor(ids))
}

// pause waits, once in a call, before a server is asked again.
func (r *resolution) pause(ctx context.Context, p *place, ids int) error {
	if r.paused {
		return nil
	}
	r.paused = true
	r.c.opts.Logger.DebugContext(ctx, "ldapconn: no second server answers, so the same one is asked again", "place", p.name, "after", confirmAfter)
	refresh.Waiting(ctx, time.Now().Add(confirmAfter), fmt.Sprintf("asking again about %d missing mailboxes", ids))
	defer refresh.Waiting(ctx, time.Time{}, "")
	return backoff.Sleep(ctx, confirmAfter)
}

// beside asks, in a forest of one domain, a catalog about what is left, where one answers that is at another server than those of
// the domain that were asked; else it returns nil. The domain proves absences without it, but it may know better.
func (r *resolution) beside(ctx context.Context, home *trunk, left *[]refresh.ID) (*trunk, error) {
	p := r.c.catalog
	if p == nil || len(*left) == 0 {
		return nil, nil
	}
	s, err := p.other(ctx, 0, home.server(), home.p.lastServer())
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		r.c.opts.Logger.DebugContext(ctx, "ldapconn: no catalog answers", "why", err)
		return nil, nil
	case s == nil:
		return nil, nil
	}
	r.c.opts.Logger.DebugContext(ctx, "ldapconn: asking a second server", "place", p.name, "server", s.facts.server, "ids", len(*left))
	t := p.trunkOver(s)
	if *left, err = r.stage(ctx, t, *left); err != nil {
		t.hangUp()
		return nil, err
	}
	return t, nil
}
