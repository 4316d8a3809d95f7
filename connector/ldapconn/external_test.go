package ldapconn_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// TestExternal: the client certificate is who reads.
func TestExternal(t *testing.T) {
	for _, tt := range []struct {
		name     string
		system   ldaptest.System
		security ldapconn.Security
	}{
		{"Active Directory, StartTLS", ldaptest.ActiveDirectory, ldapconn.StartTLS},
		{"OpenLDAP, LDAPS", ldaptest.OpenLDAP, ldapconn.LDAPS},
		{"OpenLDAP, StartTLS", ldaptest.OpenLDAP, ldapconn.StartTLS},
		{"389 Directory Server, LDAPS", ldaptest.Directory389, ldapconn.LDAPS},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := saslForest(t, ldaptest.Config{System: tt.system}, honest)
			cfg := externalConfig(t, f, ldaptest.Reader)
			if cfg.Security = tt.security; tt.security == ldapconn.StartTLS {
				cfg.Server = f.DCs[0].Addr
			}
			c := open(t, cfg, nil)
			if got, err := resolve(t.Context(), t, c, refresh.ID(f.IDs()[0])); err != nil || count(got).Found != 1 {
				t.Errorf("Resolve: %v, %s", err, word(got[0]))
			}
			if who := acting(f); !slices.Equal(who, []ldaptest.Account{ldaptest.Reader}) {
				t.Errorf("searched as %q, want the reader alone", who)
			}
		})
	}
}

func externalConfig(t testing.TB, f *ldaptest.Forest, account ldaptest.Account) ldapconn.Config {
	t.Helper()
	cert, err := f.ClientCertificate(account)
	must(t, err)
	return ldapconn.Config{
		Server: f.DCs[0].TLSAddr, TLS: &tls.Config{RootCAs: f.Roots, Certificates: []tls.Certificate{cert}}, SASL: ldapconn.External,
	}
}

// TestExternalRefused: without a certificate that the server knows nobody reads.
func TestExternalRefused(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(f *ldaptest.Forest, cfg *ldapconn.Config, opts *ldapconn.Options)
		is     error
		says   string
		sent   bool // something reaches the server
		reason string
	}{
		{"no certificate", func(_ *ldaptest.Forest, cfg *ldapconn.Config, _ *ldapconn.Options) { cfg.TLS.Certificates = nil }, refresh.ErrCredentials, "LDAP result code 49", true, "the server says so"},
		{"locked account", func(f *ldaptest.Forest, _ *ldapconn.Config, _ *ldapconn.Options) {
			f.SetState(ldaptest.Reader, ldaptest.Locked)
		}, refresh.ErrCredentials, "LDAP result code 49", true, "the certificate is good, the account is not"},
		{"clear text", func(f *ldaptest.Forest, cfg *ldapconn.Config, opts *ldapconn.Options) {
			cfg.Server, opts.InsecureClearText = f.DCs[0].Addr, true
		}, nil, "EXTERNAL needs TLS", false, "there is no certificate without TLS"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := saslForest(t, ldaptest.Config{}, honest)
			cfg, opts := externalConfig(t, f, ldaptest.Reader), ldapconn.Options{}
			tt.change(f, &cfg, &opts)
			_, err := ldapconn.Open(t.Context(), cfg, &opts)
			if err == nil || !strings.Contains(err.Error(), tt.says) || tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("Open: %v, want %q; %s", err, tt.says, tt.reason)
			}
			noneOpen(t, f)
			if n := f.Counts(); n.Searches() != 0 || (len(n.Ops) > 0) != tt.sent {
				t.Errorf("the server was asked %v", n.Ops)
			}
		})
	}
}

// talk is what a scripted server got, as text, and what it answers: every request that it has an answer for is answered
// with it, the first other one ends the connection.
type talk struct {
	answers map[string]func(id int64) []byte
	got     []string
	ids     []int64
}

func (s *talk) serve(c net.Conn) {
	for {
		p, err := ber.ReadPacket(c)
		if err != nil || len(p.Children) < 2 {
			return
		}
		id, _ := p.Children[0].Value.(int64)
		what := describeRequest(p.Children[1])
		s.got, s.ids = append(s.got, what), append(s.ids, id)
		answer := s.answers[what]
		if answer == nil {
			return
		}
		if _, err := c.Write(answer(id)); err != nil {
			return
		}
	}
}

// describeRequest tells what a request is, with absent and empty credentials apart.
func describeRequest(op *ber.Packet) string {
	switch op.Tag {
	case ldap.ApplicationSearchRequest:
		return "search"
	case ldap.ApplicationExtendedRequest:
		return "extended " + op.Children[0].Data.String()
	case ldap.ApplicationBindRequest:
		what := fmt.Sprintf("bind v%v name %q", op.Children[0].Value, op.Children[1].Value)
		for _, x := range op.Children[2].Children {
			what += fmt.Sprintf(" %q", x.Value)
		}
		return what
	}
	return fmt.Sprint("operation ", op.Tag)
}

// extendedResult answers Who am I?
func extendedResult(id int64, code int, who string) []byte {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationExtendedResponse, nil, "")
	op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, code, ""))
	op.AppendChild(text(""))
	op.AppendChild(text(""))
	op.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 11, who, ""))
	return message(id, op)
}

func bindResult(code int) func(id int64) []byte {
	return func(id int64) []byte { return result(id, ldap.ApplicationBindResponse, code) }
}

const askWho = "extended 1.3.6.1.4.1.4203.1.11.3"

// TestExternalWire: what is said before the first search. Active Directory binds an LDAPS connection at the sight of the
// certificate and refuses EXTERNAL then (MS-ADTS section 5.1.1.2), so it is asked first.
func TestExternalWire(t *testing.T) {
	const bind = `bind v3 name "" "EXTERNAL" ""`
	who := func(code int, who string) func(id int64) []byte {
		return func(id int64) []byte { return extendedResult(id, code, who) }
	}
	for _, tt := range []struct {
		name    string
		answers map[string]func(id int64) []byte
		want    []string
		reason  string
	}{
		{"bound by the certificate", map[string]func(int64) []byte{askWho: who(0, `u:SOURCE\reader`), bind: bindResult(7)}, []string{askWho, "search"}, "Active Directory over LDAPS"},
		{"nobody yet", map[string]func(int64) []byte{askWho: who(0, ""), bind: bindResult(0)}, []string{askWho, bind, "search"}, "OpenLDAP, and Active Directory after StartTLS"},
		{"nobody, as a DN", map[string]func(int64) []byte{askWho: who(0, "dn:"), bind: bindResult(0)}, []string{askWho, bind, "search"}, "the empty DN is nobody"},
		{"does not say", map[string]func(int64) []byte{askWho: who(2, "dn:cn=reader"), bind: bindResult(0)}, []string{askWho, bind, "search"}, "not every server knows the question; a refusal says nothing of who"},
		{"asks for more", map[string]func(int64) []byte{askWho: who(0, ""), bind: bindResult(14)}, slices.Concat([]string{askWho}, slices.Repeat([]string{bind}, 16)), "an empty challenge is answered with the identity again; not for ever"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &talk{answers: tt.answers}
			ca := newAuthority(t)
			addr, ended := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.issue(t, nil)}}, false, s.serve)
			_, err := ldapconn.Open(t.Context(), ldapconn.Config{Server: addr, TLS: &tls.Config{RootCAs: ca.pool}, SASL: ldapconn.External}, &ldapconn.Options{Timeout: 5 * time.Second})
			if err == nil {
				t.Fatal("Open succeeded")
			}
			<-ended
			if diff := cmp.Diff(tt.want, s.got); diff != "" {
				t.Errorf("said (-want +got):\n%s(%s)", diff, tt.reason)
			}
			for i, id := range s.ids {
				if s.got[i] != "search" && slices.Contains(s.ids[:i], id) {
					t.Errorf("message IDs %v", s.ids)
				}
			}
		})
	}
}

// TestExternalOther: a mechanism that goes by the same name may ask for another identity, so it is not taken for done.
func TestExternalOther(t *testing.T) {
	s := &talk{answers: map[string]func(int64) []byte{`bind v3 name "" "EXTERNAL" "dn:cn=other"`: bindResult(0)}}
	ca := newAuthority(t)
	addr, ended := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.issue(t, nil)}}, false, s.serve)
	_, _ = ldapconn.Open(t.Context(), ldapconn.Config{Server: addr, TLS: &tls.Config{RootCAs: ca.pool}, SASL: func(context.Context, string, *tls.ConnectionState) (ldapconn.Mechanism, error) {
		return &scripted{name: "EXTERNAL", step: func(context.Context, int, []byte) ([]byte, error) { return []byte("dn:cn=other"), nil }, finish: func([]byte) error { return nil }}, nil
	}}, &ldapconn.Options{Timeout: 5 * time.Second})
	<-ended
	if want := []string{`bind v3 name "" "EXTERNAL" "dn:cn=other"`, "search"}; !slices.Equal(s.got, want) {
		t.Errorf("said %q, want %q", s.got, want)
	}
}

// TestSASLWire: absent and empty credentials are not the same.
func TestSASLWire(t *testing.T) {
	s := &talk{answers: map[string]func(int64) []byte{
		`bind v3 name "" "X-WIRE"`:    bindResult(14),
		`bind v3 name "" "X-WIRE" ""`: bindResult(0),
	}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	ended := serveListener(t, l, s.serve)
	_, _ = ldapconn.Open(t.Context(), ldapconn.Config{Server: l.Addr().String(), SASL: func(_ context.Context, _ string, state *tls.ConnectionState) (ldapconn.Mechanism, error) {
		if state != nil {
			t.Error("clear text has a TLS state")
		}
		return &scripted{name: "X-WIRE", step: func(_ context.Context, n int, _ []byte) ([]byte, error) {
			if n == 0 {
				return nil, nil
			}
			return []byte{}, nil
		}, finish: func([]byte) error { return nil }}, nil
	}}, &ldapconn.Options{InsecureClearText: true, Timeout: 5 * time.Second})
	<-ended
	if want := []string{`bind v3 name "" "X-WIRE"`, `bind v3 name "" "X-WIRE" ""`, "search"}; !slices.Equal(s.got, want) {
		t.Errorf("said %q, want %q", s.got, want)
	}
}

func TestServerEndPoint(t *testing.T) {
	for alg, want := range map[x509.SignatureAlgorithm]string{
		x509.MD5WithRSA: sha256OfCert, x509.SHA1WithRSA: sha256OfCert, x509.ECDSAWithSHA1: sha256OfCert,
		x509.SHA256WithRSA: sha256OfCert, x509.SHA256WithRSAPSS: sha256OfCert, x509.ECDSAWithSHA256: sha256OfCert,
		x509.SHA384WithRSA: sha384OfCert, x509.SHA384WithRSAPSS: sha384OfCert, x509.ECDSAWithSHA384: sha384OfCert,
		x509.SHA512WithRSA: sha512OfCert, x509.SHA512WithRSAPSS: sha512OfCert, x509.ECDSAWithSHA512: sha512OfCert,
		x509.PureEd25519: "", x509.UnknownSignatureAlgorithm: "",
	} {
		state := &tls.ConnectionState{PeerCertificates: []*x509.Certificate{{Raw: []byte("certificate"), SignatureAlgorithm: alg}, {Raw: []byte("its issuer")}}}
		got, err := ldapconn.ServerEndPoint(state)
		if fmt.Sprintf("%x", got) != want || (err == nil) != (want != "") {
			t.Errorf("%v: %x, %v; want %s", alg, got, err, want)
		}
	}
	for _, state := range []*tls.ConnectionState{nil, {}} {
		if got, err := ldapconn.ServerEndPoint(state); err == nil {
			t.Errorf("without a certificate: %x", got)
		}
	}
}

// The hashes of "certificate", by sha256sum, sha384sum and sha512sum.
const (
	sha256OfCert = "03d66dd08835c1ca3f128cceacd1f31ac94163096b20f445ae84285bc0832d72"
	sha384OfCert = "e6c15e58c149c828fb5f13609c3f8d4d4fee3bc69e6ff93bfaabc8bbf2f64560641e6d4818e5c76349512951201af82a"
	sha512OfCert = "3d9e7bd9a4cb0b591c367461e6e8f625181d65bd6f45c1695de3c4e5f1a6b2dc5be58e8f22f9d8e7d16057adef058743ce9b22dd7d33f3db6374c05be0efd982"
)
