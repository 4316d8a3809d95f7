package imapconn

// maxNeighbours is how many earlier witnesses with the same message each is compared with.
const maxNeighbours = 16

// twins says which of the witnesses are so alike that the mailbox of one may prove the other: they have the same INBOX, share a quarter of the
// messages of either, one of the newest of a folder among them, and have no other message under the same UID. They are of one mailbox that has two logins, or of two
// that were made in the same second and got the same mail only. Whoever looks them up must not take a proof of one of them for one.
// Where very many share a message, not all of them are compared with each other.
func twins(ws []Witness) []bool {
	out := make([]bool, len(ws))
	holders := make(map[digest][]int32)
	for i := range ws {
		compared := make(map[int32]bool)
		for k := range ws[i].parts {
			p := &ws[i].parts[k]
			for _, d := range p.digests[p.firstRecent():] {
				same := holders[d]
				for n := len(same) - 1; n >= max(0, len(same)-maxNeighbours); n-- {
					if j := same[n]; int(j) != i && !compared[j] {
						compared[j] = true
						if alike(&ws[i], &ws[j]) {
							out[i], out[j] = true, true
						}
					}
				}
				holders[d] = append(same, int32(i))
			}
		}
	}
	return out
}

// place is where a message is.
type place struct {
	inbox         bool
	hint          uint16
	validity, uid uint32
}

func (p *part) place(i int) place { return place{p.inbox, p.hint, p.validity, p.uids[i]} }

// alike reports whether one mailbox may prove both witnesses, as far as they tell.
func alike(a, b *Witness) bool {
	if a.IsZero() || b.IsZero() || a.parts[0].validity != b.parts[0].validity {
		return false
	}
	held := make(map[place]digest, maxSample)
	for k := range a.parts {
		p := &a.parts[k]
		for i, d := range p.digests {
			held[p.place(i)] = d
		}
	}
	shared := 0
	for k := range b.parts {
		p := &b.parts[k]
		for i, d := range p.digests {
			switch was, ok := held[p.place(i)]; {
			case !ok:
			case was != d:
				return false
			default:
				shared++
			}
		}
	}
	return shared >= minPresent && shared*presentShare >= min(a.len(), b.len())
}
