package memconn

import (
	"context"

	"github.com/readdress-go/readdress/refresh"
)

// Resolve looks mailboxes up by ID. See the package comment for what it answers.
func (c *Connector) Resolve(ctx context.Context, ids []refresh.ID, answer func(i int, l refresh.Lookup)) error {
	k, err := c.begin(ctx, refresh.CanResolve, func(n *Calls) {
		n.Resolve++
		n.Asked += len(ids)
		record(c, &n.Resolved, ids)
	})
	if err != nil {
		return err
	}
	return k.resolve(ctx, ids, answer)
}

// Confirm is [Connector.Resolve] at the next replica of the list, at the same one where it is alone.
func (c *Connector) Confirm(ctx context.Context, ids []refresh.ID, answer func(i int, l refresh.Lookup)) error {
	k, err := c.begin(ctx, refresh.CanConfirm, func(n *Calls) {
		n.Confirm++
		n.Asked += len(ids)
		record(c, &n.Confirmed, ids)
	})
	if err != nil {
		return err
	}
	k.replica = c.system.after(k.replica)
	return k.resolve(ctx, ids, answer)
}

func (k *call) resolve(ctx context.Context, ids []refresh.ID, answer func(i int, l refresh.Lookup)) error {
	given, order := 0, k.order(len(ids))
	for i := range ids {
		if err := k.step(ctx, given); err != nil {
			return err
		}
		if order != nil {
			i = order[i]
		}
		if k.faults.SilentIDs[ids[i]] {
			continue
		}
		answer(i, k.lookup(ids[i]).On(k.replica))
		given++
	}
	return k.step(ctx, given)
}

// lookup judges one ID. In doubt it fails.
func (k *call) lookup(id refresh.ID) refresh.Lookup {
	if err, fails := k.faults.FailIDs[id]; fails {
		return refresh.Failed(err)
	}
	if k.faults.NothingVisible {
		return refresh.Failed(refresh.ErrNotVisible)
	}
	o := k.c.system.read(k.replica, id)
	if o == nil || o.status == erased {
		return k.absent()
	}
	if !k.visible(o) {
		return refresh.Failed(refresh.ErrOutOfScope)
	}
	switch {
	case o.status == present && o.detail == nil:
		return refresh.Found(k.shown(o))
	case o.status == present:
		return refresh.Found(k.shown(o)).ForwardingTo(o.detail.forwards)
	case k.faults.HideDeleted:
		return k.absent()
	}
	reason := refresh.ReasonGone
	if o.status == deleted {
		reason = refresh.ReasonSoftDeleted
	}
	return refresh.NotFound(refresh.Absence{
		Reason: reason, Proof: refresh.ProofTombstone,
		DeletedAt: o.detail.deletedAt, RestorableUntil: o.detail.restorableUntil,
	})
}

// absent is the answer for an ID of which there is no trace.
func (k *call) absent() refresh.Lookup {
	absence := refresh.Absence{Reason: refresh.ReasonGone, DeletionUnknown: k.faults.HideDeleted}
	switch {
	case k.c.opts.Scope != nil:
		return refresh.Failed(refresh.ErrOutOfScope)
	case k.c.system.directRead:
		absence.Proof = refresh.ProofDirectRead
	case k.sight():
		absence.Proof, absence.Sight = refresh.ProofEmptyScope, true
	default:
		return refresh.Failed(refresh.ErrNotVisible)
	}
	return refresh.NotFound(absence)
}

// sight reports whether the call sees some mailbox at its replica. It looks once, and again after a failover.
func (k *call) sight() bool {
	if k.saw == refresh.Unknown {
		k.saw = refresh.No
		for o := range k.c.system.walk(k.replica) {
			if k.isSeenMailbox(o) {
				k.saw = refresh.Yes
				break
			}
		}
	}
	return k.saw == refresh.Yes
}

func (k *call) isSeenMailbox(o *object) bool {
	_, fails := k.faults.FailIDs[o.mailbox.ID]
	return !fails && !k.faults.SilentIDs[o.mailbox.ID] && k.visible(o) &&
		mailboxHere(o.mailbox.Kind) && o.mailbox.Primary != ""
}
