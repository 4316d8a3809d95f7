package fanout_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/readdress-go/readdress/internal/fanout"
)

var errTest = errors.New("broken for the test")

func TestEachCallsEveryIndexOnce(t *testing.T) {
	for _, limit := range []int{-1, 0, 1, 3, 100} {
		t.Run(fmt.Sprint("limit ", limit), func(t *testing.T) {
			var mu sync.Mutex
			calls := make([]int, 50)
			err := fanout.Each(t.Context(), limit, len(calls), func(_ context.Context, i int) error {
				mu.Lock()
				defer mu.Unlock()
				calls[i]++
				return nil
			})
			want := make([]int, 50)
			for i := range want {
				want[i] = 1
			}
			if d := cmp.Diff(want, calls); d != "" || err != nil {
				t.Errorf("error %v, calls (-want +got)\n%s", err, d)
			}
		})
	}
	if err := fanout.Each(t.Context(), 1, 0, nil); err != nil {
		t.Errorf("no task: %v", err)
	}
}

func TestEachKeepsTheLimit(t *testing.T) {
	tests := []struct {
		name, reason string
		limit        int
		most         int32
		takes        time.Duration
	}{
		{"one at a time", "the limit is kept", 1, 1, 6 * time.Second},
		{"two at a time", "the limit is used up", 2, 2, 3 * time.Second},
		{"no bound", "all at once", 0, 6, time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var running, most atomic.Int32
				start := time.Now()
				err := fanout.Each(t.Context(), tt.limit, 6, func(context.Context, int) error {
					n := running.Add(1)
					for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
					}
					time.Sleep(time.Second)
					running.Add(-1)
					return nil
				})
				if err != nil || most.Load() != tt.most || time.Since(start) != tt.takes {
					t.Errorf("%s: error %v, %d at a time, want %d; took %s, want %s", tt.reason, err, most.Load(), tt.most, time.Since(start), tt.takes)
				}
			})
		})
	}
}

func TestEachReturnsTheFirstErrorAfterAllCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ended atomic.Int32
		begun := make(chan struct{})
		err := fanout.Each(t.Context(), 0, 3, func(ctx context.Context, i int) error {
			defer ended.Add(1)
			switch i {
			case 1:
				<-begun // after an error no further call is made
				return errTest
			case 2:
				close(begun)
			}
			<-ctx.Done() // the error of one ends the context of the others
			time.Sleep(time.Second)
			return errors.New("a later error")
		})
		if !errors.Is(err, errTest) || ended.Load() != 3 {
			t.Errorf("error %v after %d of 3 calls", err, ended.Load())
		}
	})
}

func TestEachMakesNoCallAfterAnError(t *testing.T) {
	var calls atomic.Int32
	err := fanout.Each(t.Context(), 1, 100, func(context.Context, int) error {
		calls.Add(1)
		return errTest
	})
	// With a limit of one, the call that was already waiting for its turn may still be made.
	if !errors.Is(err, errTest) || calls.Load() > 2 {
		t.Errorf("error %v after %d calls", err, calls.Load())
	}
}

func TestEachOnAnEndedContext(t *testing.T) {
	cause := errors.New("the operator stopped it")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	err := fanout.Each(ctx, 0, 3, func(context.Context, int) error {
		t.Error("called")
		return nil
	})
	if !errors.Is(err, cause) {
		t.Errorf("error %v, want the cause: calls that were not made must not look done", err)
	}
}

func TestEachRaisesAPanicOnTheCallersGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended, begun := false, make(chan struct{})
		defer func() {
			text := fmt.Sprint(recover())
			if !strings.HasPrefix(text, "oops") || !strings.Contains(text, "fanout_test.go") {
				t.Errorf("the panic says %q, want the value and the stack", text)
			}
			if !ended {
				t.Error("raised before the other call returned")
			}
		}()
		err := fanout.Each(t.Context(), 0, 2, func(ctx context.Context, i int) error {
			if i == 0 {
				<-begun // after a panic no further call is made
				panic("oops")
			}
			close(begun)
			<-ctx.Done() // a panic ends the other calls too
			time.Sleep(time.Second)
			ended = true
			return nil
		})
		t.Errorf("no panic, error %v", err)
	})
}
