package refresh

import (
	"math/bits"
	"slices"
)

// repeats finds rows that hold the same, by hash, in flat memory: a job may hold millions of addresses. What it finds must be
// looked at closely, because two texts may have one hash.
type repeats struct {
	chunks [][]uint64 // 32 bits of hash above 32 bits of row+1
	n      int
	expect int // how many there will be about
}

const repeatsChunk = 1 << 14

func (r *repeats) add(hash uint64, row int) {
	k := len(r.chunks) - 1
	if k < 0 || len(r.chunks[k]) == cap(r.chunks[k]) {
		r.chunks = append(r.chunks, make([]uint64, 0, min(repeatsChunk, max(16, r.expect))))
		k++
	}
	r.chunks[k] = append(r.chunks[k], hash>>32<<32|uint64(uint32(row+1)))
	r.n++
}

// join takes over what another one found.
func (r *repeats) join(o *repeats) {
	r.chunks, r.n = append(r.chunks, o.chunks...), r.n+o.n
}

// rows returns the rows that share a hash with another one, in order. scratch is memory to work in, for the next call, too.
func (r *repeats) rows(scratch *[]uint64) []int {
	parts := uint64(1) << bits.Len(uint(min(r.n>>10, 1<<12-1)))
	shift := 64 - uint(bits.TrailingZeros64(parts))
	starts := make([]int, parts+1)
	for _, c := range r.chunks {
		for _, x := range c {
			starts[x>>shift+1]++ // a shift by 64 gives 0
		}
	}
	most := 0
	for p := range parts {
		most = max(most, starts[p+1])
		starts[p+1] += starts[p]
	}
	*scratch = slices.Grow((*scratch)[:0], r.n)
	sorted := (*scratch)[:r.n]
	next := slices.Clone(starts)
	for _, c := range r.chunks {
		for _, x := range c {
			p := x >> shift
			sorted[next[p]] = x
			next[p]++
		}
	}
	var out []int
	table := make([]uint64, 1<<bits.Len(uint(2*most)))
	for p := range parts {
		out = repeatsIn(sorted[starts[p]:starts[p+1]], table, out)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// repeatsIn appends the rows of list that share a hash. table has room for twice the list.
func repeatsIn(list, table []uint64, out []int) []int {
	clear(table)
	mask := uint64(len(table) - 1)
	for _, x := range list {
		for i := x >> 32 & mask; ; i = (i + 1) & mask {
			y := table[i]
			if y == 0 {
				table[i] = x
				break
			}
			if y>>32 == x>>32 {
				if y != x {
					out = append(out, int(uint32(y))-1, int(uint32(x))-1)
				}
				break
			}
		}
	}
	return out
}
