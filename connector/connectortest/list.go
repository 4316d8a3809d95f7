package connectortest

import "github.com/readdress-go/readdress/refresh"

func listChecks() []check {
	lists := []need{ability(refresh.CanList)}
	return []check{
		{"list", []rule{ruleList}, lists, checkList},
		{"list many", []rule{ruleList}, lists, checkListMany},
		{"list left early", []rule{ruleBreak}, lists, checkBreak},
	}
}

func (p *probe) listAll(c refresh.Connector, want []refresh.Mailbox) listed {
	ctx, cancel := p.limited()
	defer cancel()
	x, _ := refresh.As[refresh.Lister](c)
	l := p.list(ctx, x, 0, nil)
	if l.err != nil {
		p.breaks(ruleList, "List failed on a good connection: %v", l.err)
	}
	p.complete(ruleList, l, want)
	return l
}

func checkList(p *probe) {
	c := p.connect()
	p.listAll(c, nil)
	people := p.put(5)
	p.listAll(c, people)
	gone := people[0].ID
	p.delete(gone)
	people[1] = p.update(p.changed(people[1]))
	if l := p.listAll(c, people[1:]); l.by[gone].ID != "" {
		p.breaks(ruleList, "List: it named the deleted object %s", gone)
	}
}

func checkListMany(p *probe) { p.listAll(p.connect(), p.put(p.Many)) }

func checkBreak(p *probe) {
	people := p.put(60)
	c := p.connect()
	ctx, cancel := p.limited()
	defer cancel()
	x, _ := refresh.As[refresh.Lister](c)
	for _, limit := range []int{1, 2, 59} {
		if l := p.list(ctx, x, limit, nil); l.err != nil || l.n != limit {
			p.breaks(ruleBreak, "List: a loop of %d entries saw %d: %v", limit, l.n, l.err)
		}
		if l := p.list(ctx, x, 0, nil); l.err != nil || l.n < len(people) {
			p.breaks(ruleBreak, "List: after a loop left at entry %d the next one saw %d of %d: %v", limit, l.n, len(people), l.err)
		}
	}
	for _, a := range resolvers(c) {
		t := p.lookUp(ctx, a, idsOf(people), nil)
		for i, m := range people {
			if _, found := t.got[i].Mailbox(); !found {
				p.breaks(ruleBreak, "%s: object %s after a loop was left: %s; the call returned: %v", a.name, m.ID, describe(t.got[i]), t.err)
			}
		}
	}
}
