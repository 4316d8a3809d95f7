// Package fanout runs a bounded number of tasks at a time. It is the only user of errgroup.
package fanout

import (
	"context"
	"fmt"
	"runtime/debug"

	"golang.org/x/sync/errgroup"
)

// Each calls do for 0 ≤ i < n, at most limit at a time (limit < 1 means no bound), and returns the first error
// after every call has returned. The context given to do ends with the first error. A panic in do is raised again
// on the caller's goroutine, after the other calls have returned.
func Each(ctx context.Context, limit, n int, do func(ctx context.Context, i int) error) error {
	g, gctx := errgroup.WithContext(ctx)
	if limit > 0 {
		g.SetLimit(limit)
	}
	panics := make(chan string, n)
	for i := range n {
		if gctx.Err() != nil {
			break
		}
		g.Go(func() (err error) {
			defer func() {
				if r := recover(); r != nil {
					panics <- fmt.Sprintf("%v\n\n%s", r, debug.Stack())
					err = fmt.Errorf("panic: %v", r)
				}
			}()
			return do(gctx, i)
		})
	}
	err := g.Wait()
	select {
	case p := <-panics:
		panic(p)
	default:
	}
	if err == nil {
		err = context.Cause(ctx) // some calls may not have been made
	}
	return err
}
