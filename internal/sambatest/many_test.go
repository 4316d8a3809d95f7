package sambatest_test

import (
	"fmt"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/internal/sambatest"
)

// TestMany loads more people than a real controller would show on one page, and holds what the package comment says of
// Samba's limits.
func TestMany(t *testing.T) {
	if testing.Short() {
		t.Skip("loading takes seconds")
	}
	people := sambatest.People(1100, sambatest.DefaultRealm)
	cfg := sambatest.Config{People: people}
	s := sambatest.Run(t, cfg)
	values := make([]string, 1600)
	for i := range values {
		values[i] = fmt.Sprintf("smtp:a%d@source.example", i)
	}
	step(t, s.Replace(s.PersonDN(people[0].Name), "proxyAddresses", values...))

	conn := dial(t, s, sambatest.Reader)
	found, code := search(t, conn, s.Suffix, ldap.ScopeWholeSubtree, "(mail=*)", []string{"objectGUID", "mail"})
	if len(found) != len(people) || code != 0 {
		t.Errorf("%d people, code %d; want %d, 0: no page size is enforced", len(found), code, len(people))
	}
	guids := make(map[string]bool)
	for _, e := range found {
		guids[e.GetAttributeValue("objectGUID")] = true
	}
	if len(guids) != len(people) {
		t.Errorf("%d identities, want %d", len(guids), len(people))
	}
	if found, _ := search(t, conn, s.Suffix, ldap.ScopeWholeSubtree, "(objectGUID="+people[5].ID+")", nil); len(found) != 1 {
		t.Errorf("an objectGUID in its text form: %d entries, want 1", len(found))
	}
	limited := ldap.NewSearchRequest(s.Suffix, ldap.ScopeWholeSubtree, 0, 10, 0, false, "(mail=*)", []string{"1.1"}, nil)
	if res, err := conn.Search(limited); err != nil || len(res.Entries) != len(people) {
		t.Errorf("at most 10: %v; the client's size limit is ignored, too", err)
	}
	for _, tt := range []struct {
		attr, got string
		want      int
		reason    string
	}{
		{"proxyAddresses", "proxyAddresses", 1600, "no number of values is enforced"},
		{"proxyAddresses;range=0-9", "proxyAddresses;range=0-9", 10, "a range is honoured"},
		{"proxyAddresses;range=1590-*", "proxyAddresses;range=1590-*", 10, "to the end"},
		{"proxyAddresses;range=1595-4000", "proxyAddresses;range=1595-*", 5, "and says where the end is"},
	} {
		found, _ := search(t, conn, s.PersonDN(people[0].Name), ldap.ScopeBaseObject, "(objectClass=*)", []string{tt.attr})
		if n := len(found[0].GetAttributeValues(tt.got)); n != tt.want {
			t.Errorf("%s: %d values, want %d: %s", tt.attr, n, tt.want, tt.reason)
		}
	}
	for _, tt := range []struct {
		name    string
		control ldap.Control
		reason  string
	}{
		{"Show Deleted, critical", ldap.NewControlString("1.2.840.113556.1.4.417", true, ""), "it is honoured"},
		{"Show Deleted", ldap.NewControlString("1.2.840.113556.1.4.417", false, ""), "it is honoured all the same"},
		{"unknown, critical", ldap.NewControlString("1.2.3.4", true, ""), "go-ldap writes TRUE as 1, which Samba takes for FALSE"},
	} {
		if _, code := search(t, conn, s.Suffix, ldap.ScopeBaseObject, "(objectClass=*)", nil, tt.control); code != 0 {
			t.Errorf("%s: result code %d, want 0: %s", tt.name, code, tt.reason)
		}
	}

	// The second server has the same people without loading them, and none of the first one's changes.
	second := sambatest.Run(t, cfg)
	found, _ = search(t, dial(t, second, sambatest.Reader), second.Suffix, ldap.ScopeWholeSubtree, "(mail=*)", []string{"objectGUID", "proxyAddresses"})
	for _, e := range found {
		if !guids[e.GetAttributeValue("objectGUID")] || len(e.GetAttributeValues("proxyAddresses")) != 3 {
			t.Fatalf("%s is not as loaded", e.DN)
		}
	}
	if len(found) != len(people) {
		t.Errorf("%d people on the copy, want %d", len(found), len(people))
	}

	// Other people are not taken from that copy.
	third := sambatest.Run(t, sambatest.Config{People: people[:600]})
	if found, _ = search(t, dial(t, third, sambatest.Reader), third.Suffix, ldap.ScopeWholeSubtree, "(mail=*)", nil); len(found) != 600 {
		t.Errorf("%d people where 600 were asked for", len(found))
	}
}

// BenchmarkStart starts a server with so many people, from the copy that the first start made.
func BenchmarkStart(b *testing.B) {
	for _, n := range []int{0, 10, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			cfg := sambatest.Config{People: sambatest.People(n, sambatest.DefaultRealm)}
			step := func(err error) {
				if err != nil {
					b.Fatal(err)
				}
			}
			step(sambatest.Run(b, cfg).Stop())
			for b.Loop() {
				s, err := sambatest.Start(b.Context(), b.TempDir(), cfg)
				step(err)
				step(s.Stop())
			}
		})
	}
}

// BenchmarkLoad loads people whom no copy has yet, and starts the server.
func BenchmarkLoad(b *testing.B) {
	for _, n := range []int{1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			sambatest.Run(b, sambatest.Config{}) // makes the domain
			for i := 0; b.Loop(); i++ {
				s := sambatest.Run(b, sambatest.Config{People: sambatest.People(n, fmt.Sprintf("n%d.example", i))})
				if err := s.Stop(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
