package ldapconn_test

import (
	"errors"
	"testing"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// TestListBase: what is below the base is listed, the domains below it, too, or the list ends with an error.
func TestListBase(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{Domains: []ldaptest.Domain{
		{Name: "source.example", People: ldaptest.People(6, "source.example")},
		{Name: "sub.source.example", People: inChild(3)},
		{Name: "other.example"},
	}})
	other, err := f.Put("other.example", ldaptest.Person{UID: "other", Login: "other@other.example", Mail: []string{"other@other.example"}, Proxies: []string{"SMTP:other@other.example"}})
	must(t, err)
	child := f.DC("sub.source.example", 0).TLSAddr
	for _, tt := range []struct {
		name, reason, base string
		change             func(*ldapconn.Config)
		want               int
		err                error
	}{
		{"above a domain", "the domain below it is not covered", f.Suffix(), func(*ldapconn.Config) {}, 6, refresh.ErrOutOfScope},
		{"in lower case", "a DN is the same in any spelling", "dc=Source, dc=EXAMPLE", func(*ldapconn.Config) {}, 6, refresh.ErrOutOfScope},
		{"above a domain with a server", "it is listed there, and the third one is not below the base", f.Suffix(), func(c *ldapconn.Config) { c.Domains = []string{child} }, 9, nil},
		{"above a domain in the catalog", "it is listed there, and the third one is not below the base", f.Suffix(), func(c *ldapconn.Config) { c.Catalogs = []string{f.DCs[0].CatalogTLSAddr} }, 9, nil},
		{"a unit", "no domain is below it", "OU=People," + f.Suffix(), func(*ldapconn.Config) {}, 6, nil},
		{"none", "every domain is listed", "", func(c *ldapconn.Config) { c.Catalogs = []string{f.DCs[0].CatalogTLSAddr} }, 10, nil},
	} {
		c := openForest(t, f, ldaptest.Reader, func(c *ldapconn.Config) { c.Base = tt.base; tt.change(c) })
		got, err := list(t.Context(), c)
		if len(got) != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%s: %d entries, %v; want %d, %v: %s", tt.name, len(got), err, tt.want, tt.err, tt.reason)
		}
		for _, id := range got {
			if id == refresh.ID(other) && tt.base != "" {
				t.Errorf("%s: the third domain is not below the base", tt.name)
			}
		}
	}
}
