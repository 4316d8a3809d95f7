package graphconn

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// Quota is what the connectors of one tenant share in a process: the ResourceUnits that the service grants in 10 seconds, and
// the time until which it asked to wait. Requests take turns in the order in which they came, whichever connector they are of. It is safe for
// concurrent use.
type Quota struct {
	mu     sync.Mutex
	used   window
	allow  allowance
	gate   gate
	prices map[string]float64 // of operations, as a multiple of what is expected
	flying float64            // units of what is in progress
	queue  []*waiter
	timer  *time.Timer
	paced  time.Time     // when the first in the queue fits into the limit
	moved  chan struct{} // closed when the gate moves; nil while nobody waits
	fewer  int           // eighths of the requests in flight that are not to be
	calm   int           // answers since the last refusal or growth
	lately time.Time     // of the last refusal that counted
}

// NewQuota returns a Quota for one tenant.
func NewQuota() *Quota { return &Quota{} }

// Format says how much is used, for every verb.
func (q *Quota) Format(f fmt.State, _ rune) {
	q.mu.Lock()
	q.used.roll(time.Now())
	used, limit := q.used.sum, q.allow.limit()
	q.mu.Unlock()
	_, _ = fmt.Fprintf(f, "graphconn.Quota{%.0f of %.0f ResourceUnits in 10 s}", used, limit)
}

// lane is the requests of one connector. Its fields belong to the Quota.
type lane struct{ most, active int }

// waiter is a request that is not sent yet.
type waiter struct {
	lane     *lane
	op       string
	expected float64       // units
	ready    chan struct{} // closed when the request may be sent
	grant    *grant        // set before that
}

// grant is the right to send one request. Whoever has one must settle it.
type grant struct {
	lane            *lane
	op              string
	slot            int64
	expected, price float64
	units           float64 // that were counted for it: their product
	began           time.Time
}

// inFlight is how many requests of a lane there may be: at least one, so that every connector gets on.
func (q *Quota) inFlight(l *lane) int { return max(1, (l.most*(eighths-q.fewer)+eighths/2)/eighths) }

const (
	eighths   = 8
	calmAfter = 32          // answers after which an eighth is given back
	tellFrom  = time.Second // shorter pauses are not told to people
)

// acquire waits until a request may be sent: the gate is open, the connector has few enough in flight, and the units are there. It
// fails when ctx ends, or with what the service said when the gate stays closed longer than p has patience.
func (q *Quota) acquire(ctx context.Context, op string, l *lane, units int, p *patience) (*grant, error) {
	w := &waiter{lane: l, op: op, expected: float64(max(units, 1)), ready: make(chan struct{})}
	q.mu.Lock()
	q.queue = append(q.queue, w)
	q.dispatch()
	var told time.Time
	for w.grant == nil {
		if q.moved == nil {
			q.moved = make(chan struct{})
		}
		moved, until, paced := q.moved, q.gate.until, q.paced
		refusal := q.gate.refusal(op)
		q.mu.Unlock()
		now := time.Now()
		switch {
		case until.After(now) && !p.allows(ctx, now, until):
			return nil, q.leave(w, refusal)
		case until.After(now) && until != told:
			told = until
			refresh.Waiting(ctx, until, whyGate)
		case paced.Sub(now) > tellFrom && told.IsZero():
			told = paced
			refresh.Waiting(ctx, paced, whyPaced)
		}
		select {
		case <-ctx.Done():
			return nil, q.leave(w, ended(ctx, op))
		case <-moved:
		case <-w.ready:
		}
		q.mu.Lock()
	}
	q.mu.Unlock()
	if !told.IsZero() {
		refresh.Waiting(ctx, time.Time{}, "")
	}
	return w.grant, nil
}

const (
	whyGate  = "Microsoft Graph asked to wait"
	whyPaced = "to keep below the limit of the tenant"
)

// leave takes a waiter out of the queue, and what it may have got meanwhile back. It returns err.
func (q *Quota) leave(w *waiter, err error) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if w.grant != nil {
		w.lane.active--
		q.flying -= w.grant.units
		q.used.correct(time.Now(), w.grant.slot, -w.grant.units)
	}
	for i, x := range q.queue {
		if x == w {
			q.queue = append(q.queue[:i], q.queue[i+1:]...)
			break
		}
	}
	q.dispatch()
	return err
}

// dispatch lets those go who may, in their order. A request that does not fit into the limit holds up all behind it, so that many small ones cannot
// keep it out for ever; one whose connector has enough in flight holds up nobody.
func (q *Quota) dispatch() {
	if q.timer != nil {
		q.timer.Stop()
		q.timer = nil
	}
	now := time.Now()
	q.paced = time.Time{}
	if q.gate.until.After(now) {
		q.wakeAt(now, q.gate.until)
		return
	}
	for i := 0; i < len(q.queue); {
		w := q.queue[i]
		if w.lane.active >= q.inFlight(w.lane) {
			i++
			continue
		}
		price := q.price(w.op)
		units := w.expected * price
		if d := q.used.wait(now, units, q.allow.usable()); d > 0 {
			q.paced = now.Add(d)
			q.wakeAt(now, q.paced)
			return
		}
		w.lane.active++
		q.flying += units
		w.grant = &grant{lane: w.lane, op: w.op, slot: q.used.add(now, units), expected: w.expected, price: price, units: units, began: now}
		close(w.ready)
		q.queue = append(q.queue[:i], q.queue[i+1:]...)
	}
}

func (q *Quota) wakeAt(now, at time.Time) {
	if len(q.queue) == 0 {
		return
	}
	q.timer = time.AfterFunc(at.Sub(now), func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.dispatch()
	})
}
