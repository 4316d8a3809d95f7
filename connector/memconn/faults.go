package memconn

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// Faults are what goes wrong at a connection. The zero Faults are none. Errors are passed on wrapped.
type Faults struct {
	// Outage makes every call fail with it.
	Outage error
	// RejectCredentials makes every call fail with [refresh.ErrCredentials].
	RejectCredentials bool
	// ForbidInspect makes Inspect fail with [refresh.ErrForbidden].
	ForbidInspect bool
	// NothingVisible takes away the right to see objects: Resolve, Confirm and Find answer [refresh.ErrNotVisible],
	// List sees nothing, and Mark and Changes fail with [refresh.ErrForbidden].
	NothingVisible bool
	// HideDeleted takes away the right to see deleted objects and tombstones: to this reader they are gone, with
	// DeletionUnknown, and Mark and Changes fail with [refresh.ErrForbidden].
	HideDeleted bool
	// HideInstances takes away the right to read which mailbox an account has: every Instance comes empty.
	HideInstances bool
	// FailIDs makes Resolve and Confirm answer these IDs with [refresh.Failed].
	FailIDs map[refresh.ID]error
	// SilentIDs makes Resolve and Confirm leave these IDs out.
	SilentIDs map[refresh.ID]bool
	// Breaks interrupt calls.
	Breaks []Break
}

// Break interrupts a call after some answers. It waits, then does something, then fails over, then fails, as far as each
// is set.
type Break struct {
	// Ability is what is called, such as [refresh.CanConfirm]; zero means [refresh.CanResolve].
	Ability refresh.Capability
	// Method is the method of [refresh.CanTrack]: "Mark" or "Changes"; empty means both.
	Method string
	// Call is which call of the ability, or of the method where one is named, counted from 1 since the faults were set; zero
	// means every call.
	Call int
	// After is how many answers, entries or IDs the call has ready before. A call that has fewer is not interrupted. Mark
	// has one answer. What happens after some answers of Mark or Changes changes these no more.
	After int
	// Wait makes the call wait, as a throttled one does, and say so with [refresh.Waiting].
	Wait time.Duration
	// Do is called while the call runs, without locks held: it may change the system and the connector.
	Do func()
	// FailOver takes the connector to this replica for good, says so with [refresh.FailedOver] and goes on there.
	// Err is then the reason, and the call does not fail, except Changes, whose cursor the new replica does not know.
	// In Confirm it moves that call alone. A listing cannot fail over.
	FailOver string
	// Err ends the call. A break with neither Wait nor Do nor FailOver nor Err ends it with [refresh.ErrNoAnswer].
	Err error
}

var errReplicaDown = errors.New("memconn: the replica is down")

// SetFaults says what goes wrong from now on, and counts the calls for [Break] from 1 again. The zero Faults heal
// everything; a failover is not undone.
func (c *Connector) SetFaults(f Faults) {
	f.FailIDs, f.SilentIDs = maps.Clone(f.FailIDs), maps.Clone(f.SilentIDs)
	f.Breaks = slices.Clone(f.Breaks)
	for _, b := range f.Breaks {
		if b.FailOver != "" {
			c.system.mustKnow("fail over", b.FailOver)
			if b.Ability == refresh.CanList {
				panic("memconn: fail over: a listing cannot go on at another replica")
			}
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults, c.made = f, map[counted]int{}
}

// counted is what calls are counted by: an ability, with the method "" for all of them.
type counted struct {
	ability refresh.Capability
	method  string
}

// of returns the breaks of the call that was counted last, in the order in which they happen.
func (f Faults) of(ability refresh.Capability, method string, made map[counted]int) []Break {
	var of []Break
	for _, b := range f.Breaks {
		if cmp.Or(b.Ability, refresh.CanResolve) == ability && (b.Method == "" || b.Method == method) &&
			(b.Call == 0 || b.Call == made[counted{ability, b.Method}]) {
			of = append(of, b)
		}
	}
	slices.SortStableFunc(of, func(a, b Break) int { return cmp.Compare(a.After, b.After) })
	return of
}

// step is called before each answer and after the last one, with the number of answers given. It returns the error
// that ends the call: of a break, or because the context ended.
func (k *call) step(ctx context.Context, given int) error {
	for len(k.breaks) > 0 && k.breaks[0].After <= given {
		b := k.breaks[0]
		k.breaks = k.breaks[1:]
		if err := k.interrupt(ctx, b); err != nil {
			return err
		}
	}
	return k.ended(ctx)
}

func (k *call) interrupt(ctx context.Context, b Break) error {
	if b.Wait > 0 {
		refresh.Waiting(ctx, time.Now().Add(b.Wait), "throttled")
		err := k.sleep(ctx, b.Wait)
		refresh.Waiting(ctx, time.Time{}, "")
		if err != nil {
			return err
		}
	}
	if b.Do != nil {
		b.Do()
	}
	switch {
	case b.FailOver != "":
		refresh.FailedOver(ctx, k.replica, b.FailOver, cmp.Or(b.Err, errReplicaDown))
		k.replica, k.saw = b.FailOver, refresh.Unknown
		k.c.stay(k)
	case b.Err != nil:
		return k.wrap(b.Err)
	case b.Wait == 0 && b.Do == nil:
		return k.wrap(refresh.ErrNoAnswer)
	}
	return nil
}

// stay keeps the connector where a failover of the call took it. Confirm asks elsewhere anyway.
func (c *Connector) stay(k *call) {
	if k.ability == refresh.CanConfirm {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.replica = k.replica
}
