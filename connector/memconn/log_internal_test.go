package memconn

import (
	"testing"

	"github.com/readdress-go/readdress/refresh"
)

// The log does not grow with the number of changes.
func TestLogStaysSmall(t *testing.T) {
	s := New("contoso", &Options{Tracking: true})
	const objects = 50
	var ids []refresh.ID
	for range objects {
		ids = append(ids, s.Put(refresh.Mailbox{}).ID)
	}
	for i := range 20_000 {
		s.Rename(ids[i%objects], "x@y", DropOld)
		if n := len(s.now.log.list); n > 2*objects+1024 {
			t.Fatalf("%d changes are kept for %d objects", n, objects)
		}
	}
	if s.now.log.last != 20_000+objects {
		t.Errorf("the last change has the number %d", s.now.log.last)
	}
	silent := New("contoso", nil)
	silent.Put(refresh.Mailbox{})
	if len(silent.now.log.list) > 0 {
		t.Error("a system without tracking keeps a log")
	}
	b := silent.Backup()
	silent.RollBack(b)
	silent.Put(refresh.Mailbox{})
	if len(silent.now.log.list) > 0 {
		t.Error("a system without tracking keeps a log after it was rolled back")
	}
}
