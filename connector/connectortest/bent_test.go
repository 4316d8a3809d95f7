package connectortest

import (
	"context"
	"errors"
	"iter"
	"sync/atomic"

	"github.com/readdress-go/readdress/refresh"
)

type (
	resolveFunc = func(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error
	findFunc    = func(ctx context.Context, addrs []refresh.Address, answer func(int, refresh.Finding)) error
)

// bent is a connector whose abilities can be broken one by one.
type bent struct {
	info     func() refresh.Info
	resolve  resolveFunc
	confirm  resolveFunc
	find     findFunc
	list     func(ctx context.Context) iter.Seq2[refresh.Entry, error]
	inspect  func(ctx context.Context) (refresh.Directory, error)
	mark     func(ctx context.Context) (refresh.Cursor, error)
	changes  func(ctx context.Context, since refresh.Cursor) (refresh.ChangePage, error)
	reason   string
	remedy   string
	closed   atomic.Bool
	unlocked bool // closing does nothing
}

var errClosed = errors.New("the connection is closed")

func (b *bent) gone() bool { return b.closed.Load() && !b.unlocked }

func (b *bent) Info() refresh.Info { return b.info() }

func (b *bent) Explain(refresh.Capability) (reason, remedy string) { return b.reason, b.remedy }

func (b *bent) Close() error {
	b.closed.Store(true)
	return nil
}

func (b *bent) Resolve(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
	if b.gone() {
		return errClosed
	}
	return b.resolve(ctx, ids, answer)
}

func (b *bent) Confirm(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
	if b.gone() {
		return errClosed
	}
	return b.confirm(ctx, ids, answer)
}

func (b *bent) Find(ctx context.Context, addrs []refresh.Address, answer func(int, refresh.Finding)) error {
	if b.gone() {
		return errClosed
	}
	return b.find(ctx, addrs, answer)
}

func (b *bent) List(ctx context.Context) iter.Seq2[refresh.Entry, error] {
	if b.gone() {
		return func(yield func(refresh.Entry, error) bool) { yield(refresh.Entry{}, errClosed) }
	}
	return b.list(ctx)
}

func (b *bent) Inspect(ctx context.Context) (refresh.Directory, error) {
	if b.gone() {
		return refresh.Directory{}, errClosed
	}
	return b.inspect(ctx)
}

func (b *bent) Mark(ctx context.Context) (refresh.Cursor, error) {
	if b.gone() {
		return refresh.Cursor{}, errClosed
	}
	return b.mark(ctx)
}

func (b *bent) Changes(ctx context.Context, since refresh.Cursor) (refresh.ChangePage, error) {
	if b.gone() {
		return refresh.ChangePage{}, errClosed
	}
	return b.changes(ctx, since)
}

// onAnswer changes answers of both look-ups on their way.
func (b *bent) onAnswer(change func(ids []refresh.ID, i int, l refresh.Lookup, answer func(int, refresh.Lookup))) {
	b.both(func(good resolveFunc) resolveFunc {
		return func(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
			return good(ctx, ids, func(i int, l refresh.Lookup) { change(ids, i, l, answer) })
		}
	})
}

// both replaces both look-ups.
func (b *bent) both(with func(good resolveFunc) resolveFunc) {
	b.resolve, b.confirm = with(b.resolve), with(b.confirm)
}

// onFound changes every mailbox that is found, listed or hit.
func (b *bent) onFound(change func(refresh.Mailbox) refresh.Mailbox) {
	b.onAnswer(func(_ []refresh.ID, i int, l refresh.Lookup, answer func(int, refresh.Lookup)) {
		if m, ok := l.Mailbox(); ok {
			l = refresh.Found(change(m))
		}
		answer(i, l)
	})
}

// lie is the answer of a connector that reads an outage as an absence: it even claims to have proof.
var lie = refresh.NotFound(refresh.Absence{Proof: refresh.ProofEmptyScope, Sight: true})
