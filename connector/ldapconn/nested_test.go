package ldapconn_test

import (
	"errors"
	"testing"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// TestNestedAbroad: below a base, too, a group of another domain that is in the group to list is no reason to list fewer.
func TestNestedAbroad(t *testing.T) {
	f := twoDomains(t, nil)
	ids := f.IDs()
	inner, err := f.Put("sub.source.example", ldaptest.Person{UID: "inner", CN: "inner", Class: ldaptest.Group})
	must(t, err)
	put := func(name string, members ...string) string {
		id, err := f.Put("", ldaptest.Person{UID: name, CN: name, Class: ldaptest.Group})
		must(t, err)
		must(t, f.SetMembers(id, members...))
		return f.EntryDN(id)
	}
	must(t, f.SetMembers(inner, ids[1]))
	byServer := func(c *ldapconn.Config) { c.Domains = []string{f.DC("sub.source.example", 0).TLSAddr} }
	byCatalog := func(c *ldapconn.Config) { c.Catalogs = []string{f.DCs[0].CatalogTLSAddr} }
	alone := func(*ldapconn.Config) {}
	withGroup, withPerson, atHome := put("withGroup", inner, ids[3]), put("withPerson", ids[7], ids[3]), put("atHome", ids[2], ids[3])
	for _, tt := range []struct {
		name, reason, group string
		change              func(*ldapconn.Config)
		want                int
		err                 error
	}{
		{"a group, not covered", "who is in it is not known", withGroup, alone, 1, refresh.ErrOutOfScope},
		{"a group at a server", "who is in it is not read", withGroup, byServer, 1, refresh.ErrOutOfScope},
		{"a group in the catalog", "who is in it is not read", withGroup, byCatalog, 1, refresh.ErrOutOfScope},
		{"a person, not covered", "it may be a group", withPerson, alone, 1, refresh.ErrOutOfScope},
		{"a person at a server", "it is no group, and not below the base", withPerson, byServer, 1, nil},
		{"a person in the catalog", "it is no group, and not below the base", withPerson, byCatalog, 1, nil},
		{"nobody abroad", "the other domain is not asked for", atHome, alone, 2, nil},
	} {
		cfg := forestConfig(f, ldaptest.Reader)
		cfg.Base = "OU=People," + f.Suffix()
		tt.change(&cfg)
		got, err := list(t.Context(), open(t, cfg, &ldapconn.Options{Filter: ldapconn.Filter{Group: tt.group}}))
		if len(got) != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%s: %d entries, %v; want %d, %v: %s", tt.name, len(got), err, tt.want, tt.err, tt.reason)
		}
	}
}
