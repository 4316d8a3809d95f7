package ldapconn_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/readdress-go/readdress/internal/ldaptest"
)

// How long a call may take. With a fault that hangs the connector's own timeout is short, and a call may take several: a search,
// the connections to other servers, what is asked there. Without one nothing may wait for the timeout at all.
const (
	shortTimeout = 300 * time.Millisecond
	busyTimeout  = time.Second
	longTimeout  = 20 * time.Second
	maxTimeouts  = 12
)

var errHung = errors.New("the call took too long")

// cellOutcome is what became of a cell.
type cellOutcome struct {
	verdict
	struck  bool
	took    time.Duration
	hung    bool
	closed  bool // it could not even be opened, although nothing was wrong yet
	starved bool // nothing hangs, and time ran out all the same
}

// run runs a cell. What must not be is never tried again; that it was too slow is, because the machine may be busy.
func (x *cell) run(t *testing.T, seed uint64) (o cellOutcome) {
	for factor := time.Duration(1); ; factor *= 4 {
		o = x.try(t.Context(), rand.New(rand.NewPCG(seed, x.hash(seed))), factor)
		slow := o.hung && factor < 4 || factor < 64 && (o.closed || o.starved || !o.whole && x.mustRecover())
		if o.verdict.String() != "" || !slow {
			break
		}
	}
	if s := o.verdict.String(); s != "" {
		t.Error(s)
	}
	switch {
	case o.hung:
		t.Errorf("it took %v", o.took)
	case o.closed:
		t.Errorf("it was not opened: %v", o.errs)
	case o.starved:
		t.Errorf("time ran out: %v", o.errs)
	case x.mustRecover() && !o.whole && !(x.fault.limits && o.sightless()):
		t.Errorf("not everything was answered, and it should have been: %v", o.errs)
	}
	return o
}

// try runs a cell once. factor makes every timeout longer.
func (x *cell) try(ctx context.Context, r *rand.Rand, factor time.Duration) (o cellOutcome) {
	timeout, limit := longTimeout, longTimeout
	switch {
	case x.fault.hangs:
		timeout = shortTimeout * factor
		limit = maxTimeouts * timeout
	case x.fault.waits:
		timeout = busyTimeout * factor
		limit = maxTimeouts * timeout
	}
	if x.place.early {
		x.arm(r)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, 2*limit, errHung)
	defer cancel()
	defer x.world.heal()
	start := time.Now()
	c, err := x.world.open(ctx, x.kind.account(), timeout)
	if err != nil {
		o.verdict = verdict{errs: []error{err}}
		o.closed = !x.place.early
	} else {
		defer c.Close()
		if !x.place.early {
			x.arm(r)
		}
		start = time.Now()
		o.verdict = x.judge(x.op.call(ctx, x.world, c))
	}
	o.took = time.Since(start)
	o.hung = o.took > limit
	o.struck = x.struck()
	for _, err := range o.errs {
		if names := in(err); !x.fault.hangs && slices.ContainsFunc(causeLate, names) {
			o.starved = true
		} else if s := x.flaw(err); s != "" && !o.hung && !o.closed {
			o.problem("%s", s)
		}
	}
	return o
}

// arm sets the fault where the cell has it.
func (x *cell) arm(r *rand.Rand) {
	for i, d := range x.world.forest.DCs {
		if x.place.first && i > 0 {
			continue
		}
		f, u := x.fault.fault, x.world.usual[x.op][i]
		n := u.searches
		switch f.Op {
		case ldaptest.Connect:
			n = max(2, u.conns)
		case ldaptest.Message:
			n = u.messages
		case ldaptest.AnyOp:
			if !x.place.every {
				f.Op = ldaptest.Search
			}
		}
		f.Nth = x.place.nth(n, r)
		if x.place.every {
			f.Times = 1 << 30
		}
		if x.place.after != nil {
			f.After = x.place.after(r)
		}
		if x.place.large {
			f.Op, f.When = ldaptest.Search, func(r ldaptest.Request) bool { return r.Clauses() > 6 }
		}
		if x.fault.vary != nil {
			x.fault.vary(&f, u, r)
		}
		d.SetFaults(f)
	}
	if x.fault.arm != nil {
		x.fault.arm(x.world)
	}
}

// sightless reports whether all that failed is the look whether the reader sees anything. It cannot be made smaller.
func (o cellOutcome) sightless() bool {
	for _, err := range o.errs {
		if !strings.Contains(err.Error(), "whether this reader") {
			return false
		}
	}
	return true
}

// mustRecover reports whether everything has to be answered in spite of the fault: of look-ups that is promised where it strikes
// once, and where there is a second server that it does not strike.
func (x *cell) mustRecover() bool {
	if x.place.early || x.op != resolving && x.op != finding {
		return false
	}
	switch {
	case x.kind == inForest && x.fault.fault.Op == ldaptest.Connect:
		return false // the old connection, and the new one to each server, are more than it tries
	case x.fault.limits && x.kind != alone && x.kind != plainDir:
		return false // what is asked of another server first is no batch, and cannot be made smaller
	}
	return x.place.once && x.fault.recovers || x.place.first && (x.fault.recovers || x.fault.hangs)
}
