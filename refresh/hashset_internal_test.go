package refresh

import (
	"math/rand/v2"
	"testing"
)

// TestHashSet: whatever is added is there, and nothing else; and it takes the memory that its comment says.
func TestHashSet(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var short hashSet[[1]uint64]
	var long hashSet[[2]uint64]
	seen := map[uint64]bool{}
	for i := range 200_000 {
		x := rng.Uint64N(150_000) * 0x9e3779b97f4a7c15
		if i%100 == 0 {
			x = uint64(i) // a cluster
		}
		if x == 1 {
			continue // the short set may take it for 0
		}
		l := [2]uint64{x, ^x}
		if was := seen[x]; short.has([1]uint64{x}) != was || short.add([1]uint64{x}) == was || long.has(l) != was || long.add(l) == was {
			t.Fatalf("%x: there %t, and the sets say otherwise", x, was)
		}
		if long.has([2]uint64{x, x}) && x != ^x {
			t.Fatalf("%x: half a hash is taken for a whole", x)
		}
		seen[x] = true
	}
	if short.n != len(seen) || long.n != len(seen) {
		t.Errorf("%d and %d hashes, want %d", short.n, long.n, len(seen))
	}

	short = hashSet[[1]uint64]{}
	for n := range 1 << 20 {
		short.add([1]uint64{rng.Uint64()})
		if n < 1<<17 || n&(n-1) != 0 {
			continue
		}
		slots := 0
		for i := range short.pieces {
			slots += len(short.pieces[i].slots)
		}
		if perHash := 8 * float64(slots) / float64(n); perHash < 10 || perHash > 12.8 {
			t.Errorf("%d hashes take %.1f bytes each", n, perHash)
		}
	}
}
