package connectortest

import "github.com/readdress-go/readdress/refresh"

func inspectChecks() []check {
	return []check{{"inspect", []rule{rulePin}, []need{ability(refresh.CanInspect)}, checkInspect}}
}

func checkInspect(p *probe) {
	c := p.connect()
	pin := p.pin(c)
	same := func(when string, c refresh.Connector) {
		if again := p.pin(c); again != pin {
			p.breaks(rulePin, "the pin was %q, and %s it is %q", pin, when, again)
		}
	}
	same("again", c)
	same("on another connection", p.connect())
	people := p.put(3)
	p.update(p.changed(people[0]))
	p.delete(people[1].ID)
	same("after changes", c)
	same("on a connection made after changes", p.connect())
}
