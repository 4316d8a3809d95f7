package graphtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const mostParts = 20

type step struct {
	ID        string            `json:"id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Body      json.RawMessage   `json:"body"`
	DependsOn []string          `json:"dependsOn"`
}

// batch answers POST /$batch. Parts are answered one after the other, and their answers come in another order.
func (c *call) batch() *reply {
	var body struct{ Requests []step }
	if err := json.Unmarshal(c.Body, &body); err != nil || len(body.Requests) == 0 {
		return c.refuse(400, "BadRequest", sayBatchPayload)
	}
	steps := body.Requests
	if len(steps) > mostParts {
		return c.refuse(400, "MaximumValueExceeded", sayTooManySteps)
	}
	seen := map[string]bool{}
	for _, p := range steps {
		id := strings.ToLower(p.ID)
		known := func(on string) bool { return seen[strings.ToLower(on)] }
		if p.ID == "" || seen[id] || p.Method == "" || p.URL == "" || !all(p.DependsOn, known) {
			return c.refuse(400, "BadRequest", sayBatchPayload)
		}
		seen[id] = true
	}
	failed := map[string]bool{}
	parts := make([][]byte, 0, len(steps))
	for i, p := range steps {
		part := c.part(i, p)
		fault := part.arrive()
		if fault != nil && fault.Delay > 0 {
			time.Sleep(fault.Delay)
		}
		var r *reply
		if slices.ContainsFunc(p.DependsOn, func(on string) bool { return failed[strings.ToLower(on)] }) {
			r = part.refuse(424, "FailedDependency", sayDependency)
		} else {
			r = fault.spoil(part, part.answerPart(p, fault))
		}
		failed[strings.ToLower(p.ID)] = r.status >= 300
		c.counts.answered(part, r)
		if fault == nil || !fault.Omit {
			parts = append(parts, appendPart(nil, p.ID, r, part))
		}
		r.free()
	}
	c.shuffle.Lock()
	c.shuffle.Shuffle(len(parts), func(i, k int) { parts[i], parts[k] = parts[k], parts[i] })
	c.shuffle.Unlock()
	dst := append((*buffers.Get().(*[]byte))[:0], `{"responses":[`...)
	for i, p := range parts {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, p...)
	}
	return c.ok(append(dst, "]}"...))
}

func all(list []string, ok func(string) bool) bool {
	return !slices.ContainsFunc(list, func(s string) bool { return !ok(s) })
}

// part makes a call of a step.
func (c *call) part(i int, p step) *call {
	part := &call{Server: c.Server, host: c.host, id: c.id, mine: c.mine, quota: http.Header{}}
	part.Request = Request{Part: i + 1, Method: strings.ToUpper(p.Method), Header: http.Header{}, Body: p.Body}
	for k, v := range p.Headers {
		part.Header.Set(k, v)
	}
	if part.Header.Get("Authorization") == "" {
		part.Header.Set("Authorization", c.Header.Get("Authorization"))
	}
	path, query, _ := strings.Cut(p.URL, "?")
	part.locate("v1.0/"+strings.TrimPrefix(path, "/"), query)
	return part
}

func (c *call) answerPart(p step, fault *Fault) *reply {
	switch {
	case c.Endpoint == Batch:
		return c.refuse(400, "BadRequest", sayBatchPayload)
	case strings.Contains(p.URL, "://"):
		return c.refuse(400, "BadRequest", fmt.Sprintf(sayUnknownSegment, "https:"))
	}
	return c.answer(fault)
}

// appendPart writes the answer of a part.
func appendPart(dst []byte, id string, r *reply, part *call) []byte {
	dst = appendJSON(append(dst, `{"id":`...), id)
	dst = append(dst, `,"status":`...)
	dst = strconv.AppendInt(dst, int64(r.status), 10)
	dst = append(dst, `,"headers":{`...)
	h := http.Header{"Cache-Control": {"no-cache"}}
	maps.Copy(h, part.quota)
	maps.Copy(h, r.header)
	for i, k := range slices.Sorted(maps.Keys(h)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		name := k
		switch lower := strings.ToLower(k); {
		case k == "Odata-Version":
			name = "OData-Version"
		case strings.HasPrefix(lower, "x-ms-"):
			name = lower
		}
		dst = appendJSON(append(appendJSON(dst, name), ':'), h.Get(k))
	}
	dst = append(dst, `},"body":`...)
	if json.Valid(r.body) {
		dst = append(dst, r.body...)
	} else {
		dst = appendJSON(dst, r.body)
	}
	return append(dst, '}')
}
