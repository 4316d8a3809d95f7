package ldapconn_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/readdress-go/readdress/internal/ldaptest"
)

// cancelTroubles keep a call waiting: for an answer, for the rest of one, for a connection, for a pause to end.
var cancelTroubles = []trouble{
	{name: "hang", fault: ldaptest.Fault{Do: ldaptest.Hang}},
	{name: "stall", fault: ldaptest.Fault{Do: ldaptest.Stall}},
	{name: "slow drip", fault: ldaptest.Fault{Do: ldaptest.Drip, N: 100}},
	{name: "busy", fault: ldaptest.Fault{Do: ldaptest.Refuse, Code: ldaptest.Busy}},
	{name: "cut", fault: ldaptest.Fault{Do: ldaptest.Cut}},
	{name: "new connections hang", fault: ldaptest.Fault{Op: ldaptest.Connect, Do: ldaptest.Hang}, arm: drop},
	{name: "new connections refused", fault: ldaptest.Fault{Op: ldaptest.Connect, Do: ldaptest.Refuse}, arm: drop},
}

// TestFaultCancel: whatever a call waits for, it ends with its context, within 100 ms and with the context's cause.
func TestFaultCancel(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Run("calls", func(t *testing.T) {
		ws := newRealms(t)
		sideBySide(4, func(run func(func())) {
			for _, k := range realmKinds {
				for _, op := range append(operations, refreshing) {
					for _, f := range cancelTroubles {
						for _, p := range []spot{
							{name: "every", every: true, nth: firstOf, after: beforeAll},
							{name: "any", every: true, nth: anyOf, after: afterSome},
						} {
							x := &cell{kind: k, op: op, fault: f, place: p}
							run(func() {
								t.Run(x.name(), func(t *testing.T) {
									w, err := ws.take(t.Context(), k)
									must(t, err)
									defer ws.give(w)
									x.world = w
									x.cancelled(t)
								})
							})
						}
					}
				}
			}
		})
	})
	settleGoroutines(t, before)
}

var errEnoughWaiting = errors.New("the caller waits no longer")

// cancelled ends the context a moment after the fault has struck.
func (x *cell) cancelled(t *testing.T) {
	r := rand.New(rand.NewPCG(1, uint64(len(x.name()))))
	within(t, 100*time.Millisecond, func() (took time.Duration) {
		defer x.world.heal()
		c, err := x.world.open(t.Context(), x.kind.account(), longTimeout)
		must(t, err)
		defer c.Close()
		x.arm(r)
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		var ended time.Time
		var watch sync.WaitGroup
		watch.Go(func() {
			for ctx.Err() == nil && !x.struck() {
				time.Sleep(time.Millisecond)
			}
			time.Sleep(15 * time.Millisecond)
			ended = time.Now()
			cancel(errEnoughWaiting)
		})
		got := x.op.call(ctx, x.world, c)
		done := time.Now()
		cancel(nil)
		watch.Wait()
		v := x.judge(got)
		if s := v.String(); s != "" {
			t.Error(s)
		}
		if got.err == nil || done.Before(ended) { // it was over before
			return 0
		}
		if !errors.Is(got.err, errEnoughWaiting) {
			t.Errorf("it ended with %v", got.err)
		}
		return done.Sub(ended)
	})
}

// struck reports whether a fault struck on any server.
func (x *cell) struck() bool {
	for _, d := range x.world.forest.DCs {
		if d.Struck() > 0 {
			return true
		}
	}
	return false
}
