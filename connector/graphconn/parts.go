package graphconn

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// batchRequest is the body of a $batch.
type batchRequest struct {
	Requests []batchPart `json:"requests"`
}

type batchPart struct {
	ID     string `json:"id"`
	Method string `json:"method"`
	URL    string `json:"url"`
}

// batchAnswer is the answer to a $batch.
type batchAnswer struct {
	Responses *[]batchReply `json:"responses"`
}

// complete reports whether this is the answer to a batch.
func (a *batchAnswer) complete() bool { return a.Responses != nil }

type batchReply struct {
	ID      string          `json:"id"`
	Status  int             `json:"status"`
	Headers map[string]any  `json:"headers"`
	Body    json.RawMessage `json:"body"`

	broken error // why this is no answer
}

// match returns the answers to n parts by their IDs: they may come in any order. Who answers what was not asked for is not
// believed in anything.
func (a *batchAnswer) match(n int) []batchReply {
	out := make([]batchReply, n)
	for k := range out {
		out[k].broken = errPartMissing
	}
	seen := make([]bool, n)
	for _, r := range *a.Responses {
		k, err := strconv.Atoi(r.ID)
		if err != nil || k < 1 || k > n || r.ID != strconv.Itoa(k) {
			for k := range out {
				out[k] = batchReply{broken: errPartTwice}
			}
			return out
		}
		if seen[k-1] {
			r = batchReply{broken: errPartTwice}
		}
		seen[k-1], out[k-1] = true, r
	}
	return out
}

// part reads the answer to one part.
func (c *Connector) part(x *exchange, r batchReply) (partAnswer, usage) {
	if r.broken == nil && (r.Status < 100 || r.Status > 599) {
		r.broken = errPartStatus
	}
	if r.broken != nil {
		return partAnswer{err: &brokenError{x.op, r.broken}}, usage{}
	}
	h := http.Header{}
	for name, value := range r.Headers {
		h.Set(name, fmt.Sprint(value))
	}
	u := usageOf(h)
	if r.Status == http.StatusOK {
		if body := bytes.TrimSpace(r.Body); len(body) == 0 || body[0] != '{' || h.Get("Content-Type") != "" && !isJSON(h) {
			return partAnswer{err: &brokenError{x.op, errPartShape}}, u
		}
		return partAnswer{status: r.Status, body: r.Body}, u
	}
	e := &Error{Op: x.op, Status: r.Status, RequestID: x.reqID, ClientRequestID: x.clientID, Err: meaning(r.Status)}
	if id := word(h.Get("request-id")); id != "" {
		e.RequestID = id
	}
	e.RetryAfter = retryAfter(h.Get("Retry-After"), h.Get("Date"), time.Now())
	e.read(r.Body)
	return partAnswer{status: r.Status, err: e}, u
}
