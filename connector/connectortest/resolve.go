package connectortest

import (
	"math/rand/v2"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

func resolveChecks() []check {
	resolves := []need{ability(byID)}
	return []check{
		{"found", []rule{ruleFound, rulePresent, ruleAbsent}, resolves, checkFound},
		{"answers", []rule{ruleFound, rulePresent, ruleLate, ruleSerial}, []need{ability(byID | refresh.CanFind)}, checkAnswers},
		{"many", []rule{ruleFound, rulePresent, ruleAbsent}, resolves, checkMany},
		{"rename", []rule{ruleFound, rulePresent}, resolves, checkRename},
		{"swap", []rule{ruleFound, rulePresent}, resolves, checkSwap},
		{"nothing asked", []rule{ruleEmpty}, []need{ability(byID | refresh.CanFind)}, checkEmpty},
		{"malformed ID", []rule{ruleMalformed, ruleFound, rulePresent}, append(resolves, func(w World, _ traits) string {
			if len(w.Malformed) == 0 {
				return "World.Malformed is empty"
			}
			return ""
		}), checkMalformed},
		{"malformed value", []rule{ruleSpoilt, ruleFound, rulePresent}, append(resolves, event("Spoil", func(w World) bool { return w.Spoil != nil })), checkSpoilt},
		{"foreign addresses", []rule{ruleSMTP, ruleFound, rulePresent, ruleList}, []need{event("AddForeign", func(w World) bool { return w.AddForeign != nil })}, checkForeign},
	}
}

// lookUpAll asks c for people and for IDs without an object, in a mixed order, and judges every answer.
func (p *probe) lookUpAll(c refresh.Connector, people []refresh.Mailbox, what string, gone []refresh.ID) {
	ctx, cancel := p.limited()
	defer cancel()
	ids := append(idsOf(people), gone...)
	order := rand.New(rand.NewPCG(1, uint64(len(ids)))).Perm(len(ids))
	mixed := make([]refresh.ID, len(ids))
	for at, i := range order {
		mixed[at] = ids[i]
	}
	for _, a := range resolvers(c) {
		t := p.lookUp(ctx, a, mixed, nil)
		for at, i := range order {
			if i < len(people) {
				p.present(t, at, people[i])
			} else {
				p.absent(t, at, what, ids[i])
			}
		}
	}
}

func checkFound(p *probe) {
	c := p.connect()
	people := p.put(7)
	p.lookUpAll(c, people, "a never used", p.never(2))
	p.lookUpAll(c, people[:1], "", nil)                       // one alone
	p.lookUpAll(c, nil, "a never used", p.never(1))           // nothing else in sight
	p.lookUpAll(c, nil, "a never used", p.never(60))          // and in a batch
	p.lookUpAll(p.connect(), nil, "a never used", p.never(1)) // on a connection that saw nothing yet
}

// checkAnswers makes calls of different kinds with a slow callback and waits for answers that come too late.
func checkAnswers(p *probe) {
	c := p.connect()
	people := p.put(130)
	p.slow = true
	ctx, cancel := p.limited() // not ended before the wait: that would stop what comes too late
	defer cancel()
	for _, a := range resolvers(c) {
		t := p.lookUp(ctx, a, idsOf(people), nil)
		for i, m := range people {
			p.present(t, i, m)
		}
	}
	for _, a := range finders(c) {
		p.find(ctx, a, primaries(people), nil)
	}
	time.Sleep(30 * time.Millisecond)
}

func checkMany(p *probe) {
	people := p.put(p.Many)
	var gone []refresh.ID
	for i := 0; i < len(people); i += 100 {
		gone = append(gone, people[i].ID)
	}
	for _, id := range gone {
		p.delete(id)
	}
	var left []refresh.Mailbox
	for i, m := range people {
		if i%100 != 0 {
			left = append(left, m)
		}
	}
	c := p.connect()
	p.lookUpAll(c, left, "a deleted", gone)
	p.lookUpAll(c, left[:1], "a never used", p.never(300)) // whole batches of nothing
}

// changed is m with another name, login and set of addresses.
func (p *probe) changed(m refresh.Mailbox) refresh.Mailbox {
	n := p.person()
	n.ID, n.Instance, n.Anchor, n.Kind = m.ID, m.Instance, m.Anchor, m.Kind
	return n
}

func checkRename(p *probe) {
	c := p.connect()
	people := p.put(3)
	p.lookUpAll(c, people, "", nil)
	people[1] = p.update(p.changed(people[1]))
	p.lookUpAll(c, people, "", nil)
	p.lookUpAll(p.connect(), people, "", nil)
	less := people[2]
	less.Aliases = less.Aliases[:min(1, len(less.Aliases))]
	people[2] = p.update(less)
	p.lookUpAll(c, people, "", nil)
}

func checkSwap(p *probe) {
	c := p.connect()
	people := p.put(2)
	p.lookUpAll(c, people, "", nil)
	a, b := people[0], people[1]
	p.update(p.changed(a)) // frees its addresses
	a.Login, b.Login, a.DisplayName, b.DisplayName = b.Login, a.Login, b.DisplayName, a.DisplayName
	a.Primary, b.Primary, a.Aliases, b.Aliases = b.Primary, a.Primary, b.Aliases, a.Aliases
	b = p.update(b)
	a = p.update(a)
	p.lookUpAll(c, []refresh.Mailbox{a, b}, "", nil)
}

func checkEmpty(p *probe) {
	p.put(1)
	c := p.connect()
	ctx, cancel := p.limited()
	defer cancel()
	for _, a := range resolvers(c) {
		if t := p.lookUp(ctx, a, nil, nil); t.err != nil {
			p.breaks(ruleEmpty, "%s of nothing returned: %v", a.name, t.err)
		}
	}
	for _, a := range finders(c) {
		if t := p.find(ctx, a, nil, nil); t.err != nil {
			p.breaks(ruleEmpty, "%s of nothing returned: %v", a.name, t.err)
		}
	}
}

func checkMalformed(p *probe) {
	people := p.put(4)
	c := p.connect()
	ctx, cancel := p.limited()
	defer cancel()
	for _, a := range resolvers(c) {
		for _, bad := range p.Malformed {
			ids := append(idsOf(people[:2]), bad)
			ids = append(ids, idsOf(people[2:])...)
			t := p.lookUp(ctx, a, ids, nil)
			for i, at := range []int{0, 1, 3, 4} {
				p.present(t, at, people[i])
			}
			if t.got[2].Err() == nil {
				p.breaks(ruleMalformed, "%s: the text %q was answered as if it were an ID", a.name, bad)
			}
			if t.err != nil {
				p.breaks(ruleMalformed, "%s: the text %q made the whole call fail: %v", a.name, bad, t.err)
			}
		}
	}
}

func checkSpoilt(p *probe) {
	people := p.put(5)
	p.must("Spoil", p.Spoil(people[2].ID))
	c := p.connect()
	ctx, cancel := p.limited()
	defer cancel()
	for _, a := range resolvers(c) {
		t := p.lookUp(ctx, a, idsOf(people), nil)
		for i, m := range people {
			if i != 2 {
				p.present(t, i, m)
			}
		}
		if err := t.got[2].Err(); !isValueError(err) {
			p.breaks(ruleSpoilt, "%s: the object with the malformed value was answered with: %v", a.name, describe(t.got[2]))
		}
	}
}

func checkForeign(p *probe) {
	people := p.put(2)
	p.must("AddForeign", p.AddForeign(people[0].ID))
	c := p.connect()
	p.lookUpAll(c, people, "", nil)
	ctx, cancel := p.limited()
	defer cancel()
	if l, ok := refresh.As[refresh.Lister](c); ok {
		p.complete(ruleList, p.list(ctx, l, 0, nil), people)
	}
}
