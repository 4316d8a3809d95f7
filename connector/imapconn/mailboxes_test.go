package imapconn

import (
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"strconv"
	"time"
)

// letter is a message in a folder. Its origin decides what it says, so that copies have one origin.
type letter struct {
	uid    uint32
	origin uint64
}

func (l letter) message() Message {
	x := l.origin
	mix := func() uint64 { // SplitMix64
		x += 0x9e3779b97f4a7c15
		z := x
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		return z ^ z>>31
	}
	date, size, id := mix(), mix(), mix()
	return Message{UID: l.uid, Date: time.Unix(1_600_000_000+int64(date%100_000_000), 0), Size: int64(500 + size%50_000), MessageID: strconv.FormatUint(id, 36) + "@mail.example"}
}

// shelf is a folder.
type shelf struct {
	name           string
	validity, next uint32
	letters        []letter // by UID
	ever           []uint64 // the origins of all that was put here
}

func (s *shelf) put(origin uint64) {
	s.letters = append(s.letters, letter{s.next, origin})
	s.ever = append(s.ever, origin)
	s.next++
}

// expunge deletes the letters for which gone says so; i is the place from the oldest one.
func (s *shelf) expunge(gone func(i int, l letter) bool) {
	i := -1
	s.letters = slices.DeleteFunc(s.letters, func(l letter) bool { i++; return gone(i, l) })
}

// store is a mailbox; its first folder is INBOX.
type store []*shelf

func (b store) clone() store {
	out := make(store, len(b))
	for i, s := range b {
		c := *s
		c.letters, c.ever = slices.Clone(s.letters), slices.Clone(s.ever)
		out[i] = &c
	}
	return out
}

func (b store) folders() []Folder {
	out := make([]Folder, len(b))
	for i, s := range b {
		out[i] = Folder{Name: s.name, UIDValidity: s.validity, UIDNext: s.next, Count: uint32(len(s.letters))}
	}
	return out
}

func (b store) shelf(name string) *shelf {
	i := slices.IndexFunc(b, func(s *shelf) bool { return s.name == name })
	return b[i]
}

// sample reads what a new witness is made of, as a connection would.
func (b store) sample() Sample {
	var out Sample
	for _, t := range planMint(b.folders()) {
		s := b.shelf(t.Name)
		x := Sampled{Folder: t.Folder}
		for _, r := range t.sequences(uint32(len(s.letters))) {
			for _, l := range s.letters[r.first-1 : r.last] {
				x.Messages = append(x.Messages, l.message())
			}
		}
		out = append(out, x)
	}
	return out
}

// again reads what a witness asks for, as a connection would.
func (b store) again(w Witness) Sample {
	var out Sample
	for _, k := range planProof(w, b.folders()) {
		s := b.shelf(k.Name)
		x := Sampled{Folder: k.Folder}
		if len(s.letters) > 0 {
			x.Oldest = s.letters[0].uid
		}
		for _, r := range k.uids {
			i := sort.Search(len(s.letters), func(i int) bool { return s.letters[i].uid >= r.first })
			for ; i < len(s.letters) && s.letters[i].uid <= r.last; i++ {
				x.Messages = append(x.Messages, s.letters[i].message())
			}
		}
		out = append(out, x)
	}
	return out
}

// shows reports whether b can be told from the mailbox that was a when its witness was minted, by one who knows all that a ever got: INBOX is
// another one, a folder has given fewer UIDs, or there is a message that a never got under a UID that a had given by then.
func (b store) shows(a store) bool {
	if a[0].validity != b[0].validity {
		return true
	}
	got := make(map[uint64]bool)
	for _, s := range a {
		for _, origin := range s.ever {
			got[origin] = true
		}
	}
	for _, s := range a {
		for _, x := range b {
			if x.validity == s.validity && x.name == s.name &&
				(x.next < s.next || slices.ContainsFunc(x.letters, func(l letter) bool { return l.uid < s.next && !got[l.origin] })) {
				return true
			}
		}
	}
	return false
}

// dice makes mailboxes.
type dice struct {
	*rand.Rand
	made uint64 // origins
}

func newDice(seed uint64) *dice { return &dice{Rand: rand.New(rand.NewPCG(seed, 6))} }

// one makes up a message that nobody else gets.
func (d *dice) one() uint64 { d.made++; return d.made }

// upTo is a number from lo to hi, small ones as often as large ones.
func (d *dice) upTo(lo, hi int) int {
	return int(float64(lo) * math.Exp(d.Float64()*math.Log(float64(hi+1)/float64(lo))))
}

func (d *dice) validity() uint32 { return 1_600_000_000 + d.Uint32N(100_000_000) }

func (d *dice) chance(p float64) bool { return d.Float64() < p }
