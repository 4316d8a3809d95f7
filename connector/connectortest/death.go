package connectortest

import "github.com/readdress-go/readdress/refresh"

func deathChecks() []check {
	resolves := ability(byID)
	soft := event("SoftDelete", func(w World) bool { return w.SoftDelete != nil })
	return []check{
		{"deleted", []rule{ruleAbsent, ruleFound, rulePresent}, []need{resolves}, checkDeleted},
		{"recreated", []rule{ruleIdentity, ruleFound, rulePresent}, []need{resolves}, checkRecreated},
		{"soft-deleted", []rule{ruleSoft, ruleAbsent, ruleFound, rulePresent}, []need{resolves, soft}, checkSoft},
		{"restored", []rule{ruleFound, rulePresent}, []need{resolves, soft, event("Restore", func(w World) bool { return w.Restore != nil })}, checkRestored},
		{"purged", []rule{rulePurged, ruleAbsent, ruleFound, rulePresent}, []need{resolves, soft, event("Purge", func(w World) bool { return w.Purge != nil })}, checkPurged},
	}
}

func checkDeleted(p *probe) {
	c := p.connect()
	people := p.put(5)
	p.lookUpAll(c, people, "", nil)
	gone := idsOf(people[:2])
	for _, id := range gone {
		p.delete(id)
	}
	p.lookUpAll(c, people[2:], "a deleted", gone)
	p.lookUpAll(c, nil, "a deleted", gone)           // nothing else in sight
	p.lookUpAll(p.connect(), nil, "a deleted", gone) // nor ever before
}

func checkRecreated(p *probe) {
	c := p.connect()
	people := p.put(3)
	old := people[1]
	p.delete(old.ID)
	people[1] = p.putAs(old)
	p.lookUpAll(c, people, "", nil)
	ctx, cancel := p.limited()
	defer cancel()
	for _, a := range resolvers(c) {
		t := p.lookUp(ctx, a, []refresh.ID{people[0].ID, old.ID}, nil)
		if m, found := t.got[1].Mailbox(); found {
			p.breaks(ruleIdentity, "%s: the deleted object %s was answered with object %s, which has its addresses now", a.name, old.ID, m.ID)
		}
	}
}

// lookUpOne asks for one ID beside people that are there and hands the answer to judge.
func (p *probe) lookUpOne(people []refresh.Mailbox, id refresh.ID, judge func(where string, l refresh.Lookup)) {
	c := p.connect()
	ctx, cancel := p.limited()
	defer cancel()
	for _, a := range resolvers(c) {
		t := p.lookUp(ctx, a, append(idsOf(people), id), nil)
		for i, m := range people {
			p.present(t, i, m)
		}
		judge(a.name, t.got[len(people)])
	}
}

func checkSoft(p *probe) {
	people := p.put(3)
	id := people[0].ID
	p.must("SoftDelete", p.SoftDelete(id))
	p.lookUpOne(people[1:], id, func(where string, l refresh.Lookup) {
		if _, found := l.Mailbox(); found {
			p.breaks(ruleAbsent, "%s: the soft-deleted object %s was found", where, id)
		}
		if a, absent := l.Absence(); absent && a.Reason != refresh.ReasonSoftDeleted && !a.DeletionUnknown {
			p.breaks(ruleSoft, "%s: the soft-deleted object %s: %s", where, id, describe(l))
		}
	})
}

func checkRestored(p *probe) {
	people := p.put(3)
	p.must("SoftDelete", p.SoftDelete(people[0].ID))
	back, err := p.Restore(people[0].ID)
	p.must("Restore", err)
	people[0] = back
	p.lookUpAll(p.connect(), people, "", nil)
}

func checkPurged(p *probe) {
	people := p.put(3)
	id := people[0].ID
	p.must("SoftDelete", p.SoftDelete(id))
	p.must("Purge", p.Purge(id))
	p.lookUpOne(people[1:], id, func(where string, l refresh.Lookup) {
		if _, found := l.Mailbox(); found {
			p.breaks(ruleAbsent, "%s: the purged object %s was found", where, id)
		}
		if a, absent := l.Absence(); absent && a.Reason == refresh.ReasonSoftDeleted {
			p.breaks(rulePurged, "%s: the purged object %s: %s", where, id, describe(l))
		}
	})
}
