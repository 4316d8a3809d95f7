package graphconn_test

import (
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/readdress-go/readdress/connector/graphconn"
	"github.com/readdress-go/readdress/internal/graphtest"
	"github.com/readdress-go/readdress/refresh"
)

// TestGateOfRun: one 429 stops all requests of a run, of both sides and of batches, until the time that it names; the run says so; and
// nothing is lost.
func TestGateOfRun(t *testing.T) {
	const latency = 50 * time.Millisecond
	for _, tt := range []struct {
		name, reason string
		endpoint     graphtest.Endpoint
		after        func(at time.Time) string // Retry-After of a refusal at that time
		low, high    time.Duration             // of the pause
	}{
		{"seconds", "the usual form", graphtest.GetByIDs, func(time.Time) string { return "20" }, 20 * time.Second, 20 * time.Second},
		{"fraction", "Graph sends such", graphtest.GetByIDs, func(time.Time) string { return "20.125" }, 20125 * time.Millisecond, 20125 * time.Millisecond},
		{"date", "RFC 9110 permits it", graphtest.GetByIDs, func(at time.Time) string { return at.Add(20 * time.Second).UTC().Format(http.TimeFormat) }, 20 * time.Second, 20 * time.Second},
		{"absent", "then everybody backs off", graphtest.GetByIDs, func(time.Time) string { return "" }, 500 * time.Millisecond, time.Second},
		{"long", "longer than other clients wait", graphtest.GetByIDs, func(time.Time) string { return "150" }, 150 * time.Second, 150 * time.Second},
		{"part of a batch", "each part is throttled by itself", graphtest.Exchange, func(time.Time) string { return "20" }, 20 * time.Second, 20 * time.Second},
		{"part of a batch, absent", "then everybody backs off", graphtest.Exchange, func(time.Time) string { return "" }, 500 * time.Millisecond, time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := graphtest.Start(t, &graphtest.Options{Latency: latency})
				n := 8000
				if tt.endpoint == graphtest.Exchange {
					n = 1200
				}
				ids := people(s, n)
				job := jobOf(s, ids)
				for i := range job.Matches {
					job.Matches[i].Target, job.Matches[i].TargetOrigin = job.Matches[i].Source, refresh.Bound
				}
				var mu sync.Mutex
				var arrived []time.Time
				var refused time.Time // when 429 was answered
				asked := 0
				s.Fault(func(r *graphtest.Request) *graphtest.Fault {
					mu.Lock()
					defer mu.Unlock()
					now := time.Now()
					at, f := now, &graphtest.Fault{Header: http.Header{}}
					if r.Part == 0 {
						arrived = append(arrived, now)
						f.Delay = time.Duration(len(arrived)) * time.Microsecond // no two are answered at the same time
						at = now.Add(latency + f.Delay)
					}
					if r.Endpoint != tt.endpoint {
						return f
					}
					if asked++; asked != 7 {
						return f
					}
					refused, f.Status = at, 429
					if v := tt.after(at); v != "" {
						f.Header.Set("Retry-After", v)
					}
					return f
				})
				quota := graphconn.NewQuota()
				connect := func() refresh.Connector {
					cfg := config(s, everyRight...)
					cfg.Quota = quota
					c, err := graphconn.New(cfg, nil)
					must(t, err)
					return c
				}
				told := map[time.Time]bool{}
				var last refresh.Progress
				opts := &refresh.Options{Verify: tt.endpoint == graphtest.Exchange, Progress: func(p refresh.Progress) { told[p.Until], last = true, p }}
				res, err := refresh.Refresh(t.Context(), job, refresh.Sides{Source: connect(), Target: connect()}, opts)
				must(t, err)
				for _, r := range res.Rows {
					if r.Outcome == refresh.LookupFailed || r.Outcome == refresh.Missing {
						t.Fatalf("%v", r)
					}
				}
				var end time.Time
				during := 0
				for _, at := range arrived {
					switch {
					case at.Before(refused):
					case at.Before(refused.Add(tt.low)):
						during++
					case end.IsZero():
						end = at
					}
				}
				if during > 0 {
					t.Errorf("%d requests behind the closed gate", during)
				}
				if d := end.Sub(refused); d < tt.low || d > tt.high+time.Millisecond {
					t.Errorf("sent again after %v, want %v to %v", d, tt.low, tt.high)
				}
				if tt.low == tt.high && !told[refused.Add(tt.low)] {
					t.Errorf("the run was told %v, want %v", told, refused.Add(tt.low))
				}
				if last.Waiting != "" || !last.Until.IsZero() {
					t.Errorf("at the end it waits: %v", last)
				}
			})
		})
	}
}
