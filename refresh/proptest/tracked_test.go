package proptest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// manner is how a directory tells its changes, all within the contract, and what goes wrong with that.
type manner struct {
	page     int    // changes a page; zero means all
	back     int    // how many older changes it tells again
	repeat   bool   // tells changes twice
	reorder  uint64 // tells a page's changes in another order
	stranger bool   // tells of objects that nobody knows
	lazy     bool   // keeps the cursor where nothing changed, to the letter

	markErr    error
	changesErr error
	failPage   int // the page, counted from 1, at which changesErr comes

	arrive    func()              // makes changes arrive
	atPage    int                 // before the page, counted from 1
	atAnswer  int                 // after the answer; 0 is before the first one
	arrives   bool                // whether they arrive at all
	elsewhere map[refresh.ID]bool // another replica answers for these
}

func (m manner) String() string {
	return fmt.Sprintf("page %d back %d repeat %t reorder %t lazy %t mark err %v changes err %v at %d; arrives %t page %d answer %d; elsewhere %v",
		m.page, m.back, m.repeat, m.reorder != 0, m.lazy, m.markErr, m.changesErr, m.failPage, m.arrives, m.atPage, m.atAnswer, keysOf(m.elsewhere))
}

// breach is how a connector breaks the contract of a Tracker.
type breach struct {
	silentOnGone bool // changes that leave nothing behind are not told
	skipsPages   bool // the next page begins too late
	anyReplica   bool // the cursor of another replica is taken for its own
}

// tracked is a connection to a directory that tells its changes.
type tracked struct {
	*saboteur
	conn   *memconn.Connector
	other  *memconn.Connector // at another replica
	series *series
	manner manner

	pages    int
	given    refresh.Cursor // the last one that may be kept
	told     []refresh.ID
	happened []string // what arrived

	broken breach // for the test of the test only
}

var (
	_ refresh.Tracker   = (*tracked)(nil)
	_ refresh.Resolver  = (*tracked)(nil)
	_ refresh.Confirmer = (*tracked)(nil)
)

func (t *tracked) Info() refresh.Info {
	i := t.saboteur.Info()
	i.Can |= refresh.CanTrack &^ t.saboteur.s.without
	return i
}

func (t *tracked) Mark(ctx context.Context) (refresh.Cursor, error) {
	if t.manner.markErr != nil {
		return refresh.Cursor{}, t.manner.markErr
	}
	if ctx.Err() != nil {
		return refresh.Cursor{}, context.Cause(ctx)
	}
	t.given = t.here()
	return t.given, nil
}

// here is a cursor for this moment.
func (t *tracked) here() refresh.Cursor {
	r := t.conn.Replica()
	return t.series.cursor(r, t.series.head(r), time.Now())
}

func (t *tracked) Changes(ctx context.Context, since refresh.Cursor) (refresh.ChangePage, error) {
	t.pages++
	m := &t.manner
	if t.pages == m.failPage {
		return refresh.ChangePage{}, m.changesErr
	}
	if ctx.Err() != nil {
		return refresh.ChangePage{}, context.Cause(ctx)
	}
	if m.arrives && t.pages == m.atPage {
		m.arrive()
	}
	s, replica := t.series, t.conn.Replica()
	at, ok := s.point(replica, since)
	if other := replicas[1-slices.Index(replicas, replica)]; !ok && t.broken.anyReplica {
		at, ok = s.point(other, since)
		at = min(at, s.head(replica))
	}
	if !ok {
		return refresh.ChangePage{}, fmt.Errorf("the directory: %w", refresh.ErrCursorExpired)
	}
	head := s.head(replica)
	to := head
	if m.page > 0 {
		to = min(head, at+m.page)
	}
	ids := slices.Clone(s.log[max(at-m.back, 0):to])
	if m.repeat {
		ids = append(ids, ids...)
	}
	if m.stranger {
		ids = append(ids, "a-stranger")
	}
	if m.reorder != 0 {
		newDice(m.reorder, uint64(t.pages)).Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	}
	ids = t.broken.tell(s.w, ids)
	t.told = append(t.told, ids...)
	page := refresh.ChangePage{IDs: ids, More: to < head, Next: s.cursor(replica, to, time.Now())}
	if m.lazy && to == at {
		page.Next = since
	}
	if t.broken.skipsPages {
		page.Next = s.cursor(replica, min(head, to+1), time.Now())
	}
	t.given = page.Next
	return page, nil
}

// tell leaves out what a broken connector does not tell.
func (b breach) tell(w *world, ids []refresh.ID) []refresh.ID {
	if !b.silentOnGone {
		return ids
	}
	return slices.DeleteFunc(ids, func(id refresh.ID) bool { return w.now[id].status != there })
}

func (t *tracked) Resolve(ctx context.Context, ids []refresh.ID, answer func(i int, l refresh.Lookup)) error {
	n := 0
	arrive := func() {
		if t.manner.arrives && t.manner.atPage == 0 && n == t.manner.atAnswer {
			t.manner.arrive()
		}
		n++
	}
	arrive()
	return t.saboteur.Resolve(ctx, ids, func(i int, l refresh.Lookup) {
		if t.manner.elsewhere[ids[i]] {
			_ = t.other.Resolve(ctx, ids[i:i+1], func(_ int, x refresh.Lookup) { l = x })
		}
		answer(i, l)
		arrive()
	})
}
