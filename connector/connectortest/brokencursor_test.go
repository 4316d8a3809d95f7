package connectortest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// brokenCursors break cursors, and trackers in trouble.
var brokenCursors = []broken{
	{
		name: "changes are told once", reason: "the server keeps one place for each client, as in a queue",
		rule: ruleOld, in: []string{"old cursor"},
		bend: func(_ *memory, b *bent) {
			changes := b.changes
			var at refresh.Cursor
			b.changes = func(ctx context.Context, since refresh.Cursor) (refresh.ChangePage, error) {
				if !at.IsZero() {
					since = at
				}
				page, err := changes(ctx, since)
				at = page.Next
				return page, err
			}
			b.alone()
		},
	}, {
		name: "old cursors fail", reason: "the server's code for a cursor that is too old is not known",
		rule: ruleOld, in: []string{"old cursor"},
		bend: func(_ *memory, b *bent) {
			changes := b.changes
			used := map[string]bool{}
			b.changes = func(ctx context.Context, since refresh.Cursor) (refresh.ChangePage, error) {
				if used[since.Token] {
					return refresh.ChangePage{}, errDown
				}
				used[since.Token] = true
				return changes(ctx, since)
			}
			b.alone()
		},
	}, {
		name: "cursor of a connection", reason: "the token is the name of something that the connection keeps",
		rule: ruleKept, in: []string{"kept cursor"},
		bend: func(_ *memory, b *bent) {
			mark, changes := b.mark, b.changes
			kept := map[string]bool{}
			keep := func(c refresh.Cursor) { kept[c.Token] = true }
			b.mark = func(ctx context.Context) (refresh.Cursor, error) {
				c, err := mark(ctx)
				keep(c)
				return c, err
			}
			b.changes = func(ctx context.Context, since refresh.Cursor) (refresh.ChangePage, error) {
				if !kept[since.Token] {
					return refresh.ChangePage{}, refresh.ErrCursorExpired
				}
				page, err := changes(ctx, since)
				keep(page.Next)
				return page, err
			}
			b.alone()
		},
	}, {
		name: "bytes of a cookie", reason: "a cookie is bytes, and a text is not: JSON replaces what is no UTF-8",
		rule: ruleKept, in: []string{"kept cursor"},
		bend: tracks(func(_ *memory, mark markFunc, changes changesFunc) (markFunc, changesFunc) {
			return func(ctx context.Context) (refresh.Cursor, error) {
					c, err := mark(ctx)
					c.Token = "\xff" + c.Token
					return c, err
				}, func(ctx context.Context, since refresh.Cursor) (refresh.ChangePage, error) {
					since.Token = strings.TrimPrefix(since.Token, "\xff")
					page, err := changes(ctx, since)
					page.Next.Token = "\xff" + page.Next.Token
					return page, err
				}
		}),
	}, {
		name: "expired cursor is a failure", reason: "the server's code for it is not known",
		rule: ruleCursor, in: []string{"garbage cursor", "foreign cursor"},
		bend: tracks(func(_ *memory, mark markFunc, changes changesFunc) (markFunc, changesFunc) {
			return mark, func(ctx context.Context, since refresh.Cursor) (refresh.ChangePage, error) {
				page, err := changes(ctx, since)
				if errors.Is(err, refresh.ErrCursorExpired) {
					err = errDown
				}
				return page, err
			}
		}),
	}, {
		name: "expired cursor is no change", reason: "an unknown cursor is taken as the newest one",
		rule: ruleCursor, in: []string{"garbage cursor", "foreign cursor"}, bend: changesNothing(isErr(refresh.ErrCursorExpired)),
	}, {
		name: "numbers of any directory", reason: "the token is a number, which every directory has",
		rule: ruleCursor, in: []string{"foreign cursor"},
		bend: tracks(func(_ *memory, mark markFunc, changes changesFunc) (markFunc, changesFunc) {
			return mark, func(ctx context.Context, since refresh.Cursor) (refresh.ChangePage, error) {
				here, err := mark(ctx)
				if err != nil {
					return refresh.ChangePage{}, err
				}
				if i := strings.LastIndexByte(since.Token, '/'); i >= 0 {
					since.Token = here.Token[:strings.LastIndexByte(here.Token, '/')] + since.Token[i:]
				}
				return changes(ctx, since)
			}
		}),
	}, {
		name: "half a cursor", reason: "what is read of a token that was cut is taken as the newest cursor",
		rule: ruleCursor, in: []string{"garbage cursor"},
		bend: tracks(func(_ *memory, mark markFunc, changes changesFunc) (markFunc, changesFunc) {
			return mark, func(ctx context.Context, since refresh.Cursor) (refresh.ChangePage, error) {
				if here, _ := mark(ctx); since.Token != "" && strings.HasPrefix(here.Token, since.Token) {
					since = here
				}
				return changes(ctx, since)
			}
		}),
	}, {
		name: "the blind see no changes", reason: "a reader without rights sees an empty log",
		rule: ruleUnseen, in: []string{"changes to the blind", "changes to the veiled"}, bend: changesNothing(isErr(refresh.ErrForbidden)),
	}, {
		name: "the veiled see no deletions", reason: "a search for deleted objects that may not be looked at finds none",
		rule: ruleUnseen, in: []string{"changes to the veiled"},
		bend: func(m *memory, b *bent) {
			mark, changes, free := b.mark, b.changes, m.sys.Connect(nil)
			b.mark = func(ctx context.Context) (refresh.Cursor, error) {
				c, err := mark(ctx)
				if errors.Is(err, refresh.ErrForbidden) {
					return free.Mark(ctx)
				}
				return c, err
			}
			b.changes = func(ctx context.Context, since refresh.Cursor) (refresh.ChangePage, error) {
				page, err := changes(ctx, since)
				if !errors.Is(err, refresh.ErrForbidden) {
					return page, err
				}
				page, err = free.Changes(ctx, since)
				page.IDs = slices.DeleteFunc(page.IDs, func(id refresh.ID) bool { _, there := m.sys.Get(id); return !there })
				return page, err
			}
		},
	}, {
		name: "cut changes are complete", reason: "the end of the connection is taken as the end of the changes",
		rule: ruleCut, in: []string{"cut"}, bend: changesNothing(isErr(errCut)),
	}, {
		name: "closed tracker", reason: "a search on a closed connection ends with no entries and no error",
		rule: ruleClosed, in: []string{"closed"},
		bend: func(_ *memory, b *bent) {
			b.unlocked = true // and what is not closed fails by itself, but for Changes
			mark, inspect, changes := b.mark, b.inspect, b.changes
			b.mark = func(ctx context.Context) (refresh.Cursor, error) {
				if b.closed.Load() {
					return refresh.Cursor{}, errClosed
				}
				return mark(ctx)
			}
			b.inspect = func(ctx context.Context) (refresh.Directory, error) {
				if b.closed.Load() {
					return refresh.Directory{}, errClosed
				}
				return inspect(ctx)
			}
			b.changes = func(ctx context.Context, since refresh.Cursor) (refresh.ChangePage, error) {
				if b.closed.Load() {
					return refresh.ChangePage{Next: since}, nil
				}
				return changes(ctx, since)
			}
		},
	}, {
		name: "outage changes nothing", reason: "an error is folded into no changes",
		rule: ruleOutage, in: []string{"outage"}, bend: changesNothing(isErr(errDown)),
	}, {
		name: "cancelled changes are none", reason: "a search that was cancelled ends with no entries and no error",
		rule: ruleCancel, in: []string{"cancelled before", "cancelled while stalled"}, bend: changesNothing(isErr(errStopped)),
	}, {
		name: "changes hang", reason: "a read without a deadline goes on after the context has ended",
		rule: rulePrompt, in: []string{"cancelled while stalled"},
		bend: tracks(func(_ *memory, mark markFunc, changes changesFunc) (markFunc, changesFunc) {
			return mark, func(ctx context.Context, since refresh.Cursor) (refresh.ChangePage, error) {
				before := ctx.Err()
				page, err := changes(ctx, since)
				if before == nil && ctx.Err() != nil {
					time.Sleep(500 * time.Millisecond)
				}
				return page, err
			}
		}),
	}, {
		name: "changes share state", reason: "two calls of Changes have one search",
		rule: ruleParallel, in: []string{"parallel"},
		bend: func(_ *memory, b *bent) {
			changes := b.changes
			var busy sync.Mutex
			b.changes = func(ctx context.Context, since refresh.Cursor) (refresh.ChangePage, error) {
				if !busy.TryLock() {
					return refresh.ChangePage{}, errCut
				}
				defer busy.Unlock()
				time.Sleep(time.Millisecond)
				return changes(ctx, since)
			}
		},
	}, {
		name: "wrapping loses changes", reason: "the wrapper drops what it has handed on before",
		rule: ruleSame, in: []string{"intercepted"},
		wrap: wrapOther(func(b *bent) {
			changes := b.changes
			told := map[refresh.ID]bool{}
			b.changes = func(ctx context.Context, since refresh.Cursor) (refresh.ChangePage, error) {
				page, err := changes(ctx, since)
				ids := slices.DeleteFunc(slices.Clone(page.IDs), func(id refresh.ID) bool { return told[id] })
				for _, id := range page.IDs {
					told[id] = true
				}
				page.IDs = ids
				return page, err
			}
			b.alone()
		}),
	},
}
