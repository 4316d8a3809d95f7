package ldapconn_test

import (
	"testing"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// TestListDomainBelowDomain: a catalog shows a domain and the one below it in one search, and both are listed, each once.
func TestListDomainBelowDomain(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{Domains: []ldaptest.Domain{
		{Name: "home.example", People: ldaptest.People(2, "home.example")},
		{Name: "other.example", People: inChild(3)},
		{Name: "sub.other.example"},
	}})
	id, err := f.Put("sub.other.example", ldaptest.Person{UID: "below", Login: "below@sub.other.example", Mail: []string{"below@sub.other.example"}, Proxies: []string{"SMTP:below@sub.other.example"}})
	must(t, err)
	c := openForest(t, f, ldaptest.Reader, func(c *ldapconn.Config) { c.Catalogs = []string{f.DCs[0].CatalogTLSAddr} })
	n := map[refresh.ID]int{}
	for e, err := range c.List(t.Context()) {
		must(t, err)
		n[e.ID]++
	}
	if len(n) != 6 || n[refresh.ID(id)] != 1 {
		t.Errorf("%d are listed, the one below %d times, and the list ended without an error", len(n), n[refresh.ID(id)])
	}
}
