package memconn

import (
	"context"

	"github.com/readdress-go/readdress/refresh"
)

// Find says which objects hold the addresses, in any spelling. It sees what [Connector.List] sees. A reader who does not
// see everything never learns that nobody holds an address: see the package comment.
func (c *Connector) Find(ctx context.Context, addrs []refresh.Address, answer func(i int, f refresh.Finding)) error {
	k, err := c.begin(ctx, refresh.CanFind, func(n *Calls) {
		n.Find++
		record(c, &n.Found, addrs)
	})
	if err != nil {
		return err
	}
	order := k.order(len(addrs))
	holders, replica := k.holders(addrs), k.replica
	for n := range addrs {
		if err := k.step(ctx, n); err != nil {
			return err
		}
		if k.replica != replica { // failed over
			holders, replica = k.holders(addrs), k.replica
		}
		i := n
		if order != nil {
			i = order[n]
		}
		answer(i, k.finding(holders[addrs[i].Fold()]))
	}
	return k.step(ctx, len(addrs))
}

// finding judges what the reader sees of one address. In doubt it fails.
func (k *call) finding(hits []refresh.Mailbox) refresh.Finding {
	switch {
	case len(hits) > 0:
		return refresh.Hits(hits...)
	case k.faults.NothingVisible:
		return refresh.FindFailed(refresh.ErrNotVisible)
	case k.c.opts.Scope != nil:
		return refresh.FindFailed(refresh.ErrOutOfScope)
	}
	return refresh.Hits()
}

// holders goes once through all objects.
func (k *call) holders(addrs []refresh.Address) map[string][]refresh.Mailbox {
	holders := make(map[string][]refresh.Mailbox, len(addrs))
	for _, a := range addrs {
		holders[a.Fold()] = nil
	}
	for o := range k.c.system.walk(k.replica) {
		if !k.visible(o) {
			continue
		}
		counted := map[string]bool{}
		for _, a := range o.mailbox.Addresses() {
			fold := a.Fold()
			if hits, asked := holders[fold]; asked && !counted[fold] {
				counted[fold] = true
				holders[fold] = append(hits, k.shown(o))
			}
		}
	}
	return holders
}
