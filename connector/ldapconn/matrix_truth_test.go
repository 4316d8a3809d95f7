package ldapconn_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// learn reads what is true while nothing is wrong, and holds it against the directory.
func (w *realm) learn(ctx context.Context) error {
	for _, op := range append(operations, refreshing) {
		c, err := w.open(ctx, w.kind.account(), time.Minute)
		if err != nil {
			return err
		}
		for _, d := range w.forest.DCs {
			d.ResetCounts()
		}
		r := op.call(ctx, w, c)
		if r.err != nil {
			return r.err
		}
		for _, d := range w.forest.DCs {
			n := d.Counts()
			w.usual[op] = append(w.usual[op], usage{n.Searches(), n.Entries + n.References + n.Searches() + n.Ops[ldaptest.Bind], int(n.Bytes), n.Connections})
		}
		switch op {
		case resolving:
			for i, l := range r.lookups {
				m, found := l.Mailbox()
				if _, there := w.truth[w.ids[i]]; there != found {
					return fmt.Errorf("without a fault, ID %d: %s", i, word(l))
				}
				p, _ := w.forest.Get(string(w.ids[i]))
				if found && len(p.Mail) > 0 && string(m.Primary) != p.Mail[0] {
					return fmt.Errorf("without a fault, ID %d: %s, not %s", i, m.Primary, p.Mail[0])
				}
				if found {
					w.truth[w.ids[i]] = sorted(m)
				}
			}
		case inspecting:
			w.pin, w.domain = r.directory.Pin, r.directory.Domains
			if w.pin == "" || (w.domain == nil) != (w.kind == plainDir) {
				return fmt.Errorf("without a fault: %+v", r.directory)
			}
		}
		if v := (&cell{world: w, op: op}).judge(r); v.String() != "" || !v.whole {
			return fmt.Errorf("without a fault, %s: %s, %v", op, v.String(), v.errs)
		}
		if err := c.Close(); err != nil {
			return err
		}
	}
	return nil
}

func sorted(m refresh.Mailbox) refresh.Mailbox {
	m.Aliases = slices.Clone(m.Aliases)
	slices.Sort(m.Aliases)
	return m
}

// heal ends every fault and gives back what was taken.
func (w *realm) heal() {
	w.forest.SetFaults()
	a := w.kind.account()
	w.forest.SetPassword(a, ldaptest.Password, false)
	w.forest.SetRights(a, w.rights())
	w.forest.SetState(a, ldaptest.Enabled)
	for _, d := range w.forest.DCs {
		d.Sync()
	}
}

// rights are those of the account that reads: on OpenLDAP pages are bounded by account.
func (w *realm) rights() ldaptest.Rights {
	switch w.kind {
	case inForest, inDomains:
		return ldaptest.Rights{Deleted: true}
	case alone:
		return ldaptest.Rights{}
	}
	return ldaptest.Rights{SoftLimit: 500, SizeLimit: 1000, PageLimit: pageOf}
}
