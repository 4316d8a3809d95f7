package match

import "hash/maphash"

// groups says for each key of one rule which targets have it, and whether one source does. Keys are known by their hashes: what is decided is checked
// on the keys themselves, and two keys with one hash of 64 bits can at worst keep a pair from being made.
type groups struct {
	seed  maphash.Seed
	slots []int32 // index into list + 1, by hash
	list  []group
	links []link // the targets of a group beyond the first
}

type group struct {
	hash   uint64
	first  int32 // target
	more   int32 // index into links, -1 for none
	source int32 // nobody, somebody's index, or many
}

type link struct{ target, next int32 }

// What a neighbour is, beside an index.
const (
	nobody int32 = -1
	many   int32 = -2
)

// join is the neighbour of who had one and gets another.
func join(had, other int32) int32 {
	switch had {
	case nobody, other:
		return other
	}
	return many
}

// reset empties g for about so many keys. It keeps the memory, because a table is as large as the one before.
func (g *groups) reset(expect int) {
	if g.slots == nil {
		g.seed = maphash.MakeSeed()
	}
	g.list, g.links = g.list[:0], g.links[:0]
	if cap(g.list) < expect {
		g.list = make([]group, 0, expect)
	}
	if len(g.slots)*3 >= expect*4 && len(g.slots) > 0 {
		clear(g.slots)
		return
	}
	size := 16
	for size*3 < expect*4 {
		size *= 2
	}
	g.slots = make([]int32, size)
}

// find returns the group of a key, or the slot where it belongs.
func (g *groups) find(hash uint64) (in *group, slot uint64) {
	mask := uint64(len(g.slots) - 1)
	for slot = hash & mask; ; slot = (slot + 1) & mask {
		at := g.slots[slot]
		if at == 0 {
			return nil, slot
		}
		if in = &g.list[at-1]; in.hash == hash {
			return in, slot
		}
	}
}

// add puts a target into the group of a key.
func (g *groups) add(key string, target int32) {
	hash := maphash.String(g.seed, key)
	in, slot := g.find(hash)
	if in != nil {
		g.links = append(g.links, link{target, in.more})
		in.more = int32(len(g.links) - 1)
		return
	}
	if len(g.list) == cap(g.list) { // by a half: twice as much would be the most memory that a pairing needs
		g.list = append(make([]group, 0, len(g.list)+len(g.list)/2+16), g.list...)
	}
	g.list = append(g.list, group{hash, target, nobody, nobody})
	g.slots[slot] = int32(len(g.list))
	if len(g.list)*4 > len(g.slots)*3 {
		g.grow()
	}
}

func (g *groups) grow() {
	g.slots = make([]int32, len(g.slots)*2)
	mask := uint64(len(g.slots) - 1)
	for i, in := range g.list {
		slot := in.hash & mask
		for g.slots[slot] != 0 {
			slot = (slot + 1) & mask
		}
		g.slots[slot] = int32(i + 1)
	}
}
