package refresh_test

import (
	"context"
	"strings"
	"testing"

	"github.com/readdress-go/readdress/refresh"
)

// endless is a mirror whose list of changes has always one page more.
type endless struct{ mirror }

func (endless) Changes(context.Context, refresh.Cursor) (refresh.ChangePage, error) {
	return refresh.ChangePage{IDs: []refresh.ID{"a"}, Next: refresh.Cursor{Token: "1"}, More: true}, nil
}

// TestEndlessChanges: a list of changes that does not end makes the run a full one.
func TestEndlessChanges(t *testing.T) {
	m := mirror{"old.example", "new.example"}
	j := jobOf(one(refresh.Source, "1", refresh.Bound, m.mailbox("a1b2c3d4-0000-4000-8000-000000000001")))
	j.Source.Pin = "mirror"
	j = apply(t, j, run(t, j, only(refresh.Source, m), nil))
	r := run(t, j, only(refresh.Source, endless{m}), nil)
	if r.Run.Source.Path != refresh.PathFull || !strings.Contains(r.Run.Source.Why, "do not come to an end") {
		t.Errorf("the path is %s: %s", r.Run.Source.Path, r.Run.Source.Why)
	}
	same(t, "the row", refresh.NotChanged, rowOf(t, r, refresh.Source, "1").Outcome)
}
