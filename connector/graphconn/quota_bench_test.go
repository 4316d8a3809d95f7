package graphconn

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"
)

// BenchmarkQuota is what the quota costs of a request: acquire and settle, by some goroutines that share a lane with enough in flight for
// all, or with 4, so that the others stand in the queue.
func BenchmarkQuota(b *testing.B) {
	for _, workers := range []int{1, 4, 64, 1000} {
		for _, most := range []int{4, workers} {
			if most == 4 && workers <= 4 {
				continue
			}
			b.Run(fmt.Sprintf("workers=%d/inflight=%d", workers, most), func(b *testing.B) {
				b.ReportAllocs()
				q := NewQuota()
				l := &lane{most: most}
				var wg sync.WaitGroup
				for w := range workers {
					wg.Go(func() {
						for i := w; i < b.N; i += workers {
							g, err := q.acquire(b.Context(), "getByIds", l, 1, &patience{limit: time.Minute})
							if err != nil {
								b.Error(err)
								return
							}
							runtime.Gosched() // others come while it is in flight
							q.settle(g, usage{answered: true, units: 0.0001, share: 0.1})
						}
					})
				}
				wg.Wait()
			})
		}
	}
}
