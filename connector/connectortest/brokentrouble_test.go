package connectortest

import (
	"context"
	"iter"
	"sync"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// listsQuietly ends a list without an error when the error is one that pick names.
func listsQuietly(pick func(error) bool) func(*memory, *bent) {
	return func(_ *memory, b *bent) {
		good := b.list
		b.list = func(ctx context.Context) iter.Seq2[refresh.Entry, error] {
			return func(yield func(refresh.Entry, error) bool) {
				for e, err := range good(ctx) {
					if err != nil && pick(err) || !yield(e, err) {
						return
					}
				}
			}
		}
	}
}

// findsNobody answers with no hits when the error is one that pick names.
func findsNobody(pick func(error) bool) func(*memory, *bent) {
	return func(_ *memory, b *bent) {
		good := b.find
		b.find = func(ctx context.Context, addrs []refresh.Address, answer func(int, refresh.Finding)) error {
			answered := make([]bool, len(addrs))
			err := good(ctx, addrs, func(i int, f refresh.Finding) { answered[i] = true; answer(i, f) })
			if !pick(err) {
				return err
			}
			for i := range addrs {
				if !answered[i] {
					answer(i, refresh.Hits())
				}
			}
			return nil
		}
	}
}

var brokenTrouble = []broken{
	{
		name: "closed answers nothing", reason: "a search on a closed connection ends with no entries and no error",
		rule: ruleClosed,
		bend: func(_ *memory, b *bent) {
			b.unlocked = true
			b.both(func(good resolveFunc) resolveFunc {
				return func(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
					if !b.closed.Load() {
						return good(ctx, ids, answer)
					}
					for i := range ids {
						answer(i, lie)
					}
					return nil
				}
			})
		},
	}, {
		name: "blind says NotFound", reason: "a reader without rights sees an empty directory",
		rule: ruleBlind,
		bend: func(_ *memory, b *bent) { b.both(lieWhere(isErr(refresh.ErrNotVisible))) },
	}, {
		name: "blind says NotFound for the unknown", reason: "even what never was is not proven by a reader who sees nothing",
		rule: ruleBlind,
		bend: func(m *memory, b *bent) {
			b.onAnswer(func(ids []refresh.ID, i int, l refresh.Lookup, answer func(int, refresh.Lookup)) {
				if _, there := m.sys.Get(ids[i]); !there && l.Err() != nil {
					l = lie
				}
				answer(i, l)
			})
		},
	}, {
		name: "blind finds nobody", reason: "a reader without rights sees no holder of any address",
		rule: ruleBlind, in: []string{"blind"},
		bend: func(_ *memory, b *bent) {
			good := b.find
			b.find = func(ctx context.Context, addrs []refresh.Address, answer func(int, refresh.Finding)) error {
				return good(ctx, addrs, func(i int, f refresh.Finding) {
					if isErr(refresh.ErrNotVisible)(f.Err()) {
						f = refresh.Hits()
					}
					answer(i, f)
				})
			}
		},
	}, {
		name: "masked is empty", reason: "attributes that the reader may not see are taken as removed",
		rule: ruleMasked,
		bend: func(_ *memory, b *bent) {
			b.onAnswer(func(ids []refresh.ID, i int, l refresh.Lookup, answer func(int, refresh.Lookup)) {
				if isErr(refresh.ErrNotVisible)(l.Err()) {
					l = refresh.Found(refresh.Mailbox{ID: ids[i]})
				}
				answer(i, l)
			})
		},
	}, {
		name: "cut says NotFound", reason: "what was not answered before the cut is called gone",
		rule: ruleCut, bend: func(_ *memory, b *bent) { b.both(lieWhere(isErr(errCut))) },
	}, {
		name: "cut list is complete", reason: "the end of the connection is taken as the end of the list",
		rule: ruleCut, bend: listsQuietly(isErr(errCut)),
	}, {
		name: "cut finds nobody", reason: "the end of the connection is taken as the end of the answer",
		rule: ruleCut, bend: findsNobody(isErr(errCut)),
	}, {
		name: "outage says NotFound", reason: "an error is folded into absence",
		rule: ruleOutage, bend: func(_ *memory, b *bent) { b.both(lieWhere(isErr(errDown))) },
	}, {
		name: "outage finds nobody", reason: "an error is folded into no hits",
		rule: ruleOutage, bend: findsNobody(isErr(errDown)),
	}, {
		name: "outage lists nobody", reason: "an error is folded into an empty list",
		rule: ruleOutage, bend: listsQuietly(isErr(errDown)),
	}, {
		name: "outage inspects well", reason: "an error is folded into an empty directory",
		rule: ruleOutage,
		bend: func(_ *memory, b *bent) {
			good := b.inspect
			b.inspect = func(ctx context.Context) (refresh.Directory, error) {
				d, err := good(ctx)
				if isErr(errDown)(err) {
					err = nil
				}
				return d, err
			}
		},
	}, {
		name: "shared state", reason: "two calls write into one buffer",
		rule: ruleParallel,
		bend: func(_ *memory, b *bent) {
			var busy sync.Mutex
			b.both(func(good resolveFunc) resolveFunc {
				return func(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
					if !busy.TryLock() {
						return errCut
					}
					defer busy.Unlock()
					time.Sleep(time.Millisecond)
					return good(ctx, ids, answer)
				}
			})
		},
	}, {
		name: "other abilities share state", reason: "a search ends the list that runs beside it",
		rule: ruleParallel,
		bend: func(_ *memory, b *bent) {
			var busy sync.Mutex
			alone := func(do func() error) error {
				if !busy.TryLock() {
					return errCut
				}
				defer busy.Unlock()
				time.Sleep(time.Millisecond)
				return do()
			}
			find, list, mark := b.find, b.list, b.mark
			b.find = func(ctx context.Context, addrs []refresh.Address, answer func(int, refresh.Finding)) error {
				return alone(func() error { return find(ctx, addrs, answer) })
			}
			b.mark = func(ctx context.Context) (c refresh.Cursor, err error) {
				err = alone(func() error { c, err = mark(ctx); return err })
				return c, err
			}
			b.list = func(ctx context.Context) iter.Seq2[refresh.Entry, error] {
				return func(yield func(refresh.Entry, error) bool) {
					if err := alone(func() error { list(ctx)(yield); return nil }); err != nil {
						yield(refresh.Entry{}, err)
					}
				}
			}
		},
	}, {
		name: "leaks", reason: "each call leaves a goroutine that waits for ever",
		rule: ruleGoroutines,
		bend: func(_ *memory, b *bent) {
			good := b.inspect
			b.inspect = func(ctx context.Context) (refresh.Directory, error) {
				go func() {
					t := time.NewTimer(4 * time.Second) // for ever, for a test
					defer t.Stop()
					<-t.C
				}()
				return good(ctx)
			}
		},
	},
}

var brokenCancel = []broken{
	{
		name: "cancelled says NotFound", reason: "a search that was cancelled ends with some entries and no error",
		rule: ruleCancel, in: []string{"cancelled before", "cancelled during", "cancelled while stalled"},
		bend: func(_ *memory, b *bent) { b.both(lieWhere(isErr(errStopped))) },
	}, {
		name: "cancelled is well", reason: "the end of the context is not told",
		rule: ruleCancel, in: []string{"cancelled before", "cancelled during", "cancelled while stalled"},
		bend: func(_ *memory, b *bent) {
			b.both(func(good resolveFunc) resolveFunc {
				return func(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
					_ = good(ctx, ids, answer)
					return nil
				}
			})
		},
	}, {
		name: "cause lost", reason: "ctx.Err is returned in place of context.Cause",
		rule: ruleCancel, in: []string{"cancelled before", "cancelled during", "cancelled while stalled"},
		bend: func(_ *memory, b *bent) {
			b.both(func(good resolveFunc) resolveFunc {
				return func(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
					if err := good(ctx, ids, answer); err != nil && ctx.Err() != nil {
						return ctx.Err()
					}
					return nil
				}
			})
		},
	}, {
		name: "cancelled finds nobody", reason: "a search that was cancelled ends with no entries and no error",
		rule: ruleCancel, in: []string{"cancelled before", "cancelled during", "cancelled while stalled"},
		bend: findsNobody(isErr(errStopped)),
	}, {
		name: "cancelled list is complete", reason: "a loop over pages ends when the context ends",
		rule: ruleCancel, in: []string{"cancelled before", "cancelled during", "cancelled while stalled"},
		bend: listsQuietly(isErr(errStopped)),
	}, {
		name: "context forgotten", reason: "inspecting does not look at its context",
		rule: ruleCancel, in: []string{"cancelled before"},
		bend: func(_ *memory, b *bent) {
			good := b.inspect
			b.inspect = func(context.Context) (refresh.Directory, error) { return good(context.Background()) }
		},
	}, {
		name: "hangs", reason: "a read without a deadline goes on after the context has ended",
		rule: rulePrompt, in: []string{"cancelled while stalled"},
		bend: func(_ *memory, b *bent) {
			b.both(func(good resolveFunc) resolveFunc {
				return func(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
					before := ctx.Err()
					err := good(ctx, ids, answer)
					if before == nil && ctx.Err() != nil {
						time.Sleep(500 * time.Millisecond)
					}
					return err
				}
			})
		},
	},
}
