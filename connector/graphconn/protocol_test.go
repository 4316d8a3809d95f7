package graphconn

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"testing"

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
