package ldapconn_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// TestListDescribes: a list tells what rules of matching go by, and a name in the old Exchange form is neither an address nor lost.
func TestListDescribes(t *testing.T) {
	people := ldaptest.People(2, "source.example")
	people[0].Proxies = append(people[0].Proxies, "x500:/o=Old/cn=First", "X500: /o=Older/cn=First ", "X500:", "SIP:first@source.example")
	people[0].Attrs = map[string][]string{"adminCount": {"1"}}
	people[1].Attrs = map[string][]string{"adminCount": {"0"}}
	f := ldaptest.Run(t, ldaptest.Config{People: people})
	c := open(t, forestConfig(f, ldaptest.Reader), nil)
	by := map[string]refresh.Entry{}
	for e, err := range c.List(t.Context()) {
		must(t, err)
		by[e.DisplayName] = e
	}
	one, other := by[people[0].Name], by[people[1].Name]
	if len(one.Attrs) != 2 || len(one.Attrs["legacyExchangeDN"]) != 1 || cmp.Equal(one.Attrs["legacyExchangeDN"], other.Attrs["legacyExchangeDN"]) {
		t.Errorf("attributes %q and %q", one.Attrs, other.Attrs)
	}
	has := map[string]bool{}
	for _, x := range one.Attrs["x500"] {
		has[x] = true
	}
	if !has["/o=Old/cn=First"] || !has["/o=Older/cn=First"] || has[""] || len(one.Attrs["x500"]) != len(other.Attrs["x500"])+2 {
		t.Errorf("X500 addresses %q", one.Attrs["x500"])
	}
	if one.Privileged != refresh.Yes || other.Privileged != refresh.Unknown {
		t.Errorf("administrators: %v, %v", one.Privileged, other.Privileged)
	}
	c = open(t, forestConfig(f, ldaptest.Reader), &ldapconn.Options{Attributes: ldapconn.Attributes{LegacyDN: "-", Admin: "-"}})
	for e, err := range c.List(t.Context()) {
		must(t, err)
		if e.Privileged != refresh.Unknown || e.Attrs["legacyExchangeDN"] != nil {
			t.Errorf("read although switched off: %v %v", e.Privileged, e.Attrs)
		}
	}
}
