//go:build unix

package refresh_test

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// cpu returns the processor time that f takes, in all threads.
func cpu(f func()) time.Duration {
	used := func() time.Duration {
		var u syscall.Rusage
		_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	runtime.GC() // what was left behind before is nobody's cost
	before := used()
	f()
	return used() - before
}

// TestIncrementalCPU: what an incremental run costs on this side of the network follows the job, and is little. It takes a minute
// and runs with READDRESS_SPEED=1 only.
func TestIncrementalCPU(t *testing.T) {
	if os.Getenv("READDRESS_SPEED") != "1" {
		t.Skip("set READDRESS_SPEED=1 to hold incremental runs to their speed")
	}
	const n, changed = 1_000_000, 100
	j, s, d := benchPair(n, &memconn.Options{Tracking: true})
	sides := benchSides(s, d)
	r, err := refresh.Refresh(t.Context(), j, sides, nil)
	must(t, err)
	j, err = j.Apply(r)
	must(t, err)
	for i := range changed {
		s.Rename(j.Matches[i*(n/changed)].Source.ID, refresh.Address(fmt.Sprintf("renamed%d@old.example", i)), memconn.DropOld)
	}
	run := func(full bool) time.Duration {
		r = nil
		return cpu(func() {
			r, err = refresh.Refresh(t.Context(), j, sides, &refresh.Options{Full: full})
			must(t, err)
		})
	}
	var shares []float64
	for range 5 {
		inc := run(false)
		if asked := r.Run.Source.Asked + r.Run.Target.Asked; asked != changed {
			t.Fatalf("%d IDs were asked for, and %d changed", asked, changed)
		}
		full := run(true)
		t.Logf("incremental %v, full %v: %.1f%%", inc, full, 100*float64(inc)/float64(full))
		shares = append(shares, float64(inc)/float64(full))
	}
	slices.Sort(shares)
	if share := shares[len(shares)/2]; share > 0.10 {
		t.Errorf("an incremental run takes %.1f%% of the processor time of a full one, want at most 10%%", 100*share)
	}
}

// TestScale: what a row costs grows with memory only, which is slower the more of it is used. It takes minutes and 20 GiB, and runs with READDRESS_SPEED=1 only.
func TestScale(t *testing.T) {
	if os.Getenv("READDRESS_SPEED") != "1" {
		t.Skip("set READDRESS_SPEED=1 to measure runs of up to 10,000,000 rows")
	}
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(19 << 30))
	m := mirror{"old.example", "new.example"}
	var costs []float64
	for _, n := range []int{10_000, 100_000, 1_000_000, 10_000_000} {
		job := jobOf()
		job.Source.Pin = "mirror"
		job.Matches = make([]refresh.Match, n)
		for i := range job.Matches {
			id := fmt.Sprintf("a1b2c3d4-0000-4000-8000-%012d", i)
			job.Matches[i] = refresh.Match{Key: id[24:], SourceOrigin: refresh.Bound, Source: m.mailbox(id)}
		}
		rounds := max(1, 1_000_000/n)
		took := cpu(func() {
			for range rounds {
				r, err := refresh.Refresh(t.Context(), job, refresh.Sides{Source: m}, nil)
				must(t, err)
				if r.Rows[n-1].Outcome != refresh.NotChanged {
					t.Fatal(r.Counts(refresh.Source))
				}
			}
		})
		costs = append(costs, float64(took.Nanoseconds())/float64(n*rounds))
		t.Logf("%8d rows: %.0f ns of processor time a row", n, costs[len(costs)-1])
	}
	if last := costs[len(costs)-1]; last > 3*costs[0] {
		t.Errorf("a row costs %.1f times as much in the largest job as in the smallest one", last/costs[0])
	}
}
