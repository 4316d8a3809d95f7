package graphconn

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// health knows whether the service answers anybody. While it does not, each request waits for it as long as it has patience; when nobody was
// answered for that long, the requests that follow do not wait again, since with many of them the waits would add up to hours.
// The zero value is ready. It is safe for concurrent use.
type health struct {
	mu      sync.Mutex
	answers uint64    // how many requests were answered in all
	since   time.Time // of the first failure without an answer after it
	last    time.Time // when a failure was seen last, or the gate opens after it
	why     error     // that failure
	probing bool      // a request finds out whether the service is back
}

// healths are those of several operations: the parts of batches may be refused while all else is answered. The zero value is ready.
// It is safe for concurrent use.
type healths struct {
	mu sync.Mutex
	of map[string]*health
}

func (h *healths) op(op string) *health {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.of == nil {
		h.of = make(map[string]*health)
	}
	if h.of[op] == nil {
		h.of[op] = &health{}
	}
	return h.of[op]
}

const (
	probeEvery = 5 * time.Second // after a failed probe nobody asks for so long
	forgetIn   = time.Minute     // failures are forgotten when nobody asked for so long after
)

// answered notes an answer.
func (h *health) answered() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answers++
	h.since, h.why = time.Time{}, nil
}

// failed notes a failure, and until when the gate keeps everybody from asking, if it does.
func (h *health) failed(next time.Time, why error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	if h.since.IsZero() || now.Sub(h.last) > forgetIn {
		h.since = now
	}
	h.why = why
	if h.last = now; next.After(now) {
		h.last = next
	}
}

// seen is how many were answered.
func (h *health) seen() uint64 { h.mu.Lock(); defer h.mu.Unlock(); return h.answers }

// admit says how a request may be made. In an outage longer than limit it is one attempt, and one request at a time; the others fail at once. done
// must be called after the attempt.
func (h *health) admit(op string, limit time.Duration) (probe bool, done func(), err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	idle := now.Sub(h.last)
	if h.since.IsZero() || idle > forgetIn || now.Sub(h.since) < limit {
		return false, func() {}, nil
	}
	if h.probing || idle < probeEvery {
		return false, nil, &outageError{op: op, after: now.Sub(h.since).Round(time.Second), why: h.why}
	}
	h.probing = true
	return true, func() { h.mu.Lock(); defer h.mu.Unlock(); h.probing = false }, nil
}

// outageError is a request that was not made, because none was answered for long.
type outageError struct {
	op    string
	after time.Duration
	why   error
}

func (e *outageError) Error() string {
	return fmt.Sprintf("graphconn: %s: not asked, because nothing was answered for %v: %v", e.op, e.after, strings.TrimPrefix(e.why.Error(), "graphconn: "))
}
func (e *outageError) Unwrap() error { return e.why }
