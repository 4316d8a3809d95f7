package memconn

import (
	"time"

	"github.com/readdress-go/readdress/refresh"
)

var statusWords = []string{"there", "deleted", "purged", "erased"}

// String returns the word for panics.
func (s status) String() string { return statusWords[s] }

// Delete deletes a mailbox so that it can still be restored. Zero times are unknown ones. No clock runs: it
// stays restorable until [System.Purge].
func (s *System) Delete(id refresh.ID, at, restorableUntil time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := *s.mustBe("delete", id, present)
	d := o.details()
	d.deletedAt, d.restorableUntil = at, restorableUntil
	o.detail, o.status = &d, deleted
	s.now.store(&o)
}

// Undelete restores a deleted mailbox as it was, with its ID and Instance.
func (s *System) Undelete(id refresh.ID) refresh.Mailbox {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := *s.mustBe("undelete", id, deleted)
	d := o.details()
	d.deletedAt, d.restorableUntil = time.Time{}, time.Time{}
	o.detail, o.status = &d, present
	s.now.store(&o)
	return o.mailbox
}

// Purge deletes a mailbox for good, whether it is there or deleted already. A tombstone stays.
func (s *System) Purge(id refresh.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bury(s.mustBe("purge", id, present, deleted), tombstone)
}

// Erase deletes a mailbox, or what is left of it, without a trace.
func (s *System) Erase(id refresh.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bury(s.mustBe("erase", id, present, deleted, tombstone), erased)
}

// Recreate makes a new object with a new ID, a new Instance and everything else as it was. The old one is purged when it
// is still there and left as it is otherwise.
func (s *System) Recreate(id refresh.ID) refresh.Mailbox {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.mustBe("recreate", id, present, deleted, tombstone, erased)
	if o.status == present {
		s.bury(o, tombstone)
	}
	m, d := o.mailbox, o.details()
	m.ID, m.Instance = "", ""
	d.deletedAt, d.restorableUntil = time.Time{}, time.Time{}
	return s.put(m, &d)
}

// bury stores the object as one that is gone for good.
func (s *System) bury(o *object, as status) {
	gone, d := *o, o.details()
	d.restorableUntil = time.Time{}
	gone.detail, gone.status = &d, as
	s.now.store(&gone)
}
