package imapconn

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Witness is a fingerprint of a mailbox that survives a change of its login: UIDVALIDITY and UIDNEXT of INBOX and of the largest other
// folders, and for at most 64 of their messages the UID and a digest of six bytes over the folder's UIDVALIDITY, UID, INTERNALDATE,
// RFC822.SIZE and Message-ID. It holds no name, no address and no text of a message. [Mint] makes one, [Witness.ID] is how a job stores
// it, and [Witness.Overlap] says how much of it is in a mailbox now. Two witnesses of one mailbox need not be equal.
//
// # What a witness cannot tell
//
// A witness is no secret and no signature: it protects from mistakes, not from somebody who sees it and can write to a mail store.
//
// A copy of a mailbox, bit by bit and made after the witness was minted, has everything that a witness has. So has an earlier
// copy in which all that came later was deleted again while it got as much mail as the original; and so have two mailboxes that were made in
// the same second and never got any mail but what everybody got. No sample tells these apart. What saves us is that the right mailbox is mostly there,
// too: where two candidates prove one witness, or one mailbox proves two, none is accepted. Witnesses that are alike from the beginning are found
// before anything is looked up (twins), and none of them is proven.
type Witness struct {
	parts []part // INBOX is the first
}

// part is what a witness knows of one folder.
type part struct {
	inbox, whole   bool // whole: every message of the folder is sampled
	validity, next uint32
	hint           uint16   // see nameHint
	uids           []uint32 // ascending
	digests        []digest
}

// digest is the beginning of a SHA-256.
type digest [6]byte

// ErrNoWitness: the mailbox has no messages, or too few to be told from another one by them.
var ErrNoWitness = errors.New("imapconn: no witness")

// minSample is how few messages a witness may rest on. Fewer may well be mail that everybody got.
const minSample = 6

// Mint makes the witness of a mailbox from a sample of it, INBOX among its folders even where it is empty. Of an empty mailbox, and of one
// with fewer than six messages in the sample, there is none: that is [ErrNoWitness]. It is an error when the sample is
// larger than a witness may be or is not possible, such as a message twice.
func Mint(sample Sample) (Witness, error) {
	var w Witness
	for _, s := range sample {
		p, err := mintPart(s)
		if err != nil {
			return Witness{}, err
		}
		if p.inbox {
			w.parts = slices.Insert(w.parts, 0, p)
		} else {
			w.parts = append(w.parts, p)
		}
	}
	switch n := w.len(); {
	case len(w.parts) == 0 || !w.parts[0].inbox:
		return Witness{}, errors.New("imapconn: a sample without INBOX")
	case len(w.parts) > 1 && w.parts[1].inbox:
		return Witness{}, errors.New("imapconn: a sample with two INBOXes")
	case len(w.parts) > maxFolders || n > maxSample:
		return Witness{}, fmt.Errorf("imapconn: a sample of %d messages in %d folders, more than %d in %d", n, len(w.parts), maxSample, maxFolders)
	case n == 0:
		return Witness{}, fmt.Errorf("%w: the mailbox is empty", ErrNoWitness)
	case n < minSample:
		return Witness{}, fmt.Errorf("%w: the mailbox has %d messages, and fewer than %d may be what everybody got", ErrNoWitness, n, minSample)
	}
	return w, nil
}

func mintPart(s Sampled) (part, error) {
	p := part{inbox: isInbox(s.Name), validity: s.UIDValidity, next: s.UIDNext, hint: nameHint(s.Name)}
	if s.UIDValidity == 0 {
		return part{}, errors.New("imapconn: a folder without UIDVALIDITY")
	}
	messages := slices.Clone(s.Messages)
	slices.SortFunc(messages, func(a, b Message) int { return int(int64(a.UID) - int64(b.UID)) })
	for i, m := range messages {
		switch {
		case m.UID == 0 || m.UID == math.MaxUint32:
			return part{}, errors.New("imapconn: a message without a usable UID")
		case i > 0 && m.UID == messages[i-1].UID:
			return part{}, errors.New("imapconn: a message twice")
		}
		p.uids = append(p.uids, m.UID)
		p.digests = append(p.digests, digestOf(s.UIDValidity, m))
	}
	p.whole = len(p.uids) == int(s.Count)
	if n := len(p.uids); n > 0 {
		p.next = max(p.next, p.uids[n-1]+1) // what came between EXAMINE and FETCH, or where the server does not say
	}
	return p, nil
}

// IsZero reports whether there is no witness.
func (w Witness) IsZero() bool { return len(w.parts) == 0 }

// len is the number of its messages.
func (w Witness) len() int {
	n := 0
	for i := range w.parts {
		n += len(w.parts[i].uids)
	}
	return n
}

// digestOf is what a witness keeps of a message.
func digestOf(validity uint32, m Message) digest {
	b := make([]byte, 0, 128)
	b = append(b, "readdress w1\x00"...)
	b = binary.BigEndian.AppendUint32(b, validity)
	b = binary.BigEndian.AppendUint32(b, m.UID)
	b = binary.BigEndian.AppendUint64(b, uint64(m.Date.Unix()))
	b = binary.BigEndian.AppendUint64(b, uint64(m.Size))
	b = append(b, bareID(m.MessageID)...)
	sum := sha256.Sum256(b)
	return digest(sum[:])
}

// bareID is a Message-ID without what surrounds it, so that it does not matter who read the header.
func bareID(id string) string {
	id = strings.Trim(id, " \t\r\n")
	if len(id) >= 2 && id[0] == '<' && id[len(id)-1] == '>' {
		return id[1 : len(id)-1]
	}
	return id
}

// nameHint tells folders apart that have one UIDVALIDITY. It is too short to give a name away.
func nameHint(name string) uint16 {
	if isInbox(name) {
		return 0
	}
	sum := sha256.Sum256([]byte("readdress folder\x00" + name))
	return binary.BigEndian.Uint16(sum[:])
}
