package ldapconn_test

import (
	"testing"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// TestNothingIsWritten: whatever is called, the servers see binds, searches and TLS, and nothing that could change them.
func TestNothingIsWritten(t *testing.T) {
	for _, system := range []ldaptest.System{ldaptest.ActiveDirectory, ldaptest.OpenLDAP, ldaptest.Directory389} {
		people := ldaptest.People(60, "source.example")
		for i := range people {
			people[i].ID = "" // each system has its own form
		}
		f := ldaptest.Run(t, ldaptest.Config{System: system, Record: true, People: people})
		gone := f.IDs()[3]
		must(t, f.Delete(gone))
		for _, account := range []ldaptest.Account{ldaptest.Admin, ldaptest.Reader, ldaptest.Blind, ldaptest.Veiled} {
			for _, cfg := range []ldapconn.Config{
				{Server: f.DCs[0].TLSAddr},
				{Server: f.DCs[0].Addr, Security: ldapconn.StartTLS},
			} {
				cfg.User, cfg.Password, cfg.TLS = f.DN(account), ldaptest.Password, forestConfig(f, account).TLS
				c := open(t, cfg, nil)
				_, err := resolve(t.Context(), t, c, append(asIDs(f.IDs()), refresh.ID(gone))...)
				must(t, err)
				if account == ldaptest.Admin && cfg.Security == ldapconn.LDAPS {
					must(t, c.Confirm(t.Context(), asIDs(f.IDs()[:2]), func(int, refresh.Lookup) {}))
				}
				must(t, c.Find(t.Context(), []refresh.Address{"user000001@source.example"}, func(int, refresh.Finding) {}))
				for range c.List(t.Context()) { // an error is fine, too
				}
				_, _ = c.Inspect(t.Context())
			}
		}
		allowed := map[ldaptest.Op]bool{ldaptest.Bind: true, ldaptest.Search: true, ldaptest.StartTLS: true, ldaptest.Unbind: true}
		seen := 0
		for _, r := range f.Requests() {
			seen++
			if !allowed[r.Op] {
				t.Errorf("%v: a request of kind %v, %s", system, r.Op, r.Name)
			}
		}
		if n := f.Counts().Writes(); n != 0 || seen == 0 {
			t.Errorf("%v: %d attempts to write among %d requests", system, n, seen)
		}
	}
}
