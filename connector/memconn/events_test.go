package memconn_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

type addresses = []refresh.Address

func TestEventsOnAddresses(t *testing.T) {
	tests := []struct {
		name, reason string
		start        refresh.Mailbox
		event        func(*memconn.System, refresh.ID)
		want         refresh.Mailbox
	}{
		{
			"rename", "the old primary stays as an alias, the login stays",
			refresh.Mailbox{Primary: "a@x", Login: "a@x", Aliases: addresses{"b@x"}},
			func(s *memconn.System, id refresh.ID) { s.Rename(id, "c@x", memconn.KeepOld) },
			refresh.Mailbox{Primary: "c@x", Login: "a@x", Aliases: addresses{"b@x", "a@x"}},
		},
		{
			"rename, old dropped", "the old primary is gone",
			refresh.Mailbox{Primary: "a@x", Aliases: addresses{"b@x"}},
			func(s *memconn.System, id refresh.ID) { s.Rename(id, "c@x", memconn.DropOld) },
			refresh.Mailbox{Primary: "c@x", Aliases: addresses{"b@x"}},
		},
		{
			"rename to an alias", "one address is held once",
			refresh.Mailbox{Primary: "a@x", Aliases: addresses{"B@x"}},
			func(s *memconn.System, id refresh.ID) { s.Rename(id, "b@x", memconn.KeepOld) },
			refresh.Mailbox{Primary: "b@x", Aliases: addresses{"a@x"}},
		},
		{
			"rename to another spelling", "the old spelling is the same address",
			refresh.Mailbox{Primary: "a@x"},
			func(s *memconn.System, id refresh.ID) { s.Rename(id, "A@x", memconn.KeepOld) },
			refresh.Mailbox{Primary: "A@x"},
		},
		{
			"rename of one without address", "an empty address is no alias",
			refresh.Mailbox{},
			func(s *memconn.System, id refresh.ID) { s.Rename(id, "a@x", memconn.KeepOld) },
			refresh.Mailbox{Primary: "a@x"},
		},
		{
			"domain switched", "nothing of the old domain is left, other domains stay",
			refresh.Mailbox{Primary: "a@Old.example", Login: "a@old.example", Aliases: addresses{"b@OLD.example", "c@x"}},
			func(s *memconn.System, _ refresh.ID) { s.SwitchDomain("old.Example", "new.example", memconn.DropOld) },
			refresh.Mailbox{Primary: "a@new.example", Login: "a@new.example", Aliases: addresses{"b@new.example", "c@x"}},
		},
		{
			"domain switched, old kept", "the old primary becomes an alias, aliases stay",
			refresh.Mailbox{Primary: "a@old.example", Login: "a@old.example", Aliases: addresses{"b@old.example"}},
			func(s *memconn.System, _ refresh.ID) { s.SwitchDomain("old.example", "new.example", memconn.KeepOld) },
			refresh.Mailbox{Primary: "a@new.example", Login: "a@new.example", Aliases: addresses{"b@old.example", "a@old.example"}},
		},
		{
			"domain switched to one that is held", "one address is held once",
			refresh.Mailbox{Primary: "a@old.example", Aliases: addresses{"a@new.example", "b@old.example", "B@new.example"}},
			func(s *memconn.System, _ refresh.ID) { s.SwitchDomain("old.example", "new.example", memconn.DropOld) },
			refresh.Mailbox{Primary: "a@new.example", Aliases: addresses{"b@new.example"}},
		},
		{
			"another domain switched", "not concerned",
			refresh.Mailbox{Primary: "a@x", Login: "CONTOSO\\a"},
			func(s *memconn.System, _ refresh.ID) { s.SwitchDomain("old.example", "new.example", memconn.DropOld) },
			refresh.Mailbox{Primary: "a@x", Login: "CONTOSO\\a"},
		},
		{
			"subdomain", "a longer domain is another one",
			refresh.Mailbox{Primary: "a@eu.old.example"},
			func(s *memconn.System, _ refresh.ID) { s.SwitchDomain("old.example", "new.example", memconn.DropOld) },
			refresh.Mailbox{Primary: "a@eu.old.example"},
		},
		{
			"update", "anything but the ID",
			refresh.Mailbox{Primary: "a@x", Aliases: addresses{"b@x"}},
			func(s *memconn.System, id refresh.ID) {
				s.Update(id, func(m *refresh.Mailbox) { m.DisplayName, m.Aliases[0] = "A", "c@x" })
			},
			refresh.Mailbox{Primary: "a@x", DisplayName: "A", Aliases: addresses{"c@x"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := memconn.New("contoso", nil)
			before := s.Put(tt.start)
			kept := before.Addresses()
			tt.event(s, before.ID)
			tt.want.ID, tt.want.Instance = before.ID, before.Instance
			if got := resolve(t, s.Connect(nil), before.ID)[0].Mailbox; !got.Equal(tt.want) {
				t.Errorf("%s:\ngot  %+v\nwant %+v", tt.reason, got, tt.want)
			}
			same(t, before.Addresses(), kept) // what was read before is never written to
		})
	}
}

func TestSwitchDomainCounts(t *testing.T) {
	s, _, bert, _ := people(&memconn.Options{Domains: []refresh.Domain{{Name: "Old.example"}, {Name: "contoso.onmicrosoft.com", Initial: true}}})
	s.Delete(bert.ID, day1, day30)
	if n := s.SwitchDomain("old.example", "mid.example", memconn.KeepOld); n != 1 {
		t.Errorf("changed %d objects, want 1: one is deleted, one has another domain", n)
	}
	if got := s.Undelete(bert.ID); got.Primary != bert.Primary {
		t.Errorf("a deleted mailbox was changed to %s", got.Primary)
	}
	want := []refresh.Domain{{Name: "Old.example"}, {Name: "contoso.onmicrosoft.com", Initial: true}, {Name: "mid.example"}}
	same(t, domains(t, s), want)

	s.SwitchDomain("OLD.example", "mid.example", memconn.DropOld)
	same(t, domains(t, s), want[1:])

	s.SetDomains()
	s.SwitchDomain("mid.example", "new.example", memconn.DropOld)
	if d := domains(t, s); d != nil {
		t.Errorf("the domains were unknown and are %v now", d)
	}
}

func domains(t *testing.T, s *memconn.System) []refresh.Domain {
	t.Helper()
	d, err := s.Connect(nil).Inspect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return d.Domains
}

func TestSwap(t *testing.T) {
	s, anna, bert, _ := people(nil)
	s.Swap(anna.ID, bert.ID)
	wantAnna, wantBert := anna, bert
	wantAnna.Primary, wantAnna.Aliases = bert.Primary, bert.Aliases
	wantBert.Primary, wantBert.Aliases = anna.Primary, anna.Aliases
	same(t, resolve(t, s.Connect(nil), anna.ID, bert.ID), []seen{found(wantAnna), found(wantBert)})
	s.Swap(anna.ID, bert.ID)
	same(t, resolve(t, s.Connect(nil), anna.ID, bert.ID), []seen{found(anna), found(bert)})
}

func TestMailboxEvents(t *testing.T) {
	s, anna, bert, cleo := people(nil)
	c := s.Connect(nil)

	s.DisableMailbox(anna.ID)
	account := anna
	account.Instance = ""
	same(t, resolve(t, c, anna.ID), []seen{found(account)}) // the engine judges

	if m := s.ReplaceMailbox(anna.ID); m.Instance == "" || m.Instance == anna.Instance {
		t.Errorf("no new mailbox: instance %q, before %q", m.Instance, anna.Instance)
	}
	if m := s.ReplaceMailbox(bert.ID); m.Instance == bert.Instance || m.Kind != bert.Kind || m.ID != bert.ID {
		t.Errorf("another mailbox of the same account expected: %+v", m)
	}

	s.Move(cleo.ID, refresh.KindRemote, "cleo@cloud.example")
	moved := cleo
	moved.Kind, moved.Instance = refresh.KindRemote, ""
	want := found(moved)
	want.Forwards = "cleo@cloud.example"
	same(t, resolve(t, c, cleo.ID), []seen{want})

	s.Rename(cleo.ID, "c@other.example", memconn.DropOld)
	if got := resolve(t, c, cleo.ID)[0].Forwards; got != "cleo@cloud.example" {
		t.Errorf("a rename lost the forwarding: %q", got)
	}
	if m := s.ReplaceMailbox(cleo.ID); m.Kind != refresh.KindUser || m.Instance == "" {
		t.Errorf("the mailbox did not come back: %+v", m)
	}
	if got := resolve(t, c, cleo.ID)[0].Forwards; got != "" {
		t.Errorf("still forwards to %q", got)
	}

	plain := memconn.New("openldap", &memconn.Options{NoInstances: true})
	if m := plain.ReplaceMailbox(plain.Put(refresh.Mailbox{}).ID); m.Instance != "" {
		t.Errorf("a system without instances made %q", m.Instance)
	}
}

func TestEventsThatCannotHappen(t *testing.T) {
	s, anna, bert, cleo := people(nil)
	s.Delete(bert.ID, time.Time{}, time.Time{})
	s.Purge(cleo.ID)
	dora := s.Put(refresh.Mailbox{})
	s.Erase(dora.ID)
	rename := func(m refresh.Mailbox) func() { return func() { s.Rename(m.ID, "x@y", memconn.DropOld) } }
	tests := []struct {
		name, want string
		do         func()
	}{
		{"unknown", "rename nobody: there is no such object", rename(refresh.Mailbox{ID: "nobody"})},
		{"deleted", "the object is deleted", rename(bert)},
		{"purged", "the object is purged", rename(cleo)},
		{"erased", "the object is erased", rename(dora)},
		{"swap with a deleted one", "swap " + string(bert.ID), func() { s.Swap(anna.ID, bert.ID) }},
		{"delete twice", "the object is deleted", func() { s.Delete(bert.ID, day1, day30) }},
		{"undelete one that is there", "the object is there", func() { s.Undelete(anna.ID) }},
		{"undelete a purged one", "the object is purged", func() { s.Undelete(cleo.ID) }},
		{"purge twice", "the object is purged", func() { s.Purge(cleo.ID) }},
		{"erase twice", "the object is erased", func() { s.Erase(dora.ID) }},
		{"recreate nobody", "no such object", func() { s.Recreate("nobody") }},
		{"change an ID", "an ID never changes", func() { s.Update(anna.ID, func(m *refresh.Mailbox) { m.ID = "x" }) }},
		{"move here", "want mail-user or remote", func() { s.Move(anna.ID, refresh.KindUser, "") }},
		{"lag of an unknown replica", `no replica "dc9" in ["main"]`, func() { s.Lag("dc9") }},
		{"sync of an unknown replica", `no replica "dc9"`, func() { s.Sync("dc9") }},
		{"connect to an unknown replica", `no replica "dc9"`, func() { s.Connect(&memconn.ConnOptions{Replica: "dc9"}) }},
		{"fail over to an unknown replica", `no replica "dc9"`, func() {
			s.Connect(nil).SetFaults(memconn.Faults{Breaks: []memconn.Break{{FailOver: "dc9"}}})
		}},
		{"listing that fails over", "a listing cannot", func() {
			s.Connect(nil).SetFaults(memconn.Faults{Breaks: []memconn.Break{{Ability: refresh.CanList, FailOver: "main"}}})
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { wantPanic(t, tt.want, tt.do) })
	}
	if got := s.Rename(anna.ID, "still@works.example", memconn.DropOld); got.Primary != "still@works.example" {
		t.Error("a panic left the system broken")
	}
}

func wantPanic(t *testing.T, want string, do func()) {
	t.Helper()
	defer func() {
		t.Helper()
		text := fmt.Sprint(recover())
		if !strings.Contains(text, "memconn: ") || !strings.Contains(text, want) {
			t.Errorf("panic %q, want one with %q", text, want)
		}
		if strings.Contains(text, "@") {
			t.Errorf("panic %q contains an address", text)
		}
	}()
	do()
}
