package ldapconn

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/readdress-go/readdress/internal/backoff"
	"github.com/readdress-go/readdress/internal/fanout"
	"github.com/readdress-go/readdress/refresh"
)

// stage is the look-up of some IDs in one place.
type stage struct {
	r *resolution

	mu     sync.Mutex
	absent map[*session][]absence
	bare   map[*session][]found // entries of which the mailbox, or which one it is, was not read
	done   []bool               // which of the call's IDs have their answer; only where a sweep may answer, too
}

// absence is an ID that a complete answer left out.
type absence struct {
	id    refresh.ID
	whole bool // the answer left nothing of the place out
}

// stage asks one place about some IDs and answers what it finds, and what fails. It returns the IDs that the place does not show;
// where that proves nothing, it notes a doubt. The error is not nil only when ctx ended.
func (r *resolution) stage(ctx context.Context, t *trunk, ids []refresh.ID) (left []refresh.ID, err error) {
	st := &stage{r: r}
	for again := false; ; again = true {
		st.absent, st.bare = map[*session][]absence{}, map[*session][]found{}
		q := &queue[refresh.ID]{items: ids}
		if err := st.ask(ctx, t, q); err != nil {
			return nil, err
		}
		if err := st.settleBare(ctx); err != nil {
			return nil, err
		}
		gone, lost, err := st.settle(ctx, again)
		left = append(left, gone...)
		if err != nil || len(lost) == 0 {
			return left, err
		}
		ids = lost // their server ended the connection, or was busy, before it could show that it sees anything
		if err := backoff.Sleep(ctx, busyPause.Pause(0)); err != nil {
			return left, err
		}
	}
}

// ask asks for everything in the queue, in batches and perhaps with a sweep.
func (st *stage) ask(ctx context.Context, t *trunk, q *queue[refresh.ID]) error {
	p := st.r.c.newPace(q.left(), 0)
	if !st.maySweep(t, q) {
		return drain(ctx, t, q, p, st.batch, st.fail)
	}
	for _, id := range q.items {
		if n := st.r.at[id][0] + 1; n > len(st.done) {
			st.done = append(st.done, make([]bool, n-len(st.done))...)
		}
	}
	// A job often has its rows in the order of the directory. Batches begin at the end, so that a sweep finds what they have
	// not answered yet.
	q.items = slices.Clone(q.items)
	slices.Reverse(q.items)
	both, stop := context.WithCancel(ctx)
	defer stop()
	return fanout.Each(ctx, 2, 2, func(ctx context.Context, i int) error {
		if i == 0 {
			defer stop()
			return drain(ctx, t, q, p, st.batch, st.fail)
		}
		st.sweep(both, t, q, p)
		return nil
	})
}

// tell answers an ID, unless it has its answer.
func (st *stage) tell(id refresh.ID, l refresh.Lookup) {
	if st.claim(id) {
		st.r.tell(id, l)
	}
}

func (st *stage) fail(ids []refresh.ID, err error) {
	for _, id := range ids {
		st.tell(id, refresh.Failed(err))
	}
}

// claim reports whether the caller is the first to answer an ID.
func (st *stage) claim(id refresh.ID) bool {
	if st.done == nil {
		return true
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	at := st.r.at[id][0]
	first := !st.done[at]
	st.done[at] = true
	return first
}

// answered reports whether an ID has its answer.
func (st *stage) answered(id refresh.ID) bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.done != nil && st.done[st.r.at[id][0]]
}

// batch asks for one batch and answers what was found.
func (st *stage) batch(ctx context.Context, s *session, ids []refresh.ID) error {
	r := st.r
	rep, err := r.c.ask(ctx, s, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		f, ok := rep.found[id]
		switch {
		case !ok:
			st.mu.Lock()
			st.absent[s] = append(st.absent[s], absence{id, rep.whole})
			st.mu.Unlock()
		case f.bare, f.partial:
			st.mu.Lock()
			st.bare[s] = append(st.bare[s], f)
			st.mu.Unlock()
		case f.err != nil:
			st.tell(id, refresh.Failed(f.err).On(s.facts.server))
		default:
			st.tell(id, f.lookup(s))
		}
	}
	return nil
}

// settle judges the IDs that complete answers left out, session by session, because what one session sees proves nothing for
// another. lost are those to ask once more, when last is not set.
func (st *stage) settle(ctx context.Context, last bool) (left, lost []refresh.ID, err error) {
	for s, list := range st.absent {
		blind := st.r.c.sightOrEmpty(ctx, s)
		if ctx.Err() != nil {
			return nil, nil, context.Cause(ctx)
		}
		st.r.proves(s)
		for _, a := range list {
			switch {
			case st.answered(a.id): // by a sweep, which saw it
				continue
			case blind != nil && (s.dead() || isBusy(blind)) && !last:
				lost = append(lost, a.id)
				continue
			case blind != nil:
				st.r.doubts(a.id, blind, s.facts.server)
			case !a.whole:
				st.r.doubts(a.id, fmt.Errorf("ldapconn: the search of %s did not cover everything in which the mailbox could live: %w", s.server, s.elsewhere()), s.facts.server)
			}
			left = append(left, a.id)
		}
	}
	return left, lost, nil
}

// settleBare answers the entries that look like an account without a mailbox. What a disabled mailbox leaves and what an access
// rule leaves look the same. Only a reader who reads addresses and Instances of others is believed, and then the account
// is answered as it is: the engine knows whether there was a mailbox. An entry that says that it is a mailbox, and
// does not say which, is hidden in part for such a reader; for one who reads no Instance anywhere it is as usual.
func (st *stage) settleBare(ctx context.Context) error {
	for s, list := range st.bare {
		known, err := st.r.c.knows(ctx, s)
		if ctx.Err() != nil {
			return context.Cause(ctx)
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
			st.tell(f.entry.ID, l.On(s.facts.server))
		}
	}
	return nil
}
