package ldapconn

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

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
