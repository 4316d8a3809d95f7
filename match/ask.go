package match

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/readdress-go/readdress/refresh"
)

var (
	errTwice      = errors.New("the connector answered twice")
	errCannotFind = errors.New("the connector cannot look for addresses")
)

// inquiry collects addresses to look for, each once, and then what was found of them.
type inquiry struct {
	addrs []refresh.Address
	at    map[string]int // by the folded address
	found []refresh.Finding
}

// want adds an address, if it is one that can be looked for.
func (q *inquiry) want(a refresh.Address) bool {
	if a.Check() != nil {
		return false
	}
	if q.at == nil {
		q.at = make(map[string]int)
	}
	fold := a.Fold()
	if _, ok := q.at[fold]; !ok {
		q.at[fold] = len(q.addrs)
		q.addrs = append(q.addrs, a)
	}
	return true
}

// ask looks for all of them in one call. What is not answered stays that way, whatever the reason.
func (q *inquiry) ask(ctx context.Context, conn refresh.Connector) {
	q.found = make([]refresh.Finding, len(q.addrs))
	if len(q.addrs) == 0 {
		return
	}
	finder, ok := refresh.As[refresh.Finder](conn)
	if !ok {
		q.fail(errCannotFind)
		return
	}
	w := &answers[refresh.Finding]{ctx: ctx, got: q.found, seen: make([]bool, len(q.addrs)), failed: refresh.FindFailed}
	w.seal(finder.Find(ctx, append([]refresh.Address(nil), q.addrs...), w.answer))
}

// fail answers everything with an error.
func (q *inquiry) fail(err error) {
	q.found = make([]refresh.Finding, len(q.addrs))
	for i := range q.found {
		q.found[i] = refresh.FindFailed(err)
	}
}

// of returns what was found of an address that was asked for: the objects, each once, or why nothing is known.
func (q *inquiry) of(a refresh.Address) ([]refresh.Mailbox, error) {
	i, ok := q.at[a.Fold()]
	if !ok || i >= len(q.found) {
		return nil, refresh.ErrNoAnswer
	}
	if err := q.found[i].Err(); err != nil {
		return nil, err
	}
	hits, _ := q.found[i].Mailboxes()
	return addHits(nil, hits), nil
}

// addHits adds objects that are not there yet. One without an ID may be any, so it counts.
func addHits(to, hits []refresh.Mailbox) []refresh.Mailbox {
next:
	for _, h := range hits {
		for _, x := range to {
			if h.ID != "" && x.ID == h.ID {
				continue next
			}
		}
		to = append(to, h)
	}
	return to
}

// answers receives those of one call and holds the connector to its contract.
type answers[A any] struct {
	ctx    context.Context
	mu     sync.Mutex
	got    []A
	seen   []bool
	sealed bool
	failed func(error) A
}

func (w *answers[A]) answer(i int, a A) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.sealed, i < 0, i >= len(w.got):
	case w.seen[i]:
		w.got[i] = w.failed(errTwice)
	case w.ctx.Err() != nil:
		w.got[i], w.seen[i] = w.failed(context.Cause(w.ctx)), true
	default:
		w.got[i], w.seen[i] = a, true
	}
}

// seal ends the call: what comes later is too late, and what did not come is failed.
func (w *answers[A]) seal(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sealed = true
	for i := range w.got {
		if !w.seen[i] {
			w.got[i] = w.failed(err)
		}
	}
}

// reach makes the refusals of a refresh for one side, before anything is asked there. A side that is only out of reach is no refusal: failed
// says why nothing can be asked of it. The pin is that of the directory, where the job has none and IDs are to be taken from it.
func reach(ctx context.Context, job refresh.Job, s refresh.Side, conn refresh.Connector, opts *refresh.Options) (
	pin string, warned []refresh.Warning, failed, refused error,
) {
	sides := refresh.Sides{Source: conn}
	if s == refresh.Target {
		sides = refresh.Sides{Target: conn}
	}
	all, err := refresh.Check(ctx, job, sides, opts)
	switch {
	case err == nil:
	case isRefusal(err):
		return "", nil, nil, err
	default:
		return "", nil, err, nil
	}
	for _, w := range all {
		if w.Code != refresh.WarnNoIdentity {
			warned = append(warned, w)
		}
	}
	inspector, ok := refresh.As[refresh.Inspector](conn)
	if job.Endpoint(s).Pin != "" || !ok {
		return "", warned, nil, nil
	}
	dir, err := inspector.Inspect(ctx)
	switch {
	case errors.Is(err, refresh.ErrForbidden):
	case err != nil:
		return "", warned, fmt.Errorf("inspecting the directory: %w", err), nil
	}
	return dir.Pin, warned, nil, nil
}

// isRefusal tells an error that a person has to act on from an outage.
func isRefusal(err error) bool {
	for _, is := range []func(error) bool{
		isA[*refresh.InvalidError], isA[*refresh.UnsupportedError], isA[*refresh.WrongDirectoryError],
		isA[*refresh.PinError], isA[*refresh.ReconfigureError],
	} {
		if is(err) {
			return true
		}
	}
	return false
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
