package refresh

import (
	"fmt"
	"hash/maphash"
	"testing"
)

// TestTagOf: the zero tag is that of rows without a valid stamp, so no ID may have it; and an ID has one tag under one seed.
func TestTagOf(t *testing.T) {
	seed := maphash.MakeSeed()
	for i := range 1 << 20 {
		if id := ID(fmt.Sprint(i)); tagOf(seed, id) == 0 || tagOf(seed, id) != tagOf(seed, ID(fmt.Sprint(i))) {
			t.Fatalf("ID %s has the tag %d", id, tagOf(seed, id))
		}
	}
}

// TestIDSet: what is in the set may be in it by its tag, too, also where several IDs share one.
func TestIDSet(t *testing.T) {
	var none *idSet
	if none.len() != 0 || none.holds("a") || none.mayHold(tagOf(maphash.MakeSeed(), "a")) {
		t.Error("a set that was not made holds something")
	}
	s := newIDSet(maphash.MakeSeed())
	for i := range 5000 {
		s.add(ID(fmt.Sprint(i)))
		s.add(ID(fmt.Sprint(i)))
	}
	if s.len() != 5000 {
		t.Errorf("%d IDs, want 5000", s.len())
	}
	for i := range 10000 {
		id := ID(fmt.Sprint(i))
		if s.holds(id) != (i < 5000) || i < 5000 && !s.mayHold(tagOf(s.seed, id)) {
			t.Errorf("%s: holds %t, may hold %t", id, s.holds(id), s.mayHold(tagOf(s.seed, id)))
		}
	}
}

// TestVouchedByID: a row is looked up when its own mailbox changed, not when one did whose tag is the same; and no row without a valid
// stamp is vouched for, whatever changed.
func TestVouchedByID(t *testing.T) {
	matches := []Match{{Source: Mailbox{ID: "changed"}}, {Source: Mailbox{ID: "same"}}, {Source: Mailbox{ID: "unstamped"}}}
	s := &sideRun{side: Source}
	s.plan.changed = newIDSet(maphash.MakeSeed())
	s.plan.changed.add("changed")
	tag := tagOf(s.plan.changed.seed, "changed")
	s.stamped = []idTag{tag, tag, 0}
	for i, want := range []bool{false, true, false} {
		if got := s.vouched(matches, i); got != want {
			t.Errorf("%s: vouched for %t, want %t", matches[i].Source.ID, got, want)
		}
	}
	for _, s.plan.changed = range []*idSet{nil, newIDSet(s.plan.changed.seed)} {
		for i, want := range []bool{true, true, false} {
			if got := s.vouched(matches, i); got != want {
				t.Errorf("%s: where nothing changed vouched for %t, want %t", matches[i].Source.ID, got, want)
			}
		}
	}
}
