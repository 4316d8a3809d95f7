package proptest

import (
	"context"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// recorder stands between the engine and a connector and writes down what was asked and answered. The model reads
// its notes.
type recorder struct {
	inner refresh.Connector

	mu         sync.Mutex
	traffic    int // calls of any ability
	inspected  bool
	directory  refresh.Directory
	inspectErr error
	first      *round // the first call of Resolve
	second     *round // Confirm, or a later call of Resolve
	extra      int    // calls beyond those two
	finds      map[string]refresh.Finding
	findErr    error
}

// round is one call of Resolve or Confirm.
type round struct {
	ids     []refresh.ID
	replies map[refresh.ID][]refresh.Lookup
	err     error
	confirm bool
	began   time.Time
	ended   time.Time
}

var (
	_ refresh.Resolver  = (*recorder)(nil)
	_ refresh.Confirmer = (*recorder)(nil)
	_ refresh.Finder    = (*recorder)(nil)
	_ refresh.Inspector = (*recorder)(nil)
	_ refresh.Lister    = (*recorder)(nil)
)

func (r *recorder) Info() refresh.Info { return r.inner.Info() }

func (r *recorder) Inspect(ctx context.Context) (refresh.Directory, error) {
	in, _ := refresh.As[refresh.Inspector](r.inner)
	d, err := in.Inspect(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.traffic++
	r.inspected, r.directory, r.inspectErr = true, d, err
	return d, err
}

func (r *recorder) Resolve(ctx context.Context, ids []refresh.ID, answer func(i int, l refresh.Lookup)) error {
	in, _ := refresh.As[refresh.Resolver](r.inner)
	return r.record(ctx, ids, answer, in.Resolve, false)
}

func (r *recorder) Confirm(ctx context.Context, ids []refresh.ID, answer func(i int, l refresh.Lookup)) error {
	in, _ := refresh.As[refresh.Confirmer](r.inner)
	return r.record(ctx, ids, answer, in.Confirm, true)
}

type resolve func(ctx context.Context, ids []refresh.ID, answer func(i int, l refresh.Lookup)) error

func (r *recorder) record(ctx context.Context, ids []refresh.ID, answer func(i int, l refresh.Lookup), do resolve, confirm bool) error {
	call := &round{ids: slices.Clone(ids), replies: map[refresh.ID][]refresh.Lookup{}, confirm: confirm, began: time.Now()}
	r.mu.Lock()
	r.traffic++
	switch {
	case r.first == nil && !confirm:
		r.first = call
	case r.second == nil:
		r.second = call
	default:
		r.extra++
	}
	r.mu.Unlock()
	err := do(ctx, ids, func(i int, l refresh.Lookup) {
		if i >= 0 && i < len(ids) {
			r.mu.Lock()
			call.replies[ids[i]] = append(call.replies[ids[i]], l)
			r.mu.Unlock()
		}
		answer(i, l)
	})
	r.mu.Lock()
	call.err, call.ended = err, time.Now()
	r.mu.Unlock()
	return err
}

func (r *recorder) Find(ctx context.Context, addrs []refresh.Address, answer func(i int, f refresh.Finding)) error {
	in, _ := refresh.As[refresh.Finder](r.inner)
	r.mu.Lock()
	r.traffic++
	if r.finds == nil {
		r.finds = map[string]refresh.Finding{}
	}
	r.mu.Unlock()
	err := in.Find(ctx, addrs, func(i int, f refresh.Finding) {
		r.mu.Lock()
		r.finds[addrs[i].Fold()] = f
		r.mu.Unlock()
		answer(i, f)
	})
	r.mu.Lock()
	r.findErr = err
	r.mu.Unlock()
	return err
}

func (r *recorder) List(ctx context.Context) iter.Seq2[refresh.Entry, error] {
	in, _ := refresh.As[refresh.Lister](r.inner)
	return in.List(ctx)
}

// calls is the number of calls so far.
func (r *recorder) calls() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.traffic
}

// reply is what the engine was told of one ID in one round.
type reply struct {
	lookup refresh.Lookup
	twice  bool // answered more than once, against the contract
}

// said returns what was said of an ID in a round; without an answer it failed with the round's error.
func (c *round) said(id refresh.ID) reply {
	switch list := c.list(id); {
	case len(list) > 0:
		return reply{list[0], len(list) > 1}
	case c != nil && c.err != nil:
		return reply{lookup: refresh.Failed(c.err)}
	}
	return reply{}
}

func (c *round) list(id refresh.ID) []refresh.Lookup {
	if c == nil {
		return nil
	}
	return c.replies[id]
}

// asked returns the IDs of a round, sorted.
func (c *round) asked() []refresh.ID {
	if c == nil {
		return nil
	}
	return slices.Sorted(slices.Values(c.ids))
}

// answered returns the IDs that were answered.
func (c *round) answered() []refresh.ID {
	if c == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(c.replies))
}
