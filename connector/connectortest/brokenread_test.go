package connectortest

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/readdress-go/readdress/refresh"
)

func (b *bent) onFinding(change func(addr refresh.Address, f refresh.Finding) refresh.Finding) {
	good := b.find
	b.find = func(ctx context.Context, addrs []refresh.Address, answer func(int, refresh.Finding)) error {
		return good(ctx, addrs, func(i int, f refresh.Finding) { answer(i, change(addrs[i], f)) })
	}
}

// onList changes the sequence; more is false when the loop was left.
func (b *bent) onList(change func(n int, e refresh.Entry, err error, yield func(refresh.Entry, error) bool) (more bool)) {
	good := b.list
	b.list = func(ctx context.Context) iter.Seq2[refresh.Entry, error] {
		return func(yield func(refresh.Entry, error) bool) {
			n := 0
			for e, err := range good(ctx) {
				if !change(n, e, err, yield) {
					return
				}
				n++
			}
		}
	}
}

var brokenReads = []broken{
	{
		name: "only the primary is found", reason: "one attribute is searched",
		rule: ruleHits, in: []string{"find"},
		bend: func(_ *memory, b *bent) {
			b.onFinding(func(addr refresh.Address, f refresh.Finding) refresh.Finding {
				hits, _ := f.Mailboxes()
				return refresh.Hits(slices.DeleteFunc(slices.Clone(hits), func(m refresh.Mailbox) bool { return !m.Primary.Same(addr) })...)
			})
		},
	}, {
		name: "spelling matters", reason: "the answers are matched to the question byte by byte",
		rule: ruleHits, in: []string{"find"},
		bend: func(_ *memory, b *bent) {
			b.onFinding(func(addr refresh.Address, f refresh.Finding) refresh.Finding {
				hits, _ := f.Mailboxes()
				return refresh.Hits(slices.DeleteFunc(slices.Clone(hits), func(m refresh.Mailbox) bool { return !slices.Contains(m.Addresses(), addr) })...)
			})
		},
	}, {
		name: "first holder only", reason: "the search stops at the first hit",
		rule: ruleHits, in: []string{"find several"},
		bend: func(_ *memory, b *bent) {
			b.onFinding(func(_ refresh.Address, f refresh.Finding) refresh.Finding {
				hits, _ := f.Mailboxes()
				return refresh.Hits(hits[:min(1, len(hits))]...)
			})
		},
	}, {
		name: "nobody is a failure", reason: "an empty answer is reported as an error",
		rule: ruleNoHits, in: []string{"find", "find many", "find after changes"},
		bend: func(_ *memory, b *bent) {
			b.onFinding(func(_ refresh.Address, f refresh.Finding) refresh.Finding {
				if hits, _ := f.Mailboxes(); len(hits) == 0 {
					return refresh.FindFailed(errors.New("no such object"))
				}
				return f
			})
		},
	}, {
		name: "wildcards", reason: "the address goes into a filter unescaped",
		rule: ruleLiteral,
		bend: func(m *memory, b *bent) {
			b.onFinding(func(addr refresh.Address, f refresh.Finding) refresh.Finding {
				if front, back, ok := strings.Cut(string(addr), "*"); ok {
					for x := range m.sys.All() {
						if strings.HasPrefix(string(x.Primary), front) && strings.HasSuffix(string(x.Primary), back) {
							return refresh.Hits(x)
						}
					}
				}
				return f
			})
		},
	}, {
		name: "odd address fails the call", reason: "one quote makes the whole filter invalid",
		rule: ruleLiteral,
		bend: func(_ *memory, b *bent) {
			good := b.find
			b.find = func(ctx context.Context, addrs []refresh.Address, answer func(int, refresh.Finding)) error {
				for _, a := range addrs {
					if strings.ContainsAny(string(a), "()") {
						return errors.New("bad filter")
					}
				}
				return good(ctx, addrs, answer)
			}
		},
	}, {
		name: "truncated list", reason: "the second page is never asked for",
		rule: ruleList, in: []string{"list many"},
		bend: func(_ *memory, b *bent) {
			b.onList(func(n int, e refresh.Entry, err error, yield func(refresh.Entry, error) bool) bool {
				return n < 100 && yield(e, err)
			})
		},
	}, {
		name: "list of yesterday", reason: "the list comes from an index that lags",
		rule: ruleList, in: []string{"list"},
		bend: func(m *memory, b *bent) {
			var mu sync.Mutex
			var old []refresh.Mailbox
			good := b.list
			b.list = func(ctx context.Context) iter.Seq2[refresh.Entry, error] {
				mu.Lock()
				defer mu.Unlock()
				if len(old) == 0 {
					old = slices.Collect(m.sys.All())
				}
				if len(old) == 0 { // the check lists an empty system first
					return good(ctx)
				}
				old := old
				return func(yield func(refresh.Entry, error) bool) {
					for _, x := range old {
						if !yield(refresh.Entry{Mailbox: x}, nil) {
							return
						}
					}
				}
			}
		},
		world: func(m *memory, w *World) {
			// The index is made between the first objects and what happens to them.
			good := w.Delete
			c := m.connect(nil)
			c.unlocked = true
			w.Connect = func() (refresh.Connector, error) { return c, nil }
			w.Delete = func(id refresh.ID) error {
				for range c.List(context.Background()) {
					break
				}
				return good(id)
			}
		},
	}, {
		name: "list fails", reason: "the page size is more than the server allows",
		rule: ruleList, in: []string{"list", "list many"},
		bend: func(_ *memory, b *bent) {
			b.list = func(context.Context) iter.Seq2[refresh.Entry, error] {
				return func(yield func(refresh.Entry, error) bool) { yield(refresh.Entry{}, errors.New("size limit exceeded")) }
			}
		},
	}, {
		name: "list in lower case", reason: "the server's spelling is lost",
		rule: ruleList, in: []string{"list", "list many", "foreign addresses"},
		bend: func(_ *memory, b *bent) {
			b.onList(func(_ int, e refresh.Entry, err error, yield func(refresh.Entry, error) bool) bool {
				e.Primary = refresh.Address(e.Primary.Fold())
				return yield(e, err)
			})
		},
	}, {
		name: "pages overlap", reason: "the last entry of a page is the first of the next one",
		rule: ruleListOnce, in: []string{"list", "list many"},
		bend: func(_ *memory, b *bent) {
			b.onList(func(n int, e refresh.Entry, err error, yield func(refresh.Entry, error) bool) bool {
				return yield(e, err) && (n%3 != 1 || yield(e, err))
			})
		},
	}, {
		name: "list goes on", reason: "the result of yield is not looked at",
		rule: ruleListEnd, in: []string{"list left early"},
		bend: func(_ *memory, b *bent) {
			b.onList(func(_ int, e refresh.Entry, err error, yield func(refresh.Entry, error) bool) bool {
				yield(e, err)
				return true
			})
		},
	}, {
		name: "list goes on after an error", reason: "an error of one page is yielded and the next page asked for",
		rule: ruleListEnd, in: []string{"outage"},
		bend: func(_ *memory, b *bent) {
			b.onList(func(_ int, e refresh.Entry, err error, yield func(refresh.Entry, error) bool) bool {
				return yield(e, err) && (err == nil || yield(e, nil))
			})
		},
	}, {
		name: "loop left, connection lost", reason: "the cursor of a list that was left is never closed",
		rule: ruleBreak,
		bend: func(_ *memory, b *bent) {
			b.onList(func(_ int, e refresh.Entry, err error, yield func(refresh.Entry, error) bool) bool {
				if !yield(e, err) {
					b.closed.Store(true)
					return false
				}
				return true
			})
		},
	}, {
		name: "pin of the connection", reason: "the pin is made from the session",
		rule: rulePin,
		bend: func(m *memory, b *bent) {
			good := b.inspect
			pin := m.sys.Pin() + "/" + string(rune('a'+len(m.conns)))
			b.inspect = func(ctx context.Context) (refresh.Directory, error) {
				d, err := good(ctx)
				d.Pin = pin
				return d, err
			}
		},
	}, {
		name: "cannot inspect", reason: "what everybody may read is asked for with a right that nobody has",
		rule: rulePin,
		bend: func(_ *memory, b *bent) {
			b.inspect = func(context.Context) (refresh.Directory, error) { return refresh.Directory{}, refresh.ErrForbidden }
		},
	},
}
