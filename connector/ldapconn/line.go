package ldapconn

import (
	"context"
	"errors"
	"os"
	"sync"

	"github.com/readdress-go/readdress/internal/fanout"
	"github.com/readdress-go/readdress/refresh"
)

const (
	inFlight = 8 // searches at a time on one connection; more gains nothing
	maxTries = 3 // how often a batch is asked when connections break under it
	maxLost  = 2 // connections lost in a row, without an answer between, until a call gives up
)

// line is what one call talks through: one session, and another when it breaks.
type line struct {
	c *Connector

	mu     sync.Mutex
	cur    *session
	before string // the server of the last session
	lost   int
	err    error // why there will be no further session
}

// line returns a line with a first session.
func (c *Connector) line(ctx context.Context) (*line, error) {
	s, err := c.take(ctx)
	if err != nil {
		return nil, err
	}
	if before := c.reached(s); before != s.facts.server {
		refresh.FailedOver(ctx, before, s.facts.server, errEnded)
	}
	return &line{c: c, cur: s, before: s.facts.server}, nil
}

// hangUp ends the call's use of its session.
func (l *line) hangUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cur != nil {
		l.c.give(l.cur)
		l.cur = nil
	}
}

// session returns the session to use, a new one when the last one broke.
func (l *line) session(ctx context.Context) (*session, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.err != nil:
		return nil, l.err
	case l.cur != nil && !l.cur.dead():
		return l.cur, nil
	case l.cur != nil:
		l.c.drop(l.cur)
		l.cur = nil
		l.lost++
	}
	if l.lost > maxLost {
		l.err = &Error{Server: l.c.address, Op: "search", Err: errors.New("the connection broke again and again")}
		return nil, l.err
	}
	s, err := l.c.fresh(ctx)
	if err != nil {
		if ctx.Err() == nil {
			l.err = err
		}
		return nil, err
	}
	l.cur = s
	if l.c.reached(s); l.before != s.facts.server {
		refresh.FailedOver(ctx, l.before, s.facts.server, errEnded)
	}
	l.before = s.facts.server
	return s, nil
}

// answered notes that a batch was answered in full.
func (l *line) answered() { l.mu.Lock(); defer l.mu.Unlock(); l.lost = 0 }

// batches runs n batches, several at a time. do must give no answers when it returns an error: a batch under which the
// connection broke is asked again on another one. A batch that fails for good goes to fail, and the others go on.
// The returned error is not nil only when ctx ended.
func (l *line) batches(ctx context.Context, n int, do func(ctx context.Context, s *session, k int) error, fail func(k int, err error)) error {
	return fanout.Each(ctx, inFlight, n, func(ctx context.Context, k int) error {
		for try := 1; ; try++ {
			s, err := l.session(ctx)
			if err == nil {
				err = do(ctx, s, k)
			}
			switch {
			case err == nil:
				l.answered()
				return nil
			case ctx.Err() != nil:
				return err
			case s == nil, !s.dead(), try == maxTries, errors.Is(err, os.ErrDeadlineExceeded):
				fail(k, err)
				return nil
			}
		}
	})
}
