package ldapconn_test

import (
	"strings"
	"testing"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// TestDoubtOfDeadDomain: a catalog makes up for a domain that does not answer only where it shows somebody of it.
func TestDoubtOfDeadDomain(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		hidden       bool
		id           func(f *ldaptest.Forest) string
		want         tally
	}{
		{"hidden", "they are hidden in the catalog, too", true, func(f *ldaptest.Forest) string { return f.IDs()[7] }, tally{Failed: 1}},
		{"hidden, and never there", "who is hidden cannot be told from who is not there", true, (*ldaptest.Forest).Never, tally{Failed: 1}},
		{"seen", "the catalog has it", false, func(f *ldaptest.Forest) string { return f.IDs()[7] }, tally{Found: 1}},
		{"never there", "the catalog would have it", false, (*ldaptest.Forest).Never, tally{NotFound: 1}},
	} {
		f := twoDomains(t, nil)
		child := f.DC("sub.source.example", 0)
		if tt.hidden {
			hidePeople(f, "sub.source.example")
		}
		c := openForest(t, f, ldaptest.Reader, func(c *ldapconn.Config) {
			c.Domains, c.Catalogs = []string{child.TLSAddr}, []string{f.DCs[0].CatalogTLSAddr}
		})
		id := refresh.ID(tt.id(f))
		for _, down := range []bool{false, true} { // what it is like while the domain answers, is as when it does not
			if down {
				must(t, child.Down())
			}
			got, err := resolve(t.Context(), t, c, id)
			must(t, err)
			if count(got) != tt.want {
				t.Errorf("%s (domain down: %v): %s: %s", tt.name, down, word(got[0]), tt.reason)
			}
		}
	}
}

// TestDoubtOfHome: where the home domain does not let this reader look whether it sees anybody, a catalog that shows nobody of that
// domain proves nothing.
func TestDoubtOfHome(t *testing.T) {
	for _, code := range []ldaptest.Code{ldaptest.InsufficientAccessRights, ldaptest.AdminLimitExceeded, ldaptest.Other, ldaptest.TimeLimitExceeded} {
		for _, hidden := range []bool{true, false} {
			f := twoDomains(t, nil)
			id := refresh.ID(f.Never())
			if hidden {
				hidePeople(f, "source.example")
				id = refresh.ID(f.IDs()[1])
			}
			c := openForest(t, f, ldaptest.Reader, func(c *ldapconn.Config) { c.Catalogs = []string{f.DCs[0].CatalogTLSAddr} })
			f.DCs[0].SetFaults(ldaptest.Fault{Op: ldaptest.Search, Nth: 1, Times: 1000, Do: ldaptest.Refuse, Code: code, When: func(r ldaptest.Request) bool {
				return !r.Catalog && strings.Contains(r.Filter(), "sAMAccountType")
			}})
			got, err := resolve(t.Context(), t, c, id)
			must(t, err)
			if _, absent := got[0].Absence(); absent == hidden {
				t.Errorf("code %d, hidden in the catalog: %v: %s", code, hidden, word(got[0]))
			}
		}
	}
}
