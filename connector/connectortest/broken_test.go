package connectortest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/readdress-go/readdress/connector"
	"github.com/readdress-go/readdress/refresh"
)

// broken is a connector that is broken on purpose. The suite must say which rule it breaks.
type broken struct {
	name, reason string
	rule         rule
	in           []string // the checks that must see it; empty means at least one of those about the rule
	bend         func(m *memory, b *bent)
	world        func(m *memory, w *World)
	wrap         wrapper
}

var all = flag.Bool("all", false, "run every check on every broken connector, not only those about its rule (a minute)")

// TestBroken runs every broken connector against the checks that are about its rule.
func TestBroken(t *testing.T) {
	var cases []broken
	for _, part := range [][]broken{brokenAnswers, brokenAbsences, brokenTrouble, brokenCancel, brokenReads, brokenTracks, brokenCursors, brokenInfo} {
		cases = append(cases, part...)
	}
	for _, r := range rules {
		if !slices.ContainsFunc(cases, func(b broken) bool { return b.rule == r }) {
			t.Errorf("no connector breaks the rule %q: the suite may not be able to see it broken", r.name)
		}
	}
	for _, b := range cases {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			b.test(t)
		})
	}
}

func (b broken) test(t *testing.T) {
	caught := make(map[string]bool)
	for _, c := range checks() {
		if !*all && !b.concerns(c) {
			continue
		}
		m := newMemory("broken", nil)
		if b.bend != nil {
			m.bend = b.bend
		}
		w := m.world()
		if b.world != nil {
			b.world(m, &w)
		}
		conn, err := look(w)
		if err != nil {
			t.Fatal(err)
		}
		if c.inapplicable(w, conn) != "" {
			continue
		}
		wrap := connector.Intercept
		if b.wrap != nil {
			wrap = b.wrap
		}
		found, err := c.perform(w, wrap, &proofs{})
		if err != nil {
			t.Errorf("check %q: %v", c.name, err)
		}
		for _, v := range found {
			if v.rule == b.rule {
				caught[c.name] = true
			}
			if !slices.Contains(c.rules, v.rule) && !slices.Contains(everyCall, v.rule) {
				t.Errorf("check %q reports the rule %q and does not declare it", c.name, v.rule.name)
			}
		}
	}
	if len(caught) == 0 {
		t.Errorf("not caught: no check saw the rule %q broken, although %s", b.rule.name, b.reason)
	}
	for _, name := range b.in {
		if !caught[name] {
			t.Errorf("check %q did not see the rule %q broken, although %s", name, b.rule.name, b.reason)
		}
	}
}

// concerns picks the checks about the rule; rules of every call are looked for where they are named.
func (b broken) concerns(c check) bool {
	return slices.Contains(c.rules, b.rule) || slices.Contains(b.in, c.name)
}

var brokenAnswers = []broken{
	{
		name: "another index", reason: "answers of a batch are matched by their position in it",
		rule: ruleOwnID, in: []string{"found"},
		bend: func(_ *memory, b *bent) {
			b.onAnswer(func(ids []refresh.ID, i int, l refresh.Lookup, answer func(int, refresh.Lookup)) {
				answer((i+1)%len(ids), l)
			})
		},
	}, {
		name: "index out of range", reason: "indices are counted from one",
		rule: ruleRange, in: []string{"found"},
		bend: func(_ *memory, b *bent) {
			b.onAnswer(func(_ []refresh.ID, i int, l refresh.Lookup, answer func(int, refresh.Lookup)) { answer(i+1, l) })
		},
	}, {
		name: "answers twice", reason: "a batch that timed out is asked again and both answers are passed on",
		rule: ruleOnce, in: []string{"found"},
		bend: func(_ *memory, b *bent) {
			b.onAnswer(func(_ []refresh.ID, i int, l refresh.Lookup, answer func(int, refresh.Lookup)) {
				answer(i, l)
				answer(i, l)
			})
		},
	}, {
		name: "answers late", reason: "a worker goes on after the call has returned",
		rule: ruleLate,
		bend: func(_ *memory, b *bent) {
			b.both(func(good resolveFunc) resolveFunc {
				return func(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
					go func() { _ = good(ctx, ids, answer) }()
					return nil
				}
			})
		},
	}, {
		name: "answers concurrently", reason: "batches in flight answer from their own goroutines",
		rule: ruleSerial,
		bend: func(_ *memory, b *bent) { b.both(concurrent) },
	}, {
		name: "another object", reason: "the ID of the answer is taken from the question, the rest from another entry",
		rule: ruleFound,
		bend: func(m *memory, b *bent) {
			b.onFound(func(x refresh.Mailbox) refresh.Mailbox {
				for other := range m.sys.All() {
					if other.ID != x.ID {
						other.ID = x.ID
						return other
					}
				}
				return x
			})
		},
	}, {
		name: "yesterday's answers", reason: "a cache outlives the call",
		rule: ruleFound, in: []string{"rename", "swap"},
		bend: func(_ *memory, b *bent) {
			cache := make(map[refresh.ID]refresh.Lookup)
			var mu sync.Mutex
			b.onAnswer(func(ids []refresh.ID, i int, l refresh.Lookup, answer func(int, refresh.Lookup)) {
				mu.Lock()
				defer mu.Unlock()
				if old, ok := cache[ids[i]]; ok {
					l = old
				}
				cache[ids[i]] = l
				answer(i, l)
			})
		},
	}, {
		name: "lower case", reason: "the server's spelling is lost",
		rule: ruleFound,
		bend: func(_ *memory, b *bent) {
			b.onFound(func(x refresh.Mailbox) refresh.Mailbox { x.Primary = refresh.Address(x.Primary.Fold()); return x })
		},
	}, {
		name: "primary among the aliases", reason: "all values of an attribute are taken as aliases",
		rule: ruleAliases, in: []string{"found"},
		bend: func(_ *memory, b *bent) {
			b.onFound(func(x refresh.Mailbox) refresh.Mailbox { x.Aliases = x.Addresses(); return x })
		},
	}, {
		name: "prefixes", reason: "proxyAddresses are passed on as they are",
		rule: ruleSMTP, in: []string{"found", "foreign addresses"},
		bend: func(_ *memory, b *bent) {
			b.onFound(func(x refresh.Mailbox) refresh.Mailbox {
				x.Aliases = append(slices.Clone(x.Aliases), "sip:"+x.Primary)
				return x
			})
		},
	}, {
		name: "addresses in errors", reason: "an error quotes what was asked, and ends up in a log",
		rule: rulePrivacy, in: []string{"outage"},
		bend: func(_ *memory, b *bent) {
			good := b.find
			b.find = func(ctx context.Context, addrs []refresh.Address, answer func(int, refresh.Finding)) error {
				if err := good(ctx, addrs, answer); err != nil {
					return fmt.Errorf("looking for %s: %w", addrs, err)
				}
				return nil
			}
		},
	}, {
		name: "nothing is an error", reason: "an empty filter is sent for nothing",
		rule: ruleEmpty,
		bend: func(_ *memory, b *bent) {
			good := b.resolve
			b.resolve = func(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
				if len(ids) == 0 {
					return errors.New("empty filter")
				}
				return good(ctx, ids, answer)
			}
		},
	}, {
		name: "finding nothing is an error", reason: "an empty filter is sent for nothing",
		rule: ruleEmpty,
		bend: func(_ *memory, b *bent) {
			good := b.find
			b.find = func(ctx context.Context, addrs []refresh.Address, answer func(int, refresh.Finding)) error {
				if len(addrs) == 0 {
					return errors.New("empty filter")
				}
				return good(ctx, addrs, answer)
			}
		},
	}, {
		name: "fails always", reason: "the filter has a spelling mistake",
		rule: ruleFound, in: []string{"found", "rename", "many"},
		bend: func(_ *memory, b *bent) {
			b.onAnswer(func(_ []refresh.ID, i int, _ refresh.Lookup, answer func(int, refresh.Lookup)) {
				answer(i, refresh.Failed(errors.New("bad filter")))
			})
		},
	}, {
		name: "malformed ID fails the call", reason: "the server refuses the whole request for one bad ID",
		rule: ruleMalformed,
		bend: func(_ *memory, b *bent) {
			good := b.resolve
			b.resolve = func(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
				for _, id := range ids {
					if len(id) != 36 {
						return errors.New("bad request")
					}
				}
				return good(ctx, ids, answer)
			}
		},
	}, {
		name: "malformed ID is absent", reason: "an ID that cannot be there is taken as one that is not there",
		rule: ruleMalformed,
		bend: func(_ *memory, b *bent) {
			b.onAnswer(func(ids []refresh.ID, i int, l refresh.Lookup, answer func(int, refresh.Lookup)) {
				if len(ids[i]) != 36 {
					l = lie
				}
				answer(i, l)
			})
		},
	}, {
		name: "malformed value skipped", reason: "a value that cannot be read is left out",
		rule: ruleSpoilt,
		bend: func(m *memory, b *bent) {
			b.onAnswer(func(ids []refresh.ID, i int, l refresh.Lookup, answer func(int, refresh.Lookup)) {
				if x, ok := m.sys.Get(ids[i]); ok && isValueError(l.Err()) {
					x.Aliases = nil
					l = refresh.Found(x)
				}
				answer(i, l)
			})
		},
	},
}

// concurrent answers from two goroutines at a time.
func concurrent(good resolveFunc) resolveFunc {
	return func(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
		half := len(ids) / 2
		done := make(chan error, 1)
		go func() { done <- good(ctx, ids[:half], answer) }()
		err := good(ctx, ids[half:], func(i int, l refresh.Lookup) { answer(i+half, l) })
		return errors.Join(<-done, err)
	}
}
