package refresh

import "math/bits"

// hashSet is a set of hashes of 8 or 16 bytes in flat memory, for what a job of any size may be held against. It grows in
// pieces and by a quarter, so that it is 64% to 80% full and never twice there: 10 to 12.5 bytes for a hash of 8 bytes, 20
// to 25 for one of 16. The zero hashSet is empty.
type hashSet[H [1]uint64 | [2]uint64] struct {
	pieces [256]hashPiece[H]
	n      int
}

// hashPiece is the part of a set whose hashes begin with the same byte: open addressing, the zero hash is a free slot.
type hashPiece[H [1]uint64 | [2]uint64] struct {
	slots []H
	n     int
}

// add reports whether the hash was not there yet.
func (s *hashSet[H]) add(h H) bool {
	h = nonZero(h)
	p := &s.pieces[h[0]>>56]
	if 5*(p.n+1) > 4*len(p.slots) {
		p.grow()
	}
	at := p.find(h)
	if p.slots[at] == h {
		return false
	}
	p.slots[at] = h
	p.n++
	s.n++
	return true
}

func (s *hashSet[H]) has(h H) bool {
	h = nonZero(h)
	p := &s.pieces[h[0]>>56]
	return p.n > 0 && p.slots[p.find(h)] == h
}

func nonZero[H [1]uint64 | [2]uint64](h H) H {
	var zero H
	if h == zero {
		h[0] = 1
	}
	return h
}

// find returns the slot of h, or the free one where it belongs.
func (p *hashPiece[H]) find(h H) int {
	var free H
	first, _ := bits.Mul64(h[0]<<8, uint64(len(p.slots)))
	for at := int(first); ; {
		if p.slots[at] == h || p.slots[at] == free {
			return at
		}
		if at++; at == len(p.slots) {
			at = 0
		}
	}
}

func (p *hashPiece[H]) grow() {
	var free H
	old := p.slots
	p.slots = make([]H, len(old)+len(old)/4+8)
	for _, h := range old {
		if h != free {
			p.slots[p.find(h)] = h
		}
	}
}
