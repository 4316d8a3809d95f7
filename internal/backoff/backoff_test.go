package backoff

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"
)

func TestPause(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		b            Backoff
		n            int
		low, high    time.Duration
	}{
		{"first", "the series starts at First", Backoff{time.Second, time.Minute}, 0, 500 * time.Millisecond, time.Second},
		{"third", "each pause is twice the one before", Backoff{time.Second, time.Minute}, 2, 2 * time.Second, 4 * time.Second},
		{"capped", "no pause is longer than Max", Backoff{time.Second, 10 * time.Second}, 4, 5 * time.Second, 10 * time.Second},
		{"cap below first", "Max wins", Backoff{time.Minute, time.Second}, 0, 500 * time.Millisecond, time.Second},
		{"far", "doubling does not overflow", Backoff{time.Second, time.Hour}, math.MaxInt, 30 * time.Minute, time.Hour},
		{"longest", "not even at the largest duration", Backoff{1, math.MaxInt64}, 200, math.MaxInt64 / 2, math.MaxInt64},
		{"zero", "the zero Backoff does not pause", Backoff{}, 3, 0, 0},
		{"no first", "nothing doubles to nothing", Backoff{0, time.Hour}, math.MaxInt, 0, 0},
		{"one", "the smallest pause is no special case", Backoff{1, 1}, 0, 0, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for range 200 {
				if got := tt.b.Pause(tt.n); got < tt.low || got > tt.high {
					t.Fatalf("Pause(%d) = %v, want %v to %v: %s", tt.n, got, tt.low, tt.high, tt.reason)
				}
			}
		})
	}
}

func TestPauseIsRandom(t *testing.T) {
	seen := map[time.Duration]bool{}
	for range 20 {
		seen[Backoff{time.Hour, time.Hour}.Pause(0)] = true
	}
	if len(seen) < 2 {
		t.Fatal("twenty pauses were equal: clients would come back at the same moment")
	}
}

func TestSleep(t *testing.T) {
	stop := errors.New("stop")
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		if err := Sleep(t.Context(), time.Hour); err != nil || time.Since(start) != time.Hour {
			t.Errorf("Sleep = %v after %v, want nil after 1h", err, time.Since(start))
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Minute, func() { cancel(stop) })
		start = time.Now()
		if err := Sleep(ctx, time.Hour); !errors.Is(err, stop) || time.Since(start) != time.Minute {
			t.Errorf("Sleep = %v after %v, want the cause after 1m", err, time.Since(start))
		}
		if err := Sleep(ctx, 0); !errors.Is(err, stop) {
			t.Errorf("Sleep(0) = %v, want the cause: an ended context is told even without a pause", err)
		}
		if err := Sleep(t.Context(), -1); err != nil {
			t.Errorf("Sleep(-1) = %v, want nil", err)
		}
	})
}
