package ldaptest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/internal/ldaptest"
)

// TestMany looks at 100,000 entries. The bounds are loose: they catch a missing index, not a slow machine.
func TestMany(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes a while")
	}
	const n = 100_000
	f := ldaptest.Run(t, ldaptest.Config{})
	start := time.Now()
	ids := got[[]string](t)(f.PutAll("", ldaptest.People(n, "source.example")))
	t.Logf("loaded %d in %v", n, time.Since(start))
	c := reader(t, f)
	start = time.Now()
	const batches = 20
	for b := range batches {
		var filter strings.Builder
		for i := range 50 {
			fmt.Fprintf(&filter, "(objectGUID=%s)", escape(ids[(b*50+i)*97%n]))
		}
		if k := len(find(t, c, f.Suffix(), "(|"+filter.String()+")", "mail")); k != 50 {
			t.Fatalf("%d entries, want 50", k)
		}
	}
	took := time.Since(start)
	t.Logf("an OR of 50: %v", took/batches)
	if took > 5*time.Second {
		t.Errorf("%d searches of 50 took %v", batches, took)
	}
	start = time.Now()
	req := request(f.Suffix(), ldap.ScopeWholeSubtree, "(&(objectGUID=*)(|(mail=*)(proxyAddresses=*)))", "mail")
	req.SizeLimit = 1
	if _, err := c.Search(req); code(err) != ldaptest.SizeLimitExceeded {
		t.Error(err)
	}
	t.Logf("any one: %v", time.Since(start))
	start = time.Now()
	if k := len(find(t, c, f.Suffix(), fmt.Sprintf("(uSNChanged>=%d)", f.DCs[0].HighestUSN()-9), "mail")); k != 10 {
		t.Errorf("%d changed, want 10", k)
	}
	t.Logf("changes: %v", time.Since(start))
}

func BenchmarkOr50(b *testing.B) {
	f := ldaptest.Run(b, ldaptest.Config{System: ldaptest.OpenLDAP, People: ldaptest.People(100_000, "source.example")})
	ids := f.IDs()
	c := bind(b, f, f.DCs[0].TLSAddr, ldaptest.Bulk)
	i := 0
	for b.Loop() {
		var filter strings.Builder
		for range 50 {
			fmt.Fprintf(&filter, "(entryUUID=%s)", ids[i*97%len(ids)])
			i++
		}
		if k := len(find(b, c, f.Suffix(), "(|"+filter.String()+")", "mail", "proxyAddresses")); k != 50 {
			b.Fatalf("%d entries, want 50", k)
		}
	}
}

func BenchmarkOne(b *testing.B) {
	f := ldaptest.Run(b, ldaptest.Config{People: ldaptest.People(10_000, "source.example")})
	ids := f.IDs()
	c := reader(b, f)
	i := 0
	for b.Loop() {
		if k := len(find(b, c, f.Suffix(), "(objectGUID="+escape(ids[i%len(ids)])+")", "mail", "proxyAddresses")); k != 1 {
			b.Fatalf("%d entries, want 1", k)
		}
		i++
	}
}
