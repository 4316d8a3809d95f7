package connectortest

import (
	"context"
	"errors"

	"github.com/readdress-go/readdress/refresh"
)

func trackChecks() []check {
	return []check{
		{"changes", []rule{ruleChanges}, []need{ability(refresh.CanTrack)}, checkChanges},
		{"foreign cursor", []rule{ruleCursor}, []need{ability(refresh.CanTrack)}, checkCursor},
	}
}

// changes reads every page since a cursor.
func changes(ctx context.Context, x refresh.Tracker, since refresh.Cursor) (ids map[refresh.ID]bool, next refresh.Cursor, err error) {
	ids = make(map[refresh.ID]bool)
	for range 10_000 {
		page, err := x.Changes(ctx, since)
		if err != nil {
			return ids, since, err
		}
		for _, id := range page.IDs {
			ids[id] = true
		}
		since = page.Next
		if !page.More {
			return ids, since, nil
		}
	}
	return ids, since, errors.New("there were still more changes after 10,000 pages")
}

func checkChanges(p *probe) {
	people := p.put(6)
	c := p.connect()
	ctx, cancel := p.limited()
	defer cancel()
	x, _ := refresh.As[refresh.Tracker](c)
	since, err := x.Mark(ctx)
	if err != nil || since.IsZero() {
		p.breaks(ruleChanges, "Mark returned %+v: %v", since, err)
		return
	}
	for round := range 2 {
		fresh := p.put(1)[0]
		p.update(p.changed(people[2*round]))
		p.delete(people[2*round+1].ID)
		ids, next, err := changes(ctx, x, since)
		p.checkError("Changes", err)
		if err != nil {
			p.breaks(ruleChanges, "Changes failed: %v", err)
			return
		}
		for what, id := range map[string]refresh.ID{"put": fresh.ID, "updated": people[2*round].ID, "deleted": people[2*round+1].ID} {
			if !ids[id] {
				p.breaks(ruleChanges, "Changes left out object %s, which was %s after the mark", id, what)
			}
		}
		since = next
	}
}

func checkCursor(p *probe) {
	people := p.put(5)
	c := p.connect()
	ctx, cancel := p.limited()
	defer cancel()
	x, _ := refresh.As[refresh.Tracker](c)
	good, err := x.Mark(ctx)
	if err != nil {
		p.breaks(ruleCursor, "Mark failed: %v", err)
		return
	}
	good.Token = "connectortest: no cursor of this system"
	ids, _, err := changes(ctx, x, good)
	p.checkError("Changes", err)
	switch {
	case errors.Is(err, refresh.ErrCursorExpired):
	case err != nil:
		p.breaks(ruleCursor, "Changes since a foreign cursor: the error does not wrap ErrCursorExpired: %v", err)
	default:
		for _, m := range people {
			if !ids[m.ID] {
				p.breaks(ruleCursor, "Changes since a foreign cursor returned no error and left out object %s", m.ID)
			}
		}
	}
}
