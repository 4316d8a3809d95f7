package ldapconn

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/readdress-go/readdress/refresh"
)

// Resolve looks mailboxes up by their IDs, several in one search and several searches at a time.
//
// A batch that fails fails its own IDs, and the others go on. When the connection breaks, it is made anew, with a replica
// if need be, and the unanswered batches are asked again, a few times; then they fail. What the domain does not have
// is looked for in the forest's other domains and in its global catalog, and then among the deleted objects. Absences are
// answered last, because they need the proof that this reader sees mailboxes at all; see the package comment.
func (c *Connector) Resolve(ctx context.Context, ids []refresh.ID, answer func(i int, l refresh.Lookup)) error {
	if len(ids) == 0 {
		return nil
	}
	c.begin()
	r := newResolution(c, ids, answer)
	t, err := c.home.trunk(ctx, c.linesFor(len(r.ids)))
	if err != nil {
		return err
	}
	defer t.hangUp()
	if err := r.run(ctx, t); err != nil {
		return fmt.Errorf("ldapconn: resolve: %w", err)
	}
	return nil
}

// linesFor returns how many connections so many questions are worth.
func (c *Connector) linesFor(n int) int {
	const worth = 2500 // making one takes about seven round trips
	return max(1, min(c.connections(), n/worth))
}

// resolution is one call of Resolve.
type resolution struct {
	c   *Connector
	ids []refresh.ID         // the distinct ones that can be asked
	at  map[refresh.ID][]int // where each is in the call

	mu     sync.Mutex
	second bool // ask another server than the last time, wherever there is one
	paused bool // before one was asked again
	answer func(int, refresh.Lookup)
	doubt  map[refresh.ID]doubt // why it is not proven that an ID is not there
	proof  []*session           // whose answers are to prove absences
}

// doubt is why an absence is not proven, and on which server.
type doubt struct {
	err    error
	server string
}

func newResolution(c *Connector, ids []refresh.ID, answer func(int, refresh.Lookup)) *resolution {
	r := &resolution{c: c, at: make(map[refresh.ID][]int, len(ids)), answer: answer, doubt: map[refresh.ID]doubt{}}
	for i, id := range ids {
		if _, err := c.facts.dialect.condition(id); err != nil {
			answer(i, refresh.Failed(err))
			continue
		}
		if r.at[id] = append(r.at[id], i); len(r.at[id]) == 1 {
			r.ids = append(r.ids, id)
		}
	}
	return r
}

// tell answers one ID.
func (r *resolution) tell(id refresh.ID, l refresh.Lookup) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, i := range r.at[id] {
		r.answer(i, l)
	}
}

// run asks about everything, and once more about what was absent by the answers of a connection that broke the protocol later.
// It returns an error only when ctx ended.
func (r *resolution) run(ctx context.Context, home *trunk) error {
	lost, err := r.round(ctx, home, r.ids, false)
	if err == nil && len(lost) > 0 {
		_, err = r.round(ctx, home, lost, true)
	}
	return err
}

// round asks the home domain, then whatever else there is. lost are those to ask once more, when last is not set.
func (r *resolution) round(ctx context.Context, home *trunk, ids []refresh.ID, last bool) (lost []refresh.ID, err error) {
	r.proof, r.doubt = nil, map[refresh.ID]doubt{}
	left, err := r.stage(ctx, home, ids)
	if err != nil || len(left) == 0 {
		return nil, err
	}
	cover, err := r.c.cover(ctx, home.knownForest())
	if err != nil {
		return nil, err
	}
	asked := []*trunk{home}
	for _, p := range cover.domains {
		t, err := r.elsewhere(ctx, p, &left)
		if err != nil {
			return nil, err
		}
		if t != nil {
			defer t.hangUp()
			asked = append(asked, t)
		}
	}
	cover.unsure = len(r.doubt) > 0
	if !cover.whole {
		for _, id := range left {
			r.doubts(id, cover.lacking, "")
		}
	}
	if cover.catalog != nil {
		was := r.doubt
		r.doubt = map[refresh.ID]doubt{}
		t, err := r.elsewhere(ctx, cover.catalog, &left)
		if err != nil {
			return nil, err
		}
		if t != nil {
			defer t.hangUp()
			asked = append(asked, t)
			if err := r.unsighted(ctx, t, cover, left); err != nil {
				return nil, err
			}
		} else if cover.whole { // the domains say enough
			clear(r.doubt)
		}
		for id, d := range was {
			// The catalog makes up for a domain that did not answer, where it shows somebody of it, and not for rights that are
			// lacking there.
			if t == nil && cover.whole || errors.Is(d.err, refresh.ErrNotVisible) {
				r.doubts(id, d.err, d.server)
			}
		}
	}
	if r.second && cover.catalog == nil {
		t, err := r.beside(ctx, home, &left)
		if err != nil {
			return nil, err
		}
		if t != nil {
			defer t.hangUp()
			asked = append(asked, t)
		}
	}
	return r.absent(ctx, asked, cover.forest, left, last)
}

// elsewhere asks another place about what is left, and returns the trunk to it; nil where it cannot be reached.
func (r *resolution) elsewhere(ctx context.Context, p *place, left *[]refresh.ID) (*trunk, error) {
	if len(*left) == 0 {
		return nil, nil
	}
	t, err := r.trunk(ctx, p, len(*left))
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		for _, id := range *left {
			r.doubts(id, err, "")
		}
		return nil, nil
	}
	if *left, err = r.stage(ctx, t, *left); err != nil {
		t.hangUp()
		return nil, err
	}
	return t, nil
}

// trunk returns the connections to a place.
func (r *resolution) trunk(ctx context.Context, p *place, ids int) (*trunk, error) {
	if r.second {
		return r.again(ctx, p, ids)
	}
	return p.trunk(ctx, r.c.linesFor(ids))
}

// unsighted notes a doubt where the catalog shows this reader nobody of a domain that only it covers: then who is missing may be in
// that domain.
func (r *resolution) unsighted(ctx context.Context, t *trunk, v cover, left []refresh.ID) error {
	if len(left) == 0 {
		return nil
	}
	blind, err := r.c.unseen(ctx, t, v)
	if err != nil {
		return err
	}
	if blind == nil {
		r.proves(t.current())
		return nil
	}
	for _, id := range left {
		r.doubts(id, blind, t.server())
	}
	return nil
}

// doubts notes why the absence of an ID is not proven, if nothing was noted before.
func (r *resolution) doubts(id refresh.ID, err error, server string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.doubt[id]; !ok {
		r.doubt[id] = doubt{err, server}
	}
}

// proves notes that the answers of a session are to prove absences.
func (r *resolution) proves(s *session) {
	if s != nil && !slices.Contains(r.proof, s) {
		r.proof = append(r.proof, s)
	}
}

// absent answers the IDs that are nowhere. A tombstone is proof by itself; what leaves none is absent only without a doubt.
// Where a session broke the protocol since its answers, they prove nothing: then all is lost, or when last is set, in doubt.
func (r *resolution) absent(ctx context.Context, asked []*trunk, f forest, left []refresh.ID, last bool) (lost []refresh.ID, err error) {
	if len(left) == 0 {
		return nil, nil
	}
	deleted, err := r.c.deleted(ctx, asked, f, left)
	if err != nil {
		return nil, err
	}
	back := map[refresh.ID]string{} // which server showed it since
	for _, s := range r.proof {
		for _, id := range s.probes.all() {
			back[id] = s.facts.server
		}
		if s.violation() == nil {
			continue
		}
		s.taint()
		lost = left
		for _, id := range left {
			r.doubts(id, s.about(errTainted), s.facts.server)
		}
	}
	if len(lost) > 0 && !last {
		return lost, nil
	}
	for _, id := range left {
		d, doubtful := r.doubt[id]
		server, isBack := back[id]
		switch {
		case isBack:
			r.tell(id, refresh.Failed(errBack).On(server))
		case doubtful && !deleted.has(id):
			r.tell(id, refresh.Failed(d.err).On(d.server))
		default:
			r.tell(id, deleted.lookup(id))
		}
	}
	return nil, nil
}
