package ldapconn

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/readdress-go/readdress/refresh"
)

// maxLost is how many connections a call may lose in a row, without an answer between, until it gives up.
const maxLost = 2

// trunk is what one call talks to a place through: lines to one of its servers.
type trunk struct {
	p     *place
	lines []*line
	sole  bool // over a session with a server that was chosen, so no other will do

	mu     sync.Mutex
	before string // the server of the last session
	at     int    // and its host
	forest forest // as the last session knows it
	lost   int    // connections lost in a row, without an answer between
	why    error  // what broke the last one
	err    error  // why there will be no further session
}

// line is a session, and another one when it breaks.
type line struct {
	mu  sync.Mutex
	cur *session
}

// trunk returns a trunk of which the first line is connected. The others are when they are used.
func (p *place) trunk(ctx context.Context, lines int) (*trunk, error) {
	s, err := p.take(ctx, often)
	if err != nil {
		return nil, err
	}
	t := &trunk{p: p, forest: s.facts.forest}
	t.before, t.at = p.reached(s)
	for range max(1, lines) {
		t.lines = append(t.lines, new(line))
	}
	t.lines[0].cur = s
	t.reached(ctx, s)
	return t, nil
}

// trunkOver returns a trunk of this session only.
func (p *place) trunkOver(s *session) *trunk {
	return &trunk{p: p, sole: true, before: s.facts.server, forest: s.facts.forest, lines: []*line{{cur: s}}}
}

// hangUp ends the call's use of its sessions.
func (t *trunk) hangUp() {
	for _, l := range t.lines {
		l.mu.Lock()
		if l.cur != nil {
			t.p.give(l.cur)
			l.cur = nil
		}
		l.mu.Unlock()
	}
}

// session returns the session that worker w is to use. Where a further line does not come about, the first one serves.
func (t *trunk) session(ctx context.Context, w int) (*session, error) {
	l := t.lines[w%len(t.lines)]
	s, err := t.renew(ctx, l)
	if err != nil && l != t.lines[0] && ctx.Err() == nil && !errors.Is(err, refresh.ErrCredentials) {
		s, err = t.renew(ctx, t.lines[0])
	}
	return s, err
}

// renew returns the line's session, a new one when the last one broke or is with a server that was given up.
func (t *trunk) renew(ctx context.Context, l *line) (*session, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cur != nil && !l.cur.dead() && (t.sole || t.p.inUse(l.cur)) {
		return l.cur, nil
	}
	if l.cur != nil && l.cur.dead() {
		if why := l.cur.why.Load(); why != nil {
			t.broke(*why)
		}
	}
	if err := t.hopeless(l.cur != nil && l.cur.dead()); err != nil {
		return nil, err
	}
	if l.cur != nil {
		t.p.c.drop(l.cur)
		l.cur = nil
	}
	s, err := t.p.take(ctx, often)
	if err != nil {
		if ctx.Err() == nil && (l == t.lines[0] || errors.Is(err, refresh.ErrCredentials)) {
			t.mu.Lock()
			t.err = err
			t.mu.Unlock()
		}
		return nil, err
	}
	l.cur = s
	t.p.reached(s)
	t.reached(ctx, s)
	return s, nil
}

// hopeless returns why there will be no further session. It counts a connection that was lost.
func (t *trunk) hopeless(lost bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if lost {
		t.lost++
	}
	if t.err == nil && (t.lost > maxLost || t.sole) {
		t.err = &Error{Server: t.p.all()[0].address, Op: "search", Err: fmt.Errorf("the connection broke again and again: %w", cmp.Or(t.why, errEnded))}
	}
	return t.err
}

// reached tells the run when s is with another server than the session before.
func (t *trunk) reached(ctx context.Context, s *session) {
	t.mu.Lock()
	before, why := t.before, t.why
	if t.at != s.at { // else it is another server behind the same name
		why = cmp.Or(t.p.whyLeft(), why)
	}
	t.before, t.at, t.forest = s.facts.server, s.at, s.facts.forest
	t.mu.Unlock()
	if before != "" && before != s.facts.server {
		why = cmp.Or(why, errEnded)
		t.p.c.opts.Logger.DebugContext(ctx, "ldapconn: failed over", "place", t.p.name, "from", before, "to", s.facts.server, "why", why)
		refresh.FailedOver(ctx, before, s.facts.server, why)
	}
}

// server names the server that was talked to last.
func (t *trunk) server() string { t.mu.Lock(); defer t.mu.Unlock(); return t.before }

// current returns the session of the first line, nil where it has none.
func (t *trunk) current() *session {
	l := t.lines[0]
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cur
}

// knownForest returns the forest as the last session knows it.
func (t *trunk) knownForest() forest { t.mu.Lock(); defer t.mu.Unlock(); return t.forest }

// answered notes that a batch was answered in full.
func (t *trunk) answered() { t.mu.Lock(); defer t.mu.Unlock(); t.lost = 0 }

// broke notes what broke a connection.
func (t *trunk) broke(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.why = reason(err)
}

// reason returns what broke, without the server and the operation.
func reason(err error) error {
	if e, ok := errors.AsType[*Error](err); ok && e.Err != nil {
		return e.Err
	}
	return err
}
