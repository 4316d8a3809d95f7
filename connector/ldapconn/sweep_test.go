package ldapconn

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// library is a simulated directory for a call that uses batches and perhaps a sweep.
type library struct {
	entries int
	asked   func(i int) bool
	batch   time.Duration // for each ID in a batch, in a server that works on two batches at a time
	first   time.Duration // for the first page
	page    time.Duration // for each entry on a page
	slower  int           // from so many entries on pages take ten times as long; 0 is never
	broken  int           // the page that fails; 0 is none
}

// outing is what became of a call.
type outing struct {
	took    time.Duration
	pages   int
	answers int
	err     error // of the sweep
}

// call answers everything that is asked for, and sweeps when may is set. It must run in a bubble.
func (l library) call(t *testing.T, may bool) (o outing) {
	var mu sync.Mutex
	done := make([]bool, l.entries)
	q := &queue[int]{}
	for i := range l.entries {
		if l.asked(i) {
			q.items = append(q.items, i)
		}
	}
	slices.Reverse(q.items) // as a call does
	claim := func(i int) bool {
		mu.Lock()
		defer mu.Unlock()
		first := !done[i]
		done[i] = true
		if first {
			o.answers++
		}
		return first
	}
	answered := func(i int) bool { mu.Lock(); defer mu.Unlock(); return done[i] }
	p := newPace(paceConfig{ids: len(q.items), inFlight: 8}, quiet())
	server := make(chan struct{}, 2)
	ctx, stop := context.WithCancel(t.Context())
	at := 0
	w := &sweep{log: quiet(), rate: p.rate,
		hold: func(yes bool) {
			if !yes {
				q.drop(answered)
			}
			p.hold(yes)
		},
		peek: func(ctx context.Context) (tally, error) {
			time.Sleep(ms)
			n := tally{}
			for i := range min(peekSize, l.entries) {
				n.entries++
				if l.asked(i) {
					n.hits++
				}
			}
			return n, nil
		},
		page: func(ctx context.Context) (tally, error) {
			if o.pages++; o.pages == l.broken {
				return tally{}, errors.New("broken")
			}
			n, each := tally{}, l.page
			if l.slower > 0 && at >= l.slower {
				each *= 10
			}
			if o.pages == 1 {
				time.Sleep(l.first)
			}
			for ; n.entries < pageSize && at < l.entries; at++ {
				n.entries++
				if l.asked(at) && claim(at) {
					n.hits++
				}
			}
			time.Sleep(time.Duration(n.entries) * each)
			n.more = at < l.entries
			return n, ctx.Err()
		},
	}
	start := time.Now()
	var all sync.WaitGroup
	if may {
		all.Go(func() {
			select {
			case <-ctx.Done():
			case <-p.known:
				o.err = w.run(ctx)
			}
		})
	}
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for {
				n, err := p.acquire(ctx)
				if err != nil {
					t.Error(err)
					return
				}
				b, ok := q.next(n)
				if !ok {
					p.release(report{})
					return
				}
				began := time.Now()
				server <- struct{}{}
				time.Sleep(2 * l.batch * time.Duration(len(b.items)))
				<-server
				p.release(report{ids: len(b.items), took: time.Since(began)})
				for _, i := range b.items {
					claim(i)
				}
			}
		})
	}
	workers.Wait()
	o.took = time.Since(start)
	stop()
	all.Wait()
	if o.answers != countAsked(l) {
		t.Errorf("%d answers, want %d", o.answers, countAsked(l))
	}
	return o
}

func countAsked(l library) (n int) {
	for i := range l.entries {
		if l.asked(i) {
			n++
		}
	}
	return n
}

func TestSweep(t *testing.T) {
	every := func(int) bool { return true }
	oneIn := func(n int) func(int) bool { return func(i int) bool { return i%n == 0 } }
	const each = 40 * time.Microsecond
	for _, tt := range []struct {
		name   string
		lib    library
		least  int // pages
		most   int
		takes  float64 // of the time without a sweep, at most
		fails  bool
		reason string
	}{
		{"cheap pages", library{entries: 20_000, asked: every, batch: each, first: 5 * ms, page: each / 2}, 35, 40, 0.60, false, "it reads nearly everything"},
		{"cheap pages, most of it", library{entries: 20_000, asked: func(i int) bool { return i%10 != 0 }, batch: each, first: 5 * ms, page: each / 2}, 35, 40, 0.70, false, "and beats the batches"},
		{"a little cheaper", library{entries: 20_000, asked: every, batch: each, first: 5 * ms, page: each * 95 / 100}, 2, 2, 1.01, false, "not enough to begin"},
		{"dear pages", library{entries: 20_000, asked: every, batch: each, first: 5 * ms, page: 2 * each}, 2, 2, 1.04, false, "two pages show it"},
		{"very dear pages", library{entries: 20_000, asked: every, batch: each, first: 5 * ms, page: 8 * each}, 1, 1, 1.20, false, "one page shows it"},
		{"a tenth of it", library{entries: 100_000, asked: oneIn(10), batch: each, first: 5 * ms, page: each / 5}, 0, 0, 1.001, false, "pages are not even tried"},
		{"all at the front", library{entries: 100_000, asked: func(i int) bool { return i < 20_000 }, batch: each, first: 5 * ms, page: each / 2}, 38, 44, 0.65, false, "it ends where there is nothing more to find"},
		{"only the front", library{entries: 100_000, asked: func(i int) bool { return i < 1000 || i%10 == 0 }, batch: each, first: 5 * ms, page: each / 2}, 2, 8, 1.05, false, "what the first entries promise does not last"},
		{"becomes slow", library{entries: 40_000, asked: every, batch: each, first: 5 * ms, page: each / 2, slower: 10_000}, 20, 24, 1.05, false, "it gives up"},
		{"breaks", library{entries: 20_000, asked: every, batch: each, first: 5 * ms, page: each / 2, broken: 10}, 10, 10, 0.90, true, "the batches do the rest"},
		{"breaks at once", library{entries: 20_000, asked: every, batch: each, first: 5 * ms, page: each / 2, broken: 1}, 1, 1, 1.02, true, "the batches do everything"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var without, with outing
			synctest.Test(t, func(t *testing.T) { without = tt.lib.call(t, false) })
			synctest.Test(t, func(t *testing.T) { with = tt.lib.call(t, true) })
			if with.pages < tt.least || with.pages > tt.most {
				t.Errorf("%d pages, want %d to %d: %s", with.pages, tt.least, tt.most, tt.reason)
			}
			if got := float64(with.took) / float64(without.took); got > tt.takes {
				t.Errorf("it took %v, %.3f of the %v without a sweep, want at most %.3f: %s", with.took, got, without.took, tt.takes, tt.reason)
			}
			if (with.err != nil) != tt.fails {
				t.Errorf("the sweep ended with %v", with.err)
			}
		})
	}
}

// TestSweepEndsWithTheCall holds that a sweep stops when everything is answered or the caller leaves, and never keeps the batches
// waiting after that.
func TestSweepEndsWithTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		held := 0
		ctx, cancel := context.WithCancel(t.Context())
		w := &sweep{log: quiet(), rate: func() float64 { return 1000 },
			hold: func(yes bool) {
				if held++; !yes {
					held -= 2
				}
			},
			peek: func(context.Context) (tally, error) { return tally{entries: peekSize, hits: peekSize}, nil },
			page: func(ctx context.Context) (tally, error) {
				select {
				case <-ctx.Done():
					return tally{}, ctx.Err()
				case <-time.After(100 * ms):
					return tally{entries: 500, hits: 500, more: true}, nil
				}
			},
		}
		time.AfterFunc(time.Second+50*ms, cancel)
		start := time.Now()
		if err := w.run(ctx); !errors.Is(err, context.Canceled) || time.Since(start) != time.Second+50*ms {
			t.Errorf("it ended after %v with %v, want at once", time.Since(start), err)
		}
		if held != 0 {
			t.Error("the batches are still held")
		}
	})
}

func TestFlow(t *testing.T) {
	var f flow
	start := time.Now()
	if f.mark(start); f.last(4) != 0 {
		t.Error("a rate without an answer")
	}
	for i := range 100 {
		f.add(start.Add(time.Duration(i+1)*time.Second), i)
	}
	for _, tt := range []struct {
		k    int
		want float64
	}{{1, 99}, {4, 97.5}, {1000, 84}} {
		if got := f.last(tt.k); got != tt.want {
			t.Errorf("the rate over the last %d is %v, want %v", tt.k, got, tt.want)
		}
	}
}
