package memconn

import (
	"fmt"
	"slices"

	"github.com/readdress-go/readdress/refresh"
)

// Old says what becomes of an address that is replaced.
type Old uint8

// What becomes of an old address.
const (
	KeepOld Old = iota // it stays as an alias
	DropOld            // it goes
)

// Update changes a mailbox in any way. The function gets a copy of its own, must leave the ID alone and must not call
// the system, which is locked meanwhile. Update returns what is stored.
func (s *System) Update(id refresh.ID, change func(*refresh.Mailbox)) refresh.Mailbox {
	return s.change("update", id, func(m *refresh.Mailbox, _ *detail) { change(m) })
}

// Rename gives a mailbox another primary address. The login stays.
func (s *System) Rename(id refresh.ID, primary refresh.Address, old Old) refresh.Mailbox {
	return s.change("rename", id, func(m *refresh.Mailbox, _ *detail) { setPrimary(m, primary, old) })
}

// Swap exchanges the primary addresses and the aliases of two mailboxes. The logins stay.
func (s *System) Swap(a, b refresh.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, y := *s.mustBe("swap", a, present), *s.mustBe("swap", b, present)
	x.mailbox.Primary, y.mailbox.Primary = y.mailbox.Primary, x.mailbox.Primary
	x.mailbox.Aliases, y.mailbox.Aliases = y.mailbox.Aliases, x.mailbox.Aliases
	s.now.store(&x)
	s.now.store(&y)
}

// SwitchDomain moves every object that is there from one domain to another and returns how many it changed. Primary
// addresses and logins always move. With [KeepOld] the old primary addresses and all aliases stay; with [DropOld] no
// address of the old domain is left: aliases move too. Where the accepted domains are known they follow.
// Deleted objects are not touched.
func (s *System) SwitchDomain(from, to string, old Old) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.switchDomain(from, to, old)
	n, fold := 0, foldDomain(from)
	for _, id := range s.now.order {
		o := *s.now.objects[id]
		if o.status == present && switchMailbox(&o.mailbox, fold, to, old) {
			s.now.store(&o)
			n++
		}
	}
	return n
}

func switchMailbox(m *refresh.Mailbox, from, to string, old Old) bool {
	before := *m
	moved := func(a refresh.Address) refresh.Address {
		if a.Domain() != from {
			return a
		}
		local, _ := a.Split()
		return refresh.Address(local + "@" + to)
	}
	m.Login = string(moved(refresh.Address(m.Login)))
	if old == DropOld && slices.ContainsFunc(m.Aliases, func(a refresh.Address) bool { return a.Domain() == from }) {
		m.Aliases = slices.Clone(m.Aliases)
		for i, a := range m.Aliases {
			m.Aliases[i] = moved(a)
		}
		m.Aliases = distinct(m.Aliases)
	}
	if p := moved(m.Primary); p != m.Primary {
		setPrimary(m, p, old)
	}
	return !m.Equal(before)
}

// DisableMailbox removes the mailbox and leaves the account: the Instance goes, the addresses stay, as with a
// Microsoft 365 licence that is taken away. Active Directory removes the addresses too: see [System.Update].
func (s *System) DisableMailbox(id refresh.ID) refresh.Mailbox {
	return s.change("disable mailbox", id, func(m *refresh.Mailbox, _ *detail) { m.Instance = "" })
}

// ReplaceMailbox gives the account a new, empty mailbox in place of the one it had, if any: another Instance. An account
// whose mailbox was elsewhere becomes a KindUser.
func (s *System) ReplaceMailbox(id refresh.ID) refresh.Mailbox {
	return s.change("replace mailbox", id, func(m *refresh.Mailbox, d *detail) {
		if !s.noInstances {
			m.Instance = refresh.ID(s.boxes.mint())
		}
		if !mailboxHere(m.Kind) {
			m.Kind = refresh.KindUser
		}
		d.forwards = ""
	})
}

// Move takes the mailbox to another system and leaves the account behind as a KindMailUser or KindRemote that
// forwards to the given address. The Instance goes, the addresses stay.
func (s *System) Move(id refresh.ID, kind refresh.Kind, forwards refresh.Address) refresh.Mailbox {
	if !kind.Elsewhere() {
		panic(fmt.Sprintf("memconn: move: kind %s: want %s or %s", kind, refresh.KindMailUser, refresh.KindRemote))
	}
	return s.change("move", id, func(m *refresh.Mailbox, d *detail) {
		m.Kind, m.Instance, d.forwards = kind, "", forwards
	})
}

// change stores a changed copy of an object that is there.
func (s *System) change(verb string, id refresh.ID, do func(*refresh.Mailbox, *detail)) refresh.Mailbox {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := *s.mustBe(verb, id, present)
	d := o.details()
	o.mailbox.Aliases = slices.Clone(o.mailbox.Aliases)
	do(&o.mailbox, &d)
	if o.mailbox.ID != id {
		panic(fmt.Sprintf("memconn: %s %s: the ID was changed; an ID never changes", verb, id))
	}
	if o.detail != nil || d.forwards != "" {
		o.detail = &d
	}
	s.now.store(&o)
	return o.mailbox
}

// mustBe returns the object when it has one of the states. The caller holds the lock.
func (s *System) mustBe(verb string, id refresh.ID, states ...status) *object {
	o := s.now.objects[id]
	if o == nil {
		panic(fmt.Sprintf("memconn: %s %s: there is no such object", verb, id))
	}
	if !slices.Contains(states, o.status) {
		panic(fmt.Sprintf("memconn: %s %s: the object is %s", verb, id, o.status))
	}
	return o
}

// setPrimary gives m another primary address and keeps its addresses distinct.
func setPrimary(m *refresh.Mailbox, primary refresh.Address, old Old) {
	was := m.Primary
	same := func(a refresh.Address) bool { return a.Same(primary) }
	m.Primary = primary
	m.Aliases = slices.DeleteFunc(slices.Clone(m.Aliases), same)
	if old == KeepOld && was != "" && !same(was) {
		m.Aliases = append(m.Aliases, was)
	}
}

// distinct drops spellings of an address that came before.
func distinct(list []refresh.Address) []refresh.Address {
	seen := map[string]bool{}
	return slices.DeleteFunc(list, func(a refresh.Address) bool {
		known := seen[a.Fold()]
		seen[a.Fold()] = true
		return known
	})
}

// mailboxHere reports whether recipients of a kind have a mailbox in the system itself.
func mailboxHere(k refresh.Kind) bool {
	return !k.Elsewhere() && k != refresh.KindGroup && k != refresh.KindContact
}
