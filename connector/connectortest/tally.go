package connectortest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// asker is Resolve, Confirm or Find with its name.
type asker[K, A any] struct {
	name string
	ask  func(ctx context.Context, keys []K, answer func(int, A)) error
}

type (
	resolver = asker[refresh.ID, refresh.Lookup]
	finder   = asker[refresh.Address, refresh.Finding]
)

// resolvers are the abilities of c that look up by ID; both have one contract.
func resolvers(c refresh.Connector) (out []resolver) {
	if r, ok := refresh.As[refresh.Resolver](c); ok {
		out = append(out, resolver{"Resolve", r.Resolve})
	}
	if r, ok := refresh.As[refresh.Confirmer](c); ok {
		out = append(out, resolver{"Confirm", r.Confirm})
	}
	return out
}

func finders(c refresh.Connector) []finder {
	if f, ok := refresh.As[refresh.Finder](c); ok {
		return []finder{{"Find", f.Find}}
	}
	return nil
}

// tally is what one call answered.
type tally[A any] struct {
	where string
	got   []A
	times []int // how often each index was answered
	err   error
	ctx   context.Context
}

func (t *tally[A]) holes() (n int) {
	for _, x := range t.times {
		if x == 0 {
			n++
		}
	}
	return n
}

// run makes one call and holds its answers to the rules that know nothing of their content. Each answer is
// handed to look, where that is set, while the call runs.
func run[K, A any](ctx context.Context, p *probe, a asker[K, A], keys []K, look func(i int, a A)) *tally[A] {
	t := &tally[A]{where: a.name, got: make([]A, len(keys)), times: make([]int, len(keys)), ctx: ctx}
	var mu sync.Mutex
	var busy, count atomic.Int32
	over := false
	err := a.ask(ctx, append([]K(nil), keys...), func(i int, x A) {
		if busy.Add(1) > 1 {
			p.breaks(ruleSerial, "%s: two answers at the same time", a.name)
		}
		if p.slow && count.Add(1) < 50 {
			time.Sleep(100 * time.Microsecond)
		}
		mu.Lock()
		defer mu.Unlock()
		defer busy.Add(-1)
		switch {
		case over:
			p.breaks(ruleLate, "%s: an answer for index %d after the return", a.name, i)
			return
		case i < 0 || i >= len(keys):
			p.breaks(ruleRange, "%s: an answer for index %d of %d", a.name, i, len(keys))
			return
		case t.times[i] > 0:
			p.breaks(ruleOnce, "%s: index %d was answered again", a.name, i)
			return // the first one is judged
		}
		t.got[i] = x
		t.times[i]++
		if look != nil {
			look(i, x)
		}
	})
	mu.Lock()
	defer mu.Unlock()
	over = true
	t.err = err
	p.checkError(a.name, err)
	return t
}

// lookUp is run for IDs, with the rules of a Lookup.
func (p *probe) lookUp(ctx context.Context, a resolver, ids []refresh.ID, look func(int, refresh.Lookup)) *tally[refresh.Lookup] {
	t := run(ctx, p, a, ids, look)
	for i, l := range t.got {
		if t.times[i] == 0 {
			continue
		}
		where := fmt.Sprintf("%s, index %d (ID %s)", a.name, i, ids[i])
		p.checkError(where, l.Err())
		if m, ok := l.Mailbox(); ok {
			if m.ID != ids[i] {
				p.breaks(ruleOwnID, "%s: found object %s", where, m.ID)
			}
			p.checkMailbox(where, m)
		}
		if absence, ok := l.Absence(); ok {
			p.checkAbsence(where, absence)
		}
	}
	return t
}

func (p *probe) checkAbsence(where string, a refresh.Absence) {
	switch {
	case a.Proof == refresh.ProofNone:
		p.breaks(ruleProof, "%s: NotFound without a proof", where)
	case a.Proof == refresh.ProofEmptyScope && !a.Sight:
		p.breaks(ruleProof, "%s: NotFound on an empty answer of a connection that saw nothing else", where)
	case a.Reason != 0 && !a.Reason.Absent():
		p.breaks(ruleProof, "%s: NotFound for the reason %q, which is none of an absence", where, a.Reason)
	}
	if a.Account != nil {
		p.checkMailbox(where, *a.Account)
	}
}

// find is run for addresses, with the rules of a Finding.
func (p *probe) find(ctx context.Context, a finder, addrs []refresh.Address, look func(int, refresh.Finding)) *tally[refresh.Finding] {
	t := run(ctx, p, a, addrs, look)
	for i, f := range t.got {
		if t.times[i] == 0 {
			continue
		}
		where := fmt.Sprintf("%s, index %d", a.name, i)
		p.checkError(where, f.Err())
		hits, _ := f.Mailboxes()
		for _, m := range hits {
			p.checkMailbox(where, m)
		}
	}
	return t
}

// listed is what one List yielded.
type listed struct {
	by  map[refresh.ID]refresh.Mailbox
	err error
	n   int
}

// list runs through a list, up to limit entries (0: all), and holds it to the rules of a sequence. It calls the
// sequence by hand, because a range loop panics where a rule is broken.
func (p *probe) list(ctx context.Context, l refresh.Lister, limit int, each func(n int)) listed {
	out := listed{by: make(map[refresh.ID]refresh.Mailbox)}
	over := false
	l.List(ctx)(func(e refresh.Entry, err error) bool {
		if over {
			p.breaks(ruleListEnd, "List: it yielded after its end")
			return false
		}
		if err != nil {
			p.checkError("List", err)
			out.err, over = err, true
			return true // a right list ends anyway
		}
		out.n++
		p.checkMailbox("List", e.Mailbox)
		if _, again := out.by[e.ID]; again || e.ID == "" {
			p.breaks(ruleListOnce, "List: it named object %q twice, or without an ID", e.ID)
		}
		out.by[e.ID] = e.Mailbox
		if each != nil {
			each(out.n)
		}
		over = out.n == limit
		return !over
	})
	return out
}
