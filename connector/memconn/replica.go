package memconn

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// view is what a replica shows. Objects are never written to: an event stores a new one.
type view struct {
	objects map[refresh.ID]*object
	order   []refresh.ID // in the order in which they were first put; only appended to
	log     changeLog
}

// object is what a system knows of one ID.
type object struct {
	mailbox refresh.Mailbox // of a deleted object: as it was
	detail  *detail         // nil for most
	status  status
}

// detail is what few objects have.
type detail struct {
	entry                      refresh.Entry // without the mailbox
	forwards                   refresh.Address
	deletedAt, restorableUntil time.Time
}

type status uint8

const (
	present   status = iota
	deleted          // can be restored
	tombstone        // cannot
	erased           // no trace that a connector could see
)

// details returns a copy of the details to change.
func (o *object) details() detail {
	if o.detail == nil {
		return detail{}
	}
	return *o.detail
}

func (v *view) store(o *object) {
	if v.objects[o.mailbox.ID] == nil {
		v.order = append(v.order, o.mailbox.ID)
	}
	v.objects[o.mailbox.ID] = o
	v.note(o)
}

// Lag stops a replica in time: it shows no later event until [System.Sync]. A replica that lags already is left as it is.
func (s *System) Lag(replica string) {
	s.mustKnow("lag", replica)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lagging[replica] == nil {
		s.lagging[replica] = s.now.copy()
	}
}

// Sync lets a replica catch up.
func (s *System) Sync(replica string) {
	s.mustKnow("sync", replica)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.lagging, replica)
}

// mustKnow needs no lock: the list of replicas does not change.
func (s *System) mustKnow(verb, replica string) {
	if !slices.Contains(s.replicas, replica) {
		panic(fmt.Sprintf("memconn: %s: no replica %q in %q", verb, replica, s.replicas))
	}
}

// after returns the replica that follows in the list, the same one where it is alone.
func (s *System) after(replica string) string {
	i := slices.Index(s.replicas, replica)
	return s.replicas[(i+1)%len(s.replicas)]
}

// at returns what a replica shows, the world as it is for "". The caller holds the lock.
func (s *System) at(replica string) *view {
	if v := s.lagging[replica]; v != nil {
		return v
	}
	return s.now
}

// read returns the object at a replica, nil when it never was there.
func (s *System) read(replica string, id refresh.ID) *object {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.at(replica).objects[id]
}

// walk yields the objects that are there at a replica, in the order in which they were first put. No lock is held
// while it yields, so it reads in pieces; what changes meanwhile may be seen or not.
func (s *System) walk(replica string) iter.Seq[*object] {
	return func(yield func(*object) bool) {
		var piece [256]*object
		for from := 0; ; from += len(piece) {
			s.mu.RLock()
			v := s.at(replica)
			n := copyObjects(piece[:], v, from)
			s.mu.RUnlock()
			for _, o := range piece[:n] {
				if o.status == present && !yield(o) {
					return
				}
			}
			if n < len(piece) {
				return
			}
		}
	}
}

func copyObjects(dst []*object, v *view, from int) int {
	if from >= len(v.order) {
		return 0
	}
	n := min(len(dst), len(v.order)-from)
	for i, id := range v.order[from : from+n] {
		dst[i] = v.objects[id]
	}
	return n
}
