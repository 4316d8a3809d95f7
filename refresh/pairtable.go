package refresh

// pairTable finds hashes that two different rows have, in flat memory: a job may hold millions of addresses.
type pairTable struct {
	hash   []uint64
	row    []int32 // row+1; 0 is an empty slot
	n      int
	shared map[uint64]bool
}

func newPairTable(expect int) *pairTable {
	size := 64
	for size < 2*expect {
		size *= 2
	}
	return &pairTable{hash: make([]uint64, size), row: make([]int32, size), shared: make(map[uint64]bool)}
}

func (t *pairTable) add(h uint64, row int32) {
	if 2*t.n >= len(t.hash) {
		t.grow()
	}
	mask := uint64(len(t.hash) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		switch {
		case t.row[i] == 0:
			t.hash[i], t.row[i] = h, row+1
			t.n++
			return
		case t.hash[i] == h:
			if t.row[i] != row+1 {
				t.shared[h] = true
			}
			return
		}
	}
}

func (t *pairTable) grow() {
	old := *t
	t.hash, t.row, t.n = make([]uint64, 2*len(old.hash)), make([]int32, 2*len(old.hash)), 0
	for i, row := range old.row {
		if row != 0 {
			t.add(old.hash[i], row-1)
		}
	}
}
