package graphconn_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode/utf16"

	"github.com/readdress-go/readdress/internal/graphtest"
)

// The parts of texts that name a cause.
var (
	causeLate     = []string{"no complete answer within"}
	causeCut      = []string{"cut short or damaged"}
	causeEnded    = []string{"the connection ended"}
	causeNotJSON  = []string{"the answer is not JSON"}
	causeShape    = []string{"the answer is not what was asked for"}
	causeRedirect = []string{"a redirect was refused"}
)

func header(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

func rewritten(f func([]byte) []byte) graphtest.Fault { return graphtest.Fault{Rewrite: f} }

func utf16LE(b []byte) []byte {
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(string(b))) {
		out = append(out, byte(u), byte(u>>8))
	}
	return out
}

const proxyPage = "<html><body>Please sign in to the network.</body></html>"

// brokenAnswers are a 200 that is none.
var brokenAnswers = []trouble{
	whole("cut at the first byte", graphtest.Fault{Cut: 1}, true, append(causeCut, causeEnded...)...),
	whole("cut", graphtest.Fault{Cut: 70}, true, append(causeCut, causeEnded...)...),
	whole("ends early", graphtest.Fault{Short: 60}, true, causeCut...),
	whole("drips", graphtest.Fault{Drip: 20 * time.Second}, true, causeLate...).only(graphtest.GetByIDs, graphtest.Batch, graphtest.Users, graphtest.DeletedUsers, graphtest.Delta),
	slowly(whole("late", graphtest.Fault{Delay: 31 * time.Second}, true, causeLate...)),
	slowly(whole("hangs", graphtest.Fault{Hang: true}, true, causeLate...)),
	whole("late, and in time", graphtest.Fault{Delay: 29 * time.Second}, true),
	whole("reset", graphtest.Fault{Reset: true}, true, causeEnded...),
	whole("empty", graphtest.Fault{Body: []byte{}}, true, append(causeShape, causeCut...)...),
	whole("blank", graphtest.Fault{Body: []byte(" \r\n")}, true, causeShape...),
	whole("null", graphtest.Fault{Body: []byte("null")}, true, causeShape...),
	whole("an array", graphtest.Fault{Body: []byte("[]")}, true, causeShape...),
	whole("a string", graphtest.Fault{Body: []byte(`"value"`)}, true, causeShape...),
	whole("no members", graphtest.Fault{Body: []byte("{}")}, true, causeShape...),
	whole("value is null", graphtest.Fault{Body: []byte(`{"value":null}`)}, true, causeShape...),
	whole("value is an object", graphtest.Fault{Body: []byte(`{"value":{}}`)}, true, causeShape...),
	whole("an error", graphtest.Fault{Body: []byte(`{"error":{"code":"Request_ResourceNotFound","message":"` + secretWords + `"}}`)}, true, causeShape...),
	whole("an error beside the answer", rewritten(func(b []byte) []byte {
		return append(bytes.TrimSuffix(b, []byte("}")), `,"error":{"code":"UnknownError"}}`...)
	}), true, causeShape...),
	whole("more behind the end", rewritten(func(b []byte) []byte { return append(b, "\n{\"value\":[]}"...) }), true, causeCut...),
	whole("a member twice", rewritten(func(b []byte) []byte {
		return append(bytes.TrimSuffix(b, []byte("}")), `,"value":[],"responses":[]}`...)
	}), true, append(causeShape, "leaves a part out")...).only(graphtest.GetByIDs, graphtest.Users, graphtest.DeletedUsers, graphtest.Delta, graphtest.Organization, graphtest.Batch),
	whole("byte order mark", rewritten(func(b []byte) []byte { return append([]byte("\xef\xbb\xbf"), b...) }), true, causeShape...),
	whole("UTF-16", rewritten(utf16LE), true, "the answer is not UTF-8"),
	whole("not UTF-8", rewritten(func(b []byte) []byte { return bytes.Replace(b, []byte(`"`), []byte("\"\xe4"), 3) }), true, "the answer is not UTF-8"),
	whole("charset", graphtest.Fault{Header: header("Content-Type", "application/json; charset=utf-16")}, true, causeNotJSON...),
	whole("text/plain", graphtest.Fault{Header: header("Content-Type", "text/plain")}, true, causeNotJSON...),
	whole("no type", graphtest.Fault{Header: header("Content-Type", "")}, true, causeNotJSON...),
	whole("a proxy's page", graphtest.Fault{HTML: true, Status: 200}, true, causeNotJSON...),
	whole("a proxy's page that says it is JSON", graphtest.Fault{Body: []byte(proxyPage)}, true, causeShape...),
	whole("gzip announced", graphtest.Fault{Header: header("Content-Encoding", "gzip")}, true, causeCut...),
	whole("brotli announced", graphtest.Fault{Header: header("Content-Encoding", "br")}, true, "compressed in a way that was not asked for"),
	whole("too long", graphtest.Fault{Stream: func(w io.Writer) { repeatTo(w, " ", 5<<20) }}, false, "larger than 4 MiB"),
	whole("too many values", graphtest.Fault{Stream: func(w io.Writer) { repeatTo(w, "{},", 3*160_000) }}, false, "larger than 4 MiB, or has more than 150,000 values"),
	whole("length too large", graphtest.Fault{Header: header("Content-Length", "99999")}, true, append(causeCut, causeEnded...)...),
	whole("length too small", graphtest.Fault{Header: header("Content-Length", "5")}, true, append(causeCut, causeEnded...)...),
	redirected(301, "/v1.0/elsewhere"), redirected(302, "/v1.0/elsewhere"), redirected(303, "/v1.0/elsewhere"),
	redirected(307, "https://graph.example.evil.example/v1.0/users"), redirected(308, "http://graph.example/v1.0/users"), redirected(302, "https://graph.example:444/"),
	redirected(307, ""),
	statusOnly(201), statusOnly(202), statusOnly(203), statusOnly(204), statusOnly(206), statusOnly(304),
}

func repeatTo(w io.Writer, text string, n int) {
	block := []byte(strings.Repeat(text, 16<<10))
	for ; n > 0; n -= len(block) {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}

// redirected leads elsewhere. Where only a path is given, it is one that Graph does not know.
func redirected(status int, to string) trouble {
	t := trouble{name: "redirect " + strconv.Itoa(status) + " to " + to, whole: true, causes: causeRedirect}
	t.fault = func(*graphtest.Request) *graphtest.Fault {
		f := &graphtest.Fault{Status: status, HTML: true, Header: http.Header{}}
		if to != "" {
			f.Header.Set("Location", to)
		}
		return f
	}
	if strings.HasPrefix(to, "/") {
		t.causes = append(t.causes, "HTTP status 400, code BadRequest") // Graph does not know that path
	} else if to == "" {
		t.status = status
	}
	return t
}

// statusOnly is the right answer under another status.
func statusOnly(status int) trouble {
	return trouble{name: "status " + strconv.Itoa(status), whole: true, status: status, graphs: true, way: func(_ *cell, r *http.Request, next http.RoundTripper) (*http.Response, error) {
		resp, err := next.RoundTrip(r)
		if err == nil {
			resp.StatusCode = status
		}
		return resp, err
	}}
}

// wireTroubles keep a request from arriving.
var wireTroubles = []trouble{
	unsent("no such host", true, "host's name is not known", dialing(&net.DNSError{Err: "no such host", Name: "graph.example", IsNotFound: true})),
	unsent("no name server", true, "could not be looked up", dialing(&net.DNSError{Err: "server misbehaving", Name: "graph.example", IsTemporary: true})),
	unsent("refused", true, "connection refused", dialing(syscall.ECONNREFUSED)),
	unsent("no route", true, "no route to host", dialing(syscall.EHOSTUNREACH)),
	unsent("reset on the way", true, "connection reset by peer", &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}),
	unsent("broken pipe", true, "broken pipe", &net.OpError{Op: "write", Net: "tcp", Err: syscall.EPIPE}),
	unsent("dial takes too long", true, "no answer in time", dialing(os.ErrDeadlineExceeded)),
	unsent("something else", true, "the connection ended", errors.New(secretWords)),
	unsent("TLS is refused", true, "TLS was refused", &net.OpError{Op: "remote error", Err: tls.AlertError(40)}),
	unsent("certificate of another host", true, "certificate is for another host", x509.HostnameError{Certificate: &x509.Certificate{}, Host: "graph.example"}),
	unsent("certificate that has expired", true, "certificate is not valid", x509.CertificateInvalidError{Reason: x509.Expired}),
	{name: "unknown authority", whole: true, recovers: true, causes: []string{"certificate is from an unknown authority"}, way: func(x *cell, r *http.Request, next http.RoundTripper) (*http.Response, error) {
		other := next.(*http.Transport).Clone()
		other.TLSClientConfig = &tls.Config{RootCAs: x509.NewCertPool()}
		defer other.CloseIdleConnections()
		return other.RoundTrip(r)
	}},
	{name: "idle connections were closed", whole: true, recovers: true, causes: causeEnded, way: func(x *cell, r *http.Request, next http.RoundTripper) (*http.Response, error) {
		x.cutConnections()
		return next.RoundTrip(r)
	}},
	{name: "the server is down for a while", whole: true, recovers: true, causes: []string{"connection refused", "the connection ended"}, way: func(x *cell, r *http.Request, next http.RoundTripper) (*http.Response, error) {
		x.world.s.Down(true)
		x.later(15*time.Second, func() { x.world.s.Down(false) })
		return next.RoundTrip(r)
	}},
	{name: "a body without end or length", whole: true, recovers: true, causes: []string{"does not say where it ends"}, way: func(_ *cell, r *http.Request, next http.RoundTripper) (*http.Response, error) {
		resp, err := next.RoundTrip(r)
		if err == nil {
			resp.ContentLength, resp.TransferEncoding = -1, nil
			if resp.Header.Get("Content-Encoding") == "gzip" {
				resp.Header.Del("Content-Encoding") // its own end would count
			}
		}
		return resp, err
	}},
	{name: "no token", whole: true, causes: []string{"Config.Token failed"}, arm: func(x *cell) { x.tokenFails = errors.New(secretWords) }},
	{name: "no way to the token", whole: true, recovers: true, causes: []string{"Config.Token could not reach"}, arm: func(x *cell) { x.tokenFails = dialing(errors.New(secretWords)) }},
	{name: "no token in time", whole: true, recovers: true, slow: true, causes: []string{"no complete answer within"}, arm: func(x *cell) { x.tokenFails = context.DeadlineExceeded }},
}

func dialing(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }

func unsent(name string, recovers bool, cause string, err error) trouble {
	return trouble{name: name, whole: true, recovers: recovers, causes: []string{cause}, way: func(_ *cell, r *http.Request, _ http.RoundTripper) (*http.Response, error) {
		if r.Body != nil {
			_ = r.Body.Close()
		}
		return nil, err
	}}
}
