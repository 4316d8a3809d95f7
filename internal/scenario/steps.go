package scenario

import (
	"github.com/readdress-go/readdress/refresh"
)

// person is somebody of the scenario: mostly named after what happens to them.
type person struct {
	key       string // of the row
	kind      refresh.Kind
	elsewhere bool // in another domain of the forest, where there is one
}

var cast = []person{
	{key: "anna"}, {key: "bert", elsewhere: true}, {key: "hidden"}, {key: "married"}, {key: "transferred"},
	{key: "swapped-1"}, {key: "swapped-2", elsewhere: true}, {key: "deleted"}, {key: "recreated"},
	{key: "disabled"}, {key: "replaced", kind: refresh.KindShared}, {key: "emigrant"}, {key: "remote"},
	{key: "finally-deleted", elsewhere: true},
}

// mailbox is what the person has at the beginning.
func (p person) mailbox() refresh.Mailbox {
	m := Person(p.key)
	if p.kind != refresh.KindUnknown {
		m.Kind = p.kind
	}
	return m
}

// Person is the mailbox of a user, as those of the scenario are at the beginning.
func Person(name string) refresh.Mailbox {
	return refresh.Mailbox{
		Login: name + "@source.example", DisplayName: name, Kind: refresh.KindUser, Primary: refresh.Address(name + "@source.example"),
		Aliases: []refresh.Address{refresh.Address("a." + name + "@source.example")},
	}
}

// step is something that happens in a directory, and what a refresh must make of it.
type step struct {
	name, reason string
	// can reports whether the directory has the event; nil is every directory.
	can func(w *World) bool
	do  func(s *stage)
	// want are the rows that differ from what they were at the end of the step before.
	want []expected
}

// expected is the outcome of a row in the first run after a step, in the second run after that, and the addresses that
// the job holds afterwards, of which nil means those it had. "deleted" stands for what the reader can tell of a deletion.
type expected struct {
	key       string
	now, then string
	addresses []refresh.Address
}

// Same is the outcome of a row in which nothing changed.
const Same = "not-changed"

const (
	isMissing  = "missing: "
	wasDeleted = isMissing + "(deleted)"
)

func mail(local ...refresh.Address) []refresh.Address { return local }

// everybody is the same expectation for the whole cast.
func everybody(now, then string, addresses func(key string) []refresh.Address) []expected {
	var out []expected
	for _, p := range cast {
		out = append(out, expected{p.key, now, then, addresses(p.key)})
	}
	return out
}

// atFirst and switched are the addresses before and after the domain was switched, the primary one first.
func atFirst(key string) []refresh.Address {
	k := refresh.Address(key)
	return mail(k+"@source.example", "a."+k+"@source.example")
}

func switched(key string) []refresh.Address {
	k := refresh.Address(key)
	return mail(k+"@new.example", "a."+k+"@source.example", k+"@source.example")
}

// story are the steps, in their order.
var story = []step{
	{
		name: "nothing", reason: "a row that was bound just now holds what the directory says",
		do: func(*stage) {}, want: everybody(Same, Same, atFirst),
	},
	{
		name: "hide from the address book", reason: "who is not in the address book has a mailbox all the same",
		can: func(w *World) bool { return w.Hide != nil },
		do:  func(s *stage) { s.must(s.w.Hide(s.id("hidden"))) },
	},
	{
		name: "switch domain", reason: "login and primary address are of the new domain, and the old primary address stays as an alias",
		do: func(s *stage) {
			for _, p := range cast {
				s.update(p.key, func(m *refresh.Mailbox) {
					m.Login, m.Primary, m.Aliases = p.key+"@new.example", switched(p.key)[0], switched(p.key)[1:]
				})
			}
		},
		want: everybody("refreshed: primary, aliases, login", Same, switched),
	},
	{
		name: "rename", reason: "another RDN, name, login and address are the same mailbox",
		do: func(s *stage) {
			s.update("married", func(m *refresh.Mailbox) {
				m.Login, m.DisplayName = "new-name@new.example", "New Name"
				m.Primary, m.Aliases = "new-name@new.example", append(mail(m.Primary), m.Aliases...)
			})
			if s.w.Rename != nil {
				s.must(s.w.Rename(s.id("married"), "New Name"))
			}
		},
		want: []expected{{"married", "refreshed: primary, aliases, login, details", Same,
			mail("new-name@new.example", "a.married@source.example", "married@new.example", "married@source.example")}},
	},
	{
		name: "move OU", reason: "the place in the tree is no part of a mailbox",
		can: func(w *World) bool { return w.Relocate != nil },
		do:  func(s *stage) { s.must(s.w.Relocate(s.id("transferred"))) },
	},
	{
		name: "swap", reason: "each row follows its mailbox to the address that was the other's",
		do: func(s *stage) {
			one, two := s.now["swapped-1"], s.now["swapped-2"]
			s.update("swapped-1", func(m *refresh.Mailbox) { m.Primary, m.Aliases = two.Primary, two.Aliases })
			s.update("swapped-2", func(m *refresh.Mailbox) { m.Primary, m.Aliases = one.Primary, one.Aliases })
		},
		want: []expected{
			{"swapped-1", "refreshed: primary, aliases", Same, switched("swapped-2")},
			{"swapped-2", "refreshed: primary, aliases", Same, switched("swapped-1")},
		},
	},
	{
		name: "delete", reason: "a deletion is proven, and the row keeps what it had",
		do: func(s *stage) {
			s.must(s.w.Delete(s.id("deleted")))
			s.must(s.w.Delete(s.id("finally-deleted")))
		},
		want: []expected{{"deleted", wasDeleted, wasDeleted, nil}, {"finally-deleted", wasDeleted, wasDeleted, nil}},
	},
	{
		name: "undelete", reason: "a mailbox that is back heals its row",
		can:  func(w *World) bool { return w.Revive != nil },
		do:   func(s *stage) { s.must(s.w.Revive(s.now["deleted"])) },
		want: []expected{{"deleted", "refreshed: restored", Same, nil}},
	},
	{
		name: "disable mailbox", reason: "the account is there, its mailbox is not",
		can:  func(w *World) bool { return w.DisableMailbox != nil },
		do:   func(s *stage) { s.must(s.w.DisableMailbox(s.id("disabled"))) },
		want: []expected{{"disabled", isMissing + "no-mailbox, stated", isMissing + "no-mailbox, stated", nil}},
	},
	{
		name: "replace mailbox", reason: "the same account and address, another mailbox: a delta pass would be wrong",
		can: func(w *World) bool { return w.ReplaceMailbox != nil },
		do: func(s *stage) {
			m, err := s.w.ReplaceMailbox(s.id("replaced"))
			s.must(err)
			s.now["replaced"] = m
		},
		want: []expected{{"replaced", "replaced: by the new one", "replaced: by the new one", nil}},
	},
	{
		name: "accept the replacement", reason: "a person said that the new mailbox is meant",
		can:  func(w *World) bool { return w.ReplaceMailbox != nil },
		do:   func(s *stage) { s.accept("replaced") },
		want: []expected{{"replaced", Same, Same, nil}},
	},
	{
		name: "recreate with the same address", reason: "another object that has the name and the addresses is another mailbox",
		do: func(s *stage) {
			m := s.now["recreated"]
			s.must(s.w.Delete(m.ID))
			m.ID, m.Instance, m.Anchor = "", "", ""
			_, err := s.w.Put(m)
			s.must(err)
		},
		want: []expected{{"recreated", wasDeleted, wasDeleted, nil}},
	},
	{
		name: "move to another domain", reason: "the identity stays in the whole forest",
		can: func(w *World) bool { return w.Emigrate != nil },
		do:  func(s *stage) { s.must(s.w.Emigrate(s.id("emigrant"))) },
	},
	{
		name: "become a remote mailbox", reason: "the account is there, its mailbox lives in the cloud",
		can: func(w *World) bool { return w.Move != nil },
		do:  func(s *stage) { s.must(s.w.Move(s.id("remote"), "remote@tenant.mail.example")) },
		want: []expected{{"remote", isMissing + "moved, stated, forwards to remote@tenant.mail.example",
			isMissing + "moved, stated, forwards to remote@tenant.mail.example", nil}},
	},
}
