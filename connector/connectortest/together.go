package connectortest

import (
	"context"
	"fmt"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

func togetherChecks() []check {
	return []check{
		{"parallel", []rule{ruleParallel, rulePin}, []need{ability(everything)}, checkParallel},
		{"goroutines", []rule{ruleGoroutines, ruleCancel, rulePrompt}, []need{ability(everything)}, checkGoroutines},
	}
}

// checkParallel runs every ability from several goroutines. Run the suite with the race detector.
func checkParallel(p *probe) {
	p.before = p.cursorBefore()
	people := p.put(120)
	pin := p.pin(p.connect())
	c := p.connect()
	var wg sync.WaitGroup
	for n := range 8 {
		mine := people[n*15 : (n+1)*15]
		wg.Go(func() { p.parallelLookUps(c, mine, pin) })
		wg.Go(func() { p.parallelReads(c, people, pin) })
	}
	wg.Wait()
}

func (p *probe) parallelLookUps(c refresh.Connector, mine []refresh.Mailbox, pin string) {
	ctx, cancel := p.limited()
	defer cancel()
	for range 3 {
		for _, a := range resolvers(c) {
			t := p.lookUp(ctx, a, idsOf(mine), nil)
			for i, m := range mine {
				if got, found := t.got[i].Mailbox(); !found || !got.Equal(m) {
					p.breaks(ruleParallel, "%s: object %s, asked beside other calls: %s; the call returned: %v", a.name, m.ID, describe(t.got[i]), t.err)
				}
			}
		}
		for _, a := range finders(c) {
			t := p.find(ctx, a, primaries(mine), nil)
			for i, m := range mine {
				if got, ok := t.got[i].Mailboxes(); !ok || len(got) != 1 || !got[0].Equal(m) {
					p.breaks(ruleParallel, "%s: the address of object %s, asked beside other calls, has %d holders (answered: %t)", a.name, m.ID, len(got), ok)
				}
			}
		}
	}
}

func (p *probe) parallelReads(c refresh.Connector, people []refresh.Mailbox, pin string) {
	ctx, cancel := p.limited()
	defer cancel()
	if x, ok := refresh.As[refresh.Lister](c); ok {
		l := p.list(ctx, x, 0, nil)
		p.complete(ruleParallel, l, people)
		if l.err != nil {
			p.breaks(ruleParallel, "List failed beside other calls: %v", l.err)
		}
	}
	if x, ok := refresh.As[refresh.Inspector](c); ok {
		if d, err := x.Inspect(ctx); err != nil || d.Pin != pin {
			p.breaks(ruleParallel, "Inspect beside other calls: pin %q, %v; want %q", d.Pin, err, pin)
		}
	}
	if x, ok := refresh.As[refresh.Tracker](c); ok {
		p.parallelChanges(ctx, x, people)
	}
}

func (p *probe) parallelChanges(ctx context.Context, x refresh.Tracker, people []refresh.Mailbox) {
	if p.before.IsZero() { // nor can a mark be had alone
		return
	}
	_, err := x.Mark(ctx)
	p.checkError("Mark", err)
	if err != nil {
		p.breaks(ruleParallel, "Mark failed beside other calls: %v", err)
	}
	c := p.readChanges(ctx, x, p.before, nil)
	if id, some := c.left(idsOf(people)); some || c.err != nil {
		p.breaks(ruleParallel, "Changes beside other calls left out object %q: %v", id, c.err)
	}
}

// checkGoroutines makes the same calls again and again, good and broken-off ones, and looks for stacks that become more.
// A pool that fills up once is not one.
func checkGoroutines(p *probe) {
	const rounds = 12
	p.before = p.cursorBefore()
	people := p.put(60)
	c := p.connect()
	calls := func() {
		p.useAll(c, people)
		p.cancelled(c, people[:3], stopped, 0)
		for _, a := range resolvers(c) {
			ctx, cancel := context.WithCancelCause(context.Background())
			p.lookUp(ctx, a, idsOf(people), func(int, refresh.Lookup) { cancel(errStopped) })
		}
		if x, ok := refresh.As[refresh.Lister](c); ok {
			p.list(context.Background(), x, 1, nil)
		}
	}
	for range 3 {
		calls()
	}
	time.Sleep(10 * time.Millisecond)
	before := stacks()
	for range rounds {
		calls()
	}
	var more string
	for wait := time.Millisecond; wait < 2*time.Second; wait *= 2 {
		if more = grown(before, stacks(), rounds-1); more == "" {
			return
		}
		time.Sleep(wait)
	}
	p.breaks(ruleGoroutines, "after %d rounds of calls these goroutines were left:\n%s", rounds, more)
}

// stacks counts the running goroutines by their stack.
func stacks() map[string]int {
	var b strings.Builder
	_ = pprof.Lookup("goroutine").WriteTo(&b, 1) // a strings.Builder does not fail
	out := make(map[string]int)
	for _, block := range strings.Split(b.String(), "\n\n") {
		// "3 @ 0x… 0x…", then a line for each frame; a first block begins with a headline.
		_, block, _ = cutHeadline(block)
		count, rest, ok := strings.Cut(block, " @ ")
		n, err := strconv.Atoi(count)
		_, frames, _ := strings.Cut(rest, "\n")
		if ok && err == nil {
			out[frames] += n
		}
	}
	return out
}

func cutHeadline(block string) (headline, rest string, ok bool) {
	if strings.HasPrefix(block, "goroutine profile:") {
		return strings.Cut(block, "\n")
	}
	return "", block, false
}

// grown prints the stacks that at least n more goroutines have than before.
func grown(before, after map[string]int, n int) string {
	var b strings.Builder
	for stack, count := range after {
		if more := count - before[stack]; more >= n {
			fmt.Fprintf(&b, "%d more of\n%s\n", more, stack)
		}
	}
	return b.String()
}
