package graphconn

import (
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// metered is a tenant: a fixed window of 10 seconds, as the service may count, or a bucket.
type metered struct {
	mu      sync.Mutex
	limit   float64
	used    float64
	at      time.Time
	bucket  bool
	tells   bool // x-ms-throttle-limit-percentage
	served  float64
	refused int
	asked   int
}

func (m *metered) serve(cost float64) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(50 * time.Millisecond)
		m.mu.Lock()
		now := time.Now()
		m.asked++
		switch passed := now.Sub(m.at); {
		case m.bucket:
			m.used, m.at = max(0, m.used-passed.Seconds()*m.limit/10), now
		case passed >= 10*time.Second:
			m.used, m.at = 0, now
		}
		over := m.used+cost > m.limit
		if !over {
			m.used += cost
			m.served += cost
		} else {
			m.refused++
		}
		share, wait := m.used/m.limit, 10*time.Second-now.Sub(m.at)
		m.mu.Unlock()
		w.Header().Set("x-ms-resource-unit", strconv.Itoa(int(cost)))
		if m.tells && share >= 0.8 {
			w.Header().Set("x-ms-throttle-limit-percentage", strconv.FormatFloat(share, 'f', 2, 64))
		}
		if over {
			if m.bucket {
				wait = time.Second
			}
			w.Header().Set("Retry-After", strconv.FormatFloat(wait.Seconds(), 'f', 3, 64))
			refuse(w, 429, "TooManyRequests")
			return
		}
		reply(w, 200, value())
	}
}

// TestQuota: several jobs keep below the limit of a tenant, use nearly all of it, and share it; whatever its size, however
// the service counts, and whether it tells how much is used.
func TestQuota(t *testing.T) {
	const cost, span = 20, 150 * time.Second
	for _, tt := range []struct {
		name    string
		m       *metered
		least   float64 // of the limit that must be used
		refused float64 // of the requests that may be refused
	}{
		{"large", &metered{limit: largeTenant, tells: true}, 0.85, 0},
		{"large, silent", &metered{limit: largeTenant}, 0.85, 0},
		{"large bucket", &metered{limit: largeTenant, bucket: true, tells: true}, 0.85, 0},
		{"medium", &metered{limit: mediumTenant, tells: true}, 0.8, 0.01},
		{"medium bucket", &metered{limit: mediumTenant, bucket: true, tells: true}, 0.8, 0.01},
		{"small", &metered{limit: smallTenant, tells: true}, 0.8, 0.01},
		{"small, silent", &metered{limit: smallTenant}, 0.75, 0.015},
		{"small bucket, silent", &metered{limit: smallTenant, bucket: true}, 0.75, 0.015},
		{"smaller than known", &metered{limit: 2500}, 0.7, 0.02},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := tt.m
				f := serve(t, m.serve(cost))
				quota := NewQuota()
				var wg sync.WaitGroup
				done := make([]int, 2)
				for job := range done {
					c := f.connect(nil, func(cfg *Config) { cfg.Quota = quota })
					for range 4 {
						wg.Go(func() {
							for time.Since(f.start) < span {
								q := get("/users")
								q.units = cost
								if err := c.call(t.Context(), q, nil); err != nil {
									t.Error(err)
									return
								}
								m.mu.Lock()
								done[job]++
								m.mu.Unlock()
							}
						})
					}
				}
				wg.Wait()
				use := m.served / (m.limit * span.Seconds() / 10)
				share := float64(m.refused) / float64(m.asked)
				t.Logf("used %.3f of the limit; %d of %d requests refused (%.4f); %v", use, m.refused, m.asked, share, done)
				if use < tt.least || share > tt.refused {
					t.Errorf("want at least %.2f used and at most %.3f refused", tt.least, tt.refused)
				}
				if done[0] < done[1]*9/10 || done[1] < done[0]*9/10 {
					t.Errorf("shared unequally: %v", done)
				}
			})
		})
	}
}

// TestQuotaStarves: a connector with many small requests keeps neither another one's large ones out, nor one that is larger than the limit.
func TestQuotaStarves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(10 * time.Millisecond)
			reply(w, 200, value())
		})
		quota := NewQuota()
		share := func(cfg *Config) { cfg.Quota = quota }
		small, large := f.connect(&Options{InFlight: 16}, share), f.connect(&Options{InFlight: 1}, share)
		var wg sync.WaitGroup
		stop := make(chan struct{})
		for range 16 {
			wg.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					q := get("/small")
					q.units = 10
					if err := small.call(t.Context(), q, nil); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		for _, units := range []int{7000, 7000, 20_000} {
			q := get("/large")
			q.units = units
			must(t, large.call(t.Context(), q, nil))
		}
		close(stop)
		wg.Wait()
		between(t, "three windows", time.Since(f.start), 20*time.Second, 60*time.Second)
	})
}

// TestWindow: what is counted is forgotten after 10.5 seconds, and what was counted wrongly can be corrected.
func TestWindow(t *testing.T) {
	start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(s float64) time.Time { return start.Add(time.Duration(s * float64(time.Second))) }
	var w window
	slot := w.add(at(0), 60)
	w.add(at(5), 30)
	for _, tt := range []struct {
		name  string
		now   float64
		units float64
		want  time.Duration
	}{
		{"fits", 5, 10, 0},
		{"waits for the first", 5, 20, 5500 * time.Millisecond},
		{"waits for both", 5, 90, 10500 * time.Millisecond},
		{"does not fit at all", 5, 1000, 10500 * time.Millisecond},
		{"the first is over", 10.5, 70, 0},
		{"both are over", 15.5, 1000, 0},
		{"long ago", 10_000, 100, 0},
	} {
		v := w
		if got := v.wait(at(tt.now), tt.units, 100); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	w.correct(at(6), slot, -50)
	if got := w.wait(at(6), 60, 100); got != 0 || w.sum != 40 {
		t.Errorf("corrected: %v, %v used", got, w.sum)
	}
	w.correct(at(20), slot, 1000)
	if got := w.wait(at(20), 100, 100); got != 0 {
		t.Errorf("corrected too late: %v", got)
	}
}
