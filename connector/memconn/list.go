package memconn

import (
	"context"
	"iter"

	"github.com/readdress-go/readdress/refresh"
)

// List lists every object that is there, of every kind, deleted ones left out.
func (c *Connector) List(ctx context.Context) iter.Seq2[refresh.Entry, error] {
	return func(yield func(refresh.Entry, error) bool) {
		k, err := c.begin(ctx, refresh.CanList, func(n *Calls) { n.List++ })
		if err != nil {
			yield(refresh.Entry{}, err)
			return
		}
		given := 0
		for o := range k.listed() {
			if err := k.step(ctx, given); err != nil {
				yield(refresh.Entry{}, err)
				return
			}
			if !yield(k.entry(o), nil) {
				return
			}
			given++
		}
		if err := k.step(ctx, given); err != nil {
			yield(refresh.Entry{}, err)
		}
	}
}

// listed yields what the reader sees, in the order of the call.
func (k *call) listed() iter.Seq[*object] {
	return func(yield func(*object) bool) {
		var held []*object
		for o := range k.c.system.walk(k.replica) {
			switch {
			case !k.visible(o):
			case k.rand != nil:
				held = append(held, o)
			case !yield(o):
				return
			}
		}
		for _, i := range k.order(len(held)) {
			if !yield(held[i]) {
				return
			}
		}
	}
}

func (k *call) entry(o *object) refresh.Entry {
	var e refresh.Entry
	if o.detail != nil {
		e = o.detail.entry
	}
	e.Mailbox = k.shown(o)
	return e
}
