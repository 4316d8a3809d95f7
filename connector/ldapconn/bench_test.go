package ldapconn_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/internal/slapdtest"
	"github.com/readdress-go/readdress/refresh"
)

// BenchmarkResolve looks up 2,000 of 10,000 people, once with Resolve and once the naive way, one search after the
// other, and reports how many times faster Resolve is in the same run.
func BenchmarkResolve(b *testing.B) {
	people := slapdtest.People(10_000, "source.example")
	s := slapdtest.Run(b, slapdtest.Config{People: people})
	ids := idsOf(people)[:2000]
	c := open(b, config(s, slapdtest.Bulk), nil)
	naive, err := ldap.DialURL("ldaps://"+s.TLSAddr, ldap.DialWithTLSConfig(config(s, slapdtest.Bulk).TLS))
	must(b, err)
	b.Cleanup(func() { naive.Close() })
	must(b, naive.Bind(s.DN(slapdtest.Bulk), slapdtest.Password))
	var ours, theirs time.Duration
	for b.Loop() {
		start := time.Now()
		found := 0
		must(b, c.Resolve(b.Context(), ids, func(_ int, l refresh.Lookup) {
			if _, ok := l.Mailbox(); ok {
				found++
			}
		}))
		ours += time.Since(start)
		start = time.Now()
		for _, id := range ids {
			res, err := naive.Search(ldap.NewSearchRequest(s.Suffix, ldap.ScopeWholeSubtree, 0, 0, 0, false, fmt.Sprintf("(entryUUID=%s)", id),
				[]string{"entryUUID", "mail", "proxyAddresses", "uid", "displayName", "cn"}, nil))
			must(b, err)
			found += len(res.Entries)
		}
		theirs += time.Since(start)
		if found != 2*len(ids) {
			b.Fatalf("found %d", found)
		}
	}
	n := float64(b.N * len(ids))
	b.ReportMetric(float64(ours.Nanoseconds())/n, "ns/id")
	b.ReportMetric(float64(theirs.Nanoseconds())/n, "naive-ns/id")
	b.ReportMetric(float64(theirs)/float64(ours), "x-faster")
	b.ReportMetric(0, "ns/op")
}
