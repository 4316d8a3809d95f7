package refresh

import "hash/maphash"

// roster is the distinct IDs that a side asks for, in the order in which rows want them.
type roster struct {
	ids   []ID
	first []int32 // by ID: the first match that wants it; -1 for none
	slots []int32 // a hash table of indexes+1 into ids
	seed  maphash.Seed
}

// newRoster has room for so many IDs.
func newRoster(expect int) *roster {
	r := &roster{seed: maphash.MakeSeed(), ids: make([]ID, 0, expect), first: make([]int32, 0, expect)}
	r.resize(expect)
	return r
}

func (r *roster) resize(expect int) {
	size := 16
	for size < 2*expect {
		size *= 2
	}
	r.slots = make([]int32, size)
	for n, id := range r.ids {
		r.slots[r.slot(id)] = int32(n + 1)
	}
}

// slot returns the place of an ID in the table, or the empty one where it belongs.
func (r *roster) slot(id ID) int {
	mask := len(r.slots) - 1
	for i := int(maphash.String(r.seed, string(id))) & mask; ; i = (i + 1) & mask {
		if n := r.slots[i]; n == 0 || r.ids[n-1] == id {
			return i
		}
	}
}

// find returns the index of an ID that was wanted.
func (r *roster) find(id ID) int { return int(r.slots[r.slot(id)]) - 1 }

// want adds an ID that a match asks for, if it is a new one; no match is -1.
func (r *roster) want(id ID, match int) {
	i := r.slot(id)
	if r.slots[i] != 0 {
		return
	}
	r.ids, r.first = append(r.ids, id), append(r.first, int32(match))
	r.slots[i] = int32(len(r.ids))
	if 2*len(r.ids) > len(r.slots) {
		r.resize(len(r.ids) + 1)
	}
}
