package graphconn_test

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/readdress-go/readdress/connector/graphconn"
	"github.com/readdress-go/readdress/internal/graphtest"
	"github.com/readdress-go/readdress/refresh"
)

// operation is a call of the connector, or a run of the engine with it.
type operation struct {
	name    string
	rights  []graphtest.Right
	ready   func(ctx context.Context, w *realm, c *graphconn.Connector) (state, error) // before the fault, with a connector of its own
	call    func(ctx context.Context, w *realm, c *graphconn.Connector, s state) matrixReply
	only    []graphtest.Endpoint // where faults strike; empty means everywhere
	warm    bool                 // the connector knows already that it may look for users only
	engine  bool
	listing bool // it reads collections, in which what is left out cannot be noticed
}

// state is what a call goes on from.
type state struct {
	since   refresh.Cursor
	changed []refresh.ID
	job     refresh.Job
}

// matrixReply is what a call gave.
type matrixReply struct {
	ids       []refresh.ID
	lookups   []refresh.Lookup
	instances []refresh.ID
	failures  []error // of instances
	findings  []refresh.Finding
	entries   []refresh.Entry
	directory *refresh.Directory
	cursor    *refresh.Cursor
	named     []refresh.ID
	result    *refresh.Result
	err       error
	breach    error // of the contract of answer
	over      bool  // the call has returned
}

var operations = []operation{
	{name: "Resolve", rights: everyRight, call: lookAll((*graphconn.Connector).Resolve, lives, buried, purged, unknown, grouping)},
	{name: "Resolve of users only", rights: usersOnly, warm: true, call: lookAll((*graphconn.Connector).Resolve, lives, buried, purged, unknown, grouping)},
	{name: "Confirm", rights: everyRight, call: lookAll((*graphconn.Connector).Confirm, buried, purged, unknown, grouping)},
	{name: "Confirm of many", rights: everyRight, call: lookMany, only: []graphtest.Endpoint{graphtest.DeletedUsers}},
	{name: "Confirm of strangers", rights: everyRight, call: lookAll((*graphconn.Connector).Confirm, unknown), only: []graphtest.Endpoint{graphtest.Organization}},
	{name: "Instances", rights: usersOnly, call: readInstances},
	{name: "Find", rights: usersOnly, call: findAll(0), listing: true},
	{name: "Find by a sweep", rights: usersOnly, call: findAll(1001), listing: true},
	{name: "List", rights: usersOnly, call: listAll, listing: true},
	{name: "Inspect", rights: everyRight, call: inspect},
	{name: "Mark", rights: usersOnly, call: mark},
	{name: "Changes", rights: usersOnly, ready: marked, call: readChanges, listing: true},
	{name: "Refresh", rights: everyRight, call: refreshAll(refresh.Options{Full: true}), engine: true},
	{name: "Refresh with users only", rights: usersOnly, warm: true, call: refreshAll(refresh.Options{Full: true}), engine: true},
	{name: "Refresh under Verify", rights: everyRight, call: refreshAll(refresh.Options{Full: true, Verify: true}), engine: true},
	{name: "Refresh of what changed", rights: everyRight, ready: applied, call: refreshAll(refresh.Options{}), engine: true, listing: true},
}

type lookUpMethod func(c *graphconn.Connector, ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error

func lookThese(ctx context.Context, ids []refresh.ID, c *graphconn.Connector, method lookUpMethod) *matrixReply {
	r := &matrixReply{ids: ids, lookups: make([]refresh.Lookup, len(ids))}
	given := make([]bool, len(ids))
	r.err = method(c, ctx, ids, func(i int, l refresh.Lookup) {
		switch {
		case r.over:
			r.breach = errors.New("an answer came after the call")
		case given[i]:
			r.breach = fmt.Errorf("index %d was answered twice", i)
		}
		r.lookups[i], given[i] = l, true
	})
	r.over = true
	if r.err == nil && slices.Contains(given, false) {
		r.breach = errors.New("no error, and not everything was answered")
	}
	return r
}

func lookAll(method lookUpMethod, fates ...fate) func(context.Context, *realm, *graphconn.Connector, state) matrixReply {
	return func(ctx context.Context, w *realm, c *graphconn.Connector, _ state) matrixReply {
		return *lookThese(ctx, w.of(fates...), c, method)
	}
}

// lookMany has so many absent that the deleted items are listed.
func lookMany(ctx context.Context, w *realm, c *graphconn.Connector, _ state) matrixReply {
	ids := w.of(buried, purged, unknown)
	for i := range 500 {
		id := refresh.ID(fmt.Sprintf("00000000-0000-4000-9000-%012d", i))
		ids, w.fate[id] = append(ids, id), unknown
	}
	return *lookThese(ctx, ids, c, (*graphconn.Connector).Confirm)
}

func readInstances(ctx context.Context, w *realm, c *graphconn.Connector, _ state) matrixReply {
	r := matrixReply{ids: w.of(lives)}
	r.instances, r.failures = make([]refresh.ID, len(r.ids)), make([]error, len(r.ids))
	given := make([]bool, len(r.ids))
	r.err = c.Instances(ctx, r.ids, func(i int, instance refresh.ID, err error) {
		if given[i] {
			r.breach = fmt.Errorf("index %d was answered twice", i)
		}
		r.instances[i], r.failures[i], given[i] = instance, err, true
	})
	for i, ok := range given {
		switch {
		case ok:
		case r.err == nil:
			r.breach = errors.New("no error, and not everything was answered")
		default:
			r.failures[i] = r.err
		}
	}
	return r
}

func findAll(more int) func(context.Context, *realm, *graphconn.Connector, state) matrixReply {
	return func(ctx context.Context, w *realm, c *graphconn.Connector, _ state) (r matrixReply) {
		for i := range more {
			w.addrs = append(w.addrs, refresh.Address(fmt.Sprintf("nobody%d@contoso.example", i)))
		}
		r.findings = make([]refresh.Finding, len(w.addrs))
		given := make([]bool, len(w.addrs))
		r.err = c.Find(ctx, w.addrs, func(i int, f refresh.Finding) {
			if given[i] {
				r.breach = fmt.Errorf("index %d was answered twice", i)
			}
			r.findings[i], given[i] = f, true
		})
		if r.err == nil && slices.Contains(given, false) {
			r.breach = errors.New("no error, and not everything was answered")
		}
		return r
	}
}

func listAll(ctx context.Context, w *realm, c *graphconn.Connector, _ state) (r matrixReply) {
	for e, err := range c.List(ctx) {
		if r.err != nil {
			r.breach = errors.New("the list goes on after an error")
		}
		if r.err = err; err == nil {
			r.entries = append(r.entries, e)
		}
	}
	return r
}

func inspect(ctx context.Context, _ *realm, c *graphconn.Connector, _ state) (r matrixReply) {
	d, err := c.Inspect(ctx)
	return matrixReply{directory: &d, err: err}
}

func mark(ctx context.Context, _ *realm, c *graphconn.Connector, _ state) (r matrixReply) {
	cur, err := c.Mark(ctx)
	return matrixReply{cursor: &cur, err: err}
}

func marked(ctx context.Context, w *realm, c *graphconn.Connector) (s state, err error) {
	s.since, err = c.Mark(ctx)
	s.changed = w.moveOn()
	return s, err
}

func readChanges(ctx context.Context, _ *realm, c *graphconn.Connector, s state) (r matrixReply) {
	for at, pages := s.since, 0; ; pages++ {
		var p refresh.ChangePage
		if p, r.err = c.Changes(ctx, at); r.err != nil {
			return r
		}
		if pages > 100 { // to count them is the engine's
			r.err = errors.New("the pages of changes do not come to an end")
			return r
		}
		r.named = append(r.named, p.IDs...)
		if at = p.Next; !p.More {
			r.cursor = &at
			return r
		}
	}
}

func refreshAll(opts refresh.Options) func(context.Context, *realm, *graphconn.Connector, state) matrixReply {
	return func(ctx context.Context, w *realm, c *graphconn.Connector, s state) (r matrixReply) {
		if s.job.Matches == nil {
			s.job = w.job()
		}
		r.result, r.err = refresh.Refresh(ctx, s.job, refresh.Sides{Source: c}, &opts)
		return r
	}
}

// applied runs a job once without a fault and changes the tenant.
func applied(ctx context.Context, w *realm, c *graphconn.Connector) (s state, err error) {
	job := w.job()
	res, err := refresh.Refresh(ctx, job, refresh.Sides{Source: c}, nil)
	if err != nil {
		return s, err
	}
	s.job, err = job.Apply(res)
	w.moveOn()
	return s, err
}
