package memconn_test

import (
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

func TestDeletions(t *testing.T) {
	restorable := refresh.Absence{Reason: refresh.ReasonSoftDeleted, Proof: refresh.ProofTombstone, DeletedAt: day1, RestorableUntil: day30}
	tests := []struct {
		name, reason string
		event        func(*memconn.System, refresh.ID)
		want         refresh.Absence
	}{
		{
			"deleted", "it can be restored, and the system tells until when",
			func(s *memconn.System, id refresh.ID) { s.Delete(id, day1, day30) }, restorable,
		},
		{
			"deleted, dates unknown", "the system does not tell",
			func(s *memconn.System, id refresh.ID) { s.Delete(id, time.Time{}, time.Time{}) },
			refresh.Absence{Reason: refresh.ReasonSoftDeleted, Proof: refresh.ProofTombstone},
		},
		{
			"purged", "a tombstone stays",
			func(s *memconn.System, id refresh.ID) { s.Purge(id) }, goneTombstone,
		},
		{
			"deleted, then purged", "the tombstone knows when, and nothing can be restored",
			func(s *memconn.System, id refresh.ID) { s.Delete(id, day1, day30); s.Purge(id) },
			refresh.Absence{Reason: refresh.ReasonGone, Proof: refresh.ProofTombstone, DeletedAt: day1},
		},
		{
			"erased", "no trace, so the empty scope is the proof",
			func(s *memconn.System, id refresh.ID) { s.Erase(id) }, goneUnseen,
		},
		{
			"purged, then erased", "the tombstone is gone too",
			func(s *memconn.System, id refresh.ID) { s.Purge(id); s.Erase(id) }, goneUnseen,
		},
		{
			"recreated", "the old object was purged, whatever took its addresses",
			func(s *memconn.System, id refresh.ID) { s.Recreate(id) }, goneTombstone,
		},
		{
			"deleted, then recreated", "the old object can still be restored",
			func(s *memconn.System, id refresh.ID) { s.Delete(id, day1, day30); s.Recreate(id) }, restorable,
		},
		{
			"erased, then recreated", "the old object has still left no trace",
			func(s *memconn.System, id refresh.ID) { s.Erase(id); s.Recreate(id) }, goneUnseen,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, anna, _, _ := people(nil)
			tt.event(s, anna.ID)
			if d := diff(resolve(t, s.Connect(nil), anna.ID), []seen{absent(tt.want)}); d != "" {
				t.Errorf("%s (-want +got)\n%s", tt.reason, d)
			}
			if _, ok := s.Get(anna.ID); ok {
				t.Error("Get returns it")
			}
			s.Put(anna)
			same(t, resolve(t, s.Connect(nil), anna.ID), []seen{found(anna)}) // restored from a backup
		})
	}
}

func TestUndelete(t *testing.T) {
	s, anna, _, _ := people(nil)
	s.Move(anna.ID, refresh.KindMailUser, "anna@cloud.example")
	before := resolve(t, s.Connect(nil), anna.ID)
	s.Delete(anna.ID, day1, day30)
	if s.Len() != 2 {
		t.Errorf("%d objects, want 2", s.Len())
	}
	s.Undelete(anna.ID)
	same(t, resolve(t, s.Connect(nil), anna.ID), before)
}

func TestRecreate(t *testing.T) {
	s := memconn.New("contoso", nil)
	old := s.PutEntry(refresh.Entry{Mailbox: refresh.Mailbox{Primary: "anna@example.com", Login: "anna", DisplayName: "Anna"}, Given: "Anna"})
	s.Delete(old.ID, day1, day30)
	anew := s.Recreate(old.ID)
	if anew.ID == old.ID || anew.Instance == old.Instance || anew.Instance == "" {
		t.Errorf("not a new object: %+v, old %+v", anew, old)
	}
	want := old
	want.ID, want.Instance = anew.ID, anew.Instance
	same(t, anew, want)
	same(t, resolve(t, s.Connect(nil), anew.ID), []seen{found(want)})

	var listed []refresh.Entry
	for e, err := range s.Connect(nil).List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, e)
	}
	same(t, listed, []refresh.Entry{{Mailbox: want, Given: "Anna"}})
}
