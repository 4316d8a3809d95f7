package graphconn

import (
	"context"
	"fmt"
	"time"

	"github.com/readdress-go/readdress/internal/backoff"
	"github.com/readdress-go/readdress/refresh"
)

// Confirm asks again about IDs that Resolve answered with NotFound, after the pause of [Options].Confirm: the service has many replicas, and a
// change takes a moment to reach them all. It looks for each ID among the deleted items, and reads those that are not there directly.
func (c *Connector) Confirm(ctx context.Context, ids []refresh.ID, answer func(i int, l refresh.Lookup)) error {
	r := newResolution(ctx, c, ids, answer)
	if len(r.ids) == 0 {
		return nil
	}
	refresh.Waiting(ctx, time.Now().Add(c.opts.Confirm), fmt.Sprintf("asking again about %d missing mailboxes", len(r.ids)))
	err := backoff.Sleep(ctx, c.opts.Confirm)
	refresh.Waiting(ctx, time.Time{}, "")
	if err != nil {
		return fmt.Errorf("graphconn: confirm: %w", err)
	}
	return caused(ctx, r.absent(ctx, r.ids))
}
