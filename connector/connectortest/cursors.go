package connectortest

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

// checkOld uses cursors again after later ones were used.
func checkOld(p *probe) {
	people := p.put(4)
	ctx, cancel := p.limited()
	defer cancel()
	x, first, ok := p.tracker(ctx)
	if !ok {
		return
	}
	cursors := []refresh.Cursor{first}
	var after [][]refresh.ID // what changed after each cursor and before the next one
	for round := range 3 {
		ids := append(idsOf(p.put(1)), p.update(p.changed(people[round])).ID)
		after = append(after, ids)
		c, ok := p.changes(ctx, x, cursors[round], nil)
		if !ok {
			return
		}
		cursors = append(cursors, c.next)
	}
	p.delete(people[3].ID)
	after = append(after, []refresh.ID{people[3].ID})
	other, _ := refresh.As[refresh.Tracker](p.connect())
	for _, use := range []refresh.Tracker{x, other, x} {
		for n, since := range cursors {
			c := p.readChanges(ctx, use, since, nil)
			switch {
			case errors.Is(c.err, refresh.ErrCursorExpired):
				continue
			case c.err != nil:
				p.breaks(ruleOld, "Changes since a cursor that is older than %d others failed: %v", len(cursors)-1-n, c.err)
				continue
			}
			for _, ids := range after[n:] {
				p.named(ruleOld, c, "it changed after a cursor that was used before", ids...)
			}
		}
	}
}

// checkKept takes a cursor through JSON, as in a job, to a connection that is made later.
func checkKept(p *probe) {
	people := p.put(3)
	ctx, cancel := p.limited()
	defer cancel()
	for round := range 2 {
		c := p.connect()
		x, _ := refresh.As[refresh.Tracker](c)
		since, ok := p.mark(ctx, x)
		if !ok {
			return
		}
		ids := []refresh.ID{p.update(p.changed(people[0])).ID}
		if round == 1 { // a Next this time
			read, ok := p.changes(ctx, x, since, nil)
			if !ok {
				return
			}
			since = read.next
			p.delete(people[1].ID)
			ids = []refresh.ID{people[1].ID}
		}
		p.close(c)
		kept, ok := p.throughJSON(since)
		if !ok {
			return
		}
		later, _ := refresh.As[refresh.Tracker](p.connect())
		read := p.readChanges(ctx, later, kept, nil)
		if read.err != nil {
			p.breaks(ruleKept, "Changes failed on another connection, since a cursor that a closed one gave: %v", read.err)
			return
		}
		p.named(ruleKept, read, "it changed after a cursor that a closed connection gave", ids...)
	}
}

func (p *probe) throughJSON(since refresh.Cursor) (kept refresh.Cursor, ok bool) {
	text, err := json.Marshal(since)
	if err == nil {
		err = json.Unmarshal(text, &kept)
	}
	if err != nil || kept.Token != since.Token || !kept.Taken.Equal(since.Taken) {
		p.breaks(ruleKept, "a cursor came back from JSON as %+v, not as %+v: %v", kept, since, err)
		return kept, false
	}
	return kept, true
}

func checkGarbage(p *probe) {
	people := p.put(5)
	ctx, cancel := p.limited()
	defer cancel()
	x, good, ok := p.tracker(ctx)
	if !ok {
		return
	}
	updated := p.update(p.changed(people[0])).ID
	for _, token := range []string{
		"", "connectortest: no cursor of this system", "-1", "0", "(objectClass=*)", "\x00\n", strings.Repeat("x", 1<<16),
		"x" + good.Token, good.Token + "x", good.Token + " ", good.Token + "\n", good.Token + good.Token,
	} {
		p.refused(ctx, x, refresh.Cursor{Token: token, Taken: good.Taken}, "a token that no Mark made ("+abbreviated(token)+")")
	}
	p.refused(ctx, x, refresh.Cursor{}, "the zero cursor")
	// The front of a token may be a good one: an older cursor. It must only not be taken for a newer one.
	for _, n := range []int{len(good.Token) / 3, len(good.Token) / 2, len(good.Token) - 2, len(good.Token) - 1} {
		since := refresh.Cursor{Token: good.Token[:max(n, 0)], Taken: good.Taken}
		if c := p.readChanges(ctx, x, since, nil); c.err == nil && c.ids[updated] == 0 {
			p.breaks(ruleCursor, "Changes since the first %d bytes of a cursor returned no error, and left out what changed since the whole cursor", n)
		}
	}
	if c, ok := p.changes(ctx, x, good, nil); ok {
		p.named(ruleCursor, c, "bad cursors were asked with, and spoilt the good one", updated)
	}
}

func abbreviated(token string) string {
	if len(token) > 60 {
		return token[:60] + "…"
	}
	return token
}

// refused demands that a cursor has expired.
func (p *probe) refused(ctx context.Context, x refresh.Tracker, since refresh.Cursor, what string) {
	if c := p.readChanges(ctx, x, since, nil); !errors.Is(c.err, refresh.ErrCursorExpired) {
		p.breaks(ruleCursor, "Changes since %q is no ErrCursorExpired: %d objects, %v", what, len(c.ids), c.err)
	}
}

func checkForeignCursor(p *probe) {
	p.put(5)
	ctx, cancel := p.limited()
	defer cancel()
	foreign, ok := refresh.As[refresh.Tracker](p.open("Foreign", p.Foreign))
	if !ok {
		return
	}
	since, ok := p.mark(ctx, foreign)
	if !ok {
		return
	}
	x, good, ok := p.tracker(ctx)
	if !ok {
		return
	}
	p.put(1)
	p.refused(ctx, x, since, "a mark of another system")
	if c, ok := p.changes(ctx, foreign, since, nil); ok { // so the cursor was good where it belongs
		p.refused(ctx, x, c.next, "a Next of another system")
		p.refused(ctx, foreign, good, "a mark of this system, asked of the other one")
	}
}

// unseen connects a reader who may not see everything, and lets things happen that he may not see.
func (p *probe) unseen(event string, connect func() (refresh.Connector, error)) {
	people := p.put(5)
	cursors := map[string]refresh.Cursor{}
	if good := p.cursorBefore(); !good.IsZero() {
		cursors["a mark of another reader"] = good
	}
	x, ok := refresh.As[refresh.Tracker](p.open(event, connect))
	if !ok {
		return
	}
	ctx, cancel := p.limited()
	defer cancel()
	own, err := x.Mark(ctx)
	p.checkError("Mark", err)
	if err == nil {
		cursors["his own mark"] = own
	}
	ids := []refresh.ID{p.update(p.changed(people[0])).ID, people[1].ID, people[2].ID}
	p.delete(people[1].ID)
	if p.SoftDelete != nil {
		p.must("SoftDelete", p.SoftDelete(people[2].ID))
	} else {
		p.delete(people[2].ID)
	}
	ids = append(ids, idsOf(p.put(1))...)
	for which, since := range cursors {
		c := p.readChanges(ctx, x, since, nil)
		if id, some := c.left(ids); some && c.err == nil {
			p.breaks(ruleUnseen, "Changes since %s returned no error, and left out object %s", which, id)
		}
	}
}
