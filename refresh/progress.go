package refresh

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// Waiting tells the run behind ctx that a connector waits until the given time and why, such as "throttled".
// A zero time ends the wait. It does nothing outside a run, and is safe for concurrent use.
func Waiting(ctx context.Context, until time.Time, why string) {
	if r := reporterOf(ctx); r != nil {
		r.progress.wait(r.side.side, until, why)
	}
}

// FailedOver tells the run behind ctx that a connector goes on at another replica; the run records it.
// It does nothing outside a run, and is safe for concurrent use.
func FailedOver(ctx context.Context, from, to string, why error) {
	if r := reporterOf(ctx); r != nil {
		f := Failover{From: printable(from), To: printable(to), At: now()}
		if why != nil {
			f.Why = printable(why.Error())
		}
		r.progress.failover(r.side, f)
	}
}

// Verifying reports whether the run behind ctx was asked to verify ([Options].Verify), so that a connector reads what costs a
// question for each mailbox, such as the instance. It is false outside a run, and safe for concurrent use.
func Verifying(ctx context.Context) bool {
	r := reporterOf(ctx)
	return r != nil && r.verify
}

type reporter struct {
	progress *progress
	side     *sideRun
	verify   bool
}

func (r *run) reporter(s *sideRun) *reporter {
	return &reporter{progress: r.progress, side: s, verify: r.opts.Verify}
}

type reporterKey struct{}

func withReporter(ctx context.Context, r *reporter) context.Context {
	return context.WithValue(ctx, reporterKey{}, r)
}

func reporterOf(ctx context.Context) *reporter {
	r, _ := ctx.Value(reporterKey{}).(*reporter)
	return r
}

// progress gathers what connectors report. Its lock is never held while a callback runs.
type progress struct {
	mu    sync.Mutex
	state Progress
	waits map[Side]wait
	dirty chan struct{} // holds one token while there is something new
}

// wait is what one side waits for.
type wait struct {
	until time.Time
	why   string
}

func newProgress() *progress {
	return &progress{waits: make(map[Side]wait), dirty: make(chan struct{}, 1)}
}

func (p *progress) change(f func(*Progress)) {
	p.mu.Lock()
	f(&p.state)
	p.mu.Unlock()
	select {
	case p.dirty <- struct{}{}:
	default:
	}
}

func (s *Progress) count(side Side) *Count {
	if side == Target {
		return &s.Target
	}
	return &s.Source
}

func (p *progress) total(side Side, n int) {
	p.change(func(s *Progress) { s.count(side).Total = n })
}

func (p *progress) done(side Side, n int) {
	p.change(func(s *Progress) { c := s.count(side); c.Done = max(c.Done, n) })
}

func (p *progress) wait(side Side, until time.Time, why string) {
	p.change(func(*Progress) { p.waits[side] = wait{until, why} })
}

func (p *progress) failover(s *sideRun, f Failover) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.record.Failovers = append(s.record.Failovers, f)
}

func (p *progress) snapshot() Progress {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.state
	present := time.Now()
	for _, side := range []Side{Source, Target} { // of two waits the longer one holds the run up
		if w := p.waits[side]; w.until.After(present) && w.until.After(s.Until) {
			s.Waiting, s.Until = w.why, w.until
		}
	}
	return s
}

// drive runs work and calls report, on the caller's goroutine, whenever something is new and once at the end. It
// returns when work has returned, even if report panics; a panic in work is raised again here.
func (p *progress) drive(cancel func(), report func(Progress), work func()) {
	if report == nil {
		work()
		return
	}
	var panicked string
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if x := recover(); x != nil {
				panicked = fmt.Sprintf("%v\n\n%s", x, debug.Stack())
			}
		}()
		work()
	}()
	finished := false
	defer func() {
		if !finished {
			cancel()
			<-done
		}
	}()
	for !finished {
		select {
		case <-p.dirty:
			report(p.snapshot())
		case <-done:
			finished = true
		}
	}
	if panicked != "" {
		panic(panicked)
	}
	report(p.snapshot())
}
