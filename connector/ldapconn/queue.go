package ldapconn

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/internal/fanout"
)

// maxTries is how often a batch is asked when connections break under it or the server is busy.
const maxTries = 3

// queue is what a call has still to ask.
type queue[T any] struct {
	mu    sync.Mutex
	items []T
	again []batch[T]
}

// batch is what one search asks for.
type batch[T any] struct {
	items []T
	tries int
}

// next takes up to n items, first those that have to be asked again.
func (q *queue[T]) next(n int) (batch[T], bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if k := len(q.again); k > 0 {
		b := q.again[k-1]
		q.again = q.again[:k-1]
		if len(b.items) > n {
			q.again = append(q.again, batch[T]{b.items[n:], b.tries})
			b.items = b.items[:n:n]
		}
		return b, true
	}
	n = min(n, len(q.items))
	b := batch[T]{items: q.items[:n:n]}
	q.items = q.items[n:]
	return b, n > 0
}

// back puts a batch back.
func (q *queue[T]) back(b batch[T]) { q.mu.Lock(); defer q.mu.Unlock(); q.again = append(q.again, b) }

// left is how many items wait.
func (q *queue[T]) left() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := len(q.items)
	for _, b := range q.again {
		n += len(b.items)
	}
	return n
}

// drop takes the items out that need not be asked for any more.
func (q *queue[T]) drop(done func(T) bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.items = slices.DeleteFunc(slices.Clone(q.items), done)
	for i, b := range q.again {
		q.again[i].items = slices.DeleteFunc(slices.Clone(b.items), done)
	}
	q.again = slices.DeleteFunc(q.again, func(b batch[T]) bool { return len(b.items) == 0 })
}

// drain asks for everything in the queue, several batches at a time. do must give no answers when it returns an error: a
// batch under which the connection broke is asked again on another one, one that was too much for the server in halves.
// What fails for good goes to fail, and the rest goes on. The returned error is not nil only when ctx ended.
func drain[T any](ctx context.Context, t *trunk, q *queue[T], p *pace, do func(context.Context, *session, []T) error, fail func([]T, error)) error {
	workers := max(1, min(p.workers(), (q.left()+p.least()-1)/p.least()))
	return fanout.Each(ctx, workers, workers, func(ctx context.Context, w int) error {
		for {
			n, err := p.acquire(ctx)
			if err != nil {
				return err
			}
			if q.left() == 0 {
				p.release(report{})
				return nil
			}
			s, err := t.session(ctx, w) // first, because while it connects the others can ask
			b, ok := q.next(n)
			if !ok {
				p.release(report{})
				return nil
			}
			start := time.Now()
			if err == nil {
				err = do(ctx, s, b.items)
			}
			p.release(report{ids: len(b.items), took: time.Since(start), err: err})
			if err == nil {
				t.answered()
				continue
			}
			if ctx.Err() != nil {
				return err
			}
			b.tries++
			if s != nil && s.dead() {
				t.broke(err)
			}
			switch {
			case s == nil:
				fail(b.items, err)
			case isTooMany(err) && len(b.items) > 1:
				p.refuse(len(b.items))
				half := len(b.items) / 2
				q.back(batch[T]{b.items[half:], b.tries - 1})
				q.back(batch[T]{b.items[:half:half], b.tries - 1})
			case b.tries >= maxTries, isBusy(err) && !p.endures(t.p.c.opts.Timeout):
				fail(b.items, err)
			case isBusy(err):
				t.p.leave(s, err)
				q.back(b)
			case !s.dead(), errors.Is(err, os.ErrDeadlineExceeded) && !t.p.leave(s, err):
				fail(b.items, err)
			default:
				if b.tries == maxTries-1 {
					t.p.leave(s, err) // the last attempt is another server's, where there is one
				}
				q.back(b)
			}
		}
	})
}

// isTooMany reports whether the server, or our own limit, says that less should be asked for at a time.
func isTooMany(err error) bool {
	switch resultCode(err) {
	case ldap.LDAPResultSizeLimitExceeded, ldap.LDAPResultTimeLimitExceeded, ldap.LDAPResultAdminLimitExceeded:
		return true
	}
	return errors.Is(err, errTooMuch)
}

// isBusy reports whether the server says that it will do better later.
func isBusy(err error) bool {
	switch resultCode(err) {
	case ldap.LDAPResultBusy, ldap.LDAPResultUnavailable:
		return true
	}
	return false
}
