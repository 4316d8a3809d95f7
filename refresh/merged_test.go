package refresh_test

import (
	"testing"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

const mirrorID = "a1b2c3d4-0000-4000-8000-000000000001"

// mirrorJob is a pinned job of two rows of one mailbox, of which the address is old.
func mirrorJob() refresh.Job {
	stored := mirror{"old.example", "last.example"}.mailbox(mirrorID)
	j := jobOf(one(refresh.Source, "1", refresh.Bound, stored), one(refresh.Source, "2", refresh.Bound, stored))
	j.Source.Pin = "mirror"
	return j
}

// TestRowsOfOneMailbox: what one row of a result holds can be written to without the other one changing.
func TestRowsOfOneMailbox(t *testing.T) {
	r := run(t, mirrorJob(), only(refresh.Source, mirror{"old.example", "new.example"}), nil)
	if a, b := r.Rows[0].After, r.Rows[1].After; a == nil || b == nil || a == b {
		t.Errorf("two rows of one mailbox hold %p and %p", a, b)
	}
}

// TestMergePinsDiffer: parts that reached different directories make no whole, even of a pinned job whose check was skipped.
func TestMergePinsDiffer(t *testing.T) {
	j := mirrorJob()
	halves, err := refresh.Split(j, 2)
	must(t, err)
	sides := only(refresh.Source, mirror{"old.example", "new.example"})
	a, b := run(t, halves[0], sides, nil), run(t, halves[1], sides, nil)
	_, err = refresh.Merge(j, a, b)
	must(t, err)
	b.Run.Source.Pin = "another"
	if _, err := refresh.Merge(j, a, b); err == nil {
		t.Error("parts of two directories were merged")
	}
}

// TestMarksHaveAnAge: a part that is refreshed long after its marks were taken is as old as they are.
func TestMarksHaveAnAge(t *testing.T) {
	taken := time.Now().Add(-48 * time.Hour).UTC()
	marks := &refresh.Marks{Source: &refresh.MarkedSide{Pin: "mirror", Cursor: refresh.Cursor{Token: "1", Taken: taken}, Epoch: "epoch"}}
	r := run(t, mirrorJob(), only(refresh.Source, mirror{"old.example", "new.example"}), &refresh.Options{Marks: marks})
	same(t, "since", taken, r.Run.Source.Since)
}
