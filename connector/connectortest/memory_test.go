package connectortest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// memory is a world on memconn. Its connectors are bent ones, unbroken unless bend breaks them.
type memory struct {
	sys    *memconn.System
	opts   memconn.ConnOptions
	bend   func(m *memory, b *bent)
	erases bool // Delete leaves no trace

	mu     sync.Mutex
	faults memconn.Faults
	conns  []*memconn.Connector
	nevers int
	name   string
	other  *memory // another system
}

var (
	errCut  = errors.New("the connection was cut")
	errDown = errors.New("the system is down")
)

func newMemory(name string, opts *memconn.Options) *memory {
	var o memconn.Options
	if opts != nil {
		o = *opts
	}
	o.Tracking = true
	return &memory{name: name, sys: memconn.New(name, &o), bend: func(*memory, *bent) {}}
}

// connect opens a connection with further faults.
func (m *memory) connect(change func(*memconn.Faults)) *bent {
	m.mu.Lock()
	defer m.mu.Unlock()
	opts := m.opts
	opts.Faults = m.faults
	opts.Reporting.PageSize = cmp.Or(opts.Reporting.PageSize, 50)
	if change != nil {
		change(&opts.Faults)
	}
	c := m.sys.Connect(&opts)
	m.conns = append(m.conns, c)
	b := &bent{
		info:    c.Info,
		resolve: strict(c.Resolve), confirm: strict(c.Confirm), find: c.Find, list: c.List, inspect: c.Inspect,
		mark: c.Mark, changes: c.Changes,
	}
	m.bend(m, b)
	return b
}

// strict gives a connector IDs of one form, as a directory has.
func strict(ask resolveFunc) resolveFunc {
	return func(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
		var good []refresh.ID
		var index []int
		for i, id := range ids {
			if len(id) != 36 {
				answer(i, refresh.Failed(&refresh.ValueError{Attr: "id", Index: -1, Value: string(id)}))
				continue
			}
			good, index = append(good, id), append(index, i)
		}
		return ask(ctx, good, func(j int, l refresh.Lookup) { answer(index[j], l) })
	}
}

// fault changes what goes wrong for every connection, open and to come.
func (m *memory) fault(change func(*memconn.Faults)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(&m.faults)
	for _, c := range m.conns {
		c.SetFaults(m.faults)
	}
	return nil
}

var everyAbility = []refresh.Capability{refresh.CanResolve, refresh.CanConfirm, refresh.CanFind, refresh.CanList, refresh.CanInspect, refresh.CanTrack}

func (m *memory) world() World {
	return World{
		Many:      411,
		Patience:  300 * time.Millisecond, // for connectors that hang
		Malformed: []refresh.ID{"no id", "*"},
		Connect:   func() (refresh.Connector, error) { return m.connect(nil), nil },
		Put:       m.put,
		PutTwin:   m.put,
		Update: func(x refresh.Mailbox) (refresh.Mailbox, error) {
			return m.sys.Update(x.ID, func(old *refresh.Mailbox) { *old = x }), nil
		},
		Delete: func(id refresh.ID) error {
			m.sys.Purge(id)
			if m.erases {
				m.sys.Erase(id)
			}
			return nil
		},
		Never: func() refresh.ID {
			m.nevers++
			return refresh.ID(fmt.Sprintf("ffffffff-ffff-4fff-8fff-%012x", m.nevers))
		},
		SoftDelete:     func(id refresh.ID) error { m.sys.Delete(id, time.Now(), time.Time{}); return nil },
		Restore:        func(id refresh.ID) (refresh.Mailbox, error) { return m.sys.Undelete(id), nil },
		Purge:          func(id refresh.ID) error { m.sys.Purge(id); return nil },
		DisableMailbox: func(id refresh.ID) error { m.sys.DisableMailbox(id); return nil },
		ReplaceMailbox: func(id refresh.ID) (refresh.Mailbox, error) { return m.sys.ReplaceMailbox(id), nil },
		Move: func(id refresh.ID, to refresh.Address) error {
			m.sys.Move(id, refresh.KindMailUser, to)
			return nil
		},
		AddForeign: func(refresh.ID) error { return nil }, // a right connector does not show them
		Spoil: func(id refresh.ID) error {
			return m.fault(func(f *memconn.Faults) {
				f.FailIDs = map[refresh.ID]error{id: &refresh.ValueError{Attr: "proxyAddresses", Index: -1}}
			})
		},
		Blind: func() (refresh.Connector, error) {
			return m.connect(func(f *memconn.Faults) { f.NothingVisible = true }), nil
		},
		Masked: func() (refresh.Connector, error) {
			return m.connect(func(f *memconn.Faults) {
				f.FailIDs = map[refresh.ID]error{}
				for x := range m.sys.All() {
					f.FailIDs[x.ID] = refresh.ErrNotVisible
				}
			}), nil
		},
		Veiled: func() (refresh.Connector, error) {
			return m.connect(func(f *memconn.Faults) { f.HideDeleted = true }), nil
		},
		Foreign: func() (refresh.Connector, error) {
			if m.other == nil {
				m.other = newMemory("another "+m.name, nil)
			}
			return m.other.connect(nil), nil
		},
		Cut: func(n int) (refresh.Connector, error) {
			return m.connect(func(f *memconn.Faults) {
				for _, a := range everyAbility {
					f.Breaks = append(f.Breaks, memconn.Break{Ability: a, After: n, Err: errCut})
				}
			}), nil
		},
		Stall: func() (refresh.Connector, error) {
			return m.connect(func(f *memconn.Faults) {
				for _, a := range everyAbility {
					f.Breaks = append(f.Breaks, memconn.Break{Ability: a, Wait: time.Hour})
				}
			}), nil
		},
		Outage: func() error { return m.fault(func(f *memconn.Faults) { f.Outage = errDown }) },
	}
}

func (m *memory) put(x refresh.Mailbox) (refresh.Mailbox, error) {
	return m.sys.Put(x), nil
}

func TestMemory(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, reason string
		make         func() *memory
	}{
		{"plain", "every event and every ability", func() *memory { return newMemory("plain", nil) }},
		{"erased", "absence can also be proven by an empty scope", func() *memory {
			m := newMemory("erased", nil)
			m.erases = true
			return m
		}},
		{"direct read", "absence can also be proven by reading one object", func() *memory {
			m := newMemory("direct", &memconn.Options{DirectRead: true, NoInstances: true})
			m.erases = true
			return m
		}},
		{"replicas, shuffled", "answers may come in any order, and Confirm from another server", func() *memory {
			m := newMemory("two", &memconn.Options{Replicas: []string{"one", "two"}})
			m.opts.Shuffle = 7
			return m
		}},
		{"changes told anyhow", "a tracker may repeat, replay, mix and add", func() *memory {
			m := newMemory("talkative", nil)
			m.opts.Reporting = memconn.Reporting{PageSize: 7, Replay: 5, Repeat: true, Reorder: 3, Extra: []refresh.ID{"a group", "nobody"}}
			return m
		}},
		{"deleted ones hidden", "gone and soft-deleted need not be told apart, if the reader says so", func() *memory {
			m := newMemory("hidden", nil)
			m.faults.HideDeleted = true
			return m
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			Run(t, func(*testing.T) World {
				m := tt.make()
				w := m.world()
				w.Many, w.Patience = 0, 0
				if tt.name == "direct read" {
					w.ReplaceMailbox = nil // the system has no Instances
				}
				return w
			})
		})
	}
}
