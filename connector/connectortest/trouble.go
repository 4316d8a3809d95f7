package connectortest

import (
	"context"
	"errors"

	"github.com/readdress-go/readdress/refresh"
)

func troubleChecks() []check {
	return []check{
		{"blind", []rule{ruleBlind}, []need{ability(byID | refresh.CanFind), event("Blind", func(w World) bool { return w.Blind != nil })}, checkBlind},
		{"masked", []rule{ruleMasked}, []need{ability(byID), event("Masked", func(w World) bool { return w.Masked != nil })}, checkMasked},
		{"closed", []rule{ruleClosed}, []need{trait(func(c traits) bool { return c.closes }, "the connector has no method Close() error")}, checkClosed},
		{"cut", []rule{ruleCut, rulePin}, []need{ability(everything), event("Cut", func(w World) bool { return w.Cut != nil })}, checkCut},
		{"outage", []rule{ruleOutage}, []need{ability(everything), event("Outage", func(w World) bool { return w.Outage != nil })}, checkOutage},
	}
}

func checkBlind(p *probe) {
	people := p.put(60)
	gone := p.put(1)[0].ID
	p.delete(gone)
	c := p.open("Blind", p.Blind)
	ctx, cancel := p.limited()
	defer cancel()
	for _, a := range resolvers(c) {
		ids := append(idsOf(people), gone)
		ids = append(ids, p.never(1)...)
		t := p.lookUp(ctx, a, ids, nil)
		for i, m := range people {
			p.doubtful(ruleBlind, t, i, m)
		}
		for i := len(people); i < len(ids); i++ {
			if absence, absent := t.got[i].Absence(); absent {
				p.breaks(ruleBlind, "%s: ID %s was answered with NotFound (%s) to a reader who sees nothing", a.name, ids[i], absence.Proof)
			}
		}
	}
	addrs := append(primaries(people), p.nobody(2)...)
	for _, a := range finders(c) {
		t := p.find(ctx, a, addrs, nil)
		for i := range addrs {
			if hits, ok := t.got[i].Mailboxes(); ok && len(hits) == 0 {
				p.breaks(ruleBlind, "%s, index %d: a reader who sees nothing was told that nobody holds the address", a.name, i)
			}
		}
	}
}

func checkMasked(p *probe) {
	people := p.put(3)
	c := p.open("Masked", p.Masked)
	ctx, cancel := p.limited()
	defer cancel()
	for _, a := range resolvers(c) {
		t := p.lookUp(ctx, a, idsOf(people), nil)
		for i, m := range people {
			p.doubtful(ruleMasked, t, i, m)
		}
	}
}

func checkClosed(p *probe) {
	p.before = p.cursorBefore()
	people := p.put(60)
	c := p.connect()
	p.useAll(c, people)
	p.close(c)
	p.trouble(ruleClosed, c, everything, people, nil)
	fresh := p.connect()
	p.close(fresh)
	p.trouble(ruleClosed, fresh, everything, people, nil)
}

func checkOutage(p *probe) {
	p.before = p.cursorBefore()
	people := p.put(60)
	used, fresh := p.connect(), p.connect()
	p.useAll(used, people)
	p.must("Outage", p.Outage())
	p.trouble(ruleOutage, used, everything, people, nil)
	p.trouble(ruleOutage, fresh, everything, people, nil)
	if c, err := p.Connect(); err == nil { // a connector that dials with its first call
		p.trouble(ruleOutage, c, everything, people, nil)
		p.close(c)
	} else {
		p.checkError("Connect", err)
	}
}

func checkCut(p *probe) {
	p.before = p.cursorBefore()
	people := p.put(120)
	pin := p.pin(p.connect())
	step := func(n int) int { return n + 1 + n/16 }
	for _, a := range abilities {
		for n := 0; n < 4096; n = step(n) {
			c := p.open("Cut", func() (refresh.Connector, error) { return p.Cut(n) })
			if !able(c).Has(a.bit) {
				break
			}
			through := p.trouble(ruleCut, c, a.bit, people, &pin)
			p.close(c)
			if through {
				break
			}
		}
	}
}

// trouble calls the given abilities of a connector that cannot work, or not to the end: nothing may come out that looks like an
// absence. It reports whether every call came through all the same.
func (p *probe) trouble(r rule, c refresh.Connector, can refresh.Capability, people []refresh.Mailbox, pin *string) (through bool) {
	ctx, cancel := p.limited()
	defer cancel()
	through = true
	if x, ok := refresh.As[refresh.Resolver](c); ok && can.Has(refresh.CanResolve) {
		through = p.troubledLookUp(ctx, r, resolver{"Resolve", x.Resolve}, people) && through
	}
	if x, ok := refresh.As[refresh.Confirmer](c); ok && can.Has(refresh.CanConfirm) {
		through = p.troubledLookUp(ctx, r, resolver{"Confirm", x.Confirm}, people) && through
	}
	if x, ok := refresh.As[refresh.Finder](c); ok && can.Has(refresh.CanFind) {
		t := p.find(ctx, finder{"Find", x.Find}, primaries(people), nil)
		for i, m := range people {
			through = p.noHits(r, t, i, m) && through
		}
	}
	if x, ok := refresh.As[refresh.Lister](c); ok && can.Has(refresh.CanList) {
		l := p.list(ctx, x, 0, nil)
		p.complete(r, l, people)
		through = through && l.err == nil
	}
	if x, ok := refresh.As[refresh.Inspector](c); ok && can.Has(refresh.CanInspect) {
		d, err := x.Inspect(ctx)
		p.checkError("Inspect", err)
		if err == nil && (pin == nil || d.Pin != *pin) {
			p.breaks(r, "Inspect: it returned no error, and the pin %q", d.Pin)
		}
		through = through && err == nil
	}
	if x, ok := refresh.As[refresh.Tracker](c); ok && can.Has(refresh.CanTrack) {
		through = p.troubledChanges(ctx, r, x, people, pin != nil) && through
	}
	return through
}

func (p *probe) troubledLookUp(ctx context.Context, r rule, a resolver, people []refresh.Mailbox) bool {
	through := true
	t := p.lookUp(ctx, a, idsOf(people), nil)
	for i, m := range people {
		through = p.doubtful(r, t, i, m) && through
	}
	return through
}

// troubledChanges takes a mark, and asks for the changes since the people were put.
func (p *probe) troubledChanges(ctx context.Context, r rule, x refresh.Tracker, people []refresh.Mailbox, may bool) bool {
	_, err := x.Mark(ctx)
	p.checkError("Mark", err)
	if err == nil && !may {
		p.breaks(r, "Mark: it returned no error")
	}
	if p.before.IsZero() {
		return err == nil || errors.Is(err, refresh.ErrForbidden)
	}
	c := p.readChanges(ctx, x, p.before, nil)
	if c.err == nil {
		if !may {
			p.breaks(r, "Changes: they returned no error")
		}
		p.named(r, c, "they ended without an error", idsOf(people)...)
	}
	return err == nil && c.err == nil
}

// pin is what Inspect says on a good connection, "" where the connector cannot inspect.
func (p *probe) pin(c refresh.Connector) string {
	x, ok := refresh.As[refresh.Inspector](c)
	if !ok {
		return ""
	}
	ctx, cancel := p.limited()
	defer cancel()
	d, err := x.Inspect(ctx)
	p.checkError("Inspect", err)
	if err != nil {
		p.breaks(rulePin, "Inspect failed on a good connection: %v", err)
	}
	return d.Pin
}
