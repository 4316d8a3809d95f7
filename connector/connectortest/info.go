package connectortest

import "github.com/readdress-go/readdress/refresh"

func infoChecks() []check {
	return []check{
		{"info", []rule{ruleInfo, ruleBits}, nil, checkInfo},
		{"explain", []rule{ruleExplain}, []need{
			trait(func(c traits) bool { return !c.can.Has(refresh.CanResolve) }, "the connector can resolve"),
			trait(func(c traits) bool { return c.explains }, "the connector is no refresh.Explainer"),
		}, checkExplain},
	}
}

// abilities are the bits, each with whether a connector has the methods for it.
var abilities = []struct {
	bit refresh.Capability
	has func(refresh.Connector) bool
}{
	{refresh.CanResolve, isA[refresh.Resolver]},
	{refresh.CanConfirm, isA[refresh.Confirmer]},
	{refresh.CanFind, isA[refresh.Finder]},
	{refresh.CanList, isA[refresh.Lister]},
	{refresh.CanInspect, isA[refresh.Inspector]},
	{refresh.CanTrack, isA[refresh.Tracker]},
}

func isA[T refresh.Connector](c refresh.Connector) bool { _, ok := c.(T); return ok }

// able returns the abilities that c both has and claims.
func able(c refresh.Connector) (can refresh.Capability) {
	for _, a := range abilities {
		if a.has(c) && c.Info().Can.Has(a.bit) {
			can |= a.bit
		}
	}
	return can
}

func checkInfo(p *probe) {
	c := p.connect()
	info := c.Info()
	if info.System == "" || info.Can == 0 {
		p.breaks(ruleInfo, "Info is %+v", info)
	}
	known := refresh.Capability(0)
	for _, a := range abilities {
		known |= a.bit
		if info.Can.Has(a.bit) && !a.has(c) {
			p.breaks(ruleBits, "Info claims the ability to %s, and the connector has no method for it", a.bit)
		}
	}
	if rest := info.Can &^ known; rest != 0 {
		p.breaks(ruleBits, "Info claims unknown abilities: %s", rest)
	}
	same := func(when string, c refresh.Connector) {
		if again := c.Info(); again != info {
			p.breaks(ruleInfo, "Info was %+v, and %s it is %+v", info, when, again)
		}
	}
	same("again", c)
	p.useAll(c, p.put(2))
	same("after calls", c)
	same("on another connection", p.connect())
	p.close(c)
	same("after Close", c)
	if p.Stall != nil {
		c := p.open("Stall", p.Stall)
		p.promptly(ruleInfo, "Info on a connection that does not answer", 0, func() { same("on a connection that does not answer", c) })
	}
	if p.Outage != nil {
		c := p.connect()
		p.must("Outage", p.Outage())
		same("in an outage", c)
	}
}

func checkExplain(p *probe) {
	x, _ := p.connect().(refresh.Explainer)
	if reason, remedy := x.Explain(refresh.CanResolve); (reason == "") != (remedy == "") {
		p.breaks(ruleExplain, "the reason is %q, the remedy %q", reason, remedy)
	}
}

// useAll calls every ability once, for objects that are there.
func (p *probe) useAll(c refresh.Connector, people []refresh.Mailbox) {
	ctx, cancel := p.limited()
	defer cancel()
	for _, a := range resolvers(c) {
		p.lookUp(ctx, a, idsOf(people), nil)
	}
	for _, a := range finders(c) {
		p.find(ctx, a, primaries(people), nil)
	}
	if l, ok := refresh.As[refresh.Lister](c); ok {
		p.list(ctx, l, 0, nil)
	}
	if x, ok := refresh.As[refresh.Inspector](c); ok {
		_, err := x.Inspect(ctx)
		p.checkError("Inspect", err)
	}
	if t, ok := refresh.As[refresh.Tracker](c); ok {
		mark, err := t.Mark(ctx)
		p.checkError("Mark", err)
		if err == nil {
			_, err = t.Changes(ctx, mark)
			p.checkError("Changes", err)
		}
	}
}

func primaries(ms []refresh.Mailbox) []refresh.Address {
	out := make([]refresh.Address, len(ms))
	for i, m := range ms {
		out[i] = m.Primary
	}
	return out
}
