package refresh

import "hash/maphash"

// idTag is a small hash of the ID of a row whose stamp vouches for it; 0 where none does.
type idTag uint16

// tagOf returns the tag of an ID, never 0.
func tagOf(seed maphash.Seed, id ID) idTag {
	return idTag(maphash.String(seed, string(id))>>48 | 1)
}

// idSet is a set of IDs that is asked, row by row, mostly about others than its own.
type idSet struct {
	seed maphash.Seed
	ids  map[ID]bool
	tags [1 << 16 / 64]uint64
}

func newIDSet(seed maphash.Seed) *idSet { return &idSet{seed: seed, ids: make(map[ID]bool)} }

func (s *idSet) len() int {
	if s == nil {
		return 0
	}
	return len(s.ids)
}

func (s *idSet) add(id ID) {
	s.ids[id] = true
	t := tagOf(s.seed, id)
	s.tags[t/64] |= 1 << (t % 64)
}

// mayHold reports whether some ID of the set has the tag, so that the ID itself, which lies elsewhere in memory, is worth a look.
func (s *idSet) mayHold(t idTag) bool { return s != nil && s.tags[t/64]&(1<<(t%64)) != 0 }

func (s *idSet) holds(id ID) bool { return s != nil && s.ids[id] }
