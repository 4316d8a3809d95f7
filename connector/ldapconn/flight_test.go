package ldapconn

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// TestPaceBacksOff runs a call during which the server slows down for a while.
func TestPaceBacksOff(t *testing.T) {
	slowBetween := func(from, to time.Duration, factor float64) func(time.Duration) float64 {
		return func(at time.Duration) float64 {
			if from <= at && at < to {
				return factor
			}
			return 1
		}
	}
	for _, tt := range []struct {
		name   string
		server simulated
		ids    int
		lowest int // the fewest searches in flight meanwhile, at most
		reason string
	}{
		{"parallel", simulated{search: 10 * ms, id: 100 * time.Microsecond, parallel: 8, factor: slowBetween(10*time.Second, 20*time.Second, 20)}, 1_500_000, 1, "a server that works on all of them at a time"},
		{"serial", simulated{search: ms, id: 100 * time.Microsecond, parallel: 1, factor: slowBetween(10*time.Second, 20*time.Second, 20)}, 500_000, 2, "one after the other"},
		{"slow and serial", simulated{search: ms, id: 400 * time.Microsecond, parallel: 1, factor: slowBetween(10*time.Second, 20*time.Second, 20)}, 150_000, 2, "searches that wait for each other are no slowdown"},
		{"noise", simulated{search: 10 * ms, id: 100 * time.Microsecond, parallel: 8, noise: 0.3, factor: slowBetween(10*time.Second, 20*time.Second, 20)}, 1_500_000, 2, "noise does not hide it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const most = 8
				p := newPace(paceConfig{ids: tt.ids, inFlight: most}, quiet())
				trace := tt.server.run(t, p, tt.ids, 1)
				var since []answer // from the slowdown on
				for _, a := range trace {
					switch {
					case a.at < 10*time.Second && a.limit != most:
						t.Fatalf("at %v, %d in flight although nothing is wrong", a.at, a.limit)
					case a.at >= 10*time.Second:
						since = append(since, a)
					}
				}
				const few = 3 * most
				if got := since[few].limit; got > most/2 {
					t.Errorf("%d in flight, %d answers after the slowdown began; want at most %d: %s", got, few, most/2, tt.reason)
				}
				lowest := most
				for _, a := range since {
					lowest = min(lowest, a.limit)
				}
				if lowest > tt.lowest {
					t.Errorf("never fewer than %d in flight, want %d: %s", lowest, tt.lowest, tt.reason)
				}
				back := slices.IndexFunc(since, func(a answer) bool { return a.at > 20*time.Second && a.limit == most })
				if back < 0 {
					t.Fatalf("%d in flight at the end, want %d again", since[len(since)-1].limit, most)
				}
				if after := since[back].at - 20*time.Second; after > 5*time.Second {
					t.Errorf("%v after the slowdown %d are in flight again, want it sooner", after, most)
				}
				for _, a := range since[back:] {
					if a.limit != most {
						t.Fatalf("%d in flight at %v, although the slowdown is over", a.limit, a.at)
					}
				}
			})
		})
	}
}

// TestPaceTakesASlowServerAsItIs slows the server down for good: that it was quicker once counts for a while only.
func TestPaceTakesASlowServerAsItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := simulated{search: 5 * ms, id: 100 * time.Microsecond, parallel: 8, factor: func(at time.Duration) float64 {
			if at < time.Second {
				return 1
			}
			return 10
		}}
		p := newPace(paceConfig{ids: 200_000, inFlight: 8}, quiet())
		trace := v.run(t, p, 200_000, 1)
		lowest := 8
		for _, a := range trace {
			lowest = min(lowest, a.limit)
		}
		if end := trace[len(trace)-1].limit; lowest != 1 || end != 8 {
			t.Errorf("%d in flight at least and %d at the end, want 1 and 8", lowest, end)
		}
	})
}

// TestPaceBearsOneSlowAnswer holds that one slow answer is chance, and three in a row are none.
func TestPaceBearsOneSlowAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(paceConfig{ids: 10_000, inFlight: 8}, quiet())
		answer := func(took time.Duration, want int) {
			t.Helper()
			if _, err := p.acquire(t.Context()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(took)
			if p.release(report{ids: 50, took: took}); p.flight.limit != want {
				t.Errorf("after an answer that took %v: %d in flight, want %d", took, p.flight.limit, want)
			}
		}
		for range 40 {
			answer(10*ms, 8)
		}
		answer(time.Second, 8)
		answer(10*ms, 8)
		answer(time.Second, 8)
		answer(time.Second, 8)
		answer(time.Second, 4)
		answer(59*ms, 4)
		answer(59*ms, 4) // more than four times as long, but too little to be felt
	})
}

// TestPaceBearsAHiccup holds that what keeps all answers at the same time is one hiccup.
func TestPaceBearsAHiccup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(paceConfig{ids: 10_000, inFlight: 8}, quiet())
		round := func(took time.Duration, want int) {
			t.Helper()
			n := p.flight.limit
			for range n {
				if _, err := p.acquire(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(took)
			for range n {
				p.release(report{ids: 50, took: took})
			}
			if p.flight.limit != want {
				t.Errorf("after %d answers that took %v: %d in flight, want %d", n, took, p.flight.limit, want)
			}
		}
		for range 5 {
			round(10*ms, 8)
		}
		round(400*ms, 8)
		round(10*ms, 8)
		round(400*ms, 8)
		round(400*ms, 4) // it lasts
	})
}

// TestUsual holds that what is usual with few searches in flight is not taken for what is usual with many.
func TestUsual(t *testing.T) {
	var u usual
	for range 8 {
		u.add(50, 30*ms, 2, 8)
	}
	for _, tt := range []struct {
		ids    int
		want   time.Duration
		reason string
	}{
		{50, 120 * ms, "with four times as many in flight it may take four times as long"},
		{20, 120 * ms, "fewer IDs may take as long"},
		{100, 240 * ms, "more take longer in proportion"},
	} {
		if got := u.of(tt.ids); got != tt.want {
			t.Errorf("%d IDs: %v, want %v: %s", tt.ids, got, tt.want, tt.reason)
		}
	}
}
