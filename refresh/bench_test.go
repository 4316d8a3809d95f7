package refresh_test

import (
	"fmt"
	"iter"
	"runtime"
	"testing"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// benchSize is the number of matches: a million, or ten thousand with -short.
func benchSize() int {
	if testing.Short() {
		return 10_000
	}
	return 1_000_000
}

func mailboxes(n int, domain string) iter.Seq[refresh.Mailbox] {
	return func(yield func(refresh.Mailbox) bool) {
		for i := range n {
			a := refresh.Address(fmt.Sprintf("user%d@%s", i, domain))
			if !yield(refresh.Mailbox{Primary: a, Login: string(a), DisplayName: fmt.Sprintf("User %d", i), Kind: refresh.KindUser}) {
				return
			}
		}
	}
}

// benchJob pairs n mailboxes of two systems. After it the source's domain is switched, so that every second
// look-up is a Refreshed.
func benchJob(b *testing.B, n int) (refresh.Job, refresh.Sides) {
	b.Helper()
	j, s, d := benchPair(n, nil)
	s.SwitchDomain("old.example", "new.example", memconn.DropOld)
	return j, benchSides(s, d)
}

func benchSides(s, d *memconn.System) refresh.Sides {
	opts := &memconn.ConnOptions{CountOnly: true}
	return refresh.Sides{Source: s.Connect(opts), Target: d.Connect(opts)}
}

// benchPair makes two systems and a job of n matches that agrees with them.
func benchPair(n int, opts *memconn.Options) (j refresh.Job, s, d *memconn.System) {
	s, d = memconn.New("contoso", opts), memconn.New("fabrikam", opts)
	s.PutAll(mailboxes(n, "old.example"), n)
	d.PutAll(mailboxes(n, "target.example"), n)
	j = jobOf()
	j.Source.Pin, j.Target.Pin = s.Pin(), d.Pin()
	j.Matches = make([]refresh.Match, 0, n)
	next, stop := iter.Pull(d.All())
	defer stop()
	for m := range s.All() {
		x, _ := next()
		j.Matches = append(j.Matches, pair(fmt.Sprint(len(j.Matches)), m, x))
	}
	return j, s, d
}

func BenchmarkRefresh(b *testing.B) {
	n := benchSize()
	j, sides := benchJob(b, n)
	report := measure(b, n)
	for b.Loop() {
		r, err := refresh.Refresh(b.Context(), j, sides, nil)
		if err != nil || r.Counts(refresh.Source).ByOutcome[refresh.Refreshed] != n || r.Counts(refresh.Target).ByOutcome[refresh.NotChanged] != n {
			b.Fatal(err, r.Counts(refresh.Source), r.Counts(refresh.Target))
		}
	}
	report()
}

// BenchmarkIncremental is a second refresh, after 100 mailboxes of the source changed, beside a full one of the same.
func BenchmarkIncremental(b *testing.B) {
	n := benchSize()
	j, s, d := benchPair(n, &memconn.Options{Tracking: true})
	sides := benchSides(s, d)
	r, err := refresh.Refresh(b.Context(), j, sides, nil)
	if err == nil {
		j, err = j.Apply(r)
	}
	if err != nil {
		b.Fatal(err)
	}
	const changed = 100
	for i := range changed {
		s.Rename(j.Matches[i*(n/changed)].Source.ID, refresh.Address(fmt.Sprintf("renamed%d@old.example", i)), memconn.DropOld)
	}
	r = nil
	for _, full := range []bool{false, true} {
		b.Run(map[bool]string{false: "incremental", true: "full"}[full], func(b *testing.B) {
			report := measure(b, n)
			for b.Loop() {
				r, err := refresh.Refresh(b.Context(), j, sides, &refresh.Options{Full: full})
				if err != nil || r.Counts(refresh.Source).ByOutcome[refresh.Refreshed] != changed || r.Counts(refresh.Target).ByOutcome[refresh.NotChanged] != n {
					b.Fatal(err, r.Counts(refresh.Source), r.Counts(refresh.Target))
				}
			}
			report()
		})
	}
}

func BenchmarkApply(b *testing.B) {
	n := benchSize()
	j, sides := benchJob(b, n)
	r, err := refresh.Refresh(b.Context(), j, sides, nil)
	if err != nil {
		b.Fatal(err)
	}
	report := measure(b, n)
	for b.Loop() {
		if _, err := j.Apply(r); err != nil {
			b.Fatal(err)
		}
	}
	report()
}

// BenchmarkMapIndex is the floor: to build and read one plain map of the same addresses.
func BenchmarkMapIndex(b *testing.B) {
	n := benchSize()
	j, _ := benchJob(b, n)
	report := measure(b, n)
	for b.Loop() {
		index := make(map[refresh.Address]int, 2*n)
		for i := range j.Matches {
			index[j.Matches[i].Source.Primary], index[j.Matches[i].Target.Primary] = i, i
		}
		for i := range j.Matches {
			if index[j.Matches[i].Source.Primary] != i || index[j.Matches[i].Target.Primary] != i {
				b.Fatal("the map is wrong")
			}
		}
	}
	report()
}

// measure counts from here; the returned function reports time and memory for each of n matches.
func measure(b *testing.B, n int) func() {
	b.Helper()
	b.ReportAllocs()
	runtime.GC() // what building the world left behind is nobody's cost
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	return func() {
		var after runtime.MemStats
		runtime.ReadMemStats(&after)
		matches := float64(b.N) * float64(n)
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/matches, "ns/match")
		b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/matches, "B/match")
	}
}
