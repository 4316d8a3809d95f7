package ldapconn_test

import "testing"

// BenchmarkResolve looks mailboxes up with Resolve and the naive way, and reports how many times as fast Resolve is in the
// same run, and what it allocates for each mailbox: the median of the laps. One lap takes seconds, so say for example
//
//	go test ./connector/ldapconn -run '^$' -bench Resolve -benchtime 5x
func BenchmarkResolve(b *testing.B) {
	s := &servers{tb: b}
	for _, r := range races {
		b.Run(r.name, func(b *testing.B) {
			ls := s.course(b, r, nil).laps(b, func(int) bool { return b.Loop() })
			b.ReportMetric(ls.faster(), "x-faster")
			b.ReportMetric(ls.ours(), "ns/id")
			b.ReportMetric(ls.theirs(), "naive-ns/id")
			b.ReportMetric(ls.bytes(), "B/mailbox")
			b.ReportMetric(ls.allocs(), "allocs/mailbox")
			b.ReportMetric(0, "ns/op")
			b.Log(load())
		})
	}
}
