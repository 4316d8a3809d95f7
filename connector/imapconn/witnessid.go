package imapconn

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"math"
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

// An ID is witnessPrefix and the unpadded base64url (RFC 4648 section 5) of: the number of folders, one byte; for each of them, INBOX first,
// UIDVALIDITY and UIDNEXT (4 bytes each, big-endian), the hint of the name (2 bytes), the number of messages (1 byte; 128 more where that is all of the folder), their UIDs in
// ascending order, each as the difference from the one before (uvarint, in its shortest form) and their digests (6 bytes each); at the
// end the first 4 bytes of the SHA-256 of all this. A witness has one ID and an ID one witness.
const (
	witnessPrefix = "w1:"
	sumSize       = 4
	wholeBit      = 0x80
	// maxWitnessID is the length that no ID exceeds, in bytes.
	maxWitnessID = 1024
)

var witnessText = base64.RawURLEncoding.Strict()

// ID returns the witness as a job stores it: "w1:" and at most 1,021 letters, digits, "-" and "_". Their case matters. It is empty for no witness.
func (w Witness) ID() refresh.ID {
	if w.IsZero() {
		return ""
	}
	b := w.encode()
	return refresh.ID(witnessPrefix + witnessText.EncodeToString(append(b, checksum(b)...)))
}

func checksum(b []byte) []byte {
	sum := sha256.Sum256(b)
	return sum[:sumSize]
}

func (w Witness) encode() []byte {
	b := []byte{byte(len(w.parts))}
	for i := range w.parts {
		p := &w.parts[i]
		b = binary.BigEndian.AppendUint32(b, p.validity)
		b = binary.BigEndian.AppendUint32(b, p.next)
		b = binary.BigEndian.AppendUint16(b, p.hint)
		n := byte(len(p.uids))
		if p.whole {
			n |= wholeBit
		}
		b = append(b, n)
		last := uint32(0)
		for _, uid := range p.uids {
			b = binary.AppendUvarint(b, uint64(uid-last))
			last = uid
		}
		for _, d := range p.digests {
			b = append(b, d[:]...)
		}
	}
	return b
}

// ParseWitness reads the witness of an ID. What [Witness.ID] would not write is a *[refresh.ValueError]. The time and memory that it takes
// do not depend on how long the text is.
func ParseWitness(id refresh.ID) (Witness, error) {
	w, problem := parseWitness(string(id))
	if problem != "" {
		if len(id) > maxWitnessID {
			id = id[:maxWitnessID]
		}
		return Witness{}, &refresh.ValueError{Attr: "witness", Index: -1, Value: strings.Clone(string(id)), Problem: problem}
	}
	return w, nil
}

func parseWitness(id string) (Witness, string) {
	text, ok := strings.CutPrefix(id, witnessPrefix)
	switch {
	case len(id) > maxWitnessID:
		return Witness{}, "it is longer than 1,024 bytes"
	case !ok:
		return Witness{}, `it does not begin with "w1:", so it is no witness, or one of a later version`
	case strings.ContainsAny(text, "\r\n"): // which the decoder would skip
		return Witness{}, "it has a line break"
	}
	b, err := witnessText.DecodeString(text)
	if err != nil {
		return Witness{}, "it is not base64url without padding"
	}
	n := len(b) - sumSize
	if n < 0 || !bytes.Equal(b[n:], checksum(b[:n])) {
		return Witness{}, "it is damaged: its checksum is wrong"
	}
	w, ok := decodeWitness(b[:n])
	if !ok {
		return Witness{}, "it is not what a witness can be"
	}
	return w, ""
}

// decodeWitness reads what encode wrote, and nothing else.
func decodeWitness(b []byte) (Witness, bool) {
	if len(b) == 0 || b[0] == 0 || b[0] > maxFolders {
		return Witness{}, false
	}
	w := Witness{parts: make([]part, b[0])}
	b = b[1:]
	for i := range w.parts {
		p := &w.parts[i]
		var ok bool
		if b, ok = p.decode(b); !ok {
			return Witness{}, false
		}
		if p.inbox = i == 0; p.inbox && p.hint != 0 {
			return Witness{}, false
		}
	}
	n := w.len()
	return w, len(b) == 0 && minSample <= n && n <= maxSample
}

func (p *part) decode(b []byte) ([]byte, bool) {
	const head = 4 + 4 + 2 + 1
	if len(b) < head {
		return nil, false
	}
	p.validity, p.next, p.hint = binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint16(b[8:])
	n := int(b[10] &^ wholeBit)
	p.whole = b[10]&wholeBit != 0
	b = b[head:]
	if p.validity == 0 || n > maxSample {
		return nil, false
	}
	p.uids, p.digests = make([]uint32, n), make([]digest, n)
	last := uint64(0)
	for i := range p.uids {
		step, size := binary.Uvarint(b)
		if size <= 0 || step == 0 || step > math.MaxUint32 || size > 1 && b[size-1] == 0 {
			return nil, false
		}
		if last += step; last >= math.MaxUint32 {
			return nil, false
		}
		p.uids[i], b = uint32(last), b[size:]
	}
	if n > 0 && p.next <= uint32(last) || len(b) < n*len(digest{}) {
		return nil, false
	}
	for i := range p.digests {
		b = b[copy(p.digests[i][:], b):]
	}
	return b, true
}
