package imapconn

import (
	"context"
	"iter"
	"sync"
)

// inOrder calls do for each account, at most limit at a time, and yields the results in the order of the accounts. An error of the
// accounts is yielded in its place and ends the sequence, and so does an ended context. No goroutine is left when the loop ends.
func inOrder[R any](ctx context.Context, limit int, accounts iter.Seq2[Account, error], do func(context.Context, Account) R) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var work sync.WaitGroup
		defer work.Wait()
		defer cancel()
		var none R
		var waiting []chan R
		first := func() bool { // yields the oldest result
			select {
			case r := <-waiting[0]:
				if ctx.Err() != nil {
					yield(none, context.Cause(ctx))
					return false
				}
				waiting = waiting[1:]
				return yield(r, nil)
			case <-ctx.Done():
				yield(none, context.Cause(ctx))
				return false
			}
		}
		for a, err := range accounts {
			if err != nil {
				for len(waiting) > 0 {
					if !first() {
						return
					}
				}
				yield(none, err)
				return
			}
			if len(waiting) == limit && !first() {
				return
			}
			done := make(chan R, 1)
			waiting = append(waiting, done)
			work.Go(func() { done <- do(ctx, a) })
		}
		for len(waiting) > 0 {
			if !first() {
				return
			}
		}
		if ctx.Err() != nil {
			yield(none, context.Cause(ctx))
		}
	}
}

// accounts are those of the configuration, none where it has none.
func (c *Connector) accounts(ctx context.Context) iter.Seq2[Account, error] {
	if c.cfg.Accounts == nil {
		return func(func(Account, error) bool) {}
	}
	return c.cfg.Accounts(ctx)
}
