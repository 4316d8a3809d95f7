package ldapconn_test

import (
	options "flag"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
)

var (
	matrixSeed  = options.Uint64("matrix.seed", 0, "seed of the fault matrix, as every run prints it; 0 takes a new one")
	matrixShare = options.Uint64("matrix.share", usualShare, "run one cell of the fault matrix in so many, drawn by the seed, and at least one of each fault under each call")
)

// matrixWorkers is how many cells run at a time. Most of them wait.
const matrixWorkers = 32

// TestFaultMatrix breaks servers in every way, at every place, under every call. Whatever happens, nobody who is there is called
// gone, nothing is wrong without an error, nothing takes longer than it should, and every error says where and why.
func TestFaultMatrix(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // half of the time goes there otherwise
	before := runtime.NumGoroutine()
	seed := seedOf(t)
	sum := newSummary()
	t.Run("cells", func(t *testing.T) {
		ws := newRealms(t)
		one := func(x *cell) {
			t.Run(x.name(), func(t *testing.T) {
				w, err := ws.take(t.Context(), x.kind)
				must(t, err)
				defer ws.give(w)
				x.world = w
				sum.add(x, x.run(t, seed))
			})
		}
		drawn, rest := draw(seed, *matrixShare)
		sideBySide(matrixWorkers, func(run func(func())) {
			for _, x := range drawn {
				run(func() { one(x) })
			}
		})
		if sum.cells() < len(drawn) {
			t.Log("a part of the cells was asked for, so not every fault needs to strike")
			return
		}
		sideBySide(matrixWorkers, func(run func(func())) {
			for p, list := range rest {
				run(func() {
					for len(list) > 0 && !sum.struck(p) {
						one(list[0])
						list = list[1:]
					}
					if !sum.struck(p) {
						t.Errorf("%s: it never struck, and nothing was tested", p)
					}
				})
			}
		})
	})
	settleGoroutines(t, before)
	t.Log(sum)
}

// cell is one field of the matrix.
type cell struct {
	world *realm
	kind  realmKind
	op    operation
	fault trouble
	place spot
}

func (x *cell) name() string {
	return fmt.Sprintf("%s/%s/%s/%s", x.fault.name, x.kind, x.op, x.place.name)
}

// hash makes a cell the same in every run with a seed, whatever runs beside it.
func (x *cell) hash(seed uint64) uint64 {
	h := fnv.New64a()
	_, _ = fmt.Fprint(h, seed, x.name())
	return h.Sum64()
}

// cells lists the matrix.
func cells(seed uint64) []*cell {
	var out []*cell
	for _, t := range troubles {
		for _, k := range realmKinds {
			for _, op := range append(operations, refreshing) {
				for _, p := range spots {
					x := &cell{kind: k, op: op, fault: t, place: p}
					switch {
					case !p.fits(t), !slices.Contains(p.of, op), t.only != nil && !slices.Contains(t.only, op):
					case p.first && k != inForest: // there is no other one
					case k == inDomains && x.hash(seed)%3 != 0: // it differs little from the forest
					default:
						out = append(out, x)
					}
				}
			}
		}
	}
	return out
}

// seedOf returns the seed of this run and prints it.
func seedOf(t *testing.T) uint64 {
	seed := *matrixSeed
	if seed == 0 {
		seed = rand.Uint64N(1e9) + 1
	}
	t.Logf("-matrix.seed=%d", seed)
	return seed
}
