package connectortest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/readdress-go/readdress/connector"
	"github.com/readdress-go/readdress/refresh"
)

func interceptChecks() []check {
	return []check{
		{"intercepted", []rule{ruleSame, ruleSees, ruleFound, rulePresent, ruleAbsent, ruleHits, ruleNoHits, ruleList, rulePin}, []need{ability(everything)}, checkIntercepted},
		{"refused", []rule{ruleSees}, []need{ability(everything)}, checkRefused},
	}
}

// callLog remembers the calls that an interceptor saw.
type callLog struct {
	mu    sync.Mutex
	calls []string
}

func (l *callLog) note(c connector.Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = append(l.calls, fmt.Sprintf("%s %s %d", c.Ability, c.Method, c.N))
}

func (l *callLog) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	calls := l.calls
	l.calls = nil
	return calls
}

func checkIntercepted(p *probe) {
	people := p.put(9)
	never := p.never(2)
	c := p.connect()
	var log callLog
	w := p.wrap(c, func(ctx context.Context, call connector.Call, do func(context.Context) error) error {
		log.note(call)
		return do(ctx)
	})
	if plain, wrapped := c.Info().System, w.Info().System; plain != wrapped {
		p.breaks(ruleSame, "Info names the system %q, and wrapped %q", plain, wrapped)
	}
	can := able(c)
	if wrapped := able(w); wrapped != can {
		p.breaks(ruleSame, "the connector can %s, and wrapped %s", can, wrapped)
		return
	}
	p.lookUpAll(w, people, "a never used", never)
	p.saw(&log, "resolve Resolve 11", can.Has(refresh.CanResolve), "confirm Confirm 11", can.Has(refresh.CanConfirm))
	if can.Has(refresh.CanFind) {
		p.findEach(w, append(primaries(people), p.nobody(1)...), func(i int) []refresh.Mailbox { return people[i:min(i+1, len(people))] })
		p.saw(&log, "find Find 10", true)
	}
	if can.Has(refresh.CanList) {
		plain := p.listAll(c, people)
		if d := diff(plain.by, p.listAll(w, people).by); d != "" {
			p.breaks(ruleSame, "the list differs when wrapped (-plain +wrapped):\n%s", d)
		}
		p.saw(&log, "list List 0", true)
	}
	if can.Has(refresh.CanInspect) {
		if plain, wrapped := p.pin(c), p.pin(w); plain != wrapped {
			p.breaks(ruleSame, "the pin is %q, and wrapped %q", plain, wrapped)
		}
		p.saw(&log, "inspect Inspect 0", true)
	}
	if x, ok := refresh.As[refresh.Tracker](w); ok {
		p.interceptedChanges(x, &log)
	}
}

// interceptedChanges reads changes through the interceptor, since a mark that was not taken through it.
func (p *probe) interceptedChanges(x refresh.Tracker, log *callLog) {
	plain := p.cursorBefore()
	ctx, cancel := p.limited()
	defer cancel()
	mark, err := x.Mark(ctx)
	p.checkError("Mark", err)
	p.saw(log, "track Mark 0", true)
	if plain.IsZero() { // nor can it be had without the interceptor
		return
	}
	fresh := idsOf(p.put(5))
	for which, since := range map[string]refresh.Cursor{"of a plain connector": plain, "of its own": mark} {
		if err != nil {
			p.breaks(ruleSame, "Mark fails when wrapped: %v", err)
			return
		}
		c := p.readChanges(ctx, x, since, nil)
		if id, some := c.left(fresh); some || c.err != nil {
			p.breaks(ruleSame, "Changes, wrapped, since a mark %s left out object %q: %v", which, id, c.err)
		}
		made := make([]any, 0, 2*c.pages)
		for range c.pages {
			made = append(made, "track Changes 0", true)
		}
		if c.err == nil {
			p.saw(log, made...)
		} else {
			log.take()
		}
	}
}

// saw compares what the interceptor saw with pairs of a call and whether it was made.
func (p *probe) saw(log *callLog, pairs ...any) {
	var want []string
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1].(bool) {
			want = append(want, pairs[i].(string))
		}
	}
	if d := diff(want, log.take()); d != "" {
		p.breaks(ruleSees, "the interceptor saw other calls than were made (-made +seen):\n%s", d)
	}
}

// checkRefused wraps the connector in an interceptor that makes no call: no ability may get around it.
func checkRefused(p *probe) {
	refused := errors.New("connectortest: refused by the interceptor")
	people := p.put(3)
	w := p.wrap(p.connect(), func(context.Context, connector.Call, func(context.Context) error) error { return refused })
	ctx, cancel := p.limited()
	defer cancel()
	judge := func(where string, answered int, err error) {
		if answered > 0 || !errors.Is(err, refused) {
			p.breaks(ruleSees, "%s went around an interceptor that refuses: %d answers, %v", where, answered, err)
		}
	}
	for _, a := range resolvers(w) {
		t := p.lookUp(ctx, a, idsOf(people), nil)
		judge(a.name, len(people)-t.holes(), t.err)
	}
	for _, a := range finders(w) {
		t := p.find(ctx, a, primaries(people), nil)
		judge(a.name, len(people)-t.holes(), t.err)
	}
	if x, ok := refresh.As[refresh.Lister](w); ok {
		l := p.list(ctx, x, 0, nil)
		judge("List", l.n, l.err)
	}
	if x, ok := refresh.As[refresh.Inspector](w); ok {
		_, err := x.Inspect(ctx)
		judge("Inspect", 0, err)
	}
	if x, ok := refresh.As[refresh.Tracker](w); ok {
		_, err := x.Mark(ctx)
		judge("Mark", 0, err)
		_, err = x.Changes(ctx, refresh.Cursor{Token: "x"})
		judge("Changes", 0, err)
	}
}
