package refresh

import (
	"context"
	"slices"
	"sync"
)

// Stored returns what the job holds of an ID, in a call of Resolve or Confirm that the engine made with ctx. It is for systems whose
// ID does not say where to look: an IMAP witness has to be sought under a name. It is never a reason to answer with another object
// than the one asked for.
//
// Where rows of several parts hold one ID, it is the mailbox of the first row that asks. ok is false for an ID that no row of this run asks for
// (also where the engine asks for a row's mailbox only to learn what a replica can tell), outside a run, and when the
// call has returned. Stored may be called by several goroutines at a time, and the mailbox is the caller's own.
func Stored(ctx context.Context, id ID) (m Mailbox, ok bool) {
	if look, _ := ctx.Value(storedKey{}).(func(ID) (Mailbox, bool)); look != nil {
		return look(id)
	}
	return Mailbox{}, false
}

// WithStored returns a context in which [Stored] asks look, for a call of Resolve or Confirm without a run, such as a connector's own
// test. look may be called by several goroutines at a time. A run that is given the context does not use it.
func WithStored(ctx context.Context, look func(ID) (m Mailbox, ok bool)) context.Context {
	return context.WithValue(ctx, storedKey{}, look)
}

type storedKey struct{}

// withStored lets [Stored] look into the IDs of this side until end is called. They must not grow before.
func (s *sideRun) withStored(ctx context.Context) (_ context.Context, end func()) {
	var mu sync.RWMutex // a connector may leave a goroutine behind, in breach of its contract
	asked := s.asked
	look := func(id ID) (Mailbox, bool) {
		mu.RLock()
		defer mu.RUnlock()
		if asked == nil {
			return Mailbox{}, false
		}
		m := asked.storedAs(id)
		if m == nil {
			return Mailbox{}, false
		}
		own := *m
		own.Aliases = slices.Clone(m.Aliases)
		return own, true
	}
	return WithStored(ctx, look), func() {
		mu.Lock()
		defer mu.Unlock()
		asked = nil
	}
}

// storedAs returns what the job holds of an ID, nil for one that no match wants.
func (r *roster) storedAs(id ID) *Mailbox {
	if n := r.find(id); n >= 0 {
		return r.stored(n)
	}
	return nil
}
