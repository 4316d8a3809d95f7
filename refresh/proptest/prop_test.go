package proptest

import (
	"flag"
	"fmt"
	"runtime/debug"
	"testing"
	"testing/synctest"
)

var (
	seedFlag    = flag.Uint64("proptest.seed", 20260726, "seed of the property test")
	countFlag   = flag.Int("proptest.histories", 10000, "number of histories of the property test")
	historyFlag = flag.Int("proptest.history", -1, "run this history alone, and print it")
)

// shards is how many histories run side by side. Each shard has a clock of its own.
const shards = 4

// TestHistories runs the histories and compares the engine with the model after every step.
func TestHistories(t *testing.T) {
	if *historyFlag >= 0 {
		synctest.Test(t, func(t *testing.T) { one(t, uint64(*historyFlag), true) })
		return
	}
	debug.SetGCPercent(400) // histories make much garbage and keep little
	n := *countFlag
	if testing.Short() {
		n /= 10
	}
	for shard := range shards {
		t.Run(fmt.Sprintf("shard=%d", shard), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				st := newStats()
				seen := map[string]bool{} // one report for each property
				for i := shard; i < n && len(seen) < 5; i += shards {
					shrinkAndReport(t, uint64(i), st, seen)
				}
				st.enough(t, n/shards)
			})
		})
	}
}

func one(t *testing.T, i uint64, verbose bool) {
	shrinkAndReport(t, i, newStats(), map[string]bool{})
	if verbose {
		t.Logf("history %d of seed %d is done", i, *seedFlag)
	}
}

func seedOf(i uint64) uint64 { return newDice(*seedFlag, i).Uint64() }

// shrinkAndReport runs a history and reports the smallest form of it that still breaks the property.
func shrinkAndReport(t *testing.T, i uint64, st *stats, seen map[string]bool) {
	t.Helper()
	s := subject{engine: theEngine()}
	p := plan{seed: seedOf(i)}
	if v := run(p, s, st, *historyFlag >= 0); v != nil && !seen[v.property] {
		seen[v.property] = true
		small := shrink(p, s, v)
		t.Errorf("history %d of seed %d (run it alone with -proptest.seed=%d -proptest.history=%d)\nMade small: %s",
			i, *seedFlag, *seedFlag, i, small)
	}
}

// shrink leaves rows and steps out as long as the same property breaks.
func shrink(p plan, s subject, v *violation) *violation {
	p.skipRows, p.skipSteps = map[int]bool{}, map[int]bool{}
	if loud := run(p, s, newStats(), true); loud != nil {
		v = loud // with its trace
	}
	for again := true; again; {
		again = false
		for _, from := range []struct {
			n    int
			skip map[int]bool
		}{{p.steps(), p.skipSteps}, {12, p.skipRows}} {
			for i := range from.n {
				if from.skip[i] {
					continue
				}
				from.skip[i] = true
				if w := run(p, s, newStats(), true); w != nil && w.property == v.property {
					v, again = w, true
				} else {
					delete(from.skip, i)
				}
			}
		}
	}
	return v
}

// enough fails when the histories did not reach what they are for.
func (st *stats) enough(t *testing.T, histories int) {
	t.Helper()
	t.Logf("%d histories, %d runs (%d ended early, %d refused), %d applied, %d reverted, %d stale, %d narrowed, %d splits refused, %d exchanges met, %d run again",
		st.histories, st.runs, st.cancelled, st.refused, st.applied, st.reverted, st.stale, st.narrowed, st.splits, st.exchanged, st.again)
	t.Logf("rows %v, conflicts %v", st.rows, st.conflicts)
	if histories < 2000 || t.Failed() {
		return
	}
	for what, n := range map[string]int{
		"cancelled": st.cancelled, "refused": st.refused, "applied": st.applied, "reverted": st.reverted, "stale": st.stale,
		"narrowed": st.narrowed, "splits": st.splits, "again": st.again, "missing": st.rows["missing"], "replaced": st.rows["replaced"],
		"new": st.conflicts["new"], "existing": st.conflicts["existing"], "resolved": st.conflicts["resolved"],
	} {
		if n < 10 {
			t.Errorf("only %d of %q: the histories do not reach it", n, what)
		}
	}
}
