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

type (
	markFunc    = func(ctx context.Context) (refresh.Cursor, error)
	changesFunc = func(ctx context.Context, since refresh.Cursor) (refresh.ChangePage, error)
)

// tracks replaces both methods of a tracker.
func tracks(with func(m *memory, mark markFunc, changes changesFunc) (markFunc, changesFunc)) func(*memory, *bent) {
	return func(m *memory, b *bent) { b.mark, b.changes = with(m, b.mark, b.changes) }
}

// tells changes each page on its way.
func tells(change func(m *memory, since refresh.Cursor, page *refresh.ChangePage)) func(*memory, *bent) {
	return tracks(func(m *memory, mark markFunc, changes changesFunc) (markFunc, changesFunc) {
		return mark, func(ctx context.Context, since refresh.Cursor) (refresh.ChangePage, error) {
			page, err := changes(ctx, since)
			if err == nil {
				change(m, since, &page)
			}
			return page, err
		}
	})
}

// leavesOut takes IDs out of every page; there is false for an object that was deleted.
func leavesOut(which func(x refresh.Mailbox, there bool) bool) func(*memory, *bent) {
	return tells(func(m *memory, _ refresh.Cursor, page *refresh.ChangePage) {
		page.IDs = slices.DeleteFunc(page.IDs, func(id refresh.ID) bool { return which(m.sys.Get(id)) })
	})
}

// changesNothing answers with no changes when the error is one that pick names, and with a mark when the mark failed so.
func changesNothing(pick func(error) bool) func(*memory, *bent) {
	return tracks(func(_ *memory, mark markFunc, changes changesFunc) (markFunc, changesFunc) {
		return func(ctx context.Context) (refresh.Cursor, error) {
				c, err := mark(ctx)
				if err != nil && pick(err) {
					return refresh.Cursor{Token: "some", Taken: time.Now()}, nil
				}
				return c, err
			}, func(ctx context.Context, since refresh.Cursor) (refresh.ChangePage, error) {
				page, err := changes(ctx, since)
				if err != nil && pick(err) {
					return refresh.ChangePage{Next: since}, nil
				}
				return page, err
			}
	})
}

var now = refresh.Cursor{Token: "now", Taken: time.Now()}

var brokenTracks = []broken{
	{
		name: "no mark", reason: "an empty cookie is taken as a cursor",
		rule: ruleChanges, in: []string{"changes", "many changes", "old cursor", "kept cursor", "garbage cursor"},
		bend: func(_ *memory, b *bent) {
			b.mark = func(context.Context) (refresh.Cursor, error) { return refresh.Cursor{}, nil }
		},
	}, {
		name: "mark fails", reason: "the change log is not switched on",
		rule: ruleChanges, in: []string{"changes", "foreign cursor"},
		bend: func(_ *memory, b *bent) {
			b.mark = func(context.Context) (refresh.Cursor, error) { return refresh.Cursor{}, errDown }
		},
	}, {
		name: "mark of tomorrow", reason: "the cursor says \"now\", and means the time when it is used",
		rule: ruleChanges, in: []string{"changes", "many changes"},
		bend: tracks(func(_ *memory, mark markFunc, changes changesFunc) (markFunc, changesFunc) {
			return func(context.Context) (refresh.Cursor, error) { return now, nil },
				func(ctx context.Context, since refresh.Cursor) (refresh.ChangePage, error) {
					if since.Token == now.Token {
						since, _ = mark(ctx)
					}
					return changes(ctx, since)
				}
		}),
	}, {
		name: "changes fail", reason: "the control for it is critical, and the server does not know it",
		rule: ruleChanges, in: []string{"changes", "many changes", "old cursor"},
		bend: func(_ *memory, b *bent) {
			b.changes = func(context.Context, refresh.Cursor) (refresh.ChangePage, error) {
				return refresh.ChangePage{}, errDown
			}
		},
	}, {
		name: "deletions are no changes", reason: "the search for changed objects does not see deleted ones",
		rule: ruleChanges, in: []string{"changes"},
		bend: leavesOut(func(_ refresh.Mailbox, there bool) bool { return !there }),
	}, {
		name: "new objects are no changes", reason: "only the objects that the mark saw are compared",
		rule: ruleChanges, in: []string{"changes", "many changes"},
		bend: func(m *memory, b *bent) {
			mark, changes := b.mark, b.changes
			known := map[refresh.ID]bool{}
			b.mark = func(ctx context.Context) (refresh.Cursor, error) {
				for x := range m.sys.All() {
					known[x.ID] = true
				}
				return mark(ctx)
			}
			b.changes = func(ctx context.Context, since refresh.Cursor) (refresh.ChangePage, error) {
				page, err := changes(ctx, since)
				page.IDs = slices.DeleteFunc(page.IDs, func(id refresh.ID) bool { return !known[id] })
				return page, err
			}
		},
	}, {
		name: "moved mailboxes are no changes", reason: "the filter wants mailboxes",
		rule: ruleChanges, in: []string{"changes"},
		bend: leavesOut(func(x refresh.Mailbox, there bool) bool { return there && x.Kind.Elsewhere() }),
	}, {
		name: "accounts without a mailbox are no changes", reason: "the filter wants mailboxes",
		rule: ruleChanges, in: []string{"changes"},
		bend: leavesOut(func(x refresh.Mailbox, there bool) bool { return there && x.Instance == "" && !x.Kind.Elsewhere() }),
	}, {
		name: "names instead of IDs", reason: "the change log holds names, and a deleted object has another one",
		rule: ruleChanges, in: []string{"changes"},
		bend: tells(func(m *memory, _ refresh.Cursor, page *refresh.ChangePage) {
			for i, id := range page.IDs {
				if _, there := m.sys.Get(id); !there {
					page.IDs[i] = ""
				}
			}
		}),
	}, {
		name: "first page of changes", reason: "More is never set",
		rule: ruleChanges, in: []string{"many changes"},
		bend: tells(func(_ *memory, _ refresh.Cursor, page *refresh.ChangePage) { page.More = false }),
	}, {
		name: "changes without end", reason: "the next cursor is the old one",
		rule: ruleEnd, in: []string{"changes", "changes after changes", "many changes"},
		bend: tells(func(_ *memory, since refresh.Cursor, page *refresh.ChangePage) { page.Next, page.More = since, true }),
	}, {
		name: "no changes are a failure", reason: "an empty answer is reported as an error",
		rule: ruleQuiet, in: []string{"changes after changes"},
		bend: tracks(func(_ *memory, mark markFunc, changes changesFunc) (markFunc, changesFunc) {
			return mark, func(ctx context.Context, since refresh.Cursor) (refresh.ChangePage, error) {
				page, err := changes(ctx, since)
				if err == nil && len(page.IDs) == 0 {
					err = errors.New("no entries")
				}
				return page, err
			}
		}),
	}, {
		name: "no changes, no cursor", reason: "the server sends an empty cookie when nothing changed",
		rule: ruleQuiet, in: []string{"changes after changes"},
		bend: tells(func(_ *memory, _ refresh.Cursor, page *refresh.ChangePage) {
			if len(page.IDs) == 0 {
				page.Next = refresh.Cursor{}
			}
		}),
	}, {
		name: "Next of tomorrow", reason: "Next says \"now\", and means the time when it is used",
		rule: ruleNext, in: []string{"changes after changes"},
		bend: tracks(func(_ *memory, mark markFunc, changes changesFunc) (markFunc, changesFunc) {
			return mark, func(ctx context.Context, since refresh.Cursor) (refresh.ChangePage, error) {
				if since.Token == now.Token {
					since, _ = mark(ctx)
				}
				page, err := changes(ctx, since)
				page.Next = now
				return page, err
			}
		}),
	}, {
		name: "Next is no cursor", reason: "Next is where a page ends, and no cursor after the last one",
		rule: ruleNext, in: []string{"changes after changes"},
		bend: tells(func(_ *memory, _ refresh.Cursor, page *refresh.ChangePage) {
			if len(page.IDs) > 0 && !page.More {
				page.Next.Token = "end"
			}
		}),
	}, {
		name: "pages of a copy", reason: "the pages come from a copy made with the first one, and Next from the last one",
		rule: ruleBetween, in: []string{"many changes"},
		bend: func(_ *memory, b *bent) {
			mark, changes := b.mark, b.changes
			var held []refresh.ID
			b.changes = func(ctx context.Context, since refresh.Cursor) (refresh.ChangePage, error) {
				if since.Token != "more" {
					held = nil
					for more := true; more; {
						page, err := changes(ctx, since)
						if err != nil {
							return page, err
						}
						held, since, more = append(held, page.IDs...), page.Next, page.More
					}
				}
				page := refresh.ChangePage{IDs: held[:min(100, len(held))], Next: refresh.Cursor{Token: "more"}}
				held = held[len(page.IDs):]
				if page.More = len(held) > 0; !page.More {
					page.Next, _ = mark(ctx)
				}
				return page, nil
			}
		},
	}, {
		name: "named once", reason: "what a page has named is not named again, although it changed again",
		rule: ruleBetween, in: []string{"many changes"},
		bend: func(_ *memory, b *bent) {
			changes := b.changes
			told := map[refresh.ID]bool{}
			b.changes = func(ctx context.Context, since refresh.Cursor) (refresh.ChangePage, error) {
				page, err := changes(ctx, since)
				page.IDs = slices.DeleteFunc(page.IDs, func(id refresh.ID) bool { return told[id] })
				for _, id := range page.IDs {
					told[id] = true
				}
				return page, err
			}
		},
	}, {
		name: "look-ups move the cursor", reason: "the place in the log belongs to the connection, and every search moves it",
		rule: ruleBetween, in: []string{"changes during look-ups"},
		bend: func(_ *memory, b *bent) {
			mark, changes := b.mark, b.changes
			var mu sync.Mutex
			var moved refresh.Cursor
			b.mark = func(ctx context.Context) (refresh.Cursor, error) {
				mu.Lock()
				defer mu.Unlock()
				moved = refresh.Cursor{}
				return mark(ctx)
			}
			b.both(func(good resolveFunc) resolveFunc {
				return func(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
					err := good(ctx, ids, answer)
					mu.Lock()
					defer mu.Unlock()
					moved, _ = mark(ctx)
					return err
				}
			})
			b.changes = func(ctx context.Context, since refresh.Cursor) (refresh.ChangePage, error) {
				mu.Lock()
				defer mu.Unlock()
				if !moved.IsZero() {
					since = moved
				}
				return changes(ctx, since)
			}
		},
	}, {
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
				here, _ := mark(ctx)
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
		}),
	},
}
