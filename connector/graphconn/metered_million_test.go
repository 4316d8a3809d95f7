package graphconn_test

import (
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/connector/graphconn"
	"github.com/readdress-go/readdress/internal/graphtest"
	"github.com/readdress-go/readdress/refresh"
)

// TestMeteredMillion asks a large tenant that answers after 50 ms for a million users. It takes half a minute and 1 GiB of memory,
// and runs with READDRESS_SPEED=1 only; without, it asks for a twentieth of them.
func TestMeteredMillion(t *testing.T) {
	n := 1_000_000
	if os.Getenv("READDRESS_SPEED") != "1" {
		n /= 20
	}
	for _, m := range []metered{
		{name: "getByIds", way: byIDs, size: graphtest.Large, n: n},
		{name: "getByIds, 16 in flight", way: byIDs, size: graphtest.Large, n: n / 4, inFlight: 16},
		{name: "filters", way: byFilters, size: graphtest.Large, n: n / 4},
	} {
		m.reason = "the issue demands it"
		t.Run(m.name, func(t *testing.T) {
			f := m.run(t)
			t.Logf("%d users: %v", m.n, f)
			m.check(t, f)
		})
	}
}

// TestMeteredRun refreshes a job of a million matches, with READDRESS_SPEED=1, or of 100,000, against a large tenant that answers after
// 50 ms. None is missing, so it costs one request for each 1000, one for the inspection, and one that marks from where the next run has to
// ask what changed; a connector that does not track saves the last. Each is of at most 2 ResourceUnits.
func TestMeteredRun(t *testing.T) {
	n := 1_000_000
	if os.Getenv("READDRESS_SPEED") != "1" {
		n = 100_000 / meteredShare
	}
	for _, tt := range []struct {
		name   string
		tracks bool
		other  map[graphtest.Endpoint]int // beside the look-ups
	}{
		{"without tracking", false, map[graphtest.Endpoint]int{graphtest.Organization: 1}},
		{"with tracking", true, map[graphtest.Endpoint]int{graphtest.Organization: 1, graphtest.Delta: 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const latency = 50 * time.Millisecond
				n := n
				if tt.tracks {
					n /= 5
				}
				s := graphtest.Start(t, &graphtest.Options{Size: graphtest.Large, Latency: latency})
				job := jobOf(s, people(s, n))
				full, err := graphconn.New(config(s, everyRight...), nil)
				must(t, err)
				var c refresh.Connector = full
				if !tt.tracks {
					c = trackless{full, full, full, full}
				}
				start := time.Now()
				res, err := refresh.Refresh(t.Context(), job, refresh.Sides{Source: c}, nil)
				must(t, err)
				took := time.Since(start)
				same := 0
				for _, r := range res.Rows {
					if r.Outcome == refresh.NotChanged {
						same++
					}
				}
				if same != n {
					t.Errorf("%d of %d rows are not changed", same, n)
				}
				k := s.Counters()
				floor := max(time.Duration(float64(k.Units)/8000*10e9), latency*time.Duration((n+3999)/4000))
				t.Logf("%d matches: %.2f s, floor %.2f s: %.3f; %d requests (%v), %d parts, %d ResourceUnits, %d answered 429",
					n, took.Seconds(), floor.Seconds(), took.Seconds()/floor.Seconds(), k.Requests, k.ByEndpoint, k.Parts, k.Units, k.Throttled)
				if took > floor*12/10+2*latency || k.Throttled*100 > k.Requests {
					t.Errorf("took %v, floor %v; %d of %d answered 429", took, floor, k.Throttled, k.Requests)
				}
				tt.other[graphtest.GetByIDs] = (n + 999) / 1000
				if d := cmp.Diff(tt.other, k.ByEndpoint); d != "" || k.Parts > 0 {
					t.Errorf("%d parts; requests (-want +got):\n%s", k.Parts, d)
				}
				if k.IDs != n || k.Units > 2*k.Requests {
					t.Errorf("%d IDs were asked for, with %d ResourceUnits in %d requests", k.IDs, k.Units, k.Requests)
				}
			})
		})
	}
}

// trackless is a connector that cannot tell what changed.
type trackless struct {
	refresh.Resolver
	refresh.Confirmer
	refresh.Inspector
	refresh.Explainer
}

// Info leaves the tracker out of the abilities.
func (c trackless) Info() refresh.Info {
	info := c.Resolver.Info()
	info.Can = refresh.CanResolve | refresh.CanConfirm | refresh.CanInspect
	return info
}
