package ldapconn_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/refresh"
)

// operation is a call of the connector.
type operation uint8

const (
	resolving operation = iota
	listing
	finding
	inspecting
	refreshing // a run of the engine, which inspects, resolves and confirms
)

var operations = []operation{resolving, listing, finding, inspecting}

func (o operation) String() string {
	return []string{"Resolve", "List", "Find", "Inspect", "Refresh"}[o]
}

// matrixReply is what a call gave.
type matrixReply struct {
	lookups   []refresh.Lookup
	findings  []refresh.Finding
	entries   []refresh.Entry
	directory refresh.Directory
	result    *refresh.Result
	err       error
	breach    error // of the contract of answer
}

// call makes one call about everything in the world.
func (o operation) call(ctx context.Context, w *realm, c *ldapconn.Connector) (r matrixReply) {
	switch o {
	case resolving:
		r.lookups = make([]refresh.Lookup, len(w.ids))
		given := make([]bool, len(w.ids))
		r.err = c.Resolve(ctx, w.ids, func(i int, l refresh.Lookup) {
			if given[i] {
				r.breach = fmt.Errorf("index %d was answered twice", i)
			}
			r.lookups[i], given[i] = l, true
		})
		if r.err == nil && slices.Contains(given, false) {
			r.breach = errors.New("no error, and not everything was answered")
		}
	case finding:
		r.findings = make([]refresh.Finding, len(w.addrs)) // the zero Finding is no answer
		r.err = c.Find(ctx, w.addrs, func(i int, f refresh.Finding) { r.findings[i] = f })
	case listing:
		for e, err := range c.List(ctx) {
			if r.err = err; err == nil {
				r.entries = append(r.entries, e)
			}
			if len(r.entries) > 10*len(w.ids) {
				r.breach = errors.New("the list does not end")
				r.err = fmt.Errorf("%s: %w", w.servers()[0], r.breach)
				break
			}
		}
	case inspecting:
		r.directory, r.err = c.Inspect(ctx)
	case refreshing:
		r.result, r.err = refresh.Refresh(ctx, w.job(), refresh.Sides{Source: c}, &refresh.Options{ConfirmAfter: 5 * time.Millisecond})
	}
	return r
}
