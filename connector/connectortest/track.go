package connectortest

import (
	"context"
	"errors"

	"github.com/readdress-go/readdress/refresh"
)

func trackChecks() []check {
	tracks := []need{
		ability(refresh.CanTrack),
		trait(func(c traits) bool { return !c.mayNotTrack }, "the world's reader may not see every change: Mark is ErrForbidden"),
	}
	with := func(n need) []need { return append(tracks[:len(tracks):len(tracks)], n) }
	tracking := []rule{ruleChanges, ruleEnd}
	and := func(more ...rule) []rule { return append(tracking[:len(tracking):len(tracking)], more...) }
	foreign := event("Foreign", func(w World) bool { return w.Foreign != nil })
	blind := event("Blind", func(w World) bool { return w.Blind != nil })
	veiled := event("Veiled", func(w World) bool { return w.Veiled != nil })
	return []check{
		{"changes", tracking, tracks, checkChanges},
		{"changes after changes", and(ruleQuiet, ruleNext), tracks, checkNext},
		{"many changes", and(ruleBetween), tracks, checkManyChanges},
		{"changes during look-ups", and(ruleBetween), with(ability(byID)), checkChangesDuring},
		{"old cursor", and(ruleOld), tracks, checkOld},
		{"kept cursor", and(ruleKept), tracks, checkKept},
		{"garbage cursor", and(ruleCursor), tracks, checkGarbage},
		{"foreign cursor", and(ruleCursor), with(foreign), checkForeignCursor},
		{"changes to the blind", []rule{ruleUnseen}, []need{ability(refresh.CanTrack), blind}, func(p *probe) { p.unseen("Blind", p.Blind) }},
		{"changes to the veiled", []rule{ruleUnseen}, []need{ability(refresh.CanTrack), veiled}, func(p *probe) { p.unseen("Veiled", p.Veiled) }},
	}
}

// changed is what Changes named from a cursor to its last page.
type changed struct {
	ids   map[refresh.ID]int // the last page that named it, counted from 1
	next  refresh.Cursor
	pages int
	err   error
}

// errEndless stands for pages that do not end.
var errEndless = errors.New("there were still more changes after 1,000 pages")

// readChanges reads every page since a cursor, and calls between, where it is set, after each page that is not the last.
func (p *probe) readChanges(ctx context.Context, x refresh.Tracker, since refresh.Cursor, between func(page int, ids []refresh.ID)) changed {
	c := changed{ids: make(map[refresh.ID]int), next: since}
	for c.pages < 1_000 {
		page, err := x.Changes(ctx, c.next)
		p.checkError("Changes", err)
		if err != nil {
			c.err = err
			return c
		}
		c.pages++
		for _, id := range page.IDs {
			c.ids[id] = c.pages
		}
		c.next = page.Next
		if !page.More {
			return c
		}
		if between != nil {
			between(c.pages, page.IDs)
		}
	}
	c.err = errEndless
	return c
}

// changes is readChanges for a cursor that is good.
func (p *probe) changes(ctx context.Context, x refresh.Tracker, since refresh.Cursor, between func(page int, ids []refresh.ID)) (c changed, ok bool) {
	c = p.readChanges(ctx, x, since, between)
	switch {
	case c.err == errEndless:
		p.breaks(ruleEnd, "%v", c.err)
	case c.err != nil:
		p.breaks(ruleChanges, "Changes failed on page %d: %v", c.pages+1, c.err)
	case c.ids[""] > 0:
		p.breaks(ruleChanges, "Changes named an empty ID")
	}
	return c, c.err == nil
}

// mark takes a mark that has to succeed.
func (p *probe) mark(ctx context.Context, x refresh.Tracker) (refresh.Cursor, bool) {
	since, err := x.Mark(ctx)
	p.checkError("Mark", err)
	if err != nil || since.IsZero() {
		p.breaks(ruleChanges, "Mark returned %+v: %v", since, err)
		return since, false
	}
	return since, true
}

// tracker returns a connection that tracks, with a first mark.
func (p *probe) tracker(ctx context.Context) (x refresh.Tracker, since refresh.Cursor, ok bool) {
	x, _ = refresh.As[refresh.Tracker](p.connect())
	since, ok = p.mark(ctx, x)
	return x, since, ok
}

// left returns the first of the IDs that was not named.
func (c changed) left(ids []refresh.ID) (id refresh.ID, some bool) {
	for _, id := range ids {
		if c.ids[id] == 0 {
			return id, true
		}
	}
	return "", false
}

// named demands that all of the IDs were named.
func (p *probe) named(r rule, c changed, what string, ids ...refresh.ID) {
	if id, some := c.left(ids); some {
		p.breaks(r, "Changes left out object %s: %s", id, what)
	}
}

// cursorBefore is a mark of a good connection for checks of trouble; the zero cursor where the connector does not track.
func (p *probe) cursorBefore() refresh.Cursor {
	c := p.connect()
	defer p.close(c)
	x, ok := refresh.As[refresh.Tracker](c)
	if !ok {
		return refresh.Cursor{}
	}
	ctx, cancel := p.limited()
	defer cancel()
	since, err := x.Mark(ctx)
	p.checkError("Mark", err)
	if err != nil {
		return refresh.Cursor{}
	}
	return since
}
