package ldapconn

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/readdress-go/readdress/internal/backoff"
	"github.com/readdress-go/readdress/refresh"
)

// pace says how much one call asks one server for at a time: how many IDs in a search, and how many searches. It learns
// from how long the answers take. It does no I/O and is safe for concurrent use.
//
// A worker acquires, asks for at most as many IDs as it was told, and releases with what became of it.
type pace struct {
	log *slog.Logger

	mu     sync.Mutex
	freed  chan struct{} // closed when somebody who waits may go on
	active int           // searches in progress
	held   bool          // nobody is to ask, because something else does
	until  time.Time     // nobody is to ask before, because the server is busy
	told   bool          // the run was told that it waits until then
	since  time.Time     // when the server began to be busy, without an answer since
	over   bool          // it was for so long that nobody waits for it any more
	pauses int           // how often the server was busy without an answer between
	left   int           // IDs not yet asked for
	flight flight
	size   sizer
	flow   flow
	known  chan struct{} // closed when the rate is known
}

// paceConfig bounds a pace.
type paceConfig struct {
	ids      int // that the call has to ask for
	inFlight int // searches in progress at a time, at most
	largest  int // IDs in a search, at most; zero means what suits the server
}

// report is what became of one search.
type report struct {
	ids  int // how many were asked for; 0 when nothing was, and then nothing is learned
	took time.Duration
	err  error
}

func newPace(cfg paceConfig, log *slog.Logger) *pace {
	p := &pace{log: log, freed: make(chan struct{}), known: make(chan struct{}), left: cfg.ids, flight: newFlight(cfg.inFlight), size: newSizer(cfg.ids)}
	if cfg.largest > 0 {
		p.size.bound(cfg.largest)
	}
	return p
}

// busyPause is how long nobody asks a server that said that it is busy or unavailable.
var busyPause = backoff.Backoff{First: 200 * time.Millisecond, Max: 10 * time.Second}

// acquire waits until one more search may be made, and returns for how many IDs. It fails only when ctx ends. Whoever got
// no error must release.
func (p *pace) acquire(ctx context.Context) (int, error) {
	for {
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		p.mu.Lock()
		wait := time.Until(p.until)
		if p.over {
			wait = 0
		}
		if wait <= 0 && !p.held && p.active < p.flight.limit {
			p.active++
			n, over := p.size.now(), p.told
			p.told = false
			p.mu.Unlock()
			if over {
				refresh.Waiting(ctx, time.Time{}, "")
			}
			return n, nil
		}
		freed, until := p.freed, p.until
		tell := wait > 0 && !p.told
		p.told = p.told || tell
		p.mu.Unlock()
		if tell {
			refresh.Waiting(ctx, until, "the directory server is busy")
		}
		if err := await(ctx, freed, wait); err != nil {
			return 0, err
		}
	}
}

// await waits for freed, for the time to pass where there is one to wait for, or for the end of ctx.
func await(ctx context.Context, freed <-chan struct{}, wait time.Duration) error {
	var passed <-chan time.Time
	if wait > 0 {
		t := time.NewTimer(wait)
		defer t.Stop()
		passed, freed = t.C, nil
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-freed:
	case <-passed:
	}
	return nil
}

// release ends what acquire began.
func (p *pace) release(r report) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	share := p.active // a search had so many around it, and itself
	p.active--
	defer p.wake()
	if r.ids == 0 {
		return
	}
	p.left -= r.ids
	began := now.Add(-r.took)
	switch {
	case isBusy(r.err):
		p.cut(now, began, "the server is busy", r)
		p.pause(now)
		p.size.forget(now)
	case errors.Is(r.err, os.ErrDeadlineExceeded):
		p.cut(now, began, "no answer in time", r)
		p.size.forget(now)
	case r.err != nil: // it says nothing of the server's speed
	default:
		p.answered(now, began, share, r)
	}
}

func (p *pace) answered(now, began time.Time, share int, r report) {
	p.pauses, p.over = 0, false
	if p.flow.add(now, r.ids); p.flow.n == rateFrom && !p.isKnown() {
		close(p.known)
	}
	usual := p.flight.usual.of(r.ids)
	switch p.flight.answered(r.ids, r.took, began) {
	case tooSlow:
		p.cut(now, began, "answers take much longer than before", r)
	case goodRun:
		p.flight.limit++
		p.size.forget(now)
		if p.flight.limit == p.flight.most {
			p.log.Debug("ldapconn: searches in flight", "limit", p.flight.limit, "why", "answers are quick again", "took", r.took, "usual", usual)
		}
	}
	if c := p.size.answered(r.ids, r.took/time.Duration(share), began, now, p.left, p.flight.limit); c != nil {
		p.log.Debug("ldapconn: batch size", "size", c.size, "was", c.was, "why", c.why, "each", c.each, "before", c.before)
	}
}

// cut halves the searches in flight, once for all answers to what was asked before.
func (p *pace) cut(now, began time.Time, why string, r report) {
	was := p.flight.limit
	if !p.flight.cut(now, began) {
		return
	}
	p.size.forget(now)
	p.log.Debug("ldapconn: searches in flight", "limit", p.flight.limit, "was", was, "why", why, "ids", r.ids, "took", r.took, "usual", p.flight.usual.of(r.ids))
}

// pause keeps everybody from asking for a while. Several refusals at the same time are one.
func (p *pace) pause(now time.Time) {
	if now.Before(p.until) {
		return
	}
	d := busyPause.Pause(p.pauses)
	if p.pauses++; p.pauses == 1 {
		p.since = now
	}
	p.until, p.told = now.Add(d), false
	p.flow.n = 0
	p.log.Debug("ldapconn: pause", "for", d, "why", "the server is busy", "times", p.pauses)
}

// endures reports whether a server that is busy is to be waited for. After limit without any answer nobody waits any more,
// because with many batches the waits would add up to hours.
func (p *pace) endures(limit time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pauses > 0 && time.Since(p.since) >= limit {
		p.over = true
		p.wake()
	}
	return !p.over
}

// refuse says that n IDs in one search were too many for the server. From now on it is half of them at most.
func (p *pace) refuse(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	was := p.size.now()
	p.size.bound(max(1, n/2))
	if now := p.size.now(); now < was {
		p.size.forget(time.Now())
		p.log.Debug("ldapconn: batch size", "size", now, "was", was, "why", fmt.Sprintf("%d were too many for the server", n))
	}
}

// hold keeps everybody from asking, or lets them go on.
func (p *pace) hold(yes bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = yes
	p.flow.n = 0
	p.size.forget(time.Now())
	p.wake()
}

// rateFrom is after how many answers in a row the rate is known.
const rateFrom = 24

// rate is how many IDs were answered in a second lately, 0 while that is not known.
func (p *pace) rate() float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.flow.n < rateFrom {
		return 0
	}
	return p.flow.last(flowSpan)
}

// isKnown reports whether the rate was known already.
func (p *pace) isKnown() bool {
	select {
	case <-p.known:
		return true
	default:
		return false
	}
}

// workers is how many may ask at a time at most.
func (p *pace) workers() int { return p.flight.most }

// least is the smallest number of IDs that a worker is told, as long as the server refuses none.
func (p *pace) least() int { p.mu.Lock(); defer p.mu.Unlock(); return min(p.size.now(), sizes[0]) }

// wake lets everybody look again.
func (p *pace) wake() {
	close(p.freed)
	p.freed = make(chan struct{})
}
