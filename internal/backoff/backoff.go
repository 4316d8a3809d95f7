// Package backoff decides how long to wait before something is tried again, and waits.
package backoff

import (
	"context"
	"math/rand/v2"
	"time"
)

// Backoff is a series of pauses that doubles from First up to Max. The zero Backoff does not pause.
type Backoff struct {
	First, Max time.Duration
}

// Pause returns the n-th pause, counted from 0: a random duration between half and all of First·2ⁿ, never more than
// Max. Half is random so that many clients of one server do not come back at the same moment.
func (b Backoff) Pause(n int) time.Duration {
	full := min(b.First, b.Max)
	if full <= 0 {
		return 0
	}
	for range n {
		if full >= b.Max/2 { // before it could overflow
			full = b.Max
			break
		}
		full *= 2
	}
	half := full / 2
	return half + rand.N(full-half+1)
}

// Sleep waits for d, or until ctx ends: then it returns [context.Cause]. A pause of zero or less only asks ctx.
func Sleep(ctx context.Context, d time.Duration) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
