package refresh_test

import (
	"testing"

	"github.com/readdress-go/readdress/refresh"
)

func TestMailboxEqual(t *testing.T) {
	full := refresh.Mailbox{ID: "i", Instance: "n", Anchor: "a", Login: "l", DisplayName: "d", Kind: refresh.KindUser, Primary: "p@x.example", Aliases: []refresh.Address{"a@x.example", "b@x.example"}}
	tests := []struct {
		name, reason string
		change       func(*refresh.Mailbox)
		want         bool
	}{
		{"the same", "nothing differs", func(*refresh.Mailbox) {}, true},
		{"aliases in another order", "order is no difference", func(m *refresh.Mailbox) { m.Aliases = []refresh.Address{"b@x.example", "a@x.example"} }, true},
		{"ID", "it is stored", func(m *refresh.Mailbox) { m.ID = "x" }, false},
		{"instance", "it is stored", func(m *refresh.Mailbox) { m.Instance = "x" }, false},
		{"anchor", "it is stored", func(m *refresh.Mailbox) { m.Anchor = "x" }, false},
		{"login", "it is stored", func(m *refresh.Mailbox) { m.Login = "x" }, false},
		{"name", "it is stored", func(m *refresh.Mailbox) { m.DisplayName = "x" }, false},
		{"kind", "it is stored", func(m *refresh.Mailbox) { m.Kind = refresh.KindRoom }, false},
		{"primary spelled differently", "the spelling is stored", func(m *refresh.Mailbox) { m.Primary = "P@x.example" }, false},
		{"alias spelled differently", "the spelling is stored", func(m *refresh.Mailbox) { m.Aliases = []refresh.Address{"A@x.example", "b@x.example"} }, false},
		{"one alias less", "it is stored", func(m *refresh.Mailbox) { m.Aliases = m.Aliases[:1] }, false},
		{"the same alias twice instead", "every alias is stored", func(m *refresh.Mailbox) { m.Aliases = []refresh.Address{"a@x.example", "a@x.example"} }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := with(deepCopy(t, full), tt.change)
			if full.Equal(b) != tt.want || b.Equal(full) != tt.want {
				t.Errorf("equal: %t and %t, want %t: %s", full.Equal(b), b.Equal(full), tt.want, tt.reason)
			}
		})
	}
	same(t, "no aliases and an empty list", true, refresh.Mailbox{}.Equal(refresh.Mailbox{Aliases: []refresh.Address{}}))
}

func TestMailboxHolds(t *testing.T) {
	m := box("i", "Anna@Bücher.example", "a@x.example")
	tests := map[refresh.Address]bool{
		"anna@bücher.example": true, "ANNA@xn--bcher-kva.example": true, "A@X.example": true, "b@x.example": false, "": false,
	}
	for a, want := range tests {
		if m.Holds(a) != want {
			t.Errorf("Holds(%q) is %t, want %t", a, m.Holds(a), want)
		}
	}
	same(t, "the primary address first", []refresh.Address{"Anna@Bücher.example", "a@x.example"}, m.Addresses())
	same(t, "an empty primary is left out", []refresh.Address{"a@x.example"}, box("i", "", "a@x.example").Addresses())
	same(t, "nothing stored", []bool{true, true, false, false}, []bool{
		refresh.Mailbox{}.IsZero(), refresh.Mailbox{Aliases: []refresh.Address{}}.IsZero(), refresh.Mailbox{Aliases: []refresh.Address{""}}.IsZero(), box("i", "").IsZero(),
	})
}

func TestMatchSides(t *testing.T) {
	mark := &refresh.Mark{Reason: refresh.ReasonGone}
	m := pair("1", anna, other)
	m.TargetOrigin, m.TargetMark, m.SourceUse = refresh.Planned, mark, "use@old.example"
	same(t, "mailboxes", []refresh.Mailbox{anna, other}, []refresh.Mailbox{m.Mailbox(refresh.Source), m.Mailbox(refresh.Target)})
	same(t, "origins", []refresh.Origin{refresh.Bound, refresh.Planned}, []refresh.Origin{m.Origin(refresh.Source), m.Origin(refresh.Target)})
	same(t, "marks", []*refresh.Mark{nil, mark}, []*refresh.Mark{m.Mark(refresh.Source), m.Mark(refresh.Target)})
	same(t, "addresses in use, the primary where none is set", []refresh.Address{"use@old.example", other.Primary}, []refresh.Address{m.Use(refresh.Source), m.Use(refresh.Target)})
	j := jobOf(m)
	j.Target.Pin = "p"
	same(t, "endpoints", []string{"", "p"}, []string{j.Endpoint(refresh.Source).Pin, j.Endpoint(refresh.Target).Pin})
	_, there := j.Match("1")
	_, elsewhere := j.Match("2")
	same(t, "rows by key", []bool{true, false}, []bool{there, elsewhere})
	if a, b := refresh.NewJob("x"), refresh.NewJob("x"); a.ID == b.ID || len(a.ID) < 16 || a.Name != "x" {
		t.Errorf("new jobs %+v and %+v", a, b)
	}
}
