package connector_test

import (
	"testing"

	"github.com/readdress-go/readdress/connector"
	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// BenchmarkResolve compares 100,000 look-ups as they are with the same through wrappers.
func BenchmarkResolve(b *testing.B) {
	const n = 100_000
	sys := memconn.New("bench", nil)
	ids := make([]refresh.ID, n)
	for i := range ids {
		ids[i] = sys.Put(refresh.Mailbox{Primary: "a@x.example"}).ID
	}
	plain := sys.Connect(&memconn.ConnOptions{CountOnly: true})
	for _, bb := range []struct {
		name string
		c    refresh.Connector
	}{
		{"plain", plain},
		{"intercepted", connector.Intercept(plain, pass)},
		{"retry and limit", connector.Retry(connector.Limit(plain, 4), nil)},
	} {
		b.Run(bb.name, func(b *testing.B) {
			r, _ := refresh.As[refresh.Resolver](bb.c)
			b.ReportAllocs()
			for b.Loop() {
				if err := r.Resolve(b.Context(), ids, func(int, refresh.Lookup) {}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/ID")
		})
	}
}
