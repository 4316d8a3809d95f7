package graphtest

import (
	"runtime"
	"testing"
)

const fields = "id,userPrincipalName,mail,displayName,proxyAddresses,userType,onPremisesImmutableId,onPremisesLastSyncDateTime,assignedPlans,accountEnabled,givenName,surname,employeeId"

// BenchmarkGetByIDs asks for 1000 of a million users.
func BenchmarkGetByIDs(b *testing.B) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for _, plain := range []bool{true, false} {
		name := map[bool]string{true: "plain", false: "gzip"}[plain]
		b.Run(name, func(b *testing.B) {
			s, c, ids := world(b, 1_000_000, &Options{NoGzip: plain})
			runtime.GC()
			runtime.ReadMemStats(&after)
			n := 0
			b.ResetTimer()
			for b.Loop() {
				from := n * 1000 % len(ids)
				a := c.do("POST", "/directoryObjects/getByIds?$select="+fields, idsBody(ids[from:from+1000], "user"))
				if a.status != 200 {
					b.Fatal(a.body)
				}
				n++
			}
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB")
			b.ReportMetric(float64(s.Counters().BytesOut)/float64(n)/1e3, "kB/answer")
		})
	}
}
