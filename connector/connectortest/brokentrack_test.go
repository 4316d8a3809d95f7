package connectortest

import (
	"context"
	"errors"
	"slices"
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

// alone lets the methods of a tracker run one at a time, for those that keep something.
func (b *bent) alone() {
	var mu sync.Mutex
	mark, changes := b.mark, b.changes
	b.mark = func(ctx context.Context) (refresh.Cursor, error) {
		mu.Lock()
		defer mu.Unlock()
		return mark(ctx)
	}
	b.changes = func(ctx context.Context, since refresh.Cursor) (refresh.ChangePage, error) {
		mu.Lock()
		defer mu.Unlock()
		return changes(ctx, since)
	}
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
			b.alone()
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
			b.alone()
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
			b.alone()
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
	},
}
