package connectortest

import "github.com/readdress-go/readdress/refresh"

func mailboxChecks() []check {
	resolves := ability(byID)
	return []check{
		{"mailbox disabled", []rule{ruleDisabled, ruleFound, rulePresent}, []need{resolves, event("DisableMailbox", func(w World) bool { return w.DisableMailbox != nil })}, checkDisabled},
		{"mailbox replaced", []rule{ruleReplaced, ruleFound, rulePresent}, []need{resolves, event("ReplaceMailbox", func(w World) bool { return w.ReplaceMailbox != nil })}, checkReplaced},
		{"mailbox moved", []rule{ruleMoved, ruleFound, rulePresent}, []need{resolves, event("Move", func(w World) bool { return w.Move != nil })}, checkMoved},
	}
}

func checkDisabled(p *probe) {
	people := p.put(3)
	old := people[0]
	p.must("DisableMailbox", p.DisableMailbox(old.ID))
	p.lookUpOne(people[1:], old.ID, func(where string, l refresh.Lookup) {
		m, found := l.Mailbox()
		a, absent := l.Absence()
		if found && m.Instance != "" && m.Instance == old.Instance || absent && a.Reason != refresh.ReasonNoMailbox {
			p.breaks(ruleDisabled, "%s: the account %s without a mailbox: %s, Instance %q", where, old.ID, describe(l), m.Instance)
		}
	})
}

func checkReplaced(p *probe) {
	people := p.put(3)
	old := people[0]
	now, err := p.ReplaceMailbox(old.ID)
	p.must("ReplaceMailbox", err)
	if now.ID != old.ID || now.Instance == old.Instance {
		p.must("ReplaceMailbox", errSameInstance)
	}
	p.lookUpOne(people[1:], old.ID, func(where string, l refresh.Lookup) {
		m, found := l.Mailbox()
		if _, absent := l.Absence(); absent || found && m.Instance != now.Instance {
			p.breaks(ruleReplaced, "%s: the account %s with another mailbox: %s, Instance %q, want %q", where, old.ID, describe(l), m.Instance, now.Instance)
		}
	})
}

func checkMoved(p *probe) {
	people := p.put(3)
	id := people[0].ID
	to := refresh.Address("moved@elsewhere." + p.Domain)
	p.must("Move", p.Move(id, to))
	p.lookUpOne(people[1:], id, func(where string, l refresh.Lookup) {
		m, found := l.Mailbox()
		a, absent := l.Absence()
		if found && !m.Kind.Elsewhere() || absent && a.Reason != refresh.ReasonMoved {
			p.breaks(ruleMoved, "%s: the account %s whose mailbox moved: %s, kind %s", where, id, describe(l), m.Kind)
		}
		if forwards := l.ForwardsTo() + a.ForwardsTo; forwards != "" && !forwards.Same(to) {
			p.breaks(ruleMoved, "%s: the account %s forwards to %q, want %q", where, id, forwards, to)
		}
	})
}
