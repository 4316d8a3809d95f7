package connectortest

import (
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

func findChecks() []check {
	finds := ability(refresh.CanFind)
	return []check{
		{"find", []rule{ruleHits, ruleNoHits}, []need{finds}, checkFind},
		{"find many", []rule{ruleHits, ruleNoHits}, []need{finds}, checkFindMany},
		{"find several", []rule{ruleHits}, []need{finds, event("PutTwin", func(w World) bool { return w.PutTwin != nil })}, checkTwins},
		{"find after changes", []rule{ruleHits, ruleNoHits}, []need{finds}, checkFindChanged},
		{"find literally", []rule{ruleLiteral}, []need{finds}, checkLiteral},
	}
}

// findEach asks for addresses and holds each answer against its holders.
func (p *probe) findEach(c refresh.Connector, addrs []refresh.Address, holder func(i int) []refresh.Mailbox) {
	ctx, cancel := p.limited()
	defer cancel()
	for _, a := range finders(c) {
		t := p.find(ctx, a, addrs, nil)
		for i, addr := range addrs {
			p.hits(t, i, addr, holder(i)...)
		}
	}
}

func (p *probe) nobody(n int) []refresh.Address {
	out := make([]refresh.Address, n)
	for i := range out {
		out[i] = p.person().Primary
	}
	return out
}

func nobodyHolds(int) []refresh.Mailbox { return nil }

func checkFind(p *probe) {
	c := p.connect()
	people := p.put(4)
	var addrs []refresh.Address
	var held []refresh.Mailbox
	for _, m := range people {
		for _, a := range m.Addresses() {
			// All spellings of an address are in one call.
			addrs = append(addrs, a, refresh.Address(strings.ToUpper(string(a))), refresh.Address(strings.ToLower(string(a))))
			held = append(held, m, m, m)
		}
	}
	addrs = append(addrs, p.nobody(2)...)
	holder := func(i int) []refresh.Mailbox {
		if i < len(held) {
			return held[i : i+1]
		}
		return nil
	}
	p.findEach(c, addrs, holder)
	p.findEach(c, p.nobody(1), nobodyHolds)
	p.findEach(p.connect(), p.nobody(60), nobodyHolds)
}

func checkFindMany(p *probe) {
	people := p.put(311)
	addrs := primaries(people)
	for i, a := range p.nobody(40) {
		addrs[i*7] = a
	}
	p.findEach(p.connect(), addrs, func(i int) []refresh.Mailbox {
		if i%7 == 0 && i/7 < 40 {
			return nil
		}
		return people[i : i+1]
	})
}

func checkTwins(p *probe) {
	c := p.connect()
	people := p.put(3)
	twin := p.person()
	twin.Primary = people[1].Primary
	got, err := p.PutTwin(twin)
	p.must("PutTwin", err)
	p.know("PutTwin", got, twin)
	p.findEach(c, primaries(people), func(i int) []refresh.Mailbox {
		if i == 1 {
			return []refresh.Mailbox{people[1], got}
		}
		return people[i : i+1]
	})
}

func checkFindChanged(p *probe) {
	c := p.connect()
	people := p.put(3)
	old, gone := people[0], people[1]
	people[0] = p.update(p.changed(old))
	p.delete(gone.ID)
	p.findEach(c, append(old.Addresses(), gone.Addresses()...), nobodyHolds)
	now := people[0].Addresses()
	p.findEach(c, now, func(int) []refresh.Mailbox { return people[:1] })
	again := p.putAs(gone)
	p.findEach(c, again.Addresses(), func(int) []refresh.Mailbox { return []refresh.Mailbox{again} })
}

// checkLiteral asks for addresses full of characters that query languages give a meaning.
func checkLiteral(p *probe) {
	people := p.put(2)
	at := "@" + refresh.Address(p.Domain)
	odd := []refresh.Address{
		"*" + at, "person*" + at, "Person.Number._" + at, "%" + at, "?" + at, `\2a` + at, `a)(mail=*` + at, `a)(|(objectClass=*))` + at,
		"' or 1 eq 1 or mail eq '" + at, "''" + at, `"` + at, `a\` + at, "a\x00" + at, "ä" + at, "a,cn=b" + at,
	}
	addrs := append([]refresh.Address{people[0].Primary}, odd...)
	addrs = append(addrs, people[1].Primary)
	c := p.connect()
	ctx, cancel := p.limited()
	defer cancel()
	for _, a := range finders(c) {
		t := p.find(ctx, a, addrs, nil)
		for i, addr := range addrs {
			hits, ok := t.got[i].Mailboxes()
			first, last := i == 0, i == len(addrs)-1
			switch {
			case (first || last) && (!ok || len(hits) != 1):
				p.breaks(ruleLiteral, "%s: a plain address beside odd ones has %d holders (answered: %t): %v", a.name, len(hits), ok, t.err)
			case !first && !last && len(hits) > 0:
				p.breaks(ruleLiteral, "%s: %q found object %s, which does not hold it", a.name, addr, hits[0].ID)
			}
		}
	}
}
