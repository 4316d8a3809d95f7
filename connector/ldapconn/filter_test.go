package ldapconn_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
)

// TestFilter: what a listing is narrowed to.
func TestFilter(t *testing.T) {
	for _, system := range []ldaptest.System{ldaptest.ActiveDirectory, ldaptest.OpenLDAP} {
		f := ldaptest.Run(t, ldaptest.Config{System: system, People: ldaptest.People(6, "source.example")})
		ids := f.IDs()
		put := func(cn string, members ...string) (id string) {
			id, err := f.Put("", ldaptest.Person{CN: cn, UID: cn, Class: ldaptest.Group})
			must(t, err)
			must(t, f.SetMembers(id, members...))
			return id
		}
		inner := put("inner (x)", ids[1], ids[2])
		outer := put("outer, y", ids[0], inner)
		must(t, f.SetMembers(inner, ids[1], ids[2], outer)) // a circle
		must(t, f.SetAddresses(ids[5], []string{"Someone@Old.Example"}, []string{"SMTP:Someone@Old.Example", "smtp:x*y@source.example", "X500:/o=x@old.example"}))
		name := func(i int) string { p, _ := f.Get(ids[i]); return p.Mail[0] }
		for _, tt := range []struct {
			name, reason string
			filter       ldapconn.Filter
			want         []string
		}{
			{"nothing", "the zero filter lists everything", ldapconn.Filter{}, []string{name(0), name(1), name(2), name(3), name(4), name(5)}},
			{"domain", "case does not matter, and other types are no addresses", ldapconn.Filter{Address: "*@old.EXAMPLE"}, []string{name(5)}},
			{"exact", "an address without a star", ldapconn.Filter{Address: name(3)}, []string{name(3)}},
			{"alias", "aliases count", ldapconn.Filter{Address: "x*@source.example"}, []string{name(5)}},
			{"stars", "two stars in a row are one", ldapconn.Filter{Address: "**@old**"}, []string{name(5)}},
			{"middle", "text between stars, in order", ldapconn.Filter{Address: "u*00*3@*"}, []string{"user000003@source.example"}},
			{"injection", "parentheses are text", ldapconn.Filter{Address: "*)(objectClass=*"}, nil},
			{"group", "direct members, and those of groups in it, once", ldapconn.Filter{Group: f.EntryDN(outer)}, []string{name(0), name(1), name(2)}},
			{"both", "a filter is what all its parts let through", ldapconn.Filter{Group: f.EntryDN(outer), Address: name(1)}, []string{name(1)}},
		} {
			cfg := forestConfig(f, ldaptest.Bulk)
			cfg.User = f.DN(ldaptest.Bulk)
			c := open(t, cfg, &ldapconn.Options{Filter: tt.filter})
			var got []string
			for e, err := range c.List(t.Context()) {
				must(t, err)
				got = append(got, string(e.Primary))
			}
			slices.Sort(got)
			slices.Sort(tt.want)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%v, %s: %s (-want +got):\n%s", system, tt.name, tt.reason, diff)
			}
		}
		cfg := forestConfig(f, ldaptest.Bulk)
		cfg.User = f.DN(ldaptest.Bulk)
		for range must2(t, open(t, cfg, &ldapconn.Options{Filter: ldapconn.Filter{Group: "CN=none," + f.Suffix()}})) {
			t.Error("a group that is not there: entries")
		}
	}
}

// must2 lists until the error that must come.
func must2(t *testing.T, c *ldapconn.Connector) []string {
	t.Helper()
	var out []string
	for e, err := range c.List(t.Context()) {
		if err != nil {
			return out
		}
		out = append(out, string(e.Primary))
	}
	t.Error("the list ended without an error")
	return nil
}

// TestFilterForest: members in another domain are listed; a group there that is a member is refused, not left out.
func TestFilterForest(t *testing.T) {
	f := twoDomains(t, nil)
	ids := f.IDs()
	group, err := f.Put("", ldaptest.Person{UID: "g", CN: "g", Class: ldaptest.Group})
	must(t, err)
	must(t, f.SetMembers(group, ids[0], ids[7]))
	open := func() *ldapconn.Connector {
		cfg := forestConfig(f, ldaptest.Reader)
		cfg.Catalogs = []string{f.DCs[0].CatalogTLSAddr}
		return open(t, cfg, &ldapconn.Options{Filter: ldapconn.Filter{Group: f.EntryDN(group)}})
	}
	n := 0
	for _, err := range open().List(t.Context()) {
		must(t, err)
		n++
	}
	if n != 2 {
		t.Errorf("%d of 2 members", n)
	}
	inner, err := f.Put("sub.source.example", ldaptest.Person{UID: "h", CN: "h", Class: ldaptest.Group})
	must(t, err)
	must(t, f.SetMembers(inner, ids[8]))
	must(t, f.SetMembers(group, ids[0], inner))
	must2(t, open())
}
