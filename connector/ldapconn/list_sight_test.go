package ldapconn_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// TestListSight: a list that lacks a whole domain, because this reader sees nobody of it, does not end as if it were complete.
func TestListSight(t *testing.T) {
	f := twoDomains(t, nil)
	child := f.SuffixOf("sub.source.example")
	hidesIn := func(suffix string) ldaptest.Rights {
		suffix = strings.ToLower(suffix)
		return ldaptest.Rights{Hides: func(o ldaptest.Object) bool {
			dn := strings.ToLower(o.DN())
			return o.Person() && strings.HasSuffix(dn, suffix) && (suffix == strings.ToLower(child) || !strings.HasSuffix(dn, strings.ToLower(child)))
		}}
	}
	byServer := func(c *ldapconn.Config) { c.Domains = []string{f.DC("sub.source.example", 0).TLSAddr} }
	byCatalog := func(c *ldapconn.Config) { c.Catalogs = []string{f.DCs[0].CatalogTLSAddr} }
	for _, tt := range []struct {
		name, reason string
		rights       ldaptest.Rights
		change       func(*ldapconn.Config)
		filter       ldapconn.Filter
		want         int
		err          error
	}{
		{"everybody is seen", "then it is complete", ldaptest.Rights{}, byCatalog, ldapconn.Filter{}, 9, nil},
		{"a domain in the catalog", "nobody of it is seen", hidesIn(child), byCatalog, ldapconn.Filter{}, 6, refresh.ErrNotVisible},
		{"a domain with a server", "nobody of it is seen", hidesIn(child), byServer, ldapconn.Filter{}, 6, refresh.ErrNotVisible},
		{"the home domain", "the other one is listed all the same", hidesIn(f.Suffix()), byCatalog, ldapconn.Filter{}, 3, refresh.ErrNotVisible},
		{"an empty domain", "it is said to be one", hidesIn(child), func(c *ldapconn.Config) {
			byCatalog(c)
			c.Empty = []string{"sub.source.example"}
		}, ldapconn.Filter{}, 6, nil},
		{"a filter that lets nobody pass", "others of the domain are seen", ldaptest.Rights{}, byCatalog, ldapconn.Filter{Address: "nobody@*"}, 0, nil},
		{"a filter, and nobody is seen", "who passes it may be hidden", hidesIn(child), byServer, ldapconn.Filter{Address: "user000001@*"}, 1, refresh.ErrNotVisible},
	} {
		f.SetRights(ldaptest.Reader, tt.rights)
		cfg := forestConfig(f, ldaptest.Reader)
		tt.change(&cfg)
		got, err := list(t.Context(), open(t, cfg, &ldapconn.Options{Filter: tt.filter}))
		if len(got) != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%s: %d entries, %v; want %d, %v: %s", tt.name, len(got), err, tt.want, tt.err, tt.reason)
		}
	}
}
