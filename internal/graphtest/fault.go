package graphtest

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Request is a request, or a part of a batch, as [Server.Fault] sees it.
type Request struct {
	N        int // 1, 2, 3, … in the order of arrival, parts counted with the rest
	Part     int // the place of a part in its batch, from 1; 0 for a request
	Endpoint Endpoint
	Method   string
	Path     string // without version
	Query    url.Values
	Header   http.Header
	Body     []byte // unpacked
}

// Fault is how an answer differs from the right one. The zero value changes nothing; fields can be combined.
type Fault struct {
	Delay time.Duration // before the answer
	Stale bool          // read from the replica that lags
	Fresh bool          // read from the replica that does not

	// Status refuses instead of answering, with Graph's error body. Code and Message are those of the error; empty: the usual ones.
	Status        int
	Code, Message string
	Header        http.Header // set over the headers of the answer
	// Body is sent instead of the answer's, where not nil.
	Body []byte
	// Rewrite makes another body of the right one.
	Rewrite func([]byte) []byte
	// HTML is the error page of a proxy: HTML, without a header of Graph. Status 0 is 502.
	HTML bool
	// Omit leaves the answer of a part out of its batch.
	Omit bool

	// What follows is not for parts.

	// Reset closes the connection without an answer; with HTTP/2 it ends the one stream (RST_STREAM).
	Reset bool
	// Drop closes the connection, with every request that is in progress on it.
	Drop bool
	// GoAway answers, and lets the connection be used by no further request (Connection: close, with HTTP/2 GOAWAY).
	GoAway bool
	// Hang never answers; the client has to give up.
	Hang bool
	// Cut closes the connection after so many bytes of the body, as they are on the wire.
	Cut int
	// Short ends the body after so many bytes, as they are on the wire, as if it were whole: with gzip, a truncated stream.
	Short int
	// Stream writes the body instead, compressed where the client asked for it: for bodies too large to be held.
	Stream func(io.Writer)
	// Drip sends 64 bytes of the body at a time, with this pause between.
	Drip time.Duration
}

// Fault sets the function that decides for each request, and for each part of a batch before it, how the answer goes wrong; nil, and a
// function that returns nil, is right answers. It may be called by several goroutines at a time.
func (s *Server) Fault(f func(*Request) *Fault) {
	if f == nil {
		s.faults.Store(nil)
		return
	}
	s.faults.Store(&f)
}

// usualCode is the code of Graph that goes with a status; those of 5xx are guesses.
var usualCode = map[int]string{
	400: "Request_BadRequest", 401: "InvalidAuthenticationToken", 403: "Authorization_RequestDenied", 404: "Request_ResourceNotFound",
	408: "RequestTimeout", 409: "Request_MultipleObjectsWithSameKeyValue", 410: "syncStateNotFound", 424: "FailedDependency",
	429: "TooManyRequests", 500: "Service_InternalServerError", 502: "BadGateway", 503: "serviceNotAvailable", 504: "GatewayTimeout",
}

// spoil applies a fault to an answer that was made.
func (f *Fault) spoil(c *call, r *reply) *reply {
	if f == nil {
		return r
	}
	switch {
	case f.HTML:
		r.free()
		status := f.Status
		if status == 0 {
			status = http.StatusBadGateway
		}
		r = &reply{status: status, header: http.Header{}, plain: true}
		r.header.Set("Content-Type", "text/html")
		r.body = []byte("<html><head><title>Proxy error</title></head><body><h1>The proxy cannot reach the server.</h1></body></html>\r\n")
	case f.Rewrite != nil && f.Status == 0:
		r.body, r.pooled = f.Rewrite(slices.Clone(r.body)), false
	}
	if f.Body != nil {
		r.body, r.pooled = f.Body, false
	}
	for k, v := range f.Header {
		r.header[http.CanonicalHeaderKey(k)] = v
	}
	r.fault = f
	return r
}

// refusal is the error that a fault wants.
func (f *Fault) refusal(c *call) *reply {
	code, message := f.Code, f.Message
	if code == "" {
		code = usualCode[f.Status]
	}
	if message == "" {
		message = sayThrottled
		if f.Status != 429 {
			message = "An error occurred: " + http.StatusText(f.Status)
		}
	}
	return c.refuse(f.Status, code, message)
}
