package refresh_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// goroutine names the goroutine that calls it.
func goroutine() string {
	b := make([]byte, 64)
	b = b[:runtime.Stack(b, false)]
	return string(bytes.Fields(b)[1])
}

// crowd is a world of n mailboxes on each side, and the job of them.
func crowd(n int) world {
	w := world{source: memconn.New("contoso", nil), target: memconn.New("fabrikam", nil)}
	for i := range n {
		a := w.source.Put(box("", refresh.Address(fmt.Sprintf("u%d@old.example", i))))
		x := w.target.Put(box("", refresh.Address(fmt.Sprintf("u%d@new.example", i))))
		w.job.Matches = append(w.job.Matches, pair(fmt.Sprint(i), a, x))
	}
	w.job.ID, w.job.Source.Pin, w.job.Target.Pin = "job", w.source.Pin(), w.target.Pin()
	return w
}

func TestProgress(t *testing.T) {
	const n = 3000
	w := crowd(n)
	w.source.Erase(w.job.Matches[0].Source.ID)
	sides, _, _ := w.connect(nil)
	caller, running := goroutine(), atomic.Int32{}
	var seen []refresh.Progress
	r := run(t, w.job, sides, &refresh.Options{Progress: func(p refresh.Progress) {
		if running.Add(1) != 1 {
			t.Error("the callback runs concurrently")
		}
		if g := goroutine(); g != caller {
			t.Errorf("the callback runs on goroutine %s, not on the caller's %s", g, caller)
		}
		runtime.Gosched()
		seen = append(seen, p)
		running.Add(-1)
	}})
	var last refresh.Progress
	for _, p := range seen {
		for _, c := range [][2]refresh.Count{{last.Source, p.Source}, {last.Target, p.Target}} {
			if c[1].Done < c[0].Done || c[1].Done > c[1].Total || c[1].Total != n {
				t.Fatalf("counts fall or pass their total: %+v, then %+v", last, p)
			}
		}
		last = p
	}
	same(t, "at the end everything is answered", refresh.Progress{Source: refresh.Count{Done: n, Total: n}, Target: refresh.Count{Done: n, Total: n}}, last)
	same(t, "the run is complete", n, r.Counts(refresh.Source).Total)
}

// While a slow callback runs, the last step and the end of the run come together; the step must not get lost.
func TestLastStepIsReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		found := answers(lookups{"anna": refresh.Found(anna)})
		c := &script{resolve: func(ctx context.Context, ids []refresh.ID, answer answerFunc) error {
			time.Sleep(time.Second)
			return found(ctx, ids, answer)
		}}
		j := jobOf(one(refresh.Source, "1", refresh.Bound, anna))
		for range 30 { // which of the two comes first is left to chance
			var last refresh.Progress
			run(t, j, refresh.Sides{Source: c}, &refresh.Options{Progress: func(p refresh.Progress) { last = p; time.Sleep(time.Minute) }})
			if last.Source.Done != 1 {
				t.Fatalf("the last report is %+v", last)
			}
		}
	})
}

func TestProgressCountsTheAskedSideAndDistinctIDs(t *testing.T) {
	w := crowd(3)
	w.job.Matches[2].Source = w.job.Matches[1].Source
	sides, _, _ := w.connect(nil)
	sides.Target = nil
	var last refresh.Progress
	run(t, w.job, sides, &refresh.Options{Progress: func(p refresh.Progress) { last = p }})
	same(t, "two IDs on one side", refresh.Progress{Source: refresh.Count{Done: 2, Total: 2}}, last)
}

func TestSlowCallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var done time.Duration
		start := time.Now()
		c := &script{resolve: func(_ context.Context, ids []refresh.ID, answer answerFunc) error {
			for i := range ids {
				time.Sleep(time.Second)
				answer(i, refresh.Failed(errOutage))
			}
			done = time.Since(start)
			return nil
		}}
		var rows []refresh.Match
		for i := range 64 {
			rows = append(rows, one(refresh.Source, fmt.Sprint(i), refresh.Bound, box(refresh.ID(fmt.Sprint(i)), "a@old.example")))
		}
		calls := 0
		run(t, jobOf(rows...), refresh.Sides{Source: c}, &refresh.Options{Progress: func(refresh.Progress) { calls++; time.Sleep(20 * time.Second) }})
		same(t, "the run takes its own time", 64*time.Second, done)
		if calls < 2 || calls > 6 {
			t.Errorf("%d calls of a callback of 20 s in a run of 64 s: it misses steps", calls)
		}
	})
}

func TestPanickingCallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // which fails when a goroutine outlives the test
		ended := false
		c := &script{resolve: func(ctx context.Context, _ []refresh.ID, _ answerFunc) error {
			refresh.Waiting(ctx, time.Now().Add(time.Hour), "inside")
			<-ctx.Done()
			time.Sleep(time.Second)
			ended = true
			return ctx.Err()
		}}
		defer func() {
			same(t, "the panic reaches the caller as it is", any("oops"), recover())
			same(t, "after the connectors have returned", true, ended)
		}()
		_, _ = refresh.Refresh(t.Context(), jobOf(one(refresh.Source, "1", refresh.Bound, anna)), refresh.Sides{Source: c}, &refresh.Options{
			Progress: func(p refresh.Progress) {
				if p.Waiting == "inside" {
					panic("oops")
				}
			},
		})
		t.Error("no panic")
	})
}

func TestPanickingConnector(t *testing.T) {
	abilities := map[string]func(*script){
		"resolve": func(c *script) {
			c.resolve = func(context.Context, []refresh.ID, answerFunc) error { panic("oops") }
		},
		"confirm": func(c *script) {
			c.confirm = func(context.Context, []refresh.ID, answerFunc) error { panic("oops") }
		},
		"inspect": func(c *script) {
			c.inspect = func(context.Context) (refresh.Directory, error) { panic("oops") }
		},
		"find": func(c *script) {
			c.find = func(context.Context, []refresh.Address, func(int, refresh.Finding)) error { panic("oops") }
		},
	}
	for name, breakIt := range abilities {
		for progress, report := range map[string]func(refresh.Progress){"without progress": nil, "with progress": func(refresh.Progress) {}} {
			t.Run(name+" "+progress, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					bad := &script{resolve: answers(lookups{"anna": goneTombstone})}
					breakIt(bad)
					other := &script{resolve: func(ctx context.Context, _ []refresh.ID, _ answerFunc) error {
						<-ctx.Done() // the panic of one side ends the other
						return ctx.Err()
					}}
					defer func() {
						if x := fmt.Sprint(recover()); !strings.Contains(x, "oops") || !strings.Contains(x, "progress_test.go") {
							t.Errorf("the panic %q does not reach the caller with its stack", x)
						}
					}()
					j := jobOf(one(refresh.Source, "1", refresh.Bound, anna), one(refresh.Source, "2", refresh.Manual, box("", "m@old.example")))
					_, _ = refresh.Refresh(t.Context(), j, refresh.Sides{Source: bad, Target: other}, &refresh.Options{Verify: true, ConfirmAfter: -1, Progress: report})
					t.Error("no panic")
				})
			})
		}
	}
}

func TestWaitingIsShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := crowd(3)
		c := w.source.Connect(&memconn.ConnOptions{Faults: memconn.Faults{Breaks: []memconn.Break{{After: 1, Wait: time.Minute}}}})
		start := time.Now()
		var waits []refresh.Progress
		var last refresh.Progress
		run(t, w.job, refresh.Sides{Source: c}, &refresh.Options{Progress: func(p refresh.Progress) {
			if p.Waiting != "" {
				waits = append(waits, p)
			}
			last = p
		}})
		if len(waits) == 0 {
			t.Fatal("the wait is not shown")
		}
		same(t, "until when", start.Add(time.Minute), waits[0].Until)
		same(t, "the counts are those of the moment", refresh.Count{Done: 1, Total: 3}, waits[0].Source)
		same(t, "a wait that is over is not shown", refresh.Progress{Source: refresh.Count{Done: 3, Total: 3}}, last)
	})
}

// A connector that forgets to say that it waits no longer is not shown waiting for ever.
func TestWaitThatIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &script{resolve: func(ctx context.Context, _ []refresh.ID, answer answerFunc) error {
			refresh.Waiting(ctx, time.Now().Add(time.Second), "throttled")
			time.Sleep(2 * time.Second)
			answer(0, refresh.Found(anna))
			return nil
		}}
		var shown []string
		run(t, jobOf(one(refresh.Source, "1", refresh.Bound, anna)), refresh.Sides{Source: c}, &refresh.Options{Progress: func(p refresh.Progress) {
			if n := len(shown); n == 0 || shown[n-1] != p.Waiting {
				shown = append(shown, p.Waiting)
			}
		}})
		same(t, "its time is up", []string{"", "throttled", ""}, shown)
	})
}

func TestWaitEndsEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &script{resolve: func(ctx context.Context, _ []refresh.ID, answer answerFunc) error {
			refresh.Waiting(ctx, time.Now().Add(time.Hour), "throttled")
			time.Sleep(time.Second)
			refresh.Waiting(ctx, time.Time{}, "ignored")
			time.Sleep(time.Second)
			answer(0, refresh.Found(anna))
			return nil
		}}
		var shown []string
		run(t, jobOf(one(refresh.Source, "1", refresh.Bound, anna)), refresh.Sides{Source: c}, &refresh.Options{Progress: func(p refresh.Progress) {
			if n := len(shown); n == 0 || shown[n-1] != p.Waiting {
				shown = append(shown, p.Waiting)
			}
		}})
		same(t, "a zero time ends the wait", []string{"", "throttled", ""}, shown)
	})
}

// One side's wait must not hide that the other side still waits.
func TestBothSidesWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		waits := func(d, delay time.Duration, why string) *script {
			return &script{resolve: func(ctx context.Context, _ []refresh.ID, answer answerFunc) error {
				time.Sleep(delay)
				d -= delay
				refresh.Waiting(ctx, time.Now().Add(d), why)
				time.Sleep(d)
				refresh.Waiting(ctx, time.Time{}, "")
				answer(0, refresh.Failed(errOutage))
				return nil
			}}
		}
		start := time.Now()
		during := map[string]bool{} // what is shown while both wait
		var after5s string
		run(t, jobOf(pair("1", anna, other)), refresh.Sides{Source: waits(10*time.Second, 0, "long"), Target: waits(4*time.Second, time.Second, "short")}, &refresh.Options{
			Progress: func(p refresh.Progress) {
				switch d := time.Since(start); {
				case d < 4*time.Second && p.Waiting != "":
					during[p.Waiting] = true
				case d >= 4*time.Second && d < 10*time.Second:
					after5s = p.Waiting
				}
			},
		})
		same(t, "of two waits the longer one holds the run up", map[string]bool{"long": true}, during)
		same(t, "the source still waits", "long", after5s)
	})
}

func TestFailedOver(t *testing.T) {
	for _, side := range bothSides {
		t.Run(side.String(), func(t *testing.T) {
			s := memconn.New("contoso", &memconn.Options{Replicas: []string{"dc1", "dc2"}})
			a, b := s.Put(box("", "anna@old.example")), s.Put(box("", "bert@old.example"))
			j := jobOf(one(side, "1", refresh.Bound, a), one(side, "2", refresh.Bound, b))
			endpointOf(&j, side).Pin = s.Pin()
			c := s.Connect(&memconn.ConnOptions{Faults: memconn.Faults{Breaks: []memconn.Break{{After: 1, FailOver: "dc2", Err: errOutage}}}})
			r := run(t, j, only(side, c), nil)
			fs := r.Run.Side(side).Failovers
			if len(fs) != 1 || fs[0].From != "dc1" || fs[0].To != "dc2" || fs[0].Why != errOutage.Error() || fs[0].At.IsZero() {
				t.Errorf("failovers on record: %+v", fs)
			}
			same(t, "it is a warning", []refresh.Warning{{Code: refresh.WarnFailover, Side: side, Text: "the run went on at dc2 instead of dc1"}}, r.Warnings)
			same(t, "each row tells who answered, where it is not the first server", []string{"", "dc2"}, []string{r.Rows[0].Replica, r.Rows[1].Replica})
			same(t, "a failover is no failure", 2, r.Counts(side).ByOutcome[refresh.NotChanged])
		})
	}
	t.Run("without a reason, from many goroutines", func(t *testing.T) {
		c := &script{resolve: func(ctx context.Context, _ []refresh.ID, answer answerFunc) error {
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() { refresh.FailedOver(ctx, "a", "b", nil); refresh.Waiting(ctx, time.Now(), "x") })
			}
			wg.Wait()
			answer(0, refresh.Found(anna))
			return nil
		}}
		r := run(t, jobOf(one(refresh.Source, "1", refresh.Bound, anna)), refresh.Sides{Source: c}, &refresh.Options{Progress: func(refresh.Progress) {}})
		same(t, "all are recorded", 8, len(r.Run.Source.Failovers))
	})
}

func TestOutsideARun(t *testing.T) {
	refresh.Waiting(t.Context(), time.Now(), "nobody listens")
	refresh.FailedOver(t.Context(), "a", "b", errors.New("x"))
}

func TestNilProgress(t *testing.T) {
	w := crowd(2)
	sides, _, _ := w.connect(nil)
	same(t, "it works", 2, run(t, w.job, sides, &refresh.Options{}).Counts(refresh.Target).ByOutcome[refresh.NotChanged])
}
