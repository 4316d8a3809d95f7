package graphconn

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/readdress-go/readdress/refresh"
)

// findSweep is from how many addresses on everybody is listed instead.
const findSweep = 1000

// Find looks for the users, and with [Options].Groups the groups, that hold an address as primary address, alias, mail or login. It asks by
// filters, 20 in a $batch, and above 1000 addresses lists everybody instead. The service's idea of equal is not trusted: what it
// answers is compared again with [refresh.Address.Fold].
//
// An object that this application may not read makes Find fail, because it may hold the address. So does an object whose addresses are
// malformed, for the addresses that it seems to hold.
func (c *Connector) Find(ctx context.Context, addrs []refresh.Address, answer func(i int, f refresh.Finding)) error {
	q := &inquiry{c: c, by: map[string]*wanted{}}
	for i, a := range addrs {
		if err := a.Check(); err != nil {
			answer(i, refresh.FindFailed(&refresh.ValueError{Attr: "address to look for", Index: -1, Value: string(a), Problem: err.Error()}))
			continue
		}
		q.want(i, a)
	}
	if len(q.order) == 0 {
		return nil
	}
	ask := q.ask
	if len(q.order) > findSweep {
		ask = q.sweep
	}
	if err := ask(ctx); err != nil {
		return caused(ctx, err)
	}
	for _, w := range q.order {
		if ctx.Err() != nil {
			return fmt.Errorf("graphconn: find: %w", context.Cause(ctx))
		}
		for _, i := range w.at {
			answer(i, w.finding())
		}
	}
	return nil
}

// inquiry is one call of Find.
type inquiry struct {
	c     *Connector
	by    map[string]*wanted // by the folded address
	order []*wanted
}

// wanted is one address, perhaps in several spellings.
type wanted struct {
	at    []int    // where it is in the call
	texts []string // its spellings that the service may tell apart
	hits  []refresh.Mailbox
	doubt error // there may be others, or one of them is unreadable
}

func (q *inquiry) want(i int, a refresh.Address) {
	fold := a.Fold()
	w := q.by[fold]
	if w == nil {
		w = &wanted{}
		q.by[fold] = w
		q.order = append(q.order, w)
	}
	w.at = append(w.at, i)
	for _, text := range []string{lowerASCII(string(a)), fold} {
		if !slices.Contains(w.texts, text) {
			w.texts = append(w.texts, text)
		}
	}
}

func (w *wanted) finding() refresh.Finding {
	if w.doubt != nil {
		return refresh.FindFailed(w.doubt)
	}
	return refresh.Hits(w.hits...)
}

// hit notes an object for every address that it holds.
func (q *inquiry) hit(o *object) {
	m, err := o.mailbox()
	o.everyAddress(func(a refresh.Address) {
		w := q.by[a.Fold()]
		switch {
		case w == nil:
		case err != nil:
			w.doubt = err
		case !slices.ContainsFunc(w.hits, func(x refresh.Mailbox) bool { return x.ID == m.ID }):
			w.hits = append(w.hits, m)
		}
	})
}

// sweep looks at everybody.
func (q *inquiry) sweep(ctx context.Context) error {
	return q.c.sweep(ctx, "find", mailboxProperties, func(o *object) error { q.hit(o); return nil })
}

// ask asks by filters.
func (q *inquiry) ask(ctx context.Context) error {
	for _, kind := range q.c.collections() {
		filters := findFilters(kind, q.order)
		paths := make([]string, len(filters))
		for i, f := range filters {
			paths[i] = f.path
		}
		err := q.c.filters(ctx, "find", paths, func(i int, value []json.RawMessage) {
			for _, raw := range value {
				o, err := q.c.member(kind, raw)
				if err != nil {
					filters[i].doubt(err)
					continue
				}
				q.hit(o)
			}
		}, func(i int, err error) {
			if err != nil {
				filters[i].doubt(err)
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}
