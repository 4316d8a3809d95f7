package ldapconn

import (
	"log/slog"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// simulated is a server of which it is known how long every search takes.
type simulated struct {
	search    time.Duration // for each search
	id        time.Duration // for each ID in it
	after     int           // from so many IDs on the time grows with their square
	roundTrip time.Duration
	parallel  int                               // searches that it works on at a time
	noise     float64                           // the standard deviation of the time's logarithm
	factor    func(since time.Duration) float64 // how much slower it is at a time

	rand *rand.Rand
	free []time.Time // when each worker of it is free
}

func (v *simulated) service(n int) time.Duration {
	ids := float64(n)
	if v.after > 0 && n > v.after {
		ids *= ids / float64(v.after)
	}
	return v.search + time.Duration(ids*float64(v.id))
}

// best is the least time for each ID with so many searches in flight, of all sizes.
func (v *simulated) best(inFlight int) time.Duration {
	least := time.Duration(math.MaxInt64)
	for _, n := range sizes {
		least = min(least, v.each(n, inFlight))
	}
	return least
}

// each is the time for each ID when searches of n are always in flight.
func (v *simulated) each(n, inFlight int) time.Duration {
	working := v.service(n) / time.Duration(min(v.parallel, inFlight))
	waiting := (v.roundTrip + v.service(n)) / time.Duration(inFlight)
	return max(working, waiting) / time.Duration(n)
}

// ask returns when the answer to a search made now comes.
func (v *simulated) ask(start time.Time, n int) time.Time {
	now := time.Now()
	took := float64(v.service(n)) * math.Exp(v.noise*v.rand.NormFloat64())
	if v.factor != nil {
		took *= v.factor(now.Sub(start))
	}
	at := 0
	for i, t := range v.free {
		if t.Before(v.free[at]) {
			at = i
		}
	}
	begin := now.Add(v.roundTrip / 2)
	if v.free[at].After(begin) {
		begin = v.free[at]
	}
	v.free[at] = begin.Add(time.Duration(took))
	return v.free[at].Add(v.roundTrip / 2)
}

// answer is a search of a run, for its trace.
type answer struct {
	at    time.Duration
	ids   int
	limit int // in flight after it
}

// run asks for so many IDs at the pace and returns every answer. It must run in a bubble.
func (v *simulated) run(t testing.TB, p *pace, ids int, seed uint64) (trace []answer) {
	v.rand, v.free = rand.New(rand.NewPCG(seed, 1)), make([]time.Time, v.parallel)
	start := time.Now()
	type search struct {
		began, ends time.Time
		ids         int
	}
	var flying []search
	for ids > 0 || len(flying) > 0 {
		for ids > 0 && p.active < p.flight.limit {
			n, err := p.acquire(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			n = min(n, ids)
			ids -= n
			flying = append(flying, search{time.Now(), v.ask(start, n), n})
		}
		slices.SortStableFunc(flying, func(a, b search) int { return a.ends.Compare(b.ends) })
		first := flying[0]
		flying = flying[1:]
		time.Sleep(time.Until(first.ends))
		p.release(report{ids: first.ids, took: time.Since(first.began)})
		trace = append(trace, answer{time.Since(start), first.ids, p.flight.limit})
	}
	return trace
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

const ms = time.Millisecond
