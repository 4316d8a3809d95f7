package graphtest

import (
	"compress/gzip"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// call is a request, or a part of a batch, while it is answered.
type call struct {
	*Server
	Request
	host  string // that was asked, for links
	id    string // request-id
	mine  string // client-request-id
	grant grant
	quota http.Header // of the answer, about the quota
	read  reader
}

const mostBody = 4 << 20

// handle answers a request of the wire.
func (s *Server) handle(w http.ResponseWriter, r *http.Request) {
	defer s.counts.enter()()
	if s.down.Load() {
		panic(http.ErrAbortHandler)
	}
	s.store.tick()
	s.groups.tick()
	body, err := readBody(r)
	c := &call{Server: s, host: r.Host, quota: http.Header{}}
	c.Request = Request{Method: r.Method, Header: r.Header, Body: body}
	c.id = s.newID()
	if c.mine = r.Header.Get("client-request-id"); c.mine == "" {
		c.mine = c.id
	}
	version := c.locate(r.URL.EscapedPath(), r.URL.RawQuery)
	fault := c.arrive()
	wait := s.opts.Latency
	if fault != nil {
		wait += fault.Delay
	}
	sleep(r, wait)
	switch {
	case fault != nil && fault.Hang:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case fault != nil && fault.Drop:
		_ = r.Context().Value(connection{}).(net.Conn).Close() // it is of no use any more
		panic(http.ErrAbortHandler)
	case fault != nil && fault.Reset:
		panic(http.ErrAbortHandler)
	}
	var out *reply
	switch {
	case err != nil:
		out = c.refuse(400, "BadRequest", sayBody)
	case version != "v1.0":
		out = c.refuse(400, "BadRequest", "Invalid version: "+version)
	default:
		out = c.answer(fault)
	}
	out = fault.spoil(c, out)
	s.counts.answered(c, out)
	defer out.free()
	out.write(w, r, c)
}

// sleep waits, and aborts the answer where the client goes away: an answer that merely ended would look whole to a client that still reads.
func sleep(r *http.Request, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.Context().Done():
		panic(http.ErrAbortHandler)
	}
}

func readBody(r *http.Request) ([]byte, error) {
	var from io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			return nil, err
		}
		from = z
	}
	return io.ReadAll(io.LimitReader(from, mostBody))
}

// locate splits a path into version and what is below it.
func (c *call) locate(path, query string) (version string) {
	version, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	c.Path = "/" + rest
	c.Query, _ = url.ParseQuery(query)
	c.Endpoint = endpointOf(c.Path)
	return version
}

// arrive counts the call, asks for its fault and chooses its replica.
func (c *call) arrive() *Fault {
	c.N = int(c.turn.Add(1))
	c.counts.arrived(c)
	c.read = reader{lagging: c.lagged.Load() && c.N%2 == 0, now: time.Now().UnixNano()}
	f := c.faults.Load()
	if f == nil {
		return nil
	}
	fault := (*f)(&c.Request)
	if fault != nil && (fault.Stale || fault.Fresh) {
		c.read.lagging = fault.Stale
	}
	return fault
}

// option is a query option, with or without its dollar sign.
func (c *call) option(name string) string {
	if v := c.Query.Get("$" + name); v != "" {
		return v
	}
	return c.Query.Get(name)
}

// eventual says whether the query came with the header that advanced queries need.
func (c *call) eventual() bool {
	return strings.EqualFold(c.Header.Get("ConsistencyLevel"), "eventual")
}

// advanced says whether the query is an advanced one.
func (c *call) advanced() bool { return c.eventual() && c.option("count") == "true" }
