package imapconn

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/readdress-go/readdress/internal/fanout"
	"github.com/readdress-go/readdress/refresh"
)

// quest is an ID that is sought.
type quest struct {
	index      int
	id         refresh.ID
	witness    Witness
	stored     refresh.Mailbox
	candidates []Candidate
	visits     []*visit // one for each candidate
}

// visit is one login that is tried, for all IDs that its mailbox may be.
type visit struct {
	account Account
	quests  []*quest
	found   []Overlap // for each quest
	err     error     // where the account could not be looked at
}

// overlap is what the visit says of a quest.
func (v *visit) overlap(q *quest) Overlap {
	for k, x := range v.quests {
		if x == q && k < len(v.found) {
			return v.found[k]
		}
	}
	return Overlap{}
}

// plan is what a call of Resolve has to do.
type plan struct {
	quests []*quest
	visits []*visit
}

// plan asks the host who may hold each ID now. IDs that cannot be sought are answered at once.
func (c *Connector) plan(ctx context.Context, ids []refresh.ID, answer func(i int, l refresh.Lookup)) (*plan, error) {
	p := &plan{}
	known := &directory{c: c}
	by := make(map[Account]*visit)
	ws := make([]Witness, len(ids))
	malformed := make([]error, len(ids))
	for i, id := range ids {
		ws[i], malformed[i] = ParseWitness(id)
	}
	alike := twins(ws)
	for i, id := range ids {
		q := &quest{index: i, id: id, witness: ws[i]}
		var err error
		var ok bool
		if malformed[i] != nil {
			answer(i, refresh.Failed(malformed[i]))
			continue
		}
		if alike[i] {
			answer(i, refresh.Failed(ErrAmbiguous))
			continue
		}
		if q.stored, ok = refresh.Stored(ctx, id); !ok || q.stored.Primary == "" {
			answer(i, refresh.Failed(errNotStored))
			continue
		}
		if q.candidates, err = c.candidates(ctx, q.stored, known); err != nil {
			return nil, err
		}
		for _, a := range q.candidates {
			key := Account{Login: a.Login, Password: a.Password}
			v := by[key]
			if v == nil {
				v = &visit{account: a}
				by[key] = v
				p.visits = append(p.visits, v)
			}
			v.quests = append(v.quests, q)
			q.visits = append(q.visits, v)
		}
		p.quests = append(p.quests, q)
	}
	return p, nil
}

// mostLost is how many accounts in a row find the server down, for each connection that there may be at a time, before that is believed.
const mostLost = 2

// visitAll logs in to every candidate. It gives up when the server is down, and when it rejects the master user; until the master user is known to be
// taken, it asks for one account at a time.
func (c *Connector) visitAll(ctx context.Context, all []*visit) error {
	t := tally{most: mostLost * c.opts.InFlight}
	next, rejected := 0, 0
	for ; c.cfg.Auth.master() && !c.master.Load() && next < len(all); next++ {
		v := all[next]
		v.err = c.visit(ctx, v)
		if errors.Is(v.err, errMaster) {
			if rejected++; rejected == mostRejected {
				return v.err
			}
		}
		if err := t.note(v.err); err != nil {
			return err
		}
	}
	err := fanout.Each(ctx, c.opts.InFlight, len(all)-next, func(ctx context.Context, i int) error {
		v := all[next+i]
		v.err = c.visit(ctx, v)
		return t.note(v.err)
	})
	if ctx.Err() != nil {
		return failure(ctx, c.server, "resolve", nil)
	}
	for _, v := range all {
		if v.err = c.reconsider(v.err); err == nil && errors.Is(v.err, errMaster) {
			err = v.err
		}
	}
	return err
}

// tally counts accounts in a row that found the server down.
type tally struct {
	most int
	mu   sync.Mutex
	lost int
}

// note returns an error when it is time to give up.
func (t *tally) note(err error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !lost(err) || errors.Is(err, errMaster) {
		t.lost = 0
		return nil
	}
	if t.lost++; t.lost >= t.most {
		return err
	}
	return nil
}

// visit logs in to a candidate and looks for what it may be.
func (c *Connector) visit(ctx context.Context, v *visit) error {
	s, err := c.open(ctx, v.account)
	if err != nil {
		return err
	}
	defer s.close()
	st, err := s.folders(ctx)
	if err != nil {
		return err
	}
	found := make([]Overlap, len(v.quests))
	for k, q := range v.quests {
		now, err := s.proof(ctx, q.witness, st.folders)
		if err != nil {
			return err
		}
		found[k] = q.witness.Overlap(now)
	}
	v.found = found
	return nil
}

// taken says for each login, folded, how many IDs its mailbox proved to be.
func (p *plan) taken() map[string]int {
	n := make(map[string]int)
	for _, v := range p.visits {
		for _, o := range v.found {
			if o.Proves() {
				n[strings.ToLower(v.account.Login)]++
			}
		}
	}
	return n
}
