package connector

import (
	"context"
	"fmt"

	"github.com/readdress-go/readdress/refresh"
)

// Limit returns a connector that lets at most n calls at a time through to c, from all goroutines together; n below 1
// counts as 1. The others wait for their turn, or until their context ends. Each Resolve is one call, however many
// batches it makes. The body of a loop over List does not count and may make calls of its own; an answer function must not.
func Limit(c refresh.Connector, n int) refresh.Connector {
	turns := make(chan struct{}, max(n, 1))
	return Intercept(c, func(ctx context.Context, call Call, do func(context.Context) error) error {
		if err := enter(ctx, turns); err != nil {
			return err
		}
		in := true
		defer func() {
			if in {
				<-turns
			}
		}()
		if call.list != nil {
			call.list.around = func(body func() bool) (bool, error) {
				<-turns
				in = false
				if !body() {
					return false, nil
				}
				if err := enter(ctx, turns); err != nil {
					return false, err
				}
				in = true
				return true, nil
			}
		}
		return do(ctx)
	})
}

func enter(ctx context.Context, turns chan<- struct{}) error {
	if ctx.Err() == nil {
		select {
		case turns <- struct{}{}:
			return nil
		case <-ctx.Done():
		}
	}
	return fmt.Errorf("connector: waiting for a turn: %w", context.Cause(ctx))
}
