package graphconn

import (
	"net/http"
	"strconv"
	"time"
)

// usage is what became of a request, as far as the quota learns from it.
type usage struct {
	answered bool    // the service did what it was asked
	units    float64 // that the service counted; 0 when it did not say
	share    float64 // of the limit that is used; 0 when it did not say
}

// usageOf reads what an answer says.
func usageOf(h http.Header) usage {
	return usage{units: positive(h.Get("x-ms-resource-unit")), share: positive(h.Get("x-ms-throttle-limit-percentage"))}
}

// positive reads a number; 0 when it is none, or none that makes sense.
func positive(s string) float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f > 0 && f < 1e6) {
		return 0
	}
	return f
}

// settle ends what acquire began.
func (q *Quota) settle(g *grant, u usage) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	g.lane.active--
	if u.units > 0 {
		q.used.correct(now, g.slot, u.units-g.units)
	}
	q.used.roll(now)
	if u.share > 0 {
		q.allow.told(now, q.used.sum, u.share)
	}
	if u.answered {
		q.gate.answered()
		q.allow.fine(now, q.used.sum)
		if q.calm++; q.calm >= calmAfter && q.fewer > 0 {
			q.calm = 0
			q.fewer--
		}
	}
	q.dispatch()
}

// refused closes the gate for everybody, because the service said e to a request that began then. It returns until when. Refusals of
// requests that were in flight together are one: fewer are in flight from now on, and the limit may be lower than thought.
func (q *Quota) refused(began time.Time, e *Error) time.Time {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	first := !began.Before(q.lately)
	if first {
		q.lately, q.calm = now, 0
		q.fewer = eighths - max(1, (eighths-q.fewer)/2)
		q.used.roll(now)
		q.allow.refused(now, q.used.sum)
	}
	if q.gate.close(now, e, first) && q.moved != nil {
		close(q.moved)
		q.moved = nil
	}
	q.dispatch()
	return q.gate.until
}

// state is what a quota knows, for logs.
func (q *Quota) state() (limit float64, share float64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.allow.limit(), float64(eighths-q.fewer) / eighths
}

// learn learns from what a part of a batch says.
func (q *Quota) learn(u usage) {
	if u.share == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	q.used.roll(now)
	q.allow.told(now, q.used.sum, u.share)
}

// closedFor is how long nothing is sent.
func (q *Quota) closedFor() time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	return max(0, time.Until(q.gate.until))
}
