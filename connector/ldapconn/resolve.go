package ldapconn

import (
	"context"
	"fmt"
	"sync"

	"github.com/readdress-go/readdress/refresh"
)

// Resolve looks mailboxes up by their IDs, in batches of 50, eight at a time on one connection.
//
// A batch that fails fails its own IDs, and the others go on. When the connection breaks, it is made anew and the
// unanswered batches are asked again, a few times; then they fail. Absences are answered last, because they need the
// proof that this reader sees mailboxes at all; see the package comment.
func (c *Connector) Resolve(ctx context.Context, ids []refresh.ID, answer func(i int, l refresh.Lookup)) error {
	if len(ids) == 0 {
		return nil
	}
	l, err := c.line(ctx)
	if err != nil {
		return err
	}
	defer l.hangUp()
	r := newResolution(c, ids, answer)
	err = l.batches(ctx, len(r.batches), r.batch, func(k int, err error) { r.fail(r.batches[k], err) })
	if err != nil {
		return fmt.Errorf("ldapconn: resolve: %w", err)
	}
	return r.settle(ctx)
}

// resolution is one call of Resolve.
type resolution struct {
	c       *Connector
	at      map[refresh.ID][]int // where each ID is in the call
	batches [][]refresh.ID

	mu     sync.Mutex
	answer func(int, refresh.Lookup)
	absent map[*session][]absence
	bare   map[*session][]found // entries of which the mailbox, or which one it is, was not read
}

// absence is an ID that a complete answer left out.
type absence struct {
	id    refresh.ID
	whole bool
}

func newResolution(c *Connector, ids []refresh.ID, answer func(int, refresh.Lookup)) *resolution {
	r := &resolution{c: c, at: make(map[refresh.ID][]int, len(ids)), answer: answer, absent: map[*session][]absence{}, bare: map[*session][]found{}}
	var batch []refresh.ID
	for i, id := range ids {
		if _, err := c.facts.dialect.condition(id); err != nil {
			answer(i, refresh.Failed(err))
			continue
		}
		if r.at[id] = append(r.at[id], i); len(r.at[id]) > 1 {
			continue
		}
		if batch = append(batch, id); len(batch) == batchSize {
			r.batches = append(r.batches, batch)
			batch = nil
		}
	}
	if len(batch) > 0 {
		r.batches = append(r.batches, batch)
	}
	return r
}

// tell answers one ID.
func (r *resolution) tell(id refresh.ID, l refresh.Lookup) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, i := range r.at[id] {
		r.answer(i, l)
	}
}

func (r *resolution) fail(ids []refresh.ID, err error) {
	for _, id := range ids {
		r.tell(id, refresh.Failed(err))
	}
}

// batch asks for one batch and answers what was found.
func (r *resolution) batch(ctx context.Context, s *session, k int) error {
	ids := r.batches[k]
	rep, err := r.c.ask(ctx, s, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		f, ok := rep.found[id]
		switch {
		case !ok:
			r.mu.Lock()
			r.absent[s] = append(r.absent[s], absence{id, rep.whole})
			r.mu.Unlock()
		case f.bare, f.partial:
			r.mu.Lock()
			r.bare[s] = append(r.bare[s], f)
			r.mu.Unlock()
		case f.err != nil:
			r.tell(id, refresh.Failed(f.err).On(s.facts.server))
		default:
			r.tell(id, refresh.Found(f.entry.Mailbox).On(s.facts.server).ForwardingTo(f.forward))
		}
	}
	return nil
}

// settle answers the IDs that complete answers left out, session by session, because what one session sees
// proves nothing for another.
func (r *resolution) settle(ctx context.Context) error {
	for s, list := range r.absent {
		blind := r.c.sight(ctx, s)
		if ctx.Err() != nil {
			return fmt.Errorf("ldapconn: resolve: %w", context.Cause(ctx))
		}
		for _, a := range list {
			l := refresh.NotFound(refresh.Absence{
				Reason: refresh.ReasonGone, Proof: refresh.ProofEmptyScope, Sight: true,
				// Deleted objects are not looked at yet, so on Active Directory it may still be restorable.
				DeletionUnknown: r.c.facts.dialect == activeDirectory,
			})
			switch {
			case blind != nil:
				l = refresh.Failed(blind)
			case !a.whole:
				l = refresh.Failed(fmt.Errorf("ldapconn: the search of %s did not cover everything in which the mailbox could live: %w", s.server, refresh.ErrOutOfScope))
			}
			r.tell(a.id, l.On(s.facts.server))
		}
	}
	return r.settleBare(ctx)
}

// settleBare answers the entries that look like an account without a mailbox. What a disabled mailbox leaves and what an access
// rule leaves look the same. Only a reader who reads addresses and Instances of others is believed, and then the account
// is answered as it is: the engine knows whether there was a mailbox. An entry that says that it is a mailbox, and
// does not say which, is hidden in part for such a reader; for one who reads no Instance anywhere it is as usual.
func (r *resolution) settleBare(ctx context.Context) error {
	for s, list := range r.bare {
		known, err := r.c.knows(ctx, s)
		if ctx.Err() != nil {
			return fmt.Errorf("ldapconn: resolve: %w", context.Cause(ctx))
		}
		for _, f := range list {
			l := refresh.Found(f.entry.Mailbox).ForwardingTo(f.forward)
			switch {
			case err != nil:
				l = refresh.Failed(err)
			case f.bare && !known:
				l = refresh.Failed(errHidden)
			case f.partial && known:
				l = refresh.Failed(errUnnamed)
			}
			r.tell(f.entry.ID, l.On(s.facts.server))
		}
	}
	return nil
}
