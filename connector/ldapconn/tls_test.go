package ldapconn_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// authority signs certificates for one test.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

func newAuthority(t testing.TB) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	tmpl := certificateFor("authority")
	tmpl.IsCA, tmpl.BasicConstraintsValid, tmpl.KeyUsage = true, true, x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	must(t, err)
	cert, err := x509.ParseCertificate(der)
	must(t, err)
	a := authority{cert, key, x509.NewCertPool()}
	a.pool.AddCert(cert)
	return a
}

func certificateFor(name string) *x509.Certificate {
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-48 * time.Hour), NotAfter: now.Add(time.Hour),
	}
}

// issue makes a server certificate for localhost, 127.0.0.1 and dc1.source.example, with a change.
func (a authority) issue(t testing.TB, change func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	tmpl := certificateFor("dc1.source.example")
	tmpl.DNSNames, tmpl.IPAddresses = []string{"dc1.source.example", "localhost"}, []net.IP{net.IPv4(127, 0, 0, 1)}
	tmpl.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	if change != nil {
		change(tmpl)
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.cert, &key.PublicKey, a.key)
	must(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// serveListener serves connections until the test ends. ended is closed after the first one.
func serveListener(t testing.TB, l net.Listener, serve func(net.Conn)) (ended <-chan struct{}) {
	t.Helper()
	first, all := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(all)
		for n := 0; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.SetDeadline(time.Now().Add(20 * time.Second))
			serve(c)
			_ = c.Close()
			if n == 0 {
				close(first)
			}
		}
	}()
	t.Cleanup(func() {
		must(t, l.Close())
		<-all
	})
	return first
}

// serveTLS is a server that lets serve speak inside TLS, after a StartTLS that it agrees to where asked.
func serveTLS(t testing.TB, cfg *tls.Config, startTLS bool, serve func(net.Conn)) (addr string, ended <-chan struct{}) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	return l.Addr().String(), serveListener(t, l, func(c net.Conn) {
		if startTLS {
			p, err := ber.ReadPacket(c)
			if err != nil || len(p.Children) < 2 {
				return
			}
			id, _ := p.Children[0].Value.(int64)
			if _, err := c.Write(result(id, ldap.ApplicationExtendedResponse, 0)); err != nil {
				return
			}
		}
		secure := tls.Server(c, cfg)
		if secure.Handshake() == nil {
			serve(secure)
		}
	})
}

// TestTLS: the certificate and the version are checked by LDAPS and StartTLS alike, and nothing is said before that.
func TestTLS(t *testing.T) {
	ours, other := newAuthority(t), newAuthority(t)
	good := ours.issue(t, nil)
	as := func(reason x509.InvalidReason) func(error) bool {
		return func(err error) bool {
			e, ok := errors.AsType[x509.CertificateInvalidError](err)
			return ok && e.Reason == reason
		}
	}
	unknown := func(err error) bool { _, ok := errors.AsType[x509.UnknownAuthorityError](err); return ok }
	wrongName := func(err error) bool { _, ok := errors.AsType[x509.HostnameError](err); return ok }
	whatever := func(err error) bool { return err != nil }
	for _, tt := range []struct {
		name   string
		server *tls.Config
		client *tls.Config
		at     string           // the name it is reached by; empty means 127.0.0.1
		wrong  func(error) bool // nil when it must work
		reason string
	}{
		{"custom authority", &tls.Config{Certificates: []tls.Certificate{good}}, &tls.Config{RootCAs: ours.pool}, "", nil, "by address"},
		{"custom authority, by name", &tls.Config{Certificates: []tls.Certificate{good}}, &tls.Config{RootCAs: ours.pool}, "dc1.source.example", nil, "the name in Config.Server is the one that counts"},
		{"other name in Config.TLS", &tls.Config{Certificates: []tls.Certificate{good}}, &tls.Config{RootCAs: ours.pool, ServerName: "localhost"}, "vip.source.example", nil, "unless Config.TLS has one"},
		{"TLS 1.2", &tls.Config{Certificates: []tls.Certificate{good}, MaxVersion: tls.VersionTLS12}, &tls.Config{RootCAs: ours.pool}, "", nil, "is the least"},
		{"no configuration", &tls.Config{Certificates: []tls.Certificate{good}}, nil, "", unknown, "then the system's authorities count"},
		{"unknown authority", &tls.Config{Certificates: []tls.Certificate{good}}, &tls.Config{RootCAs: other.pool}, "", unknown, ""},
		{"self-signed", &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{ours.cert.Raw}, PrivateKey: ours.key}}}, &tls.Config{RootCAs: other.pool}, "", whatever, ""},
		{"other host", &tls.Config{Certificates: []tls.Certificate{good}}, &tls.Config{RootCAs: ours.pool}, "dc2.source.example", wrongName, "a good certificate of another host"},
		{"expired", &tls.Config{Certificates: []tls.Certificate{ours.issue(t, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) })}}, &tls.Config{RootCAs: ours.pool}, "", as(x509.Expired), ""},
		{"not yet valid", &tls.Config{Certificates: []tls.Certificate{ours.issue(t, func(c *x509.Certificate) { c.NotBefore = time.Now().Add(30 * time.Minute) })}}, &tls.Config{RootCAs: ours.pool}, "", as(x509.Expired), "the same reason in x509"},
		{"for clients", &tls.Config{Certificates: []tls.Certificate{ours.issue(t, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} })}}, &tls.Config{RootCAs: ours.pool}, "", as(x509.IncompatibleUsage), "a client's certificate is no server's"},
		{"TLS 1.1", &tls.Config{Certificates: []tls.Certificate{good}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, &tls.Config{RootCAs: ours.pool}, "", whatever, "too old"},
	} {
		for _, security := range []ldapconn.Security{ldapconn.LDAPS, ldapconn.StartTLS} {
			t.Run(tt.name+", "+security.String(), func(t *testing.T) {
				s := &talk{}
				addr, ended := serveTLS(t, tt.server, security == ldapconn.StartTLS, s.serve)
				cfg := ldapconn.Config{Server: addr, Security: security, TLS: tt.client, User: "reader", Password: "hunter2"}
				opts := &ldapconn.Options{Timeout: 5 * time.Second}
				if tt.at != "" {
					cfg.Server = tt.at
					opts.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
						return new(net.Dialer).DialContext(ctx, network, addr)
					}
				}
				_, err := ldapconn.Open(t.Context(), cfg, opts)
				<-ended
				e, ok := errors.AsType[*ldapconn.Error](err) // in any case: this server answers nothing
				switch {
				case !ok:
					t.Fatalf("Open: %v", err)
				case tt.wrong == nil:
					if e.Op != "bind" || !slices.Equal(s.got, []string{`bind v3 name "reader"`}) {
						t.Errorf("it failed at %q, with %v, when %q was said; %s", e.Op, err, s.got, tt.reason)
					}
				case e.Op != "TLS" || !tt.wrong(err) || len(s.got) > 0:
					t.Errorf("it failed at %q, with %v, when %q was said; %s", e.Op, err, s.got, tt.reason)
				}
				if tt.client != nil && tt.client.ServerName == "" && cfg.TLS.ServerName != "" || tt.client != nil && tt.client.MinVersion != 0 {
					t.Error("the caller's configuration was changed")
				}
			})
		}
	}
}

// TestTLSFallback: a server that will not encrypt gets no password, whatever it says instead.
func TestTLSFallback(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault ldaptest.Fault
		code  uint16
		says  string
	}{
		{"protocol error", ldaptest.Fault{Do: ldaptest.Refuse, Code: 2}, 2, "LDAP result code 2"},
		{"unavailable", ldaptest.Fault{Do: ldaptest.Refuse, Code: 52}, 52, "LDAP result code 52"},
		{"unwilling", ldaptest.Fault{Do: ldaptest.Refuse, Code: 53}, 53, "LDAP result code 53"},
		{"referral", ldaptest.Fault{Do: ldaptest.Refuse, Code: 10, Referrals: []string{"ldap://127.0.0.1:1/"}}, 10, "LDAP result code 10"},
		{"garbage", ldaptest.Fault{Do: ldaptest.Garbage}, 0, ""},
		{"wrong message ID", ldaptest.Fault{Do: ldaptest.WrongMessageID}, 0, ""},
		{"cut", ldaptest.Fault{Do: ldaptest.Cut}, 0, ""},
		{"notice", ldaptest.Fault{Do: ldaptest.Notice}, 0, ""},
		{"hang", ldaptest.Fault{Do: ldaptest.Hang}, 0, "no complete answer within"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := ldaptest.Run(t, ldaptest.Config{Record: true})
			tt.fault.Op, tt.fault.Text = ldaptest.StartTLS, "hunter2"
			f.SetFaults(tt.fault)
			_, err := ldapconn.Open(t.Context(), ldapconn.Config{
				Server: f.DCs[0].Addr, Security: ldapconn.StartTLS, TLS: &tls.Config{RootCAs: f.Roots}, User: f.UPN(ldaptest.Reader), Password: ldaptest.Password,
			}, &ldapconn.Options{Timeout: 500 * time.Millisecond})
			e, ok := errors.AsType[*ldapconn.Error](err)
			if !ok || e.Op != "StartTLS" || e.Code != tt.code || !strings.Contains(err.Error(), tt.says) || errors.Is(err, refresh.ErrCredentials) {
				t.Errorf("Open: %v, want a failed StartTLS with code %d", err, tt.code)
			}
			noneOpen(t, f)
			if n := f.DCs[0].Struck(); n != 1 {
				t.Errorf("the fault struck %d times", n)
			}
			for _, r := range f.Requests() {
				if r.Op != ldaptest.StartTLS {
					t.Errorf("after StartTLS failed the server got %v by %q", r.Op, r.Name)
				}
			}
		})
	}
}

// TestTLSAnswer: what answers StartTLS with nonsense is not quoted, and nonsense is not success.
func TestTLSAnswer(t *testing.T) {
	for name, answer := range map[string]string{
		"a time that is none":      "\x30\x0a\x02\x01\x01\x18\x05words",
		"a code of nine bytes":     "\x30\x14\x02\x01\x01\x78\x0f\x0a\x09\x01\x01\x01\x01\x01\x01\x01\x01\x01\x04\x00\x04\x00",
		"a code without bytes":     "\x30\x0b\x02\x01\x01\x78\x06\x0a\x00\x04\x00\x04\x00",
		"an announcement of close": "\x30\x0c\x02\x01\x00\x78\x07\x0a\x01\x34\x04\x00\x04\x00",
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			must(t, err)
			s := &talk{answers: map[string]func(int64) []byte{"extended 1.3.6.1.4.1.1466.20037": func(int64) []byte { return []byte(answer) }}}
			serveListener(t, l, s.serve)
			_, err = ldapconn.Open(t.Context(), ldapconn.Config{Server: l.Addr().String(), Security: ldapconn.StartTLS, User: "reader", Password: "hunter2"}, &ldapconn.Options{Timeout: 5 * time.Second})
			if e, ok := errors.AsType[*ldapconn.Error](err); !ok || e.Op != "StartTLS" || strings.Contains(err.Error(), "words") {
				t.Errorf("Open: %v", err)
			}
		})
	}
}

// TestTLSLater: a connector that must connect again checks again.
func TestTLSLater(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{People: ldaptest.People(1, ldaptest.DefaultDomain), Record: true})
	target := f.DCs[0].TLSAddr
	c := open(t, ldapconn.Config{Server: "localhost", TLS: &tls.Config{RootCAs: f.Roots}, User: f.UPN(ldaptest.Reader), Password: ldaptest.Password},
		&ldapconn.Options{Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, target)
		}})
	s := &talk{}
	target, _ = serveTLS(t, &tls.Config{Certificates: []tls.Certificate{newAuthority(t).issue(t, nil)}}, false, s.serve)
	f.DCs[0].Drop()
	noneOpen(t, f)
	got, err := resolve(t.Context(), t, c, refresh.ID(f.IDs()[0]))
	if n := count(got); n.Found+n.NotFound > 0 {
		t.Errorf("%+v", n)
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](errors.Join(err, got[0].Err())); !ok {
		t.Errorf("%v, %v; want the unknown authority", err, got[0].Err())
	}
	if len(s.got) > 0 {
		t.Errorf("the impostor was told %q", s.got)
	}
}
