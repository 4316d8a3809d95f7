package graphconn

import (
	"context"
	"time"

	"github.com/readdress-go/readdress/internal/backoff"
)

// gate stops all requests of a tenant until a time. It belongs to a [Quota] and is guarded by it.
type gate struct {
	until  time.Time
	said   Error // what the service said last
	pauses int   // how often it did not say for how long, without an answer since
}

// gatePause is how long everybody waits after a refusal that does not say for how long.
var gatePause = backoff.Backoff{First: time.Second, Max: 60 * time.Second}

// gateMost is how long the gate stays closed at most. A quota lives as long as its process, and one answer with a date of next year, such as a proxy
// may give, is not to end it.
const gateMost = time.Hour

// close closes the gate for as long as the service asked, within gateMost, and never shortens that. It reports whether the time moved. first is
// false for the refusal of a request that was in flight with one that was refused before.
func (g *gate) close(now time.Time, e *Error, first bool) bool {
	wait := e.RetryAfter
	if wait <= 0 {
		if !first && g.until.After(now) {
			return false
		}
		wait = gatePause.Pause(g.pauses)
		g.pauses++
	}
	g.said = *e
	until := now.Add(min(wait, gateMost))
	if !until.After(g.until) {
		return false
	}
	g.until = until
	return true
}

// answered notes that the service answers.
func (g *gate) answered() { g.pauses = 0 }

// refusal is what the service said to another request, as the error of one that is not sent because of it.
func (g *gate) refusal(op string) error {
	e := g.said
	e.Op, e.RetryAfter = op, max(0, time.Until(g.until).Round(time.Millisecond))
	return &e
}

// patience is how long one request may wait for the service in all. It begins with the first failure.
type patience struct {
	limit time.Duration
	since time.Time
}

// allows reports whether it may be waited until then: the patience lasts, and the deadline of ctx is not before. Waiting for
// what comes too late would only hide why there is no answer.
func (p *patience) allows(ctx context.Context, now, until time.Time) bool {
	if p.since.IsZero() {
		p.since = now
	}
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(until) {
		return false
	}
	return !until.After(p.since.Add(p.limit))
}
