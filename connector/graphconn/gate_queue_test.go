package graphconn

import (
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestGateAgainstQueue: a refusal stops those that wait for a place among the requests in flight, too: its own place is not free before the
// gate is closed.
func TestGateAgainstQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		n := 0
		f := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			mu.Lock()
			n++
			k := n
			mu.Unlock()
			time.Sleep(time.Duration(100+k) * time.Millisecond)
			if k == 6 {
				w.Header().Set("Retry-After", "20")
				refuse(w, 429, "TooManyRequests")
				return
			}
			reply(w, 200, value())
		})
		c := f.connect(&Options{InFlight: 4})
		var wg sync.WaitGroup
		for range 40 {
			wg.Go(func() {
				if err := c.call(t.Context(), get("/users"), nil); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		refused := f.times()[5] + 106*time.Millisecond
		for _, at := range f.times() {
			if at >= refused && at < refused+20*time.Second {
				t.Errorf("asked %v after the refusal", at-refused)
			}
		}
	})
}
