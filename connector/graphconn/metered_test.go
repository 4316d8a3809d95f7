package graphconn_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/readdress-go/readdress/connector/graphconn"
	"github.com/readdress-go/readdress/internal/graphtest"
	"github.com/readdress-go/readdress/refresh"
)

// way is how IDs are asked for.
type way int

const (
	byIDs     way = iota // 1000 in a request of 2 ResourceUnits
	byFilters            // 300 in a batch of 20 filters of 1 each
	instances            // 20 in a batch, 1 each
)

// perRequest is how many IDs a request asks for.
func (w way) perRequest() int { return [...]int{1000, 300, 20}[w] }

// metered is a tenant with a quota, and jobs that ask it at the same time and share what they know of it.
type metered struct {
	name, reason string
	way          way
	size         graphtest.Size
	latency      time.Duration // 0 is 50 ms
	inFlight     int           // 0 is 4
	n            int           // IDs of each job
	jobs         int           // 0 is 1
	how          graphtest.Metering
	form         graphtest.RetryForm
	rival        int // ResourceUnits that another program uses in 10 s
	jitter       time.Duration
	usual        bool    // runs without READDRESS_SPEED=1 too
	slower       float64 // how often the floor it may take; 0 is 1.2
	refused      float64 // share of the requests and parts that may be refused; 0 is 0.01
}

// limits are those of the sizes in 10 s.
var limits = map[graphtest.Size]float64{graphtest.Small: 3500, graphtest.Medium: 5000, graphtest.Large: 8000}

// figures are what a run took.
type figures struct {
	took, quota, latency time.Duration
	graphtest.Counters
	found, failed int
	first         time.Duration // when the first job had ended
}

// floor is the least that it can take.
func (f figures) floor() time.Duration { return max(f.quota, f.latency) }
func (f figures) ratio() float64       { return f.took.Seconds() / f.floor().Seconds() }

// refusals is the share of requests and parts that were answered with 429.
func (f figures) refusals() float64 { return float64(f.Throttled) / float64(f.Requests+f.Parts) }

func (f figures) String() string {
	return fmt.Sprintf("%.2f s, floor %.2f s (quota %.2f, latency %.2f): %.3f; %d requests, %d parts, %d ResourceUnits, %d answered 429 (%.4f)",
		f.took.Seconds(), f.floor().Seconds(), f.quota.Seconds(), f.latency.Seconds(), f.ratio(),
		f.Requests, f.Parts, f.Units, f.Throttled, f.refusals())
}

// ask asks one job's IDs and counts.
func (m *metered) ask(t *testing.T, c *graphconn.Connector, ids []refresh.ID) (found, failed int) {
	if m.way == instances {
		must(t, c.Instances(t.Context(), ids, func(_ int, instance refresh.ID, err error) {
			if err == nil && instance != "" {
				found++
			} else {
				failed++
			}
		}))
		return
	}
	must(t, c.Resolve(t.Context(), ids, func(_ int, l refresh.Lookup) {
		if _, ok := l.Mailbox(); ok {
			found++
		} else {
			failed++
		}
	}))
	return
}

// run runs the jobs in a bubble, and returns what they took.
func (m *metered) run(t *testing.T) (f figures) {
	if m.latency == 0 {
		m.latency = 50 * time.Millisecond
	}
	if m.inFlight == 0 {
		m.inFlight = 4
	}
	m.jobs = max(m.jobs, 1)
	m.n /= meteredShare
	synctest.Test(t, func(t *testing.T) {
		s := graphtest.Start(t, &graphtest.Options{Size: m.size, Latency: m.latency})
		s.Metering(m.how)
		s.RetryAfter(m.form)
		if m.jitter > 0 {
			s.Fault(func(r *graphtest.Request) *graphtest.Fault {
				if r.Part > 0 {
					return nil
				}
				return &graphtest.Fault{Delay: rand.N(m.jitter)}
			})
		}
		ids := toIDs(people(s, m.n))
		rights := everyRight
		if m.way == byFilters {
			rights = usersOnly
		}
		quota := graphconn.NewQuota()
		stop := make(chan struct{})
		if m.rival > 0 {
			go func() {
				for tick := time.NewTicker(100 * time.Millisecond); ; {
					select {
					case <-tick.C:
						s.Consume(m.rival / 100)
					case <-stop:
						return
					}
				}
			}()
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		start := time.Now()
		for range m.jobs {
			cfg := config(s, rights...)
			cfg.Quota = quota
			c, err := graphconn.New(cfg, &graphconn.Options{InFlight: m.inFlight})
			must(t, err)
			wg.Go(func() {
				found, failed := m.ask(t, c, ids)
				mu.Lock()
				defer mu.Unlock()
				f.found, f.failed = f.found+found, f.failed+failed
				if f.first == 0 {
					f.first = time.Since(start)
				}
			})
		}
		wg.Wait()
		close(stop)
		f.took, f.Counters = time.Since(start), s.Counters()
		least := (m.n + m.way.perRequest() - 1) / m.way.perRequest()
		f.latency = m.latency * time.Duration((least+m.inFlight-1)/m.inFlight)
		if limit := limits[m.size] - float64(m.rival); limit > 0 {
			f.quota = time.Duration(float64(f.Units) / limit * 10e9)
		}
	})
	return f
}

// dear multiplies the prices of the list.
func dear(by int) graphtest.Metering {
	return graphtest.Metering{Price: func(_ graphtest.Endpoint, units int) int { return units * by }}
}

// meteredCases are the tenants of TestMetered.
func meteredCases() []metered {
	const slow = 500 * time.Millisecond
	mute := graphtest.Metering{NoUnits: true, NoShare: true}
	s, m, l := graphtest.Small, graphtest.Medium, graphtest.Large
	return []metered{
		{name: "alone", reason: "the latency is what takes time", size: l, n: 40_000, usual: true},
		{name: "one in flight", reason: "one after the other", size: l, n: 20_000, inFlight: 1},
		{name: "two in flight, slow", reason: "a far service", size: l, n: 30_000, inFlight: 2, latency: slow},
		{name: "16 in flight", reason: "all at once", size: l, n: 40_000, inFlight: 16},
		{name: "small", reason: "1000 IDs cost little anywhere", size: s, n: 40_000},
		{name: "dear", reason: "the service counts 25 times what its pages say", size: l, n: 100_000, inFlight: 16, how: dear(25)},
		{name: "filters", reason: "5 ResourceUnits for 15 IDs", way: byFilters, size: l, n: 60_000, how: dear(5), usual: true},
		{name: "filters, slow", reason: "latency and quota alike", way: byFilters, size: l, n: 60_000, latency: slow},
		{name: "filters, slow, 16 in flight", reason: "nobody is idle between stages", way: byFilters, size: l, n: 60_000, latency: slow, inFlight: 16},
		{name: "filters, small", reason: "one batch is a sixteenth of the limit", way: byFilters, size: s, n: 60_000, how: dear(10)},
		{name: "instances, large", reason: "the limit is known from the beginning", way: instances, size: l, n: 50_000},
		{name: "instances, medium", reason: "the limit is learned from the share", way: instances, size: m, n: 40_000},
		{name: "instances, small", reason: "the limit is learned from the share", way: instances, size: s, n: 40_000, usual: true},
		{name: "instances, small, one in flight", reason: "the limit is not reached as quickly", way: instances, size: s, n: 30_000, inFlight: 1},
		{name: "instances, small, 16 in flight", reason: "much is in flight when the limit is learned", way: instances, size: s, n: 40_000, inFlight: 16},
		{name: "instances, large, slow, 16 in flight", reason: "latency and quota alike", way: instances, size: l, n: 40_000, inFlight: 16, latency: slow},
		{name: "instances, large, uneven", reason: "what is sent evenly is not counted so", way: instances, size: l, n: 50_000, jitter: 400 * time.Millisecond, inFlight: 16},
		{name: "instances, small, uneven", reason: "likewise, of an unknown limit", way: instances, size: s, n: 40_000, jitter: 400 * time.Millisecond, inFlight: 16},
		{name: "instances, small, silent", reason: "only a refusal tells the limit", way: instances, size: s, n: 40_000, how: graphtest.Metering{NoShare: true}},
		{name: "instances, small, no units told", reason: "prices are those of the page", way: instances, size: s, n: 40_000, how: graphtest.Metering{NoUnits: true}},
		{name: "instances, small, mute", reason: "nothing but 429", way: instances, size: s, n: 40_000, how: mute, form: graphtest.RetryAbsent, usual: true},
		{name: "instances, medium, windows", reason: "not every service has a bucket", way: instances, size: m, n: 40_000, how: graphtest.Metering{Windows: true}, form: graphtest.RetryFraction},
		{name: "instances, small, windows, silent", reason: "likewise, after a refusal", way: instances, size: s, n: 40_000, how: graphtest.Metering{Windows: true, NoShare: true}, form: graphtest.RetryDate},
		{name: "instances, dearer", reason: "the prices are learned", way: instances, size: l, n: 20_000, how: dear(5)},
		{name: "instances, dearer, no units told", reason: "the limit seems lower than any", way: instances, size: l, n: 20_000, how: graphtest.Metering{NoUnits: true, Price: dear(5).Price}},
		{name: "instances, dearer, mute", reason: "likewise, after a refusal", way: instances, size: l, n: 20_000, how: graphtest.Metering{NoUnits: true, NoShare: true, Price: dear(5).Price}},
		{name: "two jobs", reason: "they share the quota", way: instances, size: l, n: 20_000, jobs: 2},
		{name: "four jobs, small", reason: "likewise, of an unknown limit", way: instances, size: s, n: 10_000, jobs: 4, usual: true},
		{name: "eight jobs", reason: "requests of 100 ResourceUnits", way: byIDs, size: l, n: 20_000, jobs: 8, how: dear(50)},
		// Of the quota half is left. Who uses the rest is not seen before it is used.
		{name: "rival", reason: "another program uses half of the quota", way: instances, size: l, n: 40_000, rival: 4000, refused: 0.02},
		{name: "rival, mute", reason: "likewise, and nothing is told", way: instances, size: l, n: 40_000, rival: 4000, how: mute, refused: 0.02, usual: true},
		{name: "rival, small", reason: "likewise, in a small tenant", way: instances, size: s, n: 40_000, rival: 1700, refused: 0.02},
	}
}

// TestMetered: users are looked up in little more time than the quota of the tenant and the latency of the service make necessary, whatever
// the tenant, and next to nothing is refused. The whole table takes half a minute, and runs with READDRESS_SPEED=1 only.
func TestMetered(t *testing.T) {
	for _, m := range meteredCases() {
		if !m.usual && os.Getenv("READDRESS_SPEED") != "1" {
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			f := m.run(t)
			t.Log(f)
			m.check(t, f)
		})
	}
}

// check holds figures to what was wanted of them.
func (m *metered) check(t *testing.T, f figures) {
	t.Helper()
	slower, refused := m.slower, m.refused
	if slower == 0 {
		slower = 1.2
	}
	if refused == 0 {
		refused = 0.01
	}
	if f.failed > 0 || f.found != m.n*m.jobs {
		t.Errorf("%s: %d found and %d failed of %d", m.reason, f.found, f.failed, m.n*m.jobs)
	}
	if meteredShare > 1 {
		return
	}
	if f.ratio() > slower || f.refusals() > refused {
		t.Errorf("%s: %v; want at most %.2f times the floor, and %.3f refused", m.reason, f, slower, refused)
	}
	if f.first < f.took/2 {
		t.Errorf("%s: the first job had ended after %v of %v", m.reason, f.first, f.took)
	}
}
