package graphconn

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/readdress-go/readdress/internal/memnet"
)

// The tests' token and address; nothing may print them.
const (
	secretToken = "eyJ0eXAi.t0psecret-Token_1"
	someAddress = "sought.person@source.example"
)

// wire is a listener whose connections are in memory, so that a testing/synctest bubble has its own time.
type wire struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (w *wire) Accept() (net.Conn, error) {
	select {
	case c := <-w.conns:
		return c, nil
	case <-w.closed:
		return nil, net.ErrClosed
	}
}
func (w *wire) Close() error   { w.once.Do(func() { close(w.closed) }); return nil }
func (w *wire) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 443} }

func (w *wire) dial(context.Context, string, string) (net.Conn, error) {
	a, b := memnet.Pipe()
	select {
	case w.conns <- b:
		return a, nil
	case <-w.closed:
		return nil, net.ErrClosed
	}
}

// fake is a Graph of which a test says what it answers. Its root is https://example.com.
type fake struct {
	*testing.T
	client *http.Client
	log    bytes.Buffer
	mu     sync.Mutex
	tokens []string // handed out, with "!" before those that were asked for by a challenge
	seen   []seen
	start  time.Time
}

// seen is a request that arrived.
type seen struct {
	at     time.Duration // since the start
	method string
	url    string
	header http.Header
	body   string
}

// serve starts a fake. It ends with the test.
func serve(t *testing.T, do http.HandlerFunc) *fake {
	t.Helper()
	f := &fake{T: t, start: time.Now()}
	w := &wire{conns: make(chan net.Conn), closed: make(chan struct{})}
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		f.mu.Lock()
		f.seen = append(f.seen, seen{time.Since(f.start), r.Method, r.URL.String(), r.Header, string(body)})
		f.mu.Unlock()
		do(rw, r)
	}))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	_ = srv.Listener.Close()
	srv.Listener = w
	srv.StartTLS()
	f.client = srv.Client()
	f.client.Transport.(*http.Transport).DialContext = w.dial
	f.client.Transport.(*http.Transport).MaxIdleConnsPerHost = 64
	t.Cleanup(func() {
		f.client.CloseIdleConnections()
		srv.Close()
	})
	return f
}

// connect returns a connector to the fake.
func (f *fake) connect(opts *Options, change ...func(*Config)) *Connector {
	f.Helper()
	o := Options{}
	if opts != nil {
		o = *opts
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewJSONHandler(&lockedWriter{f: f}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	cfg := Config{Cloud: Cloud{Name: "Fake", Root: "https://example.com"}, HTTPClient: f.client, Token: f.token}
	for _, c := range change {
		c(&cfg)
	}
	c, err := New(cfg, &o)
	if err != nil {
		f.Fatal(err)
	}
	return c
}

// token is the same one always, and tells of challenges.
func (f *fake) token(ctx context.Context) (string, error) {
	claims, rejected := Challenge(ctx)
	f.mu.Lock()
	defer f.mu.Unlock()
	if rejected {
		f.tokens = append(f.tokens, "!"+claims)
		return secretToken + "-renewed", nil
	}
	f.tokens = append(f.tokens, "")
	return secretToken, nil
}

type lockedWriter struct{ f *fake }

func (w *lockedWriter) Write(p []byte) (int, error) {
	w.f.mu.Lock()
	defer w.f.mu.Unlock()
	return w.f.log.Write(p)
}

// requests are those that arrived so far.
func (f *fake) requests() []seen {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]seen(nil), f.seen...)
}

// times are when they arrived.
func (f *fake) times() (at []time.Duration) {
	for _, s := range f.requests() {
		at = append(at, s.at)
	}
	return at
}

// reply answers with JSON.
func reply(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json;odata.metadata=minimal;charset=utf-8")
	w.Header().Set("request-id", "11111111-2222-3333-4444-555555555555")
	w.WriteHeader(status)
	_, _ = w.Write(b)
}

// refuse answers with Graph's way of refusing; what it says repeats everything that must not be printed.
func refuse(w http.ResponseWriter, status int, code string) {
	reply(w, status, map[string]any{"error": map[string]any{"code": code, "message": "no, " + someAddress + " " + secretToken}})
}

// value is a page.
func value(elems ...string) map[string]any {
	out := []map[string]string{}
	for _, e := range elems {
		out = append(out, map[string]string{"id": e})
	}
	return map[string]any{"value": out}
}

// get is the question that tests ask.
func get(path string) request { return request{op: "test", method: "GET", path: path, units: 1} }

// statusOf is the status in an error, -1 when it has none.
func statusOf(err error) int {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Status
	}
	return -1
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// between fails unless a duration is in a range.
func between(t testing.TB, what string, got, low, high time.Duration) {
	t.Helper()
	if got < low || got > high {
		t.Errorf("%s: %v, want %v to %v", what, got, low, high)
	}
}
