package connectortest

import (
	"errors"
	"slices"

	"github.com/readdress-go/readdress/refresh"
)

// happening is one kind of event: before prepares it, do makes it happen after the mark and returns whom it concerns.
type happening struct {
	name   string
	can    bool
	before func()
	do     func() []refresh.ID
}

// happenings are the events of the world, each with an object of its own.
func (p *probe) happenings() []happening {
	people := p.put(12)
	take := func() refresh.Mailbox {
		m := people[0]
		people = people[1:]
		return m
	}
	one := func(do func(m refresh.Mailbox)) func() []refresh.ID {
		m := take()
		return func() []refresh.ID { do(m); return []refresh.ID{m.ID} }
	}
	softly := func(m refresh.Mailbox) { p.must("SoftDelete", p.SoftDelete(m.ID)) }
	a, b, old, back, gone := take(), take(), take(), take(), take()
	return []happening{
		{"put", true, nil, func() []refresh.ID { return idsOf(p.put(1)) }},
		{"updated", true, nil, one(func(m refresh.Mailbox) { p.update(p.changed(m)) })},
		{"swapped", true, nil, func() []refresh.ID {
			p.update(p.changed(a)) // frees its addresses
			x, y := b, a
			x.ID, x.Instance, y.ID, y.Instance = a.ID, a.Instance, b.ID, b.Instance
			p.update(y)
			p.update(x)
			return []refresh.ID{a.ID, b.ID}
		}},
		{"deleted", true, nil, one(func(m refresh.Mailbox) { p.delete(m.ID) })},
		{"deleted, or put with its addresses", true, nil, func() []refresh.ID {
			p.delete(old.ID)
			return []refresh.ID{old.ID, p.putAs(old).ID}
		}},
		{"soft-deleted", p.SoftDelete != nil, nil, one(softly)},
		{"restored", p.Restore != nil, func() { softly(back) }, func() []refresh.ID {
			_, err := p.Restore(back.ID)
			p.must("Restore", err)
			return []refresh.ID{back.ID}
		}},
		{"purged", p.Purge != nil, func() { softly(gone) }, func() []refresh.ID {
			p.must("Purge", p.Purge(gone.ID))
			return []refresh.ID{gone.ID}
		}},
		{"left without its mailbox", p.DisableMailbox != nil, nil, one(func(m refresh.Mailbox) { p.must("DisableMailbox", p.DisableMailbox(m.ID)) })},
		{"given another mailbox", p.ReplaceMailbox != nil, nil, one(func(m refresh.Mailbox) {
			_, err := p.ReplaceMailbox(m.ID)
			p.must("ReplaceMailbox", err)
		})},
		{"moved to another system", p.Move != nil, nil, one(func(m refresh.Mailbox) {
			p.must("Move", p.Move(m.ID, refresh.Address("moved@elsewhere."+p.Domain)))
		})},
	}
}

func checkChanges(p *probe) {
	happenings := p.happenings()
	ctx, cancel := p.limited()
	defer cancel()
	x, first, ok := p.tracker(ctx)
	if !ok {
		return
	}
	var all []refresh.ID
	for _, h := range happenings {
		if !h.can {
			continue
		}
		if h.before != nil {
			h.before()
		}
		since, ok := p.mark(ctx, x)
		if !ok {
			return
		}
		ids := h.do()
		all = append(all, ids...)
		if c, ok := p.changes(ctx, x, since, nil); ok {
			p.named(ruleChanges, c, "it was "+h.name+" after the mark", ids...)
		}
	}
	if c, ok := p.changes(ctx, x, first, nil); ok {
		p.named(ruleChanges, c, "it changed after the first mark", all...)
	}
}

// checkNext reads the changes in rounds, each from the Next of the one before; in some of them nothing happens.
func checkNext(p *probe) {
	people := p.put(5)
	ctx, cancel := p.limited()
	defer cancel()
	x, since, ok := p.tracker(ctx)
	if !ok {
		return
	}
	for round, busy := range []bool{false, true, false, false, true, true} {
		var ids []refresh.ID
		if busy {
			ids = append(idsOf(p.put(1)), p.update(p.changed(people[round-1])).ID)
		}
		c := p.readChanges(ctx, x, since, nil)
		switch {
		case c.err == errEndless:
			p.breaks(ruleEnd, "%v", c.err)
			return
		case c.err != nil && !busy && (round == 0 || !errors.Is(c.err, refresh.ErrCursorExpired)):
			p.breaks(ruleQuiet, "round %d, in which nothing changed: Changes failed: %v", round+1, c.err)
			return
		case c.err != nil:
			p.breaks(ruleNext, "round %d: Changes since the Next of the round before failed: %v", round+1, c.err)
			return
		case c.next.IsZero() && !busy:
			p.breaks(ruleQuiet, "round %d, in which nothing changed: Next is the zero cursor", round+1)
			return
		}
		p.named(ruleNext, c, "it changed after the Next that was asked with", ids...)
		since = c.next
	}
}

// checkManyChanges makes many changes, and further ones between the first page and the second.
func checkManyChanges(p *probe) {
	ctx, cancel := p.limited()
	defer cancel()
	x, since, ok := p.tracker(ctx)
	if !ok {
		return
	}
	people := p.put(p.Many)
	var late []refresh.ID
	c, ok := p.changes(ctx, x, since, func(page int, told []refresh.ID) {
		if page > 1 {
			return
		}
		ends := []refresh.Mailbox{people[0], people[len(people)/2], people[len(people)-1]}
		i := slices.IndexFunc(people, func(m refresh.Mailbox) bool { return slices.Contains(told, m.ID) })
		if i >= 0 && !slices.Contains(idsOf(ends), people[i].ID) { // once more, after it was named
			ends = append(ends, people[i])
		}
		for _, m := range ends[1:] {
			p.update(p.changed(m))
		}
		p.delete(people[0].ID)
		late = append(idsOf(ends), idsOf(p.put(1))...)
	})
	if !ok {
		return
	}
	p.named(ruleChanges, c, "it was put after the mark, beside many others", idsOf(people)...)
	again, ok := p.changes(ctx, x, c.next, nil)
	if !ok {
		return
	}
	for _, id := range late {
		if c.ids[id] < 2 && again.ids[id] == 0 {
			p.breaks(ruleBetween, "object %s changed after the first of %d pages, and neither the later ones nor the changes since the last one's Next named it", id, c.pages)
		}
	}
}

// checkChangesDuring changes objects while look-ups run that began after the mark.
func checkChangesDuring(p *probe) {
	people := p.put(180)
	ctx, cancel := p.limited()
	defer cancel()
	x, _, ok := p.tracker(ctx)
	if !ok {
		return
	}
	for _, a := range resolvers(x) {
		since, ok := p.mark(ctx, x)
		if !ok {
			return
		}
		var ids []refresh.ID
		var failed error
		p.lookUp(ctx, a, idsOf(people), func(i int, _ refresh.Lookup) {
			if ids != nil {
				return
			}
			for _, m := range []refresh.Mailbox{people[i], people[(i+90)%len(people)]} { // this one, and one to come
				ids = append(ids, m.ID)
				got, err := p.Update(p.changed(m)) // a panic may be on another goroutine
				if err != nil {
					failed = err
					return
				}
				p.keepPrivate(got)
			}
		})
		p.must("Update", failed)
		c, ok := p.changes(ctx, x, since, nil)
		if !ok {
			return
		}
		p.named(ruleBetween, c, "it changed during "+a.name+", which began after the mark", ids...)
	}
}
