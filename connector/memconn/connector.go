package memconn

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// What the connector can.
var (
	_ refresh.Resolver  = (*Connector)(nil)
	_ refresh.Confirmer = (*Connector)(nil)
	_ refresh.Finder    = (*Connector)(nil)
	_ refresh.Lister    = (*Connector)(nil)
	_ refresh.Inspector = (*Connector)(nil)
	_ refresh.Tracker   = (*Connector)(nil)
	_ refresh.Explainer = (*Connector)(nil)
)

const canAll = refresh.CanResolve | refresh.CanConfirm | refresh.CanFind | refresh.CanList | refresh.CanInspect | refresh.CanTrack

// ConnOptions describe a connection. Nil and the zero value work.
type ConnOptions struct {
	// Replica is where the connector stays; empty means the first one of the system.
	Replica string
	// Without takes abilities away, to imitate a system that lacks them (IMAP cannot resolve). Their methods then fail
	// with [errors.ErrUnsupported].
	Without refresh.Capability
	// Reason and Remedy are what Explain says of every ability that is not there.
	Reason, Remedy string
	// Scope limits what the connector can see; nil means everything. It runs without locks held, and for a
	// deleted mailbox it gets the mailbox as it was.
	Scope func(refresh.Mailbox) bool
	// Latency is how long every call takes before its first answer. The end of the context ends the wait.
	Latency time.Duration
	// Shuffle is the seed of the order in which answers and entries come, another one for each call; zero
	// means the order of the question, and for entries the order in which they were first put.
	Shuffle uint64
	// Reporting is how Changes reports.
	Reporting Reporting
	// CountOnly leaves the IDs, addresses and cursors out of [Connector.Calls], which saves memory in a benchmark.
	CountOnly bool
	// Faults are what goes wrong from the start.
	Faults Faults
}

// Connector is a connection to a [System]. Make one with [System.Connect]. There is nothing to close.
type Connector struct {
	system *System
	opts   ConnOptions // Replica and Faults are kept below

	mu      sync.Mutex
	replica string
	faults  Faults
	made    map[counted]int // calls since the faults were set
	calls   Calls
}

// Connect makes a connection without traffic.
func (s *System) Connect(opts *ConnOptions) *Connector {
	c := &Connector{system: s, replica: s.replicas[0]}
	if opts != nil {
		c.opts = *opts
		c.opts.Reporting.Extra = slices.Clone(opts.Reporting.Extra)
	}
	if c.opts.Replica != "" {
		s.mustKnow("connect", c.opts.Replica)
		c.replica = c.opts.Replica
	}
	c.SetFaults(c.opts.Faults)
	return c
}

// Info describes the connector.
func (c *Connector) Info() refresh.Info {
	can := canAll &^ c.opts.Without
	if !c.system.tracking {
		can &^= refresh.CanTrack
	}
	return refresh.Info{System: c.system.system, Can: can}
}

// Explain returns the options' Reason and Remedy when the connector lacks the ability, and nothing otherwise.
func (c *Connector) Explain(ability refresh.Capability) (reason, remedy string) {
	if c.Info().Can.Has(ability) {
		return "", ""
	}
	return c.opts.Reason, c.opts.Remedy
}

// Replica returns where the connector is: a failover takes it elsewhere.
func (c *Connector) Replica() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.replica
}

// call is one call of an ability: what the connector was when it began.
type call struct {
	c       *Connector
	ability refresh.Capability
	method  string // where the ability has several
	replica string
	faults  Faults
	breaks  []Break // those of this call that are still to come, by After
	rand    *rand.Rand
	saw     refresh.Tri // whether this call saw a mailbox at the replica; Unknown before the probe
}

// begin counts the call, waits for the latency and fails when no call can succeed.
func (c *Connector) begin(ctx context.Context, ability refresh.Capability, record func(*Calls)) (*call, error) {
	return c.beginMethod(ctx, ability, "", record)
}

// beginMethod is begin for an ability with several methods.
func (c *Connector) beginMethod(ctx context.Context, ability refresh.Capability, method string, record func(*Calls)) (*call, error) {
	c.mu.Lock()
	record(&c.calls)
	c.made[counted{ability, ""}]++
	if method != "" {
		c.made[counted{ability, method}]++
	}
	k := &call{c: c, ability: ability, method: method, replica: c.replica, faults: c.faults}
	k.breaks = c.faults.of(ability, method, c.made)
	if c.opts.Shuffle != 0 {
		k.rand = rand.New(rand.NewPCG(c.opts.Shuffle, uint64(c.made[counted{ability, ""}])))
	}
	c.mu.Unlock()

	if !c.Info().Can.Has(ability) {
		return nil, k.wrap(errors.ErrUnsupported)
	}
	if err := k.sleep(ctx, c.opts.Latency); err != nil {
		return nil, err
	}
	switch {
	case k.faults.Outage != nil:
		return nil, k.wrap(k.faults.Outage)
	case k.faults.RejectCredentials:
		return nil, k.wrap(refresh.ErrCredentials)
	}
	return k, nil
}

// sleep waits, or returns the cause why the context ended.
func (k *call) sleep(ctx context.Context, d time.Duration) error {
	if d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
		}
	}
	return k.ended(ctx)
}

func (k *call) ended(ctx context.Context) error {
	if ctx.Err() != nil {
		return k.wrap(context.Cause(ctx))
	}
	return nil
}

func (k *call) wrap(err error) error {
	return fmt.Errorf("memconn: %s: %w", cmp.Or(strings.ToLower(k.method), k.ability.String()), err)
}

// order returns the order in which n answers come, nil for that of the question.
func (k *call) order(n int) []int {
	if k.rand == nil {
		return nil
	}
	return k.rand.Perm(n)
}

// visible reports whether the reader sees an object that is there.
func (k *call) visible(o *object) bool {
	return !k.faults.NothingVisible && (k.c.opts.Scope == nil || k.c.opts.Scope(o.mailbox))
}

// shown is the mailbox as the reader sees it.
func (k *call) shown(o *object) refresh.Mailbox {
	m := o.mailbox
	if k.faults.HideInstances {
		m.Instance = ""
	}
	return m
}
