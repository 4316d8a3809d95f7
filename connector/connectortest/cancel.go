package connectortest

import (
	"context"
	"errors"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

func cancelChecks() []check {
	return []check{
		{"cancelled before", []rule{ruleCancel, rulePrompt}, []need{ability(everything)}, checkCancelledBefore},
		{"cancelled during", []rule{ruleCancel, rulePrompt, ruleFound, rulePresent, ruleHits}, []need{ability(byID | refresh.CanFind | refresh.CanList)}, checkCancelledDuring},
		{"cancelled while stalled", []rule{ruleCancel, rulePrompt}, []need{ability(everything), event("Stall", func(w World) bool { return w.Stall != nil })}, checkStalled},
	}
}

func stopped() context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errStopped)
	return ctx
}

func checkCancelledBefore(p *probe) {
	people := p.put(60)
	p.before = p.cursorBefore()
	c := p.connect()
	p.useAll(c, people)
	p.cancelled(c, people, stopped, 0)
	p.cancelled(p.connect(), people, stopped, 0)
}

func checkStalled(p *probe) {
	people := p.put(60)
	later := func() context.Context {
		ctx, cancel := context.WithCancelCause(context.Background())
		time.AfterFunc(stallTime, func() { cancel(errStopped) })
		return ctx
	}
	p.before = p.cursorBefore()
	for _, a := range abilities {
		c := p.open("Stall", p.Stall)
		if able(c).Has(a.bit) {
			p.cancelledOne(c, a.bit, people, later, stallTime)
		}
		p.close(c)
	}
	p.cancelledChanges(p.open("Stall", p.Stall), later, stallTime)
}

const stallTime = 30 * time.Millisecond

// cancelled calls every ability with contexts that end without an answer being possible.
func (p *probe) cancelled(c refresh.Connector, people []refresh.Mailbox, end func() context.Context, after time.Duration) {
	for _, a := range abilities {
		if able(c).Has(a.bit) {
			p.cancelledOne(c, a.bit, people, end, after)
		}
	}
	p.cancelledChanges(c, end, after)
}

func (p *probe) cancelledOne(c refresh.Connector, bit refresh.Capability, people []refresh.Mailbox, end func() context.Context, after time.Duration) {
	ctx, ids := end(), append(idsOf(people), p.never(1)...)
	p.promptly(rulePrompt, bit.String(), after, func() {
		switch bit {
		case refresh.CanResolve, refresh.CanConfirm:
			for _, a := range resolvers(c) {
				if (a.name == "Confirm") == (bit == refresh.CanConfirm) {
					t := p.lookUp(ctx, a, ids, nil)
					ends(p, t, errStopped, true)
					for i, m := range people {
						p.doubtful(ruleCancel, t, i, m)
					}
				}
			}
		case refresh.CanFind:
			for _, a := range finders(c) {
				t := p.find(ctx, a, primaries(people), nil)
				ends(p, t, errStopped, true)
				for i, m := range people {
					p.noHits(ruleCancel, t, i, m)
				}
			}
		case refresh.CanList:
			l, _ := refresh.As[refresh.Lister](c)
			p.stoppedWith("List", p.list(ctx, l, 0, nil).err)
		case refresh.CanInspect:
			x, _ := refresh.As[refresh.Inspector](c)
			_, err := x.Inspect(ctx)
			p.stoppedWith("Inspect", err)
		case refresh.CanTrack:
			x, _ := refresh.As[refresh.Tracker](c)
			_, err := x.Mark(ctx)
			p.stoppedWith("Mark", err)
		}
	})
}

// cancelledChanges calls Changes since p.before. Without a good cursor nothing can be said: a bad one may be refused first.
func (p *probe) cancelledChanges(c refresh.Connector, end func() context.Context, after time.Duration) {
	x, ok := refresh.As[refresh.Tracker](c)
	if !ok || p.before.IsZero() {
		return
	}
	ctx := end()
	p.promptly(rulePrompt, "Changes", after, func() {
		_, err := x.Changes(ctx, p.before)
		p.stoppedWith("Changes", err)
	})
}

func (p *probe) stoppedWith(where string, err error) {
	p.checkError(where, err)
	if !errors.Is(err, errStopped) {
		p.breaks(ruleCancel, "%s: its context had ended, and its error does not wrap context.Cause: %v", where, err)
	}
}

// promptly runs a call whose context ends after some time, and does not wait for it for ever.
func (p *probe) promptly(r rule, where string, after time.Duration, call func()) {
	type end struct{ panicked any }
	done := make(chan end, 1)
	go func() {
		defer func() { done <- end{recover()} }()
		call()
	}()
	timer := time.NewTimer(after + p.Patience)
	defer timer.Stop()
	select {
	case e := <-done:
		if e.panicked != nil {
			panic(e.panicked)
		}
	case <-timer.C:
		p.breaks(r, "%s had not returned after %s", where, after+p.Patience)
	}
}

// checkCancelledDuring ends the context from within the first answer or entry.
func checkCancelledDuring(p *probe) {
	people := p.put(180)
	c := p.connect()
	for _, a := range resolvers(c) {
		ctx, cancel := context.WithCancelCause(context.Background())
		p.promptly(rulePrompt, a.name, 0, func() {
			t := p.lookUp(ctx, a, idsOf(people), func(int, refresh.Lookup) { cancel(errStopped) })
			ends(p, t, errStopped, false)
			for i, m := range people {
				p.doubtful(ruleCancel, t, i, m)
			}
		})
	}
	for _, a := range finders(c) {
		ctx, cancel := context.WithCancelCause(context.Background())
		p.promptly(rulePrompt, a.name, 0, func() {
			t := p.find(ctx, a, primaries(people), func(int, refresh.Finding) { cancel(errStopped) })
			ends(p, t, errStopped, false)
			for i, m := range people {
				p.noHits(ruleCancel, t, i, m)
			}
		})
	}
	if x, ok := refresh.As[refresh.Lister](c); ok {
		ctx, cancel := context.WithCancelCause(context.Background())
		p.promptly(rulePrompt, "List", 0, func() {
			l := p.list(ctx, x, 0, func(int) { cancel(errStopped) })
			p.complete(ruleCancel, l, people)
			if l.err != nil {
				p.stoppedWith("List", l.err)
			}
		})
	}
	p.useAfter(c, people)
}

// useAfter demands that a connector still works: a call that was ended must not spoil the next one.
func (p *probe) useAfter(c refresh.Connector, people []refresh.Mailbox) {
	p.lookUpAll(c, people[:3], "", nil)
	ctx, cancel := p.limited()
	defer cancel()
	for _, a := range finders(c) {
		t := p.find(ctx, a, primaries(people[:3]), nil)
		for i, m := range people[:3] {
			p.hits(t, i, m.Primary, m)
		}
	}
}
