package ldapconn_test

import (
	"crypto/tls"
	"testing"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/slapdtest"
	"github.com/readdress-go/readdress/refresh"
)

// TestExternalSlapd: a real server takes the client certificate, over LDAPS and after StartTLS.
func TestExternalSlapd(t *testing.T) {
	people := slapdtest.People(2, "source.example")
	s := slapdtest.Run(t, slapdtest.Config{People: people})
	cert, err := s.ClientCertificate(slapdtest.Reader)
	must(t, err)
	for _, cfg := range []ldapconn.Config{
		{Server: s.TLSAddr, SASL: ldapconn.External},
		{Server: s.Addr, SASL: ldapconn.External, Security: ldapconn.StartTLS},
	} {
		cfg.TLS = &tls.Config{RootCAs: s.Roots, Certificates: []tls.Certificate{cert}}
		c := open(t, cfg, nil)
		if got, err := resolve(t.Context(), t, c, idsOf(people)...); err != nil || count(got).Found != 2 {
			t.Errorf("%v: Resolve: %v, %+v", cfg.Security, err, count(got))
		}
		cfg.TLS = &tls.Config{RootCAs: s.Roots}
		if _, err := ldapconn.Open(t.Context(), cfg, nil); err == nil {
			t.Errorf("%v: Open succeeded without a certificate", cfg.Security)
		}
		blind, err := s.ClientCertificate(slapdtest.Blind)
		must(t, err)
		cfg.TLS = &tls.Config{RootCAs: s.Roots, Certificates: []tls.Certificate{blind}}
		if got, err := resolve(t.Context(), t, open(t, cfg, nil), refresh.ID(people[0].ID)); count(got).Found != 0 {
			t.Errorf("%v: the blind reader found a mailbox (%v): the certificate does not say who reads", cfg.Security, err)
		}
	}
}
