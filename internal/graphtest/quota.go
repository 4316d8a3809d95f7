package graphtest

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// RetryForm is the form of Retry-After in an answer of 429 for lack of quota.
type RetryForm int32

// The forms.
const (
	RetrySeconds  RetryForm = iota // "3"
	RetryFraction                  // "2.128"
	RetryDate                      // "Fri, 31 Dec 1999 23:59:59 GMT"
	RetryAbsent
)

// RetryAfter sets the form of Retry-After from now on.
func (s *Server) RetryAfter(f RetryForm) { s.retry.Store(int32(f)) }

// meter is a token bucket of ResourceUnits, seen from its other side: level is what was used and has not yet drained.
type meter struct {
	mu     sync.Mutex
	limit  float64 // in 10 s; 0 is no quota
	level  float64
	demand float64 // with what was refused
	at     time.Time
}

// charge takes units. share is how much of the limit is demanded; wait is how long until the units were there, where ok is false.
func (m *meter) charge(units int) (share float64, wait time.Duration, ok bool) {
	if m.limit == 0 {
		return 0, 0, true
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	rate := m.limit / float64(prices().Limits.Seconds)
	if !m.at.IsZero() {
		drained := now.Sub(m.at).Seconds() * rate
		m.level, m.demand = max(0, m.level-drained), max(0, m.demand-drained)
	}
	m.at = now
	u := float64(units)
	m.demand = min(m.demand+u, 1.8*m.limit)
	share = m.demand / m.limit
	// A hair is left over, because the drained units are not whole.
	if m.level+u > m.limit+1e-6 {
		return share, time.Duration((m.level + u - m.limit) / rate * float64(time.Second)), false
	}
	m.level += u
	return share, 0, true
}

// Consume takes units from the quota, as another application of the tenant would.
func (s *Server) Consume(units int) {
	s.meter.charge(0)
	s.meter.mu.Lock()
	defer s.meter.mu.Unlock()
	s.meter.level, s.meter.demand = s.meter.level+float64(units), s.meter.demand+float64(units)
}

// charge charges a request and writes the headers of the quota; where it is exceeded, the refusal.
func (c *call) charge() *reply {
	units := c.units()
	if units == 0 {
		return nil
	}
	share, wait, ok := c.meter.charge(units)
	if share >= 0.8 {
		c.quota.Set("x-ms-throttle-limit-percentage", strconv.FormatFloat(min(share, 1.8), 'f', 2, 64))
	}
	if ok {
		c.quota.Set("x-ms-resource-unit", strconv.Itoa(units))
		c.counts.do(func(t *Counters) { t.Units += units })
		return nil
	}
	c.counts.do(func(t *Counters) { t.Throttled++ })
	r := c.refuse(429, "TooManyRequests", sayThrottled)
	setRetry(r.header, RetryForm(c.retry.Load()), wait)
	r.header.Set("x-ms-throttle-scope", "Tenant_Application/ReadWrite/"+appID+"/"+c.opts.TenantID)
	r.header.Set("x-ms-throttle-information", "ResourceUnitLimitExceeded")
	return r
}

func setRetry(h http.Header, f RetryForm, wait time.Duration) {
	switch f {
	case RetrySeconds:
		h.Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Seconds())))))
	case RetryFraction:
		h.Set("Retry-After", strconv.FormatFloat(math.Ceil(wait.Seconds()*1000)/1000, 'f', 3, 64))
	case RetryDate:
		at := time.Now().Add(wait)
		if whole := at.Truncate(time.Second); whole.Before(at) {
			at = whole.Add(time.Second)
		}
		h.Set("Retry-After", at.UTC().Format(http.TimeFormat))
	}
}
