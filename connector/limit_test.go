package connector_test

import (
	"context"
	"errors"
	"iter"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/readdress-go/readdress/connector"
	"github.com/readdress-go/readdress/refresh"
)

// gauge is a connector whose calls take a second; it counts how many run at a time.
type gauge struct{ now, most atomic.Int32 }

func (g *gauge) run(context.Context) {
	n := g.now.Add(1)
	for old := g.most.Load(); n > old && !g.most.CompareAndSwap(old, n); old = g.most.Load() {
	}
	time.Sleep(time.Second)
	g.now.Add(-1)
}

func (g *gauge) conn() *fake {
	return &fake{
		resolve: func(ctx context.Context, _ []refresh.ID, _ func(int, refresh.Lookup)) error { g.run(ctx); return nil },
		inspect: func(ctx context.Context) (refresh.Directory, error) { g.run(ctx); return refresh.Directory{}, nil },
		list: func(ctx context.Context) iter.Seq2[refresh.Entry, error] {
			return func(yield func(refresh.Entry, error) bool) {
				for e, err := range listing(3, nil) {
					g.run(ctx)
					if !yield(e, err) {
						return
					}
				}
			}
		},
	}
}

func TestLimit(t *testing.T) {
	for _, tt := range []struct {
		name string
		n    int
		most int32
		took time.Duration
	}{
		{"three at a time", 3, 3, 8 * time.Second},
		{"one at a time", 1, 1, 24 * time.Second},
		{"no sense counts as one", -1, 1, 24 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var g gauge
				c := connector.Limit(g.conn(), tt.n).(wrapped)
				start := time.Now()
				var wg sync.WaitGroup
				for range 12 {
					wg.Go(func() { _, _ = c.Inspect(t.Context()) })
					wg.Go(func() { _ = c.Resolve(t.Context(), []refresh.ID{"a"}, func(int, refresh.Lookup) {}) })
				}
				wg.Wait()
				if g.most.Load() != tt.most || time.Since(start) != tt.took {
					t.Errorf("at most %d at a time, %v in all, want %d and %v", g.most.Load(), time.Since(start), tt.most, tt.took)
				}
			})
		})
	}
}

func TestLimitHonoursTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g gauge
		c := connector.Limit(g.conn(), 1).(wrapped)
		go func() { _, _ = c.Inspect(t.Context()) }()
		synctest.Wait()
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Millisecond, func() { cancel(errOther) })
		start := time.Now()
		if _, err := c.Inspect(ctx); !errors.Is(err, errOther) || time.Since(start) != time.Millisecond {
			t.Errorf("Inspect = %v after %v, want the cause after 1ms", err, time.Since(start))
		}
		if _, err := listOf(ctx, c); !errors.Is(err, errOther) {
			t.Errorf("List = %v, want the cause: it was never made", err)
		}
		time.Sleep(time.Second)
		for range 20 { // also when it is its turn
			if _, err := c.Inspect(ctx); !errors.Is(err, errOther) {
				t.Fatalf("Inspect with an ended context = %v, want the cause", err)
			}
		}
	})
}

// TestLimitLeavesLoopBodies makes calls from within the loop over a list.
func TestLimitLeavesLoopBodies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g gauge
		c := connector.Retry(connector.Limit(g.conn(), 1), nil).(wrapped)
		n := 0
		for _, err := range c.List(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.Inspect(t.Context()); err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != 3 || g.most.Load() != 1 {
			t.Errorf("%d entries, at most %d calls at a time, want 3 and 1", n, g.most.Load())
		}
		for range c.List(t.Context()) {
			break
		}
		if _, err := c.Inspect(t.Context()); err != nil {
			t.Error(err)
		}
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() { _, _ = listOf(t.Context(), c) })
		}
		wg.Wait()
		if g.most.Load() != 1 {
			t.Errorf("%d calls at a time after a loop was left, want 1", g.most.Load())
		}
	})
}

func TestLimitEndsInALoopBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g gauge
		c := connector.Limit(g.conn(), 1).(wrapped)
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		n := 0
		for _, err := range c.List(ctx) {
			if n++; n == 1 {
				cancel(errOther)
			} else if !errors.Is(err, errOther) {
				t.Errorf("entry %d came with %v, want the cause", n, err)
			}
		}
		if n != 2 {
			t.Errorf("%d steps, want an entry and an error", n)
		}
		if _, err := c.Inspect(t.Context()); err != nil {
			t.Errorf("the turn was not given back: %v", err)
		}
	})
}

func TestLimitGivesTurnsBackOnPanic(t *testing.T) {
	inner := failing(nil)
	inner.inspect = func(context.Context) (refresh.Directory, error) { panic("boom") }
	c := connector.Limit(inner, 1).(wrapped)
	for range 2 {
		func() {
			defer func() { _ = recover() }()
			_, _ = c.Inspect(t.Context())
		}()
	}
	if _, err := c.Mark(t.Context()); err != nil {
		t.Error(err)
	}
}
