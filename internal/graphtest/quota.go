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

// Metering is how a service counts otherwise than Microsoft's pages say, or says less. The zero value is as the pages have it.
type Metering struct {
	Price   func(e Endpoint, units int) int // what a request or part costs; units is the price of the list
	NoUnits bool                            // without x-ms-resource-unit
	NoShare bool                            // without x-ms-throttle-limit-percentage
	Windows bool                            // 10 seconds are counted from 0 again, instead of the token bucket
}

// Metering sets how units are counted from now on.
func (s *Server) Metering(m Metering) {
	s.meter.mu.Lock()
	defer s.meter.mu.Unlock()
	s.meter.how = m
}

func (s *Server) metering() Metering {
	s.meter.mu.Lock()
	defer s.meter.mu.Unlock()
	return s.meter.how
}

// meter is a token bucket of ResourceUnits, seen from its other side: level is what was used and has not yet drained.
type meter struct {
	mu     sync.Mutex
	how    Metering
	limit  float64 // in 10 s; 0 is no quota
	level  float64
	demand float64 // with what was refused
	at     time.Time
}

// charge takes units. share is how much of the limit is demanded; wait is how long until the units were there, where ok is false.
func (m *meter) charge(units int) (share float64, wait time.Duration, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.limit == 0 {
		return 0, 0, true
	}
	now := time.Now()
	span := time.Duration(prices().Limits.Seconds) * time.Second
	rate := m.limit / span.Seconds()
	switch passed := now.Sub(m.at); {
	case m.at.IsZero():
		m.at = now
	case !m.how.Windows:
		drained := passed.Seconds() * rate
		m.level, m.demand, m.at = max(0, m.level-drained), max(0, m.demand-drained), now
	case passed >= span:
		m.level, m.demand, m.at = 0, 0, now
	}
	u := float64(units)
	m.demand = min(m.demand+u, 1.8*m.limit)
	share = m.demand / m.limit
	// A hair is left over, because the drained units are not whole.
	if m.level+u > m.limit+1e-6 {
		if m.how.Windows {
			return share, m.at.Add(span).Sub(now), false
		}
		return share, time.Duration((m.level + u - m.limit) / rate * float64(time.Second)), false
	}
	m.level += u
	return share, 0, true
}

// Consume takes units from the quota, as another program with the same application would. It is never refused.
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
	how := c.metering()
	if how.Price != nil {
		units = how.Price(c.Endpoint, units)
	}
	share, wait, ok := c.meter.charge(units)
	if share >= 0.8 && !how.NoShare {
		c.quota.Set("x-ms-throttle-limit-percentage", strconv.FormatFloat(min(share, 1.8), 'f', 2, 64))
	}
	if ok {
		if !how.NoUnits {
			c.quota.Set("x-ms-resource-unit", strconv.Itoa(units))
		}
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
