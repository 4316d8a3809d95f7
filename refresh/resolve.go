package refresh

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// collect gathers the distinct IDs that the selected rows of this side ask for.
func (s *sideRun) collect(matches []Match, selected []int) {
	s.index = make(map[ID]int, len(selected))
	for _, i := range selected {
		id := matches[i].Mailbox(s.side).ID
		if id == "" {
			continue
		}
		if _, ok := s.index[id]; !ok {
			s.index[id] = len(s.ids)
			s.ids = append(s.ids, id)
		}
	}
}

// resolve looks every ID up, then asks once more for each that would end as an absence.
func (s *sideRun) resolve(ctx context.Context, r *run) {
	if s.failed != nil {
		s.first = make([]Lookup, len(s.ids)) // sealed by sealUnasked
		return
	}
	s.first = s.ask(ctx, s.ids, s.resolver.Resolve, func(n int) { r.progress.done(s.side, n) })
	for i := range s.first {
		if s.first[i].state == lookupFound && s.first[i].mailbox.Instance != "" {
			s.sawInstance = true
			break
		}
	}
	s.confirm(ctx, r)
	r.progress.done(s.side, len(s.ids))
}

// sealUnasked gives the look-ups of a side that failed as a whole, or was never reached, their error.
func (s *sideRun) sealUnasked(ctx context.Context) {
	err := s.failed
	if err == nil {
		err = context.Cause(ctx)
	}
	if s.first == nil {
		s.first = make([]Lookup, len(s.ids))
	}
	for i := range s.first {
		if s.first[i].state == lookupNone {
			s.first[i] = Failed(err)
		}
	}
}

// confirm asks again about every ID that a row of this run would call missing.
func (s *sideRun) confirm(ctx context.Context, r *run) {
	var doubt []int
	var ids []ID
	asked := make(map[int]bool)
	for _, i := range r.selected {
		m := &r.job.Matches[i]
		at := m.side(s.side)
		if at.mailbox.ID == "" {
			continue
		}
		n := s.index[at.mailbox.ID]
		if !asked[n] && s.judge(at, s.first[n]).absent() {
			asked[n] = true
			doubt = append(doubt, n)
			ids = append(ids, s.ids[n])
		}
	}
	if len(ids) == 0 {
		return
	}
	ask := s.resolver.Resolve
	if c, ok := As[Confirmer](s.conn); ok {
		ask = c.Confirm
	} else {
		pause(ctx, r.opts.ConfirmAfter, fmt.Sprintf("asking again about %d missing mailboxes", len(ids)))
	}
	s.second = make(map[int]Lookup, len(doubt))
	for k, l := range s.ask(ctx, ids, ask, func(int) {}) {
		s.second[doubt[k]] = l
	}
}

func pause(ctx context.Context, d time.Duration, why string) {
	if d == 0 {
		d = defaultConfirmAfter
	}
	if d < 0 {
		return
	}
	Waiting(ctx, time.Now().Add(d), why)
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
	Waiting(ctx, time.Time{}, "")
}

// ask calls a connector and gathers its answers, holding it to its contract.
func (s *sideRun) ask(ctx context.Context, ids []ID, call func(context.Context, []ID, func(int, Lookup)) error, done func(n int)) []Lookup {
	if len(ids) == 0 {
		return nil
	}
	a := &answers{ctx: ctx, got: make([]Lookup, len(ids)), ids: ids, done: done}
	err := call(ctx, append([]ID(nil), ids...), a.answer)
	got, broken := a.seal(err)
	if broken != "" {
		s.warn(WarnConnector, "the connector broke its contract: "+broken)
	}
	rejected := func(l Lookup) bool { return l.state == lookupFailed && errors.Is(l.err, ErrCredentials) }
	if !s.rejected && (errors.Is(err, ErrCredentials) || slices.ContainsFunc(got, rejected)) {
		s.rejected = true
		s.warn(WarnReconfigure, "the server rejected the credentials during the run: reconfigure the connection")
	}
	return got
}

// answers receives the answers of one call.
type answers struct {
	ctx  context.Context
	ids  []ID
	done func(n int)

	mu     sync.Mutex
	got    []Lookup
	n      int
	sealed bool
	broken string
}

var (
	errTwice  = errors.New("the connector answered twice for one mailbox")
	errObject = errors.New("the connector answered with another object than the one asked for")
)

func (a *answers) answer(i int, l Lookup) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.sealed {
		return
	}
	if i < 0 || i >= len(a.got) {
		a.broken = "it answered for an index that was not asked"
		return
	}
	switch {
	case a.got[i].state != lookupNone:
		a.broken = "it answered twice for one mailbox"
		a.got[i] = Failed(errTwice)
		return
	case l.state == lookupNone:
		l = Failed(ErrNoAnswer)
	case l.state == lookupFound && l.mailbox.ID != a.ids[i]:
		a.broken = "it answered with another object than the one asked for"
		l = Failed(errObject)
	case l.state == lookupAbsent && a.ctx.Err() != nil:
		l = Failed(context.Cause(a.ctx)) // what a cancelled call did not see proves nothing
	}
	a.got[i] = l
	a.n++
	if a.n&(a.n-1) == 0 || a.n%256 == 0 {
		a.done(a.n)
	}
}

// seal ends the call: what was not answered failed, and later answers are ignored.
func (a *answers) seal(err error) ([]Lookup, string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sealed = true
	if err == nil {
		err = ErrNoAnswer
		if a.ctx.Err() != nil {
			err = context.Cause(a.ctx)
		}
	}
	failed := Failed(err)
	for i := range a.got {
		if a.got[i].state == lookupNone {
			a.got[i] = failed
		}
	}
	return a.got, a.broken
}
