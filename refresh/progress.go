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
		r.progress.wait(until, why)
	}
}

// FailedOver tells the run behind ctx that a connector goes on at another replica; the run records it.
// It does nothing outside a run, and is safe for concurrent use.
func FailedOver(ctx context.Context, from, to string, why error) {
	if r := reporterOf(ctx); r != nil {
		f := Failover{From: from, To: to, At: now()}
		if why != nil {
			f.Why = why.Error()
		}
		r.progress.failover(r.side, f)
	}
}

type reporter struct {
	progress *progress
	side     *sideRun
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
	dirty chan struct{} // holds one token while there is something new
}

func newProgress() *progress { return &progress{dirty: make(chan struct{}, 1)} }

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

func (p *progress) wait(until time.Time, why string) {
	p.change(func(s *Progress) {
		s.Waiting, s.Until = why, until
		if until.IsZero() {
			s.Waiting = ""
		}
	})
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
	if !s.Until.IsZero() && time.Now().After(s.Until) {
		s.Waiting, s.Until = "", time.Time{}
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
