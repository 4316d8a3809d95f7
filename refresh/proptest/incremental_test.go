package proptest

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/readdress-go/readdress/refresh"
)

var incCountFlag = flag.Int("proptest.incremental", 20000, "number of histories of the property test of incremental refresh")

// TestIncremental holds incremental refresh to its first property: after any history that the directory reports, for the same
// job at the same moment, an incremental run and a full one give the same rows, conflicts and warnings.
//
// Histories leave out what no directory reports, which [refresh.Options].MaxAge is for: what a reader may see does not
// change in between, but for faults that end as failed look-ups.
func TestIncremental(t *testing.T) {
	if *historyFlag >= 0 {
		synctest.Test(t, func(t *testing.T) {
			shrinkInc(t, uint64(*historyFlag), newIncStats(), map[string]bool{}, true)
		})
		return
	}
	debug.SetGCPercent(400)
	n := *incCountFlag
	if testing.Short() {
		n /= 10
	}
	for shard := range shards {
		t.Run(fmt.Sprintf("shard=%d", shard), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				st, seen := newIncStats(), map[string]bool{}
				for i := shard; i < n && len(seen) < 3; i += shards {
					shrinkInc(t, uint64(i), st, seen, false)
				}
				st.enough(t)
			})
		})
	}
}

func incSeedOf(i uint64) uint64 { return newDice(*seedFlag, hash("incremental")+i).Uint64() }

// shrinkInc runs a history and reports the smallest form of it that still breaks the property.
func shrinkInc(t *testing.T, i uint64, st *incStats, seen map[string]bool, loud bool) {
	t.Helper()
	p := plan{seed: incSeedOf(i)}
	v := runInc(p, mutant{}, st, loud)
	if v == nil || seen[v.property] {
		return
	}
	seen[v.property] = true
	t.Errorf("history %d of seed %d (run it alone with -run TestIncremental -proptest.seed=%d -proptest.history=%d)\nMade small: %s",
		i, *seedFlag, *seedFlag, i, smallestInc(p, mutant{}, v))
}

// smallestInc leaves rows and steps out as long as the same property breaks.
func smallestInc(p plan, m mutant, v *violation) *violation {
	p.skipRows, p.skipSteps = map[int]bool{}, map[int]bool{}
	if w := runInc(p, m, newIncStats(), true); w != nil {
		v = w // with its trace
	}
	for again := true; again; {
		again = false
		for _, from := range []struct {
			n    int
			skip map[int]bool
		}{{p.incSteps(), p.skipSteps}, {6, p.skipRows}} {
			for i := range from.n {
				if from.skip[i] {
					continue
				}
				from.skip[i] = true
				if w := runInc(p, m, newIncStats(), true); w != nil && w.property == v.property {
					v, again = w, true
				} else {
					delete(from.skip, i)
				}
			}
		}
	}
	return v
}

// incStats count what the histories reached.
type incStats struct {
	histories, runs, refused, compared, applied, reverted, rows int
	sides, incremental, saved                                   int // sides of compared runs, on which path, and with look-ups saved
	asked, askedFull                                            int // look-ups of the incremental ones, and of their full twins
	merged, unmerged, mergedMoved, late, unwitnessed            int // merges, refused ones, cursors moved, ones into a job that had gone on, and see noWitness
	why                                                         map[string]int
}

func newIncStats() *incStats { return &incStats{why: map[string]int{}} }

// enough fails when the histories prove nothing because most runs were full ones anyway.
func (st *incStats) enough(t *testing.T) {
	t.Helper()
	t.Logf("%d histories, %d runs (%d refused), %d applied, %d reverted; %d pairs compared, %d rows", st.histories, st.runs, st.refused, st.applied, st.reverted, st.compared, st.rows)
	t.Logf("of %d sides %d were incremental, %d of them saved look-ups: %d instead of %d", st.sides, st.incremental, st.saved, st.asked, st.askedFull)
	t.Logf("%d merges (%d refused, %d into a job that had gone on), %d cursors moved, %d without a witness", st.merged, st.unmerged, st.late, st.mergedMoved, st.unwitnessed)
	var why []string
	for _, w := range slices.SortedFunc(maps.Keys(st.why), func(a, b string) int { return cmp.Compare(st.why[b], st.why[a]) }) {
		why = append(why, fmt.Sprintf("%d %s", st.why[w], cmp.Or(w, refresh.PathIncremental.String())))
	}
	t.Logf("paths: %s", strings.Join(why, "; "))
	if t.Failed() || st.histories < 250 {
		return
	}
	if st.unwitnessed*100 > st.merged {
		t.Errorf("%d of %d merges without a witness", st.unwitnessed, st.merged)
	}
	for _, want := range []struct {
		what           string
		n, of, percent int
	}{
		{"sides that were incremental", st.incremental, st.sides, 50},
		{"of these, sides that saved look-ups", st.saved, st.incremental, 45},
		{"merges, of histories", st.merged, st.histories, 40},
		{"cursors that merges moved, of merges", st.mergedMoved, st.merged, 50},
		{"look-ups that these saved", st.askedFull - st.asked, st.askedFull, 35},
	} {
		if want.n*100 < want.of*want.percent {
			t.Errorf("%s: %d of %d, want %d%%: the test proves too little", want.what, want.n, want.of, want.percent)
		}
	}
}
