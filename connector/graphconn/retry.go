package graphconn

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/readdress-go/readdress/internal/backoff"
	"github.com/readdress-go/readdress/refresh"
)

// pause is how long one request waits after a failure that does not say for how long.
var pause = backoff.Backoff{First: 500 * time.Millisecond, Max: 30 * time.Second}

// maxTries is how often one request is made when it fails without Retry-After while others are answered: it is the
// request then, and not the service.
const maxTries = 8

// whyDown is what people are told while a request waits without having been asked to.
const whyDown = "Microsoft Graph does not answer"

// again reports whether a failure may pass. Everything that is sent is a question, so it may be asked again.
func again(err error) bool {
	if e, ok := errors.AsType[*Error](err); ok {
		return passing(e.Status) || e.damaged
	}
	if errors.Is(err, errLink) || errors.Is(err, errRedirect) || errors.Is(err, errTooLarge) {
		return false
	}
	_, ok := errors.AsType[*brokenError](err)
	return ok
}

// passing reports whether a status is one that may pass.
func passing(status int) bool {
	switch status {
	case 408, 429, 500, 502, 503, 504, 509:
		return true
	}
	return false
}

// closesGate reports whether what the service said is for everybody.
func closesGate(e *Error) bool {
	return e.Status == 429 || passing(e.Status) && e.RetryAfter > 0
}

// persist makes a request until it is answered, refused for good, or nobody has patience any more. Then the last
// failure is the error.
func (c *Connector) persist(ctx context.Context, x *exchange) error {
	p := &patience{limit: c.opts.Patience}
	before, renewed := c.health.seen(), false
	for n := 0; ; n++ {
		probe, done, err := c.health.admit(x.op, c.opts.Patience)
		if err != nil {
			return err
		}
		err = c.once(ctx, x, p)
		done()
		switch {
		case err == nil:
			c.health.answered()
			return nil
		case ctx.Err() != nil:
			return ended(ctx, x.op)
		case x.rejected != "" && !renewed:
			if x.token, err = c.tokens.renew(ctx, x.op, x.rejected, x.claims); err == nil {
				renewed = true
				n--
				continue
			}
		case x.unsent:
			return err // the gate stays closed for too long
		}
		if !again(err) {
			if _, ok := errors.AsType[*Error](err); ok {
				c.health.answered() // it is there, and says no
			}
			return err
		}
		next, asked := c.next(x, n)
		if asked {
			c.health.failed(next, err)
		} else {
			c.health.failed(time.Time{}, err)
		}
		c.log(x, n, err, next)
		alive := c.health.seen() > before
		if probe || !p.allows(ctx, time.Now(), next) || n+1 >= maxTries && alive && !asked {
			return err
		}
		if !asked {
			if err := rest(ctx, x.op, next, whyDown); err != nil {
				return err
			}
		}
	}
}

// next returns when a request may be made again. asked: the service said so, and the gate keeps everybody waiting.
func (c *Connector) next(x *exchange, n int) (at time.Time, asked bool) {
	if !x.until.IsZero() {
		return x.until, true
	}
	return time.Now().Add(pause.Pause(n)), false
}

// rest waits until a time, and tells people when it is long.
func rest(ctx context.Context, op string, until time.Time, why string) error {
	d := time.Until(until)
	if d > tellFrom {
		refresh.Waiting(ctx, until, why)
		defer refresh.Waiting(ctx, time.Time{}, "")
	}
	if err := backoff.Sleep(ctx, d); err != nil {
		return ended(ctx, op)
	}
	return nil
}

// ended is the error of a call whose ctx ended.
func ended(ctx context.Context, op string) error {
	return fmt.Errorf("graphconn: %s: %w", op, context.Cause(ctx))
}

func (c *Connector) log(x *exchange, n int, err error, next time.Time) {
	limit, share := c.quota.state()
	c.opts.Logger.Debug("graphconn: again", "op", x.op, "attempt", n+1, "in", time.Until(next), "because", err, "limit", limit, "in flight", share)
}
