package graphconn_test

import (
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/connector/graphconn"
	"github.com/readdress-go/readdress/internal/graphtest"
	"github.com/readdress-go/readdress/refresh"
)

// TestMeteredFates refreshes a job of which some users are deleted or gone, or of which each mailbox is verified: questions of 1
// ResourceUnit for one user. No look-up fails for lack of quota, and nobody is missing who is not.
func TestMeteredFates(t *testing.T) {
	const latency = 50 * time.Millisecond
	for _, tt := range []struct {
		name, reason string
		size         graphtest.Size
		rights       []graphtest.Right
		verify       bool
		gone         int // of 10: half of them deleted, half purged too
		form         graphtest.RetryForm
		how          graphtest.Metering
		usual        bool
	}{
		{name: "verified", reason: "after each getByIds 1000 questions", verify: true, size: graphtest.Small, rights: everyRight},
		{name: "verified, large", reason: "likewise", verify: true, size: graphtest.Large, rights: everyRight},
		{name: "verified, users only", reason: "after each filter 15 questions", verify: true, size: graphtest.Small, rights: usersOnly, usual: true},
		{name: "gone", reason: "who is not in the list of the deleted is read directly", gone: 4, size: graphtest.Small, rights: everyRight, usual: true},
		{name: "gone, mute", reason: "likewise, and nothing is told", gone: 4, size: graphtest.Small, rights: everyRight, how: graphtest.Metering{NoUnits: true, NoShare: true}, form: graphtest.RetryAbsent},
		{name: "gone, users only", reason: "the direct reads are of another path", gone: 4, size: graphtest.Small, rights: usersOnly},
	} {
		if !tt.usual && os.Getenv("READDRESS_SPEED") != "1" {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const n = 20_000 / meteredShare
				s := graphtest.Start(t, &graphtest.Options{Size: tt.size, Latency: latency})
				s.RetryAfter(tt.form)
				s.Metering(tt.how)
				ids := people(s, n)
				job := jobOf(s, ids)
				want := map[refresh.Outcome]int{}
				for i, id := range ids {
					switch {
					case i%10 < tt.gone:
						s.Delete(id)
						if i%2 == 0 {
							s.Purge(id)
						}
						want[refresh.Missing]++
					case tt.verify:
						want[refresh.Refreshed]++ // its instance is learned
					default:
						want[refresh.NotChanged]++
					}
				}
				cfg := config(s, tt.rights...)
				cfg.TenantID = s.TenantID()
				c, err := graphconn.New(cfg, nil)
				must(t, err)
				start := time.Now()
				res, err := refresh.Refresh(t.Context(), job, refresh.Sides{Source: c}, &refresh.Options{Verify: tt.verify})
				must(t, err)
				f := figures{took: time.Since(start), Counters: s.Counters()}
				got := map[refresh.Outcome]int{}
				for _, r := range res.Rows {
					got[r.Outcome]++
				}
				if d := cmp.Diff(want, got); d != "" {
					t.Errorf("%s: outcomes (-want +got):\n%s", tt.reason, d)
				}
				f.latency = latency * time.Duration((f.Requests+3)/4)
				f.quota = time.Duration(float64(f.Units) / limits[tt.size] * 10e9)
				t.Log(f)
				if meteredShare == 1 && (f.ratio() > 1.2 || f.refusals() > 0.01) {
					t.Errorf("%s: %v", tt.reason, f)
				}
			})
		})
	}
}
