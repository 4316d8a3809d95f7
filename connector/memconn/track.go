package memconn

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// Reporting is how Changes reports, where the contract of [refresh.Tracker] leaves it open. The zero value
// names each object that changed once, in the order of the last changes, all on one page.
type Reporting struct {
	// PageSize is how many changed objects a page has at most; zero means all of them. What the fields below
	// add comes on top. Pages in the order of the changes end when none is left, so objects that go on changing as fast as
	// pages are read keep them coming.
	PageSize int
	// Replay is how many objects that changed last before the cursor each page names again.
	Replay int
	// Repeat makes each page name everything twice.
	Repeat bool
	// Reorder is the seed of the order in which the objects come, across all pages; zero means the order of the changes. What
	// changes between two such pages may be left to the Next of the last one. Each page costs a pass over all
	// changes since the cursor.
	Reorder uint64
	// Extra are IDs that every page names too: of groups, say, or of objects that nobody knows.
	Extra []refresh.ID
}

// Mark returns a cursor for the present moment of the replica. A reader who may not see deletions, or nothing at all,
// gets [refresh.ErrForbidden].
func (c *Connector) Mark(ctx context.Context) (refresh.Cursor, error) {
	k, err := c.beginMethod(ctx, refresh.CanTrack, "Mark", func(n *Calls) { n.Mark++ })
	if err == nil {
		err = k.step(ctx, 0)
	}
	if err == nil {
		err = k.seesChanges()
	}
	if err != nil {
		return refresh.Cursor{}, err
	}
	at, mark := k.replica, c.system.mark(k.replica)
	if err := k.step(ctx, 1); err != nil {
		return refresh.Cursor{}, err
	}
	if k.replica != at { // failed over
		mark = c.system.mark(k.replica)
	}
	return mark, nil
}

// Changes names the objects that changed at the replica since a cursor, whatever happened to them, and whether or not
// they are in the reader's scope. It costs what changed, not what there is. A cursor of another directory or replica, from before
// [System.ForgetChanges] or [System.RollBack], or one that no Mark made is [refresh.ErrCursorExpired].
func (c *Connector) Changes(ctx context.Context, since refresh.Cursor) (refresh.ChangePage, error) {
	k, err := c.beginMethod(ctx, refresh.CanTrack, "Changes", func(n *Calls) {
		n.Changes++
		record(c, &n.Since, []refresh.Cursor{since})
	})
	if err == nil {
		err = k.step(ctx, 0)
	}
	if err == nil {
		err = k.seesChanges()
	}
	if err != nil {
		return refresh.ChangePage{}, err
	}
	at := k.replica
	page, known := c.system.page(at, since, c.opts.Reporting)
	if err := k.step(ctx, len(page.IDs)); err != nil {
		return refresh.ChangePage{}, err
	}
	if !known || k.replica != at { // what the next replica has missed is not known
		return refresh.ChangePage{}, k.wrap(refresh.ErrCursorExpired)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls.Reported += len(page.IDs)
	return page, nil
}

// seesChanges fails for a reader who would be told fewer changes than there are.
func (k *call) seesChanges() error {
	if k.faults.HideDeleted || k.faults.NothingVisible {
		return k.wrap(refresh.ErrForbidden)
	}
	return nil
}

// page makes a page of what changed since the cursor; known is false when the replica does not know it.
func (s *System) page(replica string, since refresh.Cursor, r Reporting) (page refresh.ChangePage, known bool) {
	taken := time.Now()
	s.mu.RLock()
	defer s.mu.RUnlock()
	v := s.at(replica)
	from, known := s.position(replica, since)
	if !known {
		return page, false
	}
	if from.seed == 0 && r.Reorder != 0 {
		from.seed, from.until = r.Reorder, v.log.last
	}
	next, more := v.read(from, r.PageSize, &page.IDs)
	if page.Next, page.More = s.cursor(replica, next, taken), more; !more {
		next = position{after: v.log.last}
		if from.seed != 0 {
			next.after = from.until
		}
		page.Next = s.cursor(replica, next, taken)
	}
	for _, c := range v.before(from.after, r.Replay) {
		page.IDs = append(page.IDs, c.o.mailbox.ID)
	}
	page.IDs = append(page.IDs, r.Extra...)
	if r.Repeat {
		page.IDs = append(page.IDs, page.IDs...)
	}
	if r.Reorder != 0 {
		rand.New(rand.NewPCG(r.Reorder, from.key)).Shuffle(len(page.IDs), func(i, j int) { page.IDs[i], page.IDs[j] = page.IDs[j], page.IDs[i] })
	}
	return page, true
}

// read appends up to n IDs from a place on, all for zero, and returns the place after them.
func (v *view) read(from position, n int, ids *[]refresh.ID) (next position, more bool) {
	next = from
	if from.seed != 0 {
		return v.readShuffled(from, n, ids)
	}
	for _, c := range v.after(from.after) {
		if !v.isLast(c) {
			continue
		}
		if n > 0 && len(*ids) == n {
			return next, true
		}
		*ids = append(*ids, c.o.mailbox.ID)
		next.after = c.n
	}
	return next, false
}

// readShuffled goes through the objects in an order that depends on their IDs alone. So one that changes again between
// two pages keeps its place. One that changes for the first time may come too late: the last Next is therefore from
// before the first page.
func (v *view) readShuffled(from position, n int, ids *[]refresh.ID) (next position, more bool) {
	type keyed struct {
		key uint64
		id  refresh.ID
	}
	var list []keyed
	for _, c := range v.after(from.after) {
		if key := hash(from.seed, c.o.mailbox.ID); v.isLast(c) && key > from.key {
			list = append(list, keyed{key, c.o.mailbox.ID})
		}
	}
	slices.SortFunc(list, func(a, b keyed) int { return cmp.Compare(a.key, b.key) })
	next = from
	for _, x := range list {
		if n > 0 && len(*ids) >= n && x.key != next.key { // equal ones stay together
			return next, true
		}
		*ids = append(*ids, x.id)
		next.key = x.key
	}
	return next, false
}

// hash is FNV-1a with a seed and a last mixing, never zero.
func hash(seed uint64, id refresh.ID) uint64 {
	h := seed ^ 14695981039346656037
	for i := range len(id) {
		h = (h ^ uint64(id[i])) * 1099511628211
	}
	h = (h ^ h>>31) * 0x94d049bb133111eb
	return max(h^h>>32, 1)
}
