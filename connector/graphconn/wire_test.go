package graphconn_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
)

var errWire = errors.New("connection reset by the test")

// outage is a network that may be down.
type outage struct {
	base http.RoundTripper
	down *atomic.Bool
}

func (o *outage) RoundTrip(r *http.Request) (*http.Response, error) {
	if o.down.Load() {
		return nil, errWire
	}
	return o.base.RoundTrip(r)
}

// cut is a network that breaks for good after some pieces: the first half of an answer is one, and the rest is the next.
type cut struct {
	base http.RoundTripper
	mu   sync.Mutex
	left int
}

func (c *cut) RoundTrip(r *http.Request) (*http.Response, error) {
	c.mu.Lock()
	have := min(c.left, 2)
	c.left -= have
	c.mu.Unlock()
	if have == 0 {
		return nil, errWire
	}
	resp, err := c.base.RoundTrip(r)
	if err != nil || have == 2 {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body[:len(body)/2]), broken{}))
	return resp, nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errWire }

// stall is a network that never answers.
type stall struct{}

func (stall) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
	<-r.Context().Done()
	return nil, r.Context().Err()
}
