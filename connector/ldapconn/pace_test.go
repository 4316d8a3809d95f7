package ldapconn

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
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

// TestPaceFindsTheBestSize runs large calls on servers of different kinds and compares them with what the best size gives.
func TestPaceFindsTheBestSize(t *testing.T) {
	for _, tt := range []struct {
		name   string
		server simulated
		ids    int
		slack  float64 // of the second half of the call, over the best size
		total  float64 // of the whole call, over a fixed size of 50
		reason string
	}{
		{"no difference", simulated{id: 40 * time.Microsecond, parallel: 1}, 100_000, 1.02, 1.02, "trials of no use cost nothing"},
		{"searches cost", simulated{search: 20 * ms, id: 100 * time.Microsecond, parallel: 1}, 200_000, 1.05, 0.6, "more IDs in a search"},
		{"square after 200", simulated{search: 2 * ms, id: 50 * time.Microsecond, after: 200, parallel: 4}, 200_000, 1.08, 1, "up to the limit of the sizes"},
		{"square after 50", simulated{search: ms, id: 100 * time.Microsecond, after: 50, parallel: 2}, 200_000, 1.05, 1.04, "it stays"},
		{"square after 20", simulated{search: ms / 10, id: 100 * time.Microsecond, after: 20, parallel: 2}, 200_000, 1.08, 0.6, "fewer IDs in a search"},
		{"far away", simulated{search: ms, id: 20 * time.Microsecond, roundTrip: 60 * ms, parallel: 8}, 200_000, 1.05, 0.6, "more IDs in a search"},
		{"noise", simulated{search: 5 * ms, id: 50 * time.Microsecond, noise: 0.4, parallel: 2}, 200_000, 1.17, 0.7, "noise does not keep it from finding"},
		{"noise, no difference", simulated{id: 50 * time.Microsecond, noise: 0.4, parallel: 2}, 200_000, 1.03, 1.02, "nor drive it to and fro at a cost"},
		{"noise, square after 50", simulated{search: ms / 2, id: 50 * time.Microsecond, after: 50, noise: 0.3, parallel: 2}, 200_000, 1.10, 1.08, "nor far from where it is best"},
		{"a small call", simulated{search: 5 * ms, id: 100 * time.Microsecond, parallel: 2}, 2000, 2, 1, "it is too short to learn"},
		{"a small call, square after 50", simulated{search: ms, id: 100 * time.Microsecond, after: 50, parallel: 2}, 4000, 1.05, 1.01, "a trial would not pay"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for seed := range uint64(6) {
				synctest.Test(t, func(t *testing.T) {
					const inFlight = 8
					p := newPace(paceConfig{ids: tt.ids, inFlight: inFlight}, quiet())
					trace := tt.server.run(t, p, tt.ids, seed)
					done, half := 0, trace[len(trace)-1]
					for _, a := range trace {
						if done += a.ids; done >= tt.ids/2 {
							half = a
							break
						}
					}
					end := trace[len(trace)-1].at
					best := tt.server.best(inFlight) * time.Duration(tt.ids-done)
					level := math.Exp(tt.server.noise * tt.server.noise / 2) // the mean of the noise
					if got := float64(end-half.at) / float64(best) / level; got > tt.slack {
						t.Errorf("seed %d: the second half took %.2f times as long as with the best size, want at most %.2f: %s", seed, got, tt.slack, tt.reason)
					}
					plain := tt.server.each(50, inFlight) * time.Duration(tt.ids)
					if got := float64(end) / float64(plain) / level; got > tt.total {
						t.Errorf("seed %d: it took %.2f times as long as with 50 all the time, want at most %.2f: %s", seed, got, tt.total, tt.reason)
					}
				})
			}
		})
	}
}

// TestPaceIsDeterministic holds that a call depends on nothing but the answers.
func TestPaceIsDeterministic(t *testing.T) {
	v := simulated{search: 5 * ms, id: 50 * time.Microsecond, noise: 0.5, parallel: 2}
	run := func() (trace []answer) {
		synctest.Test(t, func(t *testing.T) {
			trace = v.run(t, newPace(paceConfig{ids: 50_000, inFlight: 8}, quiet()), 50_000, 3)
		})
		return trace
	}
	if diff := cmp.Diff(run(), run(), cmp.AllowUnexported(answer{})); diff != "" {
		t.Errorf("two runs with the same answers differ:\n%s", diff)
	}
}

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

// TestSizerDecides feeds costs for each ID to a sizer, in microseconds.
func TestSizerDecides(t *testing.T) {
	start := time.Now()
	feed := func(s *sizer, costs ...int) (changes []string) {
		for i, c := range append([]int{9999}, costs...) { // the first answer for a number only opens the round
			now := start.Add(time.Duration(i) * time.Hour)
			if d := s.answered(s.now(), time.Duration(c*s.now())*time.Microsecond, now, now, math.MaxInt32, 8); d != nil {
				changes = append(changes, fmt.Sprintf("%d, was %d: %s", d.size, d.was, d.why))
				start = now.Add(time.Hour)
				break
			}
		}
		return changes
	}
	s := newSizer()
	for _, tt := range []struct {
		costs  []int
		want   []string
		reason string
	}{
		{[]int{40, 40, 40, 40, 40, 40, 40}, nil, "seven answers are too few"},
		{[]int{40, 40, 40, 40, 40, 40, 40, 40}, []string{"70, was 50: a trial"}, "eight are a round"},
		{[]int{900, 30, 30, 30, 30, 30, 30, 30}, []string{"70, was 50: each ID takes less time"}, "one hiccup changes nothing"},
		{[]int{60, 60, 60, 60}, []string{"70, was 100: each ID took no less time"}, "what is much worse is given up early"},
		{[]int{30, 30, 30, 30, 30, 30, 30, 30}, []string{"50, was 70: a trial"}, "then the other direction"},
		{[]int{5, 29, 29, 29, 29, 29, 29, 29}, []string{"70, was 50: each ID took no less time"}, "a little better is no better"},
	} {
		if diff := cmp.Diff(tt.want, feed(&s, tt.costs...)); diff != "" {
			t.Errorf("%v: %s (-want +got):\n%s", tt.costs, tt.reason, diff)
		}
		if tt.want == nil {
			s.forget(start)
		}
	}
}

func busyError() error {
	return &Error{Server: "s:636", Op: "search", Code: ldap.LDAPResultBusy}
}

// TestPacePauses holds that a server that says that it is busy is left alone, by everybody.
func TestPacePauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(paceConfig{ids: 10_000, inFlight: 8}, quiet())
		for range 8 {
			if _, err := p.acquire(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(10 * ms)
		for range 8 { // all of them are refused: that is one pause
			p.release(report{ids: 50, took: 10 * ms, err: busyError()})
		}
		if p.flight.limit != 4 || p.pauses != 1 {
			t.Errorf("%d in flight after %d pauses, want 4 after 1", p.flight.limit, p.pauses)
		}
		start := time.Now()
		if _, err := p.acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(start); waited < busyPause.First/2 || waited > busyPause.First {
			t.Errorf("it waited %v, want a random time between %v and %v", waited, busyPause.First/2, busyPause.First)
		}
		time.Sleep(10 * ms)
		p.release(report{ids: 50, took: 10 * ms, err: busyError()})
		if p.flight.limit != 2 || p.pauses != 2 {
			t.Errorf("busy again: %d in flight after %d pauses, want 2 after 2", p.flight.limit, p.pauses)
		}

		gone := errors.New("the caller has left")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(20*ms, func() { cancel(gone) })
		start = time.Now()
		if _, err := p.acquire(ctx); err != gone || time.Since(start) != 20*ms {
			t.Errorf("a call that ended 20 ms into the pause: %v after %v, want %v at once", err, time.Since(start), gone)
		}
	})
}

// TestPaceWaits holds that acquire blocks exactly while it must.
func TestPaceWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(paceConfig{ids: 10_000, inFlight: 2}, quiet())
		var got atomic.Int32
		ask := func() {
			if _, err := p.acquire(t.Context()); err == nil {
				got.Add(1)
			}
		}
		step := func(want int32, what string) {
			t.Helper()
			if synctest.Wait(); got.Load() != want {
				t.Errorf("%s: %d may ask, want %d", what, got.Load(), want)
			}
		}
		for range 4 {
			go ask()
		}
		step(2, "two at a time")
		p.release(report{ids: 50, took: ms})
		step(3, "one is done")
		p.hold(true)
		p.release(report{ids: 50, took: ms})
		p.release(report{ids: 50, took: ms})
		step(3, "held")
		p.hold(false)
		step(4, "let go")
	})
}

// TestPaceRefuse holds that what was too many is never asked for again.
func TestPaceRefuse(t *testing.T) {
	p := newPace(paceConfig{ids: 100_000, inFlight: 8}, quiet())
	for _, tt := range []struct {
		refused, want int
		reason        string
	}{
		{200, 50, "half of it is more than now"},
		{50, 20, "the next size that is not more than half"},
		{50, 20, "another search that was on its way"},
		{30, 15, "below the sizes that are tried"},
		{15, 7, "rounded down"},
		{1, 1, "one is the end"},
		{1, 1, "and stays it"},
	} {
		p.refuse(tt.refused)
		n, err := p.acquire(t.Context())
		if err != nil || n != tt.want {
			t.Errorf("after %d were refused: %d, %v; want %d: %s", tt.refused, n, err, tt.want, tt.reason)
		}
		p.release(report{})
	}
}

// TestPaceKeepsWithinBounds does at random what workers and servers can do.
func TestPaceKeepsWithinBounds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		synctest.Test(t, func(t *testing.T) {
			most := rapid.IntRange(1, 32).Draw(rt, "most")
			largest := rapid.IntRange(0, 300).Draw(rt, "largest")
			p := newPace(paceConfig{ids: rapid.IntRange(1, 1_000_000).Draw(rt, "ids"), inFlight: most, largest: largest}, quiet())
			bound := sizes[len(sizes)-1]
			if largest > 0 {
				bound = min(bound, largest)
			}
			var asked []int
			errs := []error{nil, nil, nil, nil, nil, nil, busyError(), os.ErrDeadlineExceeded, errors.New("broken")}
			for range rapid.IntRange(1, 400).Draw(rt, "steps") {
				time.Sleep(time.Duration(rapid.IntRange(0, 100).Draw(rt, "pause")) * ms)
				switch what := rapid.IntRange(0, 9).Draw(rt, "what"); {
				case what == 9 && len(asked) > 0:
					n := asked[0]
					p.refuse(n)
					bound = min(bound, max(1, n/2))
				case what >= 5 && len(asked) > 0:
					n := asked[len(asked)-1]
					asked = asked[:len(asked)-1]
					p.release(report{ids: rapid.IntRange(0, n).Draw(rt, "ids"), took: time.Duration(rapid.IntRange(0, 2000).Draw(rt, "took")) * ms, err: rapid.SampledFrom(errs).Draw(rt, "err")})
				case p.active < p.flight.limit:
					n, err := p.acquire(t.Context())
					if err != nil || n < 1 || n > bound {
						rt.Fatalf("acquire: %d, %v; want 1 to %d", n, err, bound)
					}
					asked = append(asked, n)
				}
				if p.active != len(asked) || p.active > most || p.flight.limit < 1 || p.flight.limit > most || p.workers() != most || p.least() < 1 || p.least() > p.size.now() {
					rt.Fatalf("%d of at most %d in flight, %d at least: %+v", p.active, most, p.least(), p.flight)
				}
			}
			for range asked {
				p.release(report{})
			}
			if n, err := p.acquire(t.Context()); err != nil || n < 1 { // a bubble in which everybody waits for ever fails
				rt.Fatalf("in the end: %d, %v", n, err)
			}
		})
	})
}

// TestPaceSaysWhy reads the log of a call.
func TestPaceSaysWhy(t *testing.T) {
	var log bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		v := simulated{search: 20 * ms, id: 100 * time.Microsecond, parallel: 8, factor: func(at time.Duration) float64 {
			if 3*time.Second < at && at < 6*time.Second {
				return 20
			}
			return 1
		}}
		p := newPace(paceConfig{ids: 200_000, inFlight: 8}, logger)
		v.run(t, p, 200_000, 1)
		p.refuse(100)
		if _, err := p.acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.release(report{ids: 50, took: ms, err: busyError()})
	})
	for _, want := range []string{
		`msg="ldapconn: batch size" size=70 was=50 why="a trial" each=0s before=62.5µs`,
		`msg="ldapconn: batch size" size=70 was=50 why="each ID takes less time" each=48.214µs before=62.5µs`,
		`msg="ldapconn: searches in flight" limit=4 was=8 why="answers take much longer than before"`,
		`msg="ldapconn: searches in flight" limit=8 why="answers are quick again"`,
		`why="100 were too many for the server"`,
		`msg="ldapconn: pause" for=`,
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not hold %s", want)
		}
	}
	if lines := strings.Count(log.String(), "\n"); lines > 80 {
		t.Errorf("the log of a call has %d lines, want a short one", lines)
	}
	if t.Failed() {
		fmt.Fprintln(t.Output(), log.String())
	}
}
