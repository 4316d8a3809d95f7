package refresh

import "hash/maphash"

// roster is the distinct IDs that a side asks for, in the order in which rows want them. The job holds their text.
type roster struct {
	matches []Match
	side    Side
	first   []int32 // by ID: the first match that wants it; ^n for others[n]
	others  []ID    // those that no match wants
	slots   []int32 // a hash table of indexes+1 into first
	seed    maphash.Seed
}

// newRoster has room for so many IDs.
func newRoster(matches []Match, side Side, expect int) *roster {
	r := &roster{matches: matches, side: side, seed: maphash.MakeSeed(), first: make([]int32, 0, expect)}
	r.resize(expect)
	return r
}

func (r *roster) len() int { return len(r.first) }

// id returns the nth ID.
func (r *roster) id(n int) ID {
	if m := r.stored(n); m != nil {
		return m.ID
	}
	return r.others[^r.first[n]]
}

// stored returns what the job holds of the nth ID, nil for one that no match wants.
func (r *roster) stored(n int) *Mailbox {
	if i := r.first[n]; i >= 0 {
		return r.matches[i].side(r.side).mailbox
	}
	return nil
}

// since returns the IDs from the nth on, in memory of their own.
func (r *roster) since(n int) []ID {
	ids := make([]ID, r.len()-n)
	for k := range ids {
		ids[k] = r.id(n + k)
	}
	return ids
}

func (r *roster) resize(expect int) {
	size := 16
	for size < 2*expect {
		size *= 2
	}
	r.slots = make([]int32, size)
	for n := range r.first {
		r.slots[r.slot(r.id(n))] = int32(n + 1)
	}
}

// slot returns the place of an ID in the table, or the empty one where it belongs.
func (r *roster) slot(id ID) int {
	mask := len(r.slots) - 1
	for i := int(maphash.String(r.seed, string(id))) & mask; ; i = (i + 1) & mask {
		if n := r.slots[i]; n == 0 || r.id(int(n)-1) == id {
			return i
		}
	}
}

// find returns the index of an ID that was wanted, -1 for another one.
func (r *roster) find(id ID) int { return int(r.slots[r.slot(id)]) - 1 }

// want adds the ID that a match asks for, if it is a new one.
func (r *roster) want(match int) {
	if i := r.slot(r.matches[match].side(r.side).mailbox.ID); r.slots[i] == 0 {
		r.add(i, int32(match))
	}
}

// wantToo adds an ID that no match asks for, if it is a new one.
func (r *roster) wantToo(id ID) {
	if i := r.slot(id); r.slots[i] == 0 {
		r.others = append(r.others, id)
		r.add(i, ^int32(len(r.others)-1))
	}
}

func (r *roster) add(slot int, first int32) {
	r.first = append(r.first, first)
	r.slots[slot] = int32(r.len())
	if 2*r.len() > len(r.slots) {
		r.resize(r.len() + 1)
	}
}
