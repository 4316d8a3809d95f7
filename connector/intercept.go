package connector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/readdress-go/readdress/refresh"
)

// Intercept returns a connector that hands every call of c to f. The call happens when f calls do; what do returns
// is the call's error, and what f returns is the error that the caller sees. The context that f gives to do is the
// one that c gets. [refresh.As] works on the result exactly as on c: it offers the abilities that c both has and
// claims, and none of them goes around f. Info and Explain do no I/O and are not intercepted. An interface of c's own
// (such as io.Closer) is not on the result: whoever opened c keeps it to close it.
//
// f may call do again, one call at a time. A later do of Resolve, Confirm or Find asks only for what is still open:
// Found, NotFound and Hits go out as they come, failed answers are held back until f returns, and an open one that
// a later do answers never goes out as failed. See [Call.Settle] for which are open. What was never answered has
// failed with the error that f returns.
//
// A List is intercepted as one call from its first entry to its last, so f returns when the caller's loop has
// ended; when the caller leaves the loop, do returns nil. A later do starts the list anew, as long as no entry has
// gone out; after that it returns the earlier error, because a list cannot be taken up in the middle.
//
// f cannot make up an answer. If it returns without calling do, or calls it no more after it failed, nothing is answered
// and List, Inspect, Mark and Changes return an error even if f returns nil. An absence that c reports although
// do's context has ended goes out as failed, because a call cut short proves nothing. A do that f leaves running is
// cancelled and waited for.
func Intercept(c refresh.Connector, f func(ctx context.Context, call Call, do func(context.Context) error) error) refresh.Connector {
	return &intercepted{inner: c, f: f}
}

type intercepted struct {
	inner refresh.Connector
	f     func(ctx context.Context, call Call, do func(context.Context) error) error
}

var (
	_ refresh.Resolver  = (*intercepted)(nil)
	_ refresh.Confirmer = (*intercepted)(nil)
	_ refresh.Finder    = (*intercepted)(nil)
	_ refresh.Lister    = (*intercepted)(nil)
	_ refresh.Inspector = (*intercepted)(nil)
	_ refresh.Tracker   = (*intercepted)(nil)
	_ refresh.Explainer = (*intercepted)(nil)
)

// Info is that of the inner connector, less the abilities that it claims and does not have.
func (w *intercepted) Info() refresh.Info {
	info := w.inner.Info()
	info.Can &= methods(w.inner)
	return info
}

// methods returns the abilities for which c has the methods.
func methods(c refresh.Connector) (can refresh.Capability) {
	if _, ok := c.(refresh.Resolver); ok {
		can |= refresh.CanResolve
	}
	if _, ok := c.(refresh.Confirmer); ok {
		can |= refresh.CanConfirm
	}
	if _, ok := c.(refresh.Finder); ok {
		can |= refresh.CanFind
	}
	if _, ok := c.(refresh.Lister); ok {
		can |= refresh.CanList
	}
	if _, ok := c.(refresh.Inspector); ok {
		can |= refresh.CanInspect
	}
	if _, ok := c.(refresh.Tracker); ok {
		can |= refresh.CanTrack
	}
	return can
}

// Explain asks the inner connector; it returns nothing where that has nothing to say.
func (w *intercepted) Explain(can refresh.Capability) (reason, remedy string) {
	if x, ok := w.inner.(refresh.Explainer); ok {
		return x.Explain(can)
	}
	return "", ""
}

func (w *intercepted) call(can refresh.Capability, method string) Call {
	return Call{Ability: can, Method: method, System: w.inner.Info().System}
}

// through runs f around work.
func (w *intercepted) through(ctx context.Context, call Call, work func(context.Context) error) error {
	var s session
	defer s.end() // also when f panics
	return w.f(ctx, call, func(ctx context.Context) error { return s.do(ctx, work) })
}

func (w *intercepted) Resolve(ctx context.Context, ids []refresh.ID, answer func(i int, l refresh.Lookup)) error {
	inner, ok := refresh.As[refresh.Resolver](w.inner)
	if !ok {
		return w.unsupported(refresh.CanResolve)
	}
	return askThrough(ctx, w, w.call(refresh.CanResolve, "Resolve"), newBatch(ids, answer, lookups), inner.Resolve)
}

func (w *intercepted) Confirm(ctx context.Context, ids []refresh.ID, answer func(i int, l refresh.Lookup)) error {
	inner, ok := refresh.As[refresh.Confirmer](w.inner)
	if !ok {
		return w.unsupported(refresh.CanConfirm)
	}
	return askThrough(ctx, w, w.call(refresh.CanConfirm, "Confirm"), newBatch(ids, answer, lookups), inner.Confirm)
}

func (w *intercepted) Find(ctx context.Context, addrs []refresh.Address, answer func(i int, f refresh.Finding)) error {
	inner, ok := refresh.As[refresh.Finder](w.inner)
	if !ok {
		return w.unsupported(refresh.CanFind)
	}
	return askThrough(ctx, w, w.call(refresh.CanFind, "Find"), newBatch(addrs, answer, findings), inner.Find)
}

func (w *intercepted) List(ctx context.Context) iter.Seq2[refresh.Entry, error] {
	return func(yield func(refresh.Entry, error) bool) {
		inner, ok := refresh.As[refresh.Lister](w.inner)
		if !ok {
			yield(refresh.Entry{}, w.unsupported(refresh.CanList))
			return
		}
		call := w.call(refresh.CanList, "List")
		call.list = &listing{yield: yield}
		err := w.through(ctx, call, func(ctx context.Context) error { return call.list.pass(ctx, inner) })
		call.list.finish(err)
	}
}

func (w *intercepted) Inspect(ctx context.Context) (refresh.Directory, error) {
	inner, ok := refresh.As[refresh.Inspector](w.inner)
	if !ok {
		return refresh.Directory{}, w.unsupported(refresh.CanInspect)
	}
	return valueThrough(ctx, w, w.call(refresh.CanInspect, "Inspect"), inner.Inspect)
}

func (w *intercepted) Mark(ctx context.Context) (refresh.Cursor, error) {
	inner, ok := refresh.As[refresh.Tracker](w.inner)
	if !ok {
		return refresh.Cursor{}, w.unsupported(refresh.CanTrack)
	}
	return valueThrough(ctx, w, w.call(refresh.CanTrack, "Mark"), inner.Mark)
}

func (w *intercepted) Changes(ctx context.Context, since refresh.Cursor) (refresh.ChangePage, error) {
	inner, ok := refresh.As[refresh.Tracker](w.inner)
	if !ok {
		return refresh.ChangePage{}, w.unsupported(refresh.CanTrack)
	}
	return valueThrough(ctx, w, w.call(refresh.CanTrack, "Changes"), func(ctx context.Context) (refresh.ChangePage, error) {
		return inner.Changes(ctx, since)
	})
}

func askThrough[K, A any](ctx context.Context, w *intercepted, call Call, b *batch[K, A], ask func(context.Context, []K, func(int, A)) error) error {
	call.N, call.answers = len(b.asked), b
	err := w.through(ctx, call, func(ctx context.Context) error { return b.ask(ctx, ask) })
	b.finish()
	return err
}

// errNotMade is the error of a call that its interceptor says went well, although it never made it.
var errNotMade = errors.New("connector: the interceptor did not make the call")

// valueThrough keeps what the last do returned; a call that ended badly is never handed on as a good one.
func valueThrough[T any](ctx context.Context, w *intercepted, call Call, get func(context.Context) (T, error)) (T, error) {
	var value T
	last := errNotMade
	err := w.through(ctx, call, func(ctx context.Context) error {
		value, last = get(ctx)
		return last
	})
	return value, cmp.Or(err, last)
}

func (w *intercepted) unsupported(can refresh.Capability) error {
	return fmt.Errorf("connector: %s cannot %s: %w", w.inner.Info().System, can, errors.ErrUnsupported)
}
