package memconn_test

import (
	"fmt"
	"iter"
	"testing"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

func many(n int) iter.Seq[refresh.Mailbox] {
	return func(yield func(refresh.Mailbox) bool) {
		for i := range n {
			a := refresh.Address(fmt.Sprintf("user%d@example.com", i))
			if !yield(refresh.Mailbox{Primary: a, Login: string(a), Kind: refresh.KindUser}) {
				return
			}
		}
	}
}

func idsOf(s *memconn.System) []refresh.ID {
	var ids []refresh.ID
	for m := range s.All() {
		ids = append(ids, m.ID)
	}
	return ids
}

// The map is the floor: what any answer from memory costs.
func BenchmarkResolve(b *testing.B) {
	const n = 1_000_000
	s := memconn.New("contoso", nil)
	s.PutAll(many(n), n)
	ids := idsOf(s)
	b.Run("memconn", func(b *testing.B) {
		c := s.Connect(&memconn.ConnOptions{CountOnly: true})
		b.ReportAllocs()
		for b.Loop() {
			found := 0
			err := c.Resolve(b.Context(), ids, func(_ int, l refresh.Lookup) {
				if _, ok := l.Mailbox(); ok {
					found++
				}
			})
			if found != n || err != nil {
				b.Fatal(found, err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/ID")
	})
	b.Run("map", func(b *testing.B) {
		index := make(map[refresh.ID]refresh.Mailbox, n)
		for m := range s.All() {
			index[m.ID] = m
		}
		b.ReportAllocs()
		for b.Loop() {
			found := 0
			for _, id := range ids {
				if _, ok := index[id]; ok {
					found++
				}
			}
			if found != n {
				b.Fatal(found)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/ID")
	})
}

func BenchmarkPutAll(b *testing.B) {
	const n = 100_000
	b.ReportAllocs()
	for b.Loop() {
		memconn.New("contoso", nil).PutAll(many(n), n)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/mailbox")
}

// What changed costs, whatever there is.
func BenchmarkChanges(b *testing.B) {
	for _, n := range []int{10_000, 1_000_000} {
		s := memconn.New("contoso", tracking)
		s.PutAll(many(n), n)
		ids := idsOf(s)
		c := s.Connect(&memconn.ConnOptions{CountOnly: true})
		mark, err := c.Mark(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		for i := range 100 {
			s.Rename(ids[i*n/100], "changed@example.com", memconn.DropOld)
		}
		b.Run(fmt.Sprintf("100 of %d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if page, err := c.Changes(b.Context(), mark); err != nil || len(page.IDs) != 100 {
					b.Fatal(len(page.IDs), err)
				}
			}
		})
	}
}
