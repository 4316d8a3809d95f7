package refresh

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"math/bits"
	"time"
)

// Stamp vouches that one side of a row held what the directory had at a moment not before the endpoint's cursor: it is
// a hash of the epoch and of everything that Apply writes. A change by hand breaks it, and then the row is looked up in full; so it is
// where there is none, the zero Stamp. It finds changes that nobody hides; it is no signature. In JSON it is a text of 11 characters.
type Stamp uint64

// String returns the stamp's text, "" for none.
func (s Stamp) String() string {
	if s == 0 {
		return ""
	}
	return wordText(uint64(s))
}

// MarshalText writes the stamp as its text.
func (s Stamp) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a stamp's text; any other text is an error.
func (s *Stamp) UnmarshalText(b []byte) error {
	x, ok := readWord(string(b))
	if !ok || x == 0 {
		return errors.New("is not a stamp: leave it out, so that the row is looked up")
	}
	*s = Stamp(x)
	return nil
}

// stampOf returns the stamp of a mailbox. It is the same on every machine and in every version that can read the job.
func stampOf(epoch string, m *Mailbox) Stamp {
	x := stamping(epoch)
	return x.stamp(m)
}

// stampHash makes the stamps of an epoch.
type stampHash struct {
	start hash
	none  bool // there is no epoch
}

func stamping(epoch string) stampHash {
	x := stampHash{none: epoch == ""}
	x.start.text(epoch)
	return x
}

func (x *stampHash) stamp(m *Mailbox) Stamp {
	h := x.start
	h.text(string(m.ID))
	h.text(string(m.Instance))
	h.text(string(m.Anchor))
	h.text(m.Login)
	h.text(m.DisplayName)
	h.word(uint64(m.Kind))
	h.text(string(m.Primary))
	h.word(uint64(len(m.Aliases)))
	for _, a := range m.Aliases {
		h.text(string(a))
	}
	return Stamp(max(1, h.sum()))
}

// wordText is a word as 11 characters (base64url).
func wordText(x uint64) string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], x)
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func readWord(text string) (uint64, bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(text) != 11 || len(b) != 8 { // line breaks are skipped in decoding
		return 0, false
	}
	return binary.BigEndian.Uint64(b), true
}

// seal is the sum of all stamps of one side of a job with the rows that carry them. The endpoint keeps it: where it
// does not fit any more, rows with stamps were removed, put back or copied by hand, and what happened to them meanwhile was
// not looked at.
type seal uint64

func sealOf(key string, s Stamp) seal { return sealWith(hashText(key), s) }

// sealWith is sealOf for the hash of a key.
func sealWith(key uint64, s Stamp) seal {
	if s == 0 {
		return 0
	}
	var h hash
	h.pair(key, uint64(s))
	return seal(h.sum())
}

// sealOf sums one side of the job up.
func (j *Job) sealOf(side Side) seal {
	var sum seal
	for i := range j.Matches {
		m := &j.Matches[i]
		sum += sealOf(m.Key, *m.side(side).stamp) // no exclusive or: what is put back twice must not cancel itself out
	}
	return sum
}

func (s seal) text() string {
	if s == 0 {
		return ""
	}
	return wordText(uint64(s))
}

// readSeal reads a seal; what is none fits no job.
func readSeal(text string) (seal, bool) {
	if text == "" {
		return 0, true
	}
	x, ok := readWord(text)
	return seal(x), ok
}

// hash mixes pairs of words by 64-bit multiplication (as wyhash does).
type hash struct{ state uint64 }

const (
	mixA = 0xa0761d6478bd642f
	mixB = 0xe7037ed1a0b428db
)

func (h *hash) pair(x, y uint64) {
	hi, lo := bits.Mul64(h.state^x^mixA, y^mixB)
	h.state = bits.RotateLeft64(h.state, 23) + (hi ^ lo) + mixB
}

func (h *hash) word(x uint64) { h.pair(x, bits.RotateLeft64(x, 32)) }

// text mixes in a text and its length, so that no two series of texts look alike.
func (h *hash) text(s string) { h.pair(hashText(s), uint64(len(s))) }

// hashText hashes a text, sixteen bytes at a time. It needs nothing that was hashed before, so that a processor hashes several at once.
func hashText(s string) uint64 {
	var h hash
	n := len(s)
	if n < 8 {
		var x uint64
		for i := range n {
			x |= uint64(s[i]) << (8 * i)
		}
		h.pair(uint64(n), x)
		return h.state
	}
	h.pair(uint64(n), le64(s[n-8:])) // its last bytes, and then those before, some perhaps a second time
	for i := 0; i < n-8; i += 16 {
		h.pair(le64(s[i:]), le64(s[min(i+8, n-8):]))
	}
	return h.state
}

func le64(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

func (h *hash) sum() uint64 {
	f := *h
	f.word(mixA)
	f.word(mixB)
	return f.state
}

// defaultMaxAge is how old the last full look at a side may be: what no directory reports as a change, such as a change of an
// access rule, is found by then.
const defaultMaxAge = 7 * 24 * time.Hour
