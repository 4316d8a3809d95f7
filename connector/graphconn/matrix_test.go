package graphconn_test

import (
	options "flag"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"sync"
	"testing"
	"time"
)

var (
	matrixSeed  = options.Uint64("matrix.seed", 0, "seed of the fault matrix, as every run prints it; 0 takes a new one")
	matrixShare = options.Uint64("matrix.share", usualShare, "run one cell of the fault matrix in so many, drawn by the seed, and at least one of each fault")
)

// TestFaultMatrix breaks Graph in every way, at every place, under every call. Whatever happens, nobody who is there is called gone, nothing is wrong
// without an error, nothing takes longer than it should, and every error says what Graph said, or why it said nothing.
func TestFaultMatrix(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	before := runtime.NumGoroutine()
	seed := *matrixSeed
	if seed == 0 {
		seed = rand.Uint64N(1e9) + 1
	}
	t.Logf("-matrix.seed=%d", seed)
	sum := newSummary()
	t.Run("cells", func(t *testing.T) {
		drawn := draw(cells(t), seed, *matrixShare)
		sideBySide(runtime.GOMAXPROCS(0), func(run func(func())) {
			for _, x := range drawn {
				run(func() {
					t.Run(x.name(), func(t *testing.T) {
						o := x.run(t, seed)
						sum.add(x, o)
						if s := o.verdict.String(); s != "" {
							t.Error(s)
						}
						if o.struck == 0 {
							t.Error("it did not strike, and nothing was tested")
						}
					})
				})
			}
		})
	})
	settleGoroutines(t, before)
	t.Log(sum)
}

// cells lists the matrix: first each call without a fault, to learn what it asks for.
func cells(t *testing.T) (out []*cell) {
	for i := range operations {
		op := &operations[i]
		x := &cell{op: op}
		o := x.run(t, 1)
		if s := o.verdict.String(); s != "" || !o.whole {
			t.Fatalf("%s without a fault: %s, %v", op.name, s, o.errs)
		}
		u := x.strikes.usage
		for _, f := range troubles() {
			for _, p := range u.spots(op) {
				if f.arms() {
					continue
				}
				if p.at == "" && !f.somewhere(u, p.parts) || p.at != "" && !f.fits(p.at, p.parts) {
					continue
				}
				out = append(out, &cell{op: op, fault: f, place: p})
			}
			if f.arms() && op.only == nil {
				for _, times := range []int{1, 2, 0} {
					name := map[int]string{1: "first token", 2: "first two tokens", 0: "every token"}[times]
					out = append(out, &cell{op: op, fault: f, place: spot{name: name, at: tokenEndpoint, from: 1, times: times}})
				}
			}
		}
	}
	return out
}

// draw takes one cell in share, and at least one of each fault.
func draw(all []*cell, seed, share uint64) (out []*cell) {
	have := map[string]bool{}
	for _, x := range all {
		if share <= 1 || x.hash(seed)%share == 0 || !have[x.fault.name] {
			out, have[x.fault.name] = append(out, x), true
		}
	}
	return out
}

// sideBySide calls what is handed to run, at most n at a time, and waits for all of it.
func sideBySide(n int, of func(run func(func()))) {
	queue := make(chan func())
	var workers sync.WaitGroup
	for range n {
		workers.Go(func() {
			for f := range queue {
				f()
			}
		})
	}
	of(func(f func()) { queue <- f })
	close(queue)
	workers.Wait()
}

// settleGoroutines waits until no more goroutines run than before.
func settleGoroutines(t *testing.T, before int) {
	t.Helper()
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	buf := make([]byte, 1<<20)
	t.Errorf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
}
