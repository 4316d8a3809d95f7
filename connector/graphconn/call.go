package graphconn

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// version is the part of the service that is used: only what is not going to change.
const version = "/v1.0"

// request is one question.
type request struct {
	op       string // the operation for people and errors, such as "getByIds"
	method   string // GET or POST
	path     string // below the version, such as "/directoryObjects/getByIds"; already escaped
	query    string // raw query, already escaped
	link     string // instead of path and query: an absolute nextLink or deltaLink
	body     any    // JSON of a POST
	advanced bool   // sends ConsistencyLevel: eventual
	units    int    // ResourceUnits that it is expected to cost
}

// exchange is a request in progress, with what the last attempt left.
type exchange struct {
	op, method, url string
	body            []byte
	advanced        bool
	units           int
	into            any

	token    string                // of a renewal, for the next attempt
	rejected string                // the token that the service did not take
	claims   string                // what it demanded instead
	unsent   bool                  // nothing was sent
	began    time.Time             // of what was
	grant    *grant                // of what was
	until    time.Time             // the gate is closed, because of its refusal
	taken    func() (refused bool) // of a batch: takes its parts in, which are counted each by itself, and says whether any was throttled
	reqID    string                // the service's name of it
	clientID string                // ours
}

// call makes one request, with retries, the gate, the quota and the token, and decodes the JSON body of a 200 into what into points to.
// Any other end is an error: an [*Error] for what Graph says, otherwise what broke on the way.
func (c *Connector) call(ctx context.Context, q request, into any) error {
	x, err := c.exchange(q, into)
	if err != nil {
		return err
	}
	return c.persist(ctx, x)
}

func (c *Connector) exchange(q request, into any) (*exchange, error) {
	x := &exchange{op: q.op, method: q.method, advanced: q.advanced, units: q.units, into: into}
	if q.link != "" {
		u, err := c.pin.follow(q.link)
		if err != nil {
			return nil, fmt.Errorf("graphconn: %s: %w", q.op, err)
		}
		x.url = u.String()
	} else {
		x.url = c.root + version + q.path
		if q.query != "" {
			x.url += "?" + q.query
		}
	}
	if q.body != nil {
		var err error
		if x.body, err = json.Marshal(q.body); err != nil {
			return nil, &hiddenError{fmt.Sprintf("graphconn: %s: the request cannot be written as JSON", q.op), err}
		}
	}
	return x, nil
}

// once makes one attempt.
func (c *Connector) once(ctx context.Context, x *exchange, p *patience) error {
	x.unsent, x.rejected, x.claims, x.until = true, "", "", time.Time{}
	if ctx.Err() != nil {
		return ended(ctx, x.op)
	}
	g, err := c.quota.acquire(ctx, x.op, c.lane, x.units, p)
	if err != nil {
		return err
	}
	var u usage
	defer func() { c.quota.settle(g, u) }()
	x.unsent, x.began, x.grant = false, g.began, g
	token := x.token
	if x.token = ""; token == "" {
		if token, err = c.tokens.get(ctx, x.op); err != nil {
			return err
		}
	}
	tctx, cancel := context.WithTimeoutCause(ctx, c.opts.Timeout, timeoutError{c.opts.Timeout})
	defer cancel()
	req, err := c.request(tctx, x, token)
	if err != nil {
		return err
	}
	resp, err := c.client.Do(req)
	if err == nil {
		u = usageOf(resp.Header)
		if x.taken != nil {
			u.units = 0
		}
		err = c.receive(tctx, x, resp, token)
		_ = resp.Body.Close()
	} else {
		err = broke(err)
	}
	e, said := err.(*Error)
	u.answered = err == nil || said && !passing(e.Status)
	switch { // before the next request may go
	case said && closesGate(e):
		x.until = c.quota.refused(x.began, e, u.why)
	case err == nil && x.taken != nil:
		u.answered = !x.taken()
	}
	switch {
	case err == nil || said || ctx.Err() != nil:
		return err
	case tctx.Err() != nil:
		return &brokenError{x.op, context.Cause(tctx)}
	}
	return &brokenError{x.op, err}
}

// request builds the HTTP request.
func (c *Connector) request(ctx context.Context, x *exchange, token string) (*http.Request, error) {
	var body io.Reader
	if x.body != nil {
		body = bytes.NewReader(x.body)
	}
	req, err := http.NewRequestWithContext(ctx, x.method, x.url, body)
	if err != nil {
		return nil, &hiddenError{fmt.Sprintf("graphconn: %s: the request is malformed", x.op), err}
	}
	if p, ok := pinOf(req.URL); !ok || p != c.pin { // whatever made the URL: the token goes with it
		return nil, fmt.Errorf("graphconn: %s: %w", x.op, errLink)
	}
	x.clientID, x.reqID = newGUID(), ""
	h := req.Header
	h.Set("Authorization", "Bearer "+token)
	h.Set("Accept", "application/json")
	h.Set("Accept-Encoding", "gzip") // set here, so that it is decompressed, counted and checked here
	h.Set("User-Agent", "readdress")
	h.Set("client-request-id", x.clientID)
	h.Set("return-client-request-id", "true")
	if x.body != nil {
		h.Set("Content-Type", "application/json")
	}
	if x.advanced {
		h.Set("ConsistencyLevel", "eventual")
	}
	if c.opts.Priority != Normal {
		h.Set("x-ms-throttle-priority", c.opts.Priority.String())
	}
	return req, nil
}

// receive takes in what came.
func (c *Connector) receive(ctx context.Context, x *exchange, resp *http.Response, token string) error {
	x.reqID = word(resp.Header.Get("request-id"))
	if resp.StatusCode == http.StatusOK {
		return c.answer(ctx, resp, x.into)
	}
	if resp.StatusCode == http.StatusUnauthorized {
		x.rejected, x.claims = token, claimsOf(resp.Header)
	}
	return c.refusal(x, resp)
}

// newGUID returns a random GUID (RFC 9562, version 4).
func newGUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
