package graphconn

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/readdress-go/readdress/internal/graphtest"
)

// listen notes the protocols of answers.
type listen struct {
	base   http.RoundTripper
	protos map[int]int
}

func (l *listen) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := l.base.RoundTrip(r)
	if err == nil {
		l.protos[resp.ProtoMajor]++
	}
	return resp, err
}

// TestOwnTransport speaks HTTP/2 with a server that offers it, and HTTP/1.1 otherwise, by the transport that nil Config.HTTPClient stands for.
func TestOwnTransport(t *testing.T) {
	for _, tt := range []struct {
		offers bool
		want   int
	}{{true, 2}, {false, 1}} {
		s := graphtest.StartTCP(t, &graphtest.Options{HTTP2: tt.offers})
		token := s.Token(graphtest.OrganizationReadAll)
		p, err := Cloud{Root: s.URL()}.pin()
		must(t, err)
		own := newClient(nil, p, 4)
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(s.CertPEM())
		tr := own.Transport.(*http.Transport)
		tr.TLSClientConfig = &tls.Config{RootCAs: roots}
		t.Cleanup(tr.CloseIdleConnections)
		l := &listen{tr, map[int]int{}}
		c, err := New(Config{
			Cloud: Cloud{Name: "Test", Root: s.URL()}, HTTPClient: &http.Client{Transport: l}, Token: func(context.Context) (string, error) { return token, nil },
		}, nil)
		must(t, err)
		if d, err := c.Inspect(t.Context()); err != nil || d.Pin != s.TenantID() {
			t.Errorf("inspected %+v, %v", d, err)
		}
		if l.protos[tt.want] != 1 || len(l.protos) != 1 {
			t.Errorf("offers %t: protocols %v", tt.offers, l.protos)
		}
	}
}

// lost is a connection of which nothing arrives any more, from when it is lost on, and nothing says so: a firewall forgot it.
type lost struct {
	net.Conn
	gone   *atomic.Bool
	closed chan struct{}
	once   sync.Once
}

func (l *lost) Read(b []byte) (int, error) {
	n, err := l.Conn.Read(b)
	if l.gone.Load() {
		<-l.closed
		return 0, net.ErrClosed
	}
	return n, err
}

func (l *lost) Write(b []byte) (int, error) {
	if l.gone.Load() {
		return len(b), nil
	}
	return l.Conn.Write(b)
}

func (l *lost) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Conn.Close()
}

// TestLostConnection asks on another connection when one was lost, instead of trying that one again and again.
func TestLostConnection(t *testing.T) {
	for _, h2 := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			s := graphtest.Start(t, &graphtest.Options{HTTP2: h2})
			p, err := Cloud{Root: s.URL()}.pin()
			must(t, err)
			tr := newClient(nil, p, 4).Transport.(*http.Transport)
			theirs := s.Client().Transport.(*http.Transport)
			tr.TLSClientConfig = theirs.TLSClientConfig
			var dials atomic.Int64
			gone := new(atomic.Bool)
			tr.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
				conn, err := theirs.DialContext(ctx, network, addr)
				if err != nil || dials.Add(1) > 1 {
					return conn, err
				}
				return &lost{Conn: conn, gone: gone, closed: make(chan struct{})}, nil
			}
			t.Cleanup(tr.CloseIdleConnections)
			token := s.Token(graphtest.OrganizationReadAll)
			c, err := New(Config{
				Cloud: Cloud{Name: "Test", Root: s.URL()}, HTTPClient: &http.Client{Transport: tr},
				Token: func(context.Context) (string, error) { return token, nil },
			}, nil)
			must(t, err)
			_, err = c.Inspect(t.Context())
			must(t, err)
			gone.Store(true)
			began := time.Now()
			_, err = c.Inspect(t.Context())
			if d := time.Since(began); err != nil || d > 2*time.Minute || dials.Load() != 2 {
				t.Errorf("HTTP/2 %t: %v after %s and %d connections", h2, err, d, dials.Load())
			} else {
				t.Logf("HTTP/2 %t: %s", h2, d)
			}
		})
	}
}
