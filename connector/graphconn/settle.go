package graphconn

import (
	"net/http"
	"strconv"
	"time"
)

// usage is what became of a request, or of a part of a batch, as far as the quota learns from it.
type usage struct {
	answered bool    // the service did what it was asked
	units    float64 // that the service counted; 0 when it did not say
	share    float64 // of the limit that is used; 0 when it did not say
	why      reason  // of a refusal
}

// reason is why the service refuses.
type reason uint8

const (
	noReason    reason = iota // it did not say
	limitReason               // the ResourceUnits are used up
	otherReason               // such as its load
)

// usageOf reads what an answer says (Microsoft, "Microsoft Graph service-specific throttling limits", other headers).
func usageOf(h http.Header) usage {
	u := usage{units: positive(h.Get("x-ms-resource-unit")), share: positive(h.Get("x-ms-throttle-limit-percentage"))}
	switch why := h.Get("x-ms-throttle-information"); {
	case why == "ResourceUnitLimitExceeded", why == "" && u.share >= 1:
		u.why = limitReason
	case why != "":
		u.why = otherReason
	}
	return u
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
	q.flying -= g.units
	if u.units > 0 {
		q.counted(now, g, u.units, g.expected)
	}
	q.told(now, u.share)
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
func (q *Quota) refused(began time.Time, e *Error, why reason) time.Time {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	first := began.After(q.lately)
	if first {
		q.lately, q.calm = now, 0
		q.fewer = eighths - max(1, (eighths-q.fewer)/2)
		q.used.roll(now)
		q.allow.refused(now, q.used.sum, why)
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

// counted corrects what a request, or a part of a batch, was expected to cost, and expects of the next ones what the service counted.
func (q *Quota) counted(now time.Time, g *grant, units, expected float64) {
	q.used.correct(now, g.slot, units-expected*g.price)
	price := units / expected
	if old := q.price(g.op); price < old { // what was cheap once may be dear again
		price = old + (price-old)/8
	}
	if q.prices == nil {
		q.prices = map[string]float64{}
	}
	q.prices[g.op] = min(price, dearest)
}

// price is how much more than expected an operation costs.
func (q *Quota) price(op string) float64 {
	if price, ok := q.prices[op]; ok {
		return price
	}
	return 1
}

// dearest bounds what is believed of a price.
const dearest = 100

// told learns which share of the limit is used, as the service says.
func (q *Quota) told(now time.Time, share float64) {
	if share > 0 {
		q.used.roll(now)
		q.allow.told(now, q.used.sum, q.flying, share)
	}
}

// learn learns from what the parts of a batch say. Each is counted by itself, and says so in its own headers (Microsoft, "Combine
// multiple HTTP requests using JSON batching"). units is what those that told cost, expected what was expected of these.
func (q *Quota) learn(g *grant, units, expected, share float64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	if units > 0 {
		q.counted(now, g, units, expected)
	}
	q.told(now, share)
	q.dispatch()
}

// closedFor is how long nothing is sent.
func (q *Quota) closedFor() time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	return max(0, time.Until(q.gate.until))
}
