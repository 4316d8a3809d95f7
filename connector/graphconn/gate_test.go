package graphconn

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// TestGateStopsAll: one refusal stops every worker of every connector that shares the quota until its time; what was in flight ends.
func TestGateStopsAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var refused atomic.Bool
		f := serve(t, func(w http.ResponseWriter, r *http.Request) {
			at := time.Now()
			time.Sleep(50 * time.Millisecond)
			if at.Sub(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)) > 3*time.Second && r.URL.Path == "/v1.0/one" && refused.CompareAndSwap(false, true) {
				w.Header().Set("Retry-After", "150")
				refuse(w, 429, "TooManyRequests")
				return
			}
			reply(w, 200, value())
		})
		quota := NewQuota()
		share := func(cfg *Config) { cfg.Quota = quota }
		one, two, alone := f.connect(nil, share), f.connect(nil, share), f.connect(nil)
		var wg sync.WaitGroup
		work := func(c *Connector, path string, workers int) {
			for range workers {
				wg.Go(func() {
					for time.Since(f.start) < 200*time.Second {
						if err := c.call(t.Context(), get(path), nil); err != nil {
							t.Error(err)
							return
						}
						time.Sleep(time.Second)
					}
				})
			}
		}
		work(one, "/one", 3)
		work(two, "/two", 3)
		work(alone, "/alone", 1)
		wg.Wait()
		during := map[string]int{}
		after := map[string]int{}
		for _, r := range f.requests() {
			switch {
			case r.at < 4200*time.Millisecond:
			case r.at < 152*time.Second:
				during[r.url]++
			default:
				after[r.url]++
			}
		}
		if during["/v1.0/one"]+during["/v1.0/two"] > 0 || during["/v1.0/alone"] < 100 || after["/v1.0/one"] < 50 || after["/v1.0/two"] < 50 {
			t.Errorf("behind the closed gate: %v, after it: %v", during, after)
		}
	})
}

// asker is a connector that a run asks, so that what it tells the run can be seen.
type asker struct {
	*Connector
}

func (c asker) Resolve(ctx context.Context, ids []refresh.ID, _ func(int, refresh.Lookup)) error {
	return c.call(ctx, get("/users"), nil)
}

// TestWaiting: the run is told until when it waits, and that it does not any more.
func TestWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		f := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if n.Add(1) == 1 {
				w.Header().Set("Retry-After", "150")
				refuse(w, 429, "TooManyRequests")
				return
			}
			time.Sleep(20 * time.Second)
			reply(w, 200, value())
		})
		job := refresh.NewJob("test")
		job.Matches = []refresh.Match{{Key: "a", Source: refresh.Mailbox{ID: "s", Primary: "a@a.example"}, SourceOrigin: refresh.Bound, Target: refresh.Mailbox{ID: "x", Primary: "a@b.example"}, TargetOrigin: refresh.Bound}}
		job.Target.System = system
		var mu sync.Mutex
		var until []time.Time
		var cleared time.Duration // when it was told that nothing is waited for any more
		c := f.connect(nil)
		c.can = refresh.CanResolve
		_, err := refresh.Refresh(t.Context(), job, refresh.Sides{Target: asker{c}}, &refresh.Options{SkipPinCheck: true, Progress: func(p refresh.Progress) {
			mu.Lock()
			defer mu.Unlock()
			if cleared == 0 && p.Until.IsZero() && len(until) > 0 && !until[len(until)-1].IsZero() {
				cleared = time.Since(f.start)
			}
			until = append(until, p.Until)
		}})
		must(t, err)
		told := false
		for _, at := range until {
			told = told || at.Equal(f.start.Add(150*time.Second))
		}
		if !told || cleared > 160*time.Second || cleared < 150*time.Second {
			t.Errorf("told %v, and after %v that it is over", until, cleared)
		}
	})
}

// TestGateNotShortened: who was in flight with one that was told to wait for long, and is told to wait for less, opens the gate to nobody.
func TestGateNotShortened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		f := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			k := n.Add(1)
			time.Sleep(time.Duration(k) * 100 * time.Millisecond)
			if k <= 3 {
				w.Header().Set("Retry-After", []string{"150", "1", ""}[k-1])
				refuse(w, 429, "TooManyRequests")
				return
			}
			reply(w, 200, value())
		})
		c := f.connect(nil)
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if err := c.call(t.Context(), get("/users"), nil); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, at := range f.times()[3:] {
			between(t, "asked again", at, 150*time.Second, 152*time.Second)
		}
	})
}

// TestImpatient: a request that was not sent because the gate stays closed fails with what the service said.
func TestImpatient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3600")
			refuse(w, 429, "TooManyRequests")
		})
		c := f.connect(nil)
		for range 3 {
			err := c.call(t.Context(), get("/users"), nil)
			if e, ok := errors.AsType[*Error](err); !ok || e.Status != 429 || e.Code != "TooManyRequests" || e.RetryAfter != time.Hour {
				t.Errorf("%v", err)
			}
		}
		if n := len(f.requests()); n != 1 {
			t.Errorf("%d requests", n)
		}
	})
}

// TestInFlight: no more requests than permitted are in flight; a refusal halves them, and answers let them grow again.
func TestInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most, n atomic.Int64
		f := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if x := now.Add(1); x > most.Load() {
				most.Store(x)
			}
			defer now.Add(-1)
			time.Sleep(100 * time.Millisecond)
			if n.Add(1) == 100 {
				w.Header().Set("Retry-After", "10")
				refuse(w, 429, "TooManyRequests")
				return
			}
			reply(w, 200, value())
		})
		c := f.connect(&Options{InFlight: 8})
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				for range 60 {
					if err := c.call(t.Context(), get("/users"), nil); err != nil {
						t.Error(err)
					}
				}
			})
		}
		check := func(what string, at time.Duration, want int64) {
			time.Sleep(at - time.Since(f.start))
			most.Store(0)
			time.Sleep(400 * time.Millisecond)
			if got := most.Load(); got != want {
				t.Errorf("%s: %d in flight, want %d", what, got, want)
			}
		}
		check("at first", 0, 8)
		check("after a refusal", 11*time.Second, 4) // it came after 1.3 s, and the gate is closed until 11.3 s
		check("later", 16*time.Second, 8)
		wg.Wait()
	})
}

// TestGateOpensAgain: who is told to wait for days does not wait, and is heard again after an hour.
func TestGateOpensAgain(t *testing.T) {
	for _, wait := range []string{"259200", "Fri, 31 Dec 2100 23:59:59 GMT"} {
		synctest.Test(t, func(t *testing.T) {
			var n atomic.Int64
			f := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if n.Add(1) == 1 {
					w.Header().Set("Retry-After", wait)
					refuse(w, 503, "serviceNotAvailable")
					return
				}
				reply(w, 200, value())
			})
			c := f.connect(nil)
			for _, pause := range []time.Duration{0, 59 * time.Minute} {
				time.Sleep(pause)
				if err := c.call(t.Context(), get("/users"), nil); err == nil || len(f.requests()) != 1 {
					t.Errorf("%s: %v after %d requests", wait, err, len(f.requests()))
				}
			}
			time.Sleep(2 * time.Minute)
			if err := c.call(t.Context(), get("/users"), nil); err != nil {
				t.Errorf("%s: %v", wait, err)
			}
		})
	}
}
