package memconn_test

import (
	"regexp"
	"slices"
	"testing"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

func TestPutMints(t *testing.T) {
	guid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$`)
	s, anna, bert, _ := people(nil)
	for _, text := range []string{string(anna.ID), string(anna.Instance), s.Pin()} {
		if !guid.MatchString(text) {
			t.Errorf("%q does not look like a GUID", text)
		}
	}
	if anna.ID == bert.ID || anna.Instance == bert.Instance || anna.ID == anna.Instance {
		t.Errorf("minted twice: %v %v", anna, bert)
	}

	_, again, _, _ := people(nil)
	same(t, again, anna) // a test gets the same IDs every time

	other := memconn.New("fabrikam", nil)
	if x := other.Put(refresh.Mailbox{}); x.ID == anna.ID || other.Pin() == s.Pin() {
		t.Error("two systems with two names share an identity")
	}
}

func TestPutKeepsWhatIsGiven(t *testing.T) {
	s := memconn.New("contoso", nil)
	first := s.Put(refresh.Mailbox{})
	s = memconn.New("contoso", nil)
	s.Put(refresh.Mailbox{ID: first.ID, Instance: "box", Primary: "given@example.com"})
	if m := s.Put(refresh.Mailbox{}); m.ID == first.ID {
		t.Error("an ID that is taken was minted")
	}
	got, ok := s.Get(first.ID)
	if !ok || got.Instance != "box" {
		t.Errorf("got %v %v", got, ok)
	}
	s.Put(refresh.Mailbox{ID: first.ID, Primary: "again@example.com"})
	if got, _ := s.Get(first.ID); got.Primary != "again@example.com" || s.Len() != 2 {
		t.Errorf("Put does not replace: %v, %d objects", got, s.Len())
	}
}

func TestPutInstances(t *testing.T) {
	tests := []struct {
		name, reason string
		opts         *memconn.Options
		kind         refresh.Kind
		want         bool
	}{
		{"user", "has a mailbox", nil, refresh.KindUser, true},
		{"unknown", "most systems do not say, and it is a mailbox", nil, refresh.KindUnknown, true},
		{"mail user", "its mailbox is elsewhere", nil, refresh.KindMailUser, false},
		{"remote", "its mailbox is elsewhere", nil, refresh.KindRemote, false},
		{"group", "has no mailbox", nil, refresh.KindGroup, false},
		{"contact", "has no mailbox", nil, refresh.KindContact, false},
		{"no instances", "the system knows none", &memconn.Options{NoInstances: true}, refresh.KindUser, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if m := memconn.New("contoso", tt.opts).Put(refresh.Mailbox{Kind: tt.kind}); (m.Instance != "") != tt.want {
				t.Errorf("instance %q, want one: %v, because it %s", m.Instance, tt.want, tt.reason)
			}
		})
	}
}

func TestPutAllAndAll(t *testing.T) {
	s := memconn.New("contoso", nil)
	s.PutAll(many(1000), 10) // a wrong size only costs time
	if s.Len() != 1000 {
		t.Fatalf("%d mailboxes", s.Len())
	}
	i := 0
	for m := range s.All() {
		if want := slices.Collect(many(1000))[i].Primary; m.Primary != want {
			t.Fatalf("mailbox %d is %s, want %s", i, m.Primary, want)
		}
		if i++; i == 300 {
			break
		}
		s.Rename(m.ID, "changed@example.com", memconn.DropOld) // the loop may change the system
	}
	if _, ok := s.Get("nobody"); ok {
		t.Error("got a mailbox that is not there")
	}
}

func TestNewRefusesReplicas(t *testing.T) {
	for _, names := range [][]string{{""}, {"a", "a"}} {
		wantPanic(t, `memconn: new: replica`, func() { memconn.New("contoso", &memconn.Options{Replicas: names}) })
	}
}
