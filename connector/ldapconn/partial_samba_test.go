package ldapconn

import (
	"crypto/tls"
	"errors"
	"testing"

	"github.com/readdress-go/readdress/internal/sambatest"
)

// TestCatalogPartialSamba: an ordinary reader of a real schema finds the usual attributes in the catalog, and one that is not.
func TestCatalogPartialSamba(t *testing.T) {
	s := sambatest.Run(t, sambatest.Config{})
	for _, tt := range []struct {
		name  string
		attrs Attributes
		lacks string
	}{
		{"presets, which Exchange has not put there", Attributes{}, "proxyAddresses"},
		{"mail alone", Attributes{Addresses: "-"}, ""},
		{"by its OID", Attributes{Addresses: "-", Login: "1.2.840.113556.1.4.221"}, ""}, // sAMAccountName
		{"not held", Attributes{Addresses: "-", Login: "employeeID"}, "employeeID"},
		{"not held, by its OID", Attributes{Addresses: "-", Login: "1.2.840.113556.1.4.35"}, "1.2.840.113556.1.4.35"},
		{"not in the schema", Attributes{Addresses: "-", Login: "nobodysAttribute"}, "nobodysAttribute"},
	} {
		c, err := Open(t.Context(), Config{
			Server: s.TLSAddr, Catalogs: []string{s.CatalogTLSAddr}, TLS: &tls.Config{RootCAs: s.Roots}, User: s.DN(sambatest.Reader), Password: sambatest.Password,
		}, &Options{Attributes: tt.attrs})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		lacks := ""
		if e, ok := errors.AsType[*partialError](c.partial); ok {
			lacks = e.attr
		}
		if lacks != tt.lacks {
			t.Errorf("%s: %v, want that it lacks %q", tt.name, c.partial, tt.lacks)
		}
	}
}
