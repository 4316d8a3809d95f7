package graphconn_test

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/readdress-go/readdress/internal/graphtest"
)

// trouble is a row of the fault matrix.
type trouble struct {
	name string
	// One of these is what happens: on the server, or on the way there.
	fault func(r *graphtest.Request) *graphtest.Fault
	way   func(x *cell, r *http.Request, next http.RoundTripper) (*http.Response, error)

	parts, whole bool                 // strikes parts of batches, whole requests
	at           []graphtest.Endpoint // where it makes sense; empty means everywhere
	arm          func(x *cell)        // done before the call

	recovers bool          // where it strikes once or twice, everything is answered all the same
	waits    time.Duration // that the service asks for
	endless  bool          // it goes on for ever, with more and more requests
	slow     bool          // only the connector's own timeout ends an attempt

	status int      // of the *Error that it ends with
	code   string   // Graph's
	graphs bool     // it comes from Graph, so its request has a name
	causes []string // parts of texts, of which every other error has one

	lies func(x *cell) bool // nobody can notice; nil is never
}

func (t trouble) only(at ...graphtest.Endpoint) trouble { t.at = at; return t }
func (t trouble) lying(lies func(*cell) bool) trouble   { t.lies = lies; return t }
func (t trouble) asking(d time.Duration) trouble        { t.waits = d; return t }
func (t trouble) final() trouble                        { t.recovers = false; return t }
func (t trouble) fits(e graphtest.Endpoint, parts bool) bool {
	return (parts && t.parts || !parts && t.whole) && (len(t.at) == 0 || slices.Contains(t.at, e))
}

// secretWords are Graph's own words in every refusal; no error may repeat them.
const secretWords = "secret words about user0@contoso.example"

// refused is an answer of Graph with a status and a code.
func refused(status int, code string, recovers bool, headers ...string) trouble {
	h := http.Header{}
	name := fmt.Sprintf("%d %s", status, code)
	for i := 0; i < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
		name += ", " + headers[i] + " " + headers[i+1]
	}
	return trouble{name: name, parts: true, whole: true, recovers: recovers, status: status, code: code, graphs: true, fault: func(*graphtest.Request) *graphtest.Fault {
		return &graphtest.Fault{Status: status, Code: code, Message: secretWords, Header: h}
	}}
}

// proxied is the page of a proxy.
func proxied(status int, recovers bool) trouble {
	return trouble{name: fmt.Sprintf("%d of a proxy", status), whole: true, recovers: recovers, status: status, fault: func(*graphtest.Request) *graphtest.Fault {
		return &graphtest.Fault{Status: status, HTML: true}
	}}
}

// dated is a 429 with a date.
func dated(in time.Duration) trouble {
	t := refused(429, "TooManyRequests", true)
	t.name += ", Retry-After as a date"
	t.fault = func(*graphtest.Request) *graphtest.Fault {
		return &graphtest.Fault{Status: 429, Code: "TooManyRequests", Header: http.Header{"Retry-After": {time.Now().Add(in).UTC().Format(http.TimeFormat)}}}
	}
	return t.asking(in)
}

// whole makes a trouble of a fault of whole answers.
func whole(name string, f graphtest.Fault, recovers bool, causes ...string) trouble {
	return trouble{name: name, whole: true, recovers: recovers, causes: causes, fault: func(*graphtest.Request) *graphtest.Fault { return &f }}
}

func slowly(t trouble) trouble { t.slow = true; return t }

func troubles() []trouble {
	return slices.Concat(refusals, brokenAnswers, wireTroubles, wrongAnswers, wrongParts)
}

// refusals are answers that are no 200.
var refusals = []trouble{
	refused(429, "TooManyRequests", true),
	refused(429, "TooManyRequests", true, "Retry-After", "7").asking(7 * time.Second),
	refused(429, "TooManyRequests", true, "Retry-After", "2.128").asking(3 * time.Second),
	refused(429, "TooManyRequests", true, "Retry-After", "150").asking(150 * time.Second),
	refused(429, "TooManyRequests", true, "Retry-After", "soon"),
	refused(429, "TooManyRequests", true, "Retry-After", "-1"),
	refused(429, "TooManyRequests", false, "Retry-After", "86400").asking(24 * time.Hour),
	dated(20 * time.Second),
	refused(408, "RequestTimeout", true),
	refused(500, "Service_InternalServerError", true),
	refused(502, "BadGateway", true),
	refused(503, "serviceNotAvailable", true),
	refused(503, "serviceNotAvailable", true, "Retry-After", "12").asking(12 * time.Second),
	refused(504, "UnknownError", true),
	refused(509, "BandwidthLimitExceeded", true),
	refused(424, "FailedDependency", false),
	refused(400, "Request_BadRequest", false),
	refused(400, "BadRequest", false),
	refused(400, "Request_UnsupportedQuery", false),
	refused(400, "Request_InvalidRequestUrl", false),
	refused(400, "Directory_ExpiredPageToken", false),
	refused(400, "syncStateNotFound", false),
	refused(400, "ErrorNonExistentMailbox", false).lying(saysNoMailbox),
	refused(403, "Authorization_RequestDenied", false),
	refused(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", false),
	refused(404, "Request_ResourceNotFound", false).lying(saysNotThere),
	refused(404, "ResourceNotFound", false),
	refused(404, "UnknownError", false),
	refused(404, "ErrorInvalidUser", false),
	refused(404, "MailboxNotEnabledForRESTAPI", false),
	refused(404, "ErrorNonExistentMailbox", false).lying(saysNoMailbox),
	refused(405, "Request_BadRequest", false),
	refused(406, "NotAcceptable", false),
	refused(409, "Conflict", false),
	refused(410, "syncStateNotFound", false),
	refused(412, "PreconditionFailed", false),
	refused(413, "RequestEntityTooLarge", false),
	refused(415, "UnsupportedMediaType", false),
	refused(422, "UnprocessableEntity", false),
	refused(423, "Locked", false),
	refused(501, "NotImplemented", false),
	refused(507, "InsufficientStorage", false),
	proxied(400, false), proxied(401, true), proxied(403, false), proxied(404, false), proxied(407, false), proxied(410, false), proxied(429, true),
	proxied(500, true), proxied(502, true), proxied(503, true), proxied(504, true), proxied(511, false),
	{name: "404 in JSON that is not Graph's", whole: true, parts: true, status: 404, fault: func(*graphtest.Request) *graphtest.Fault {
		return &graphtest.Fault{Status: 404, Body: []byte(`{"message":"no Route matched with those values"}`)}
	}},
	{name: "404 with a code that is no word", whole: true, parts: true, status: 404, fault: func(*graphtest.Request) *graphtest.Fault {
		return &graphtest.Fault{Status: 404, Code: "Request_ResourceNotFound ", Message: secretWords}
	}},
	{name: "404 without a body", whole: true, parts: true, status: 404, fault: func(*graphtest.Request) *graphtest.Fault {
		return &graphtest.Fault{Status: 404, Body: []byte{}}
	}},
	refused(401, "InvalidAuthenticationToken", true),
	{name: "the token expires", whole: true, recovers: true, status: 401, code: "InvalidAuthenticationToken", graphs: true, arm: func(x *cell) { x.happen = func() { x.world.s.Expire(x.world.token) } }},
	{name: "the token is revoked", whole: true, recovers: true, status: 401, code: "InvalidAuthenticationToken", graphs: true, arm: func(x *cell) { x.happen = func() { x.world.s.Revoke(x.world.token) } }},
}

// saysNotThere: Graph says of an object itself that it is not among the deleted items, or not there. Nobody else could be asked. It
// must be said twice, with a pause, before it is believed.
func saysNotThere(x *cell) bool {
	return x.place.parts && (!x.place.passes() || !x.op.engine)
}

// saysNoMailbox: Graph says itself that a user has no mailbox.
func saysNoMailbox(x *cell) bool {
	return x.place.parts && (x.place.at == graphtest.Exchange || x.place.at == "") && (!x.place.passes() || !x.op.engine)
}

// arms reports whether it is Config.Token that fails.
func (t trouble) arms() bool {
	return t.fault == nil && t.way == nil && t.arm != nil && t.whole && t.status == 0
}

// somewhere reports whether it makes sense at each of the requests, or parts.
func (t trouble) somewhere(u usage, parts bool) bool {
	if parts && !t.parts || !parts && !t.whole {
		return false
	}
	return len(t.at) == 0
}
