package refresh

import (
	"math/bits"
	"slices"
)

// repeats finds rows that hold the same, by hash, in flat memory: a job may hold millions of addresses. What it finds must be
// looked at closely, because two texts may have one hash.
type repeats struct {
	shift uint       // of a hash, to give its list
	chunk int        // how much memory a list takes at a time
	lists []hashList // small enough to be worked on in fast memory
}

// hashList holds words of 32 bits of hash above 32 bits of row+1.
type hashList struct {
	full [][]uint64
	last []uint64
}

// newRepeats expects about so many hashes, a share of them in each of so many parts that will be joined.
func newRepeats(expect, parts int) repeats {
	n := bits.Len(uint(min(expect>>11, 1<<12-1)))
	return repeats{shift: uint(64 - n), chunk: max(16, expect/parts>>n>>2)}
}

func (r *repeats) add(hash uint64, row int) {
	if r.lists == nil {
		r.lists = make([]hashList, 1<<(64-r.shift))
	}
	l := &r.lists[hash>>r.shift] // a shift by 64 gives 0
	if len(l.last) == cap(l.last) {
		if l.last != nil {
			l.full = append(l.full, l.last)
		}
		l.last = make([]uint64, 0, r.chunk)
	}
	l.last = append(l.last, hash>>32<<32|uint64(uint32(row+1)))
}

// join takes over what another one found, which expected the same.
func (r *repeats) join(o *repeats) {
	if r.lists == nil {
		r.lists = o.lists
		return
	}
	for i := range o.lists {
		r.lists[i].full = append(append(r.lists[i].full, o.lists[i].full...), o.lists[i].last)
	}
}

// rows returns the rows that share a hash with another one, in order.
func (r *repeats) rows() []int {
	var out []int
	var table []uint64
	for i := range r.lists {
		out, table = r.lists[i].rows(out, table)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// rows appends the rows of the list that share a hash. table is memory to work in.
func (l *hashList) rows(out []int, table []uint64) ([]int, []uint64) {
	n := len(l.last)
	for _, c := range l.full {
		n += len(c)
	}
	size := 1 << bits.Len(uint(2*n))
	if size > cap(table) {
		table = make([]uint64, size)
	}
	table = table[:size]
	clear(table)
	for _, c := range l.full {
		out = repeatsIn(c, table, out)
	}
	return repeatsIn(l.last, table, out), table
}

// repeatsIn appends the rows of list that share a hash with another one or with what the table holds, and adds them to the table.
func repeatsIn(list, table []uint64, out []int) []int {
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
