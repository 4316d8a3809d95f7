package graphtest

import (
	"fmt"
	"net/url"
	"sync"
	"time"
)

// deltaLife is how long a deltatoken of directory objects lives.
const deltaLife = 7 * 24 * time.Hour

// tracks is what the server keeps of deltatokens.
type tracks struct {
	sync.Mutex
	issued    int64
	forgotten int64 // tokens up to this number
	status    int   // with which those are refused
	pages     int64 // tokens of lists up to this number are forgotten
	replay    int
}

// ForgetDeltas makes every deltatoken and skiptoken of /users/delta and /groups/delta issued until now expire, as if seven days had passed. They
// are answered with the status: 410 with the code syncStateNotFound, as the page "Use delta query" has it, or 400 with the code
// Request_UnsupportedQuery, as programs have seen it.
func (s *Server) ForgetDeltas(status int) {
	s.tracks.Lock()
	defer s.tracks.Unlock()
	s.tracks.forgotten, s.tracks.status = s.tracks.issued, status
}

// ForgetPages makes every skiptoken of a list issued until now expire, as if the next page had been asked for too late.
func (s *Server) ForgetPages() {
	s.tracks.Lock()
	defer s.tracks.Unlock()
	s.tracks.pages = s.tracks.issued
}

// pageOf reads the token of a page of a list; the first page has none.
func (c *call) pageOf(kind string) (place, *problem) {
	p, bad := c.place(c.option("skiptoken"), kind)
	c.tracks.Lock()
	defer c.tracks.Unlock()
	if bad == nil && p.Kind != "" && p.N <= c.tracks.pages {
		bad = &problem{400, "Directory_ExpiredPageToken", sayExpiredPage}
	}
	return p, bad
}

// ReplayDeltas makes each round of /users/delta and /groups/delta that begins from now on repeat the n changes before it, and every entry as often as it
// changed. Zero ends that.
func (s *Server) ReplayDeltas(n int) {
	s.tracks.Lock()
	defer s.tracks.Unlock()
	s.tracks.replay = n
}

// delta answers GET /users/delta and /groups/delta. A round without token gives every object; one with a deltatoken what changed since.
func (c *call) delta(k *kind) *reply {
	if !c.may(k.read...) {
		return c.denied()
	}
	for _, name := range []string{"top", "orderby", "search", "count", "expand"} {
		if c.option(name) != "" {
			return c.refuse(400, "Request_BadRequest", fmt.Sprintf(sayOption, "$"+name))
		}
	}
	if c.option("filter") != "" {
		return c.refuse(501, "NotImplemented", sayNotImplemented) // up to 50 "id eq" in the real service
	}
	at, bad := c.round(k)
	if bad != nil {
		r := c.problem(bad)
		if bad.status == 410 {
			r.header.Set("Location", c.url+"/v1.0/"+k.name+"/delta?$deltatoken=")
		}
		return r
	}
	sel, bad := k.selects(at.Select, k.typ, false)
	if bad != nil {
		return c.problem(bad)
	}
	values := (*buffers.Get().(*[]byte))[:0]
	values, at.At = c.appendChanges(values, k, at, &sel)
	dst := c.begin(k.name + sel.context())
	switch at.Kind {
	case k.whole():
		if at.At >= 0 {
			dst = c.link(dst, "nextLink", "/"+k.name+"/delta", url.Values{"$skiptoken": {c.track(at)}})
		}
	default:
		if at.At < at.End {
			dst = c.link(dst, "nextLink", "/"+k.name+"/delta", url.Values{"$skiptoken": {c.track(at)}})
		} else {
			at.At = -1
		}
	}
	if at.At < 0 {
		last := place{Kind: k.changes(), At: at.End, Select: at.Select}
		dst = c.link(dst, "deltaLink", "/"+k.name+"/delta", url.Values{"$deltatoken": {c.track(last)}})
	}
	dst = append(dst, `,"value":[`...)
	dst = append(append(dst, values...), "]}"...)
	buffers.Put(&values)
	return c.ok(dst)
}

// whole and changes are the kinds of the two rounds, in tokens.
func (k *kind) whole() string   { return "whole of " + k.name }
func (k *kind) changes() string { return "changes of " + k.name }

// track numbers a place and makes a token of it.
func (c *call) track(p place) string {
	c.tracks.Lock()
	defer c.tracks.Unlock()
	c.tracks.issued++
	p.N, p.Issued = c.tracks.issued, time.Now().UnixNano()
	return c.token(p)
}

// round tells what the request asks for: a new round, or the rest of one.
func (c *call) round(k *kind) (place, *problem) {
	st := k.of(c.Server)
	st.mu.RLock()
	end := st.end(c.read)
	st.mu.RUnlock()
	delta, skip := c.option("deltatoken"), c.option("skiptoken")
	switch {
	case delta == "latest":
		return place{Kind: k.changes(), At: end, End: end, Select: c.option("select")}, nil
	case delta == "" && skip == "":
		return place{Kind: k.whole(), End: end, Select: c.option("select")}, nil
	}
	at, bad := c.place(delta, k.changes())
	if delta == "" {
		if at, bad = c.place(skip, k.changes()); bad != nil {
			at, bad = c.place(skip, k.whole())
		}
	}
	if bad == nil && max(at.At, at.End) > st.length() {
		bad = &problem{400, "Request_BadRequest", sayBadToken}
	}
	if bad != nil {
		return at, bad
	}
	c.tracks.Lock()
	defer c.tracks.Unlock()
	switch {
	case at.N <= c.tracks.forgotten && c.tracks.status == 400:
		return at, &problem{400, "Request_UnsupportedQuery", sayOldDelta}
	case at.N <= c.tracks.forgotten:
		return at, &problem{c.tracks.status, "syncStateNotFound", sayStateNotFound}
	case time.Since(time.Unix(0, at.Issued)) > deltaLife:
		return at, &problem{410, "syncStateNotFound", sayStateNotFound}
	}
	if delta != "" {
		at.End = max(at.At, end)
		if c.tracks.replay > 0 {
			at.At, at.Repeat = max(0, at.At-c.tracks.replay), true
		}
	}
	return at, nil
}

// length bounds what a token can say.
func (st *store) length() int {
	st.mu.RLock()
	defer st.mu.RUnlock()
	return max(len(st.log), len(st.slots))
}

// appendChanges writes a page and returns where the next begins: -1 behind the last of a whole round.
func (c *call) appendChanges(dst []byte, k *kind, at place, sel *selection) (out []byte, next int) {
	st := k.of(c.Server)
	st.mu.RLock()
	defer st.mu.RUnlock()
	var v view
	n, page := 0, c.opts.DeltaPage
	comma := func() {
		if n++; n > 1 {
			dst = append(dst, ',')
		}
	}
	if at.Kind == k.whole() {
		for i := at.At; i < len(st.slots); i++ {
			if !st.alive(int32(i), c.read, &v) {
				continue
			}
			if n == page {
				return dst, i
			}
			comma()
			dst = appendObject(dst, &v, sel, form{sparse: true})
		}
		return dst, -1
	}
	for entry := at.At; entry < at.End; entry++ {
		if n == page {
			return dst, entry
		}
		i := st.log[entry].user
		if last := st.slots[i].last; !at.Repeat && last != entry+1 && last <= at.End {
			continue // comes later in this round
		}
		was := st.at(i, c.read.lagging, c.read.now)
		switch {
		case was == nil:
			continue
		case was.state == live:
			comma()
			st.see(i, c.read, &v)
			dst = appendObject(dst, &v, sel, form{sparse: true})
		default:
			comma()
			reason := "changed"
			if was.state == purged {
				reason = "deleted"
			}
			dst = st.slots[i].id.append(append(dst, `{"id":"`...))
			dst = append(dst, `","@removed":{"reason":"`+reason+`"}}`...)
		}
	}
	return dst, at.End
}
