package graphconn_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/readdress-go/readdress/internal/graphtest"
	"github.com/readdress-go/readdress/refresh"
)

// TestPartsThrottledForEver: a batch is answered, but its parts are not. Each batch asks for a pause, and there are many; the time is bounded by
// Patience all the same.
func TestPartsThrottledForEver(t *testing.T) {
	for _, tt := range []struct {
		name       string
		retryAfter string
		from       int // the first part that is refused
		most       time.Duration
		reason     string
	}{
		{"all", "20", 1, 13 * time.Minute, "Patience, and the pauses that had begun"},
		{"all but one", "20", 2, 13 * time.Minute, "one of 20 is no progress"},
		{"long pauses", "150", 1, 21 * time.Minute, "4 in flight may each wait for a last pause"},
		{"no pause asked for", "", 1, 16 * time.Minute, "our own pauses grow"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := graphtest.Start(t, nil)
				ids := people(s, 1000)
				c := connect(t, s, patient(), everyRight...)
				s.Fault(func(r *graphtest.Request) *graphtest.Fault {
					if r.Part < tt.from || r.Endpoint != graphtest.Exchange {
						return nil
					}
					h := http.Header{}
					if tt.retryAfter != "" {
						h.Set("Retry-After", tt.retryAfter)
					}
					return &graphtest.Fault{Status: 429, Header: h}
				})
				start, failed := time.Now(), 0
				must(t, c.Instances(t.Context(), toIDs(ids), func(_ int, instance refresh.ID, err error) {
					if err != nil {
						failed++
					} else if instance == "" {
						t.Error("a refusal reads as no mailbox")
					}
				}))
				if took := time.Since(start); took > tt.most || failed < 900 {
					t.Errorf("%d failed after %v, which should be at most %v: %s", failed, took, tt.most, tt.reason)
				}
			})
		})
	}
}
