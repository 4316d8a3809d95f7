package imapconn

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Folder is what a server says of a folder without its messages: the answer to EXAMINE, or its STATUS.
type Folder struct {
	Name        string
	UIDValidity uint32
	UIDNext     uint32 // 0 where the server does not say
	Count       uint32 // of messages
	// Volatile: its messages come and go by themselves, as in Trash, Junk and Drafts (RFC 6154).
	Volatile bool
}

// Message is what a witness rests on: four things that never change while a message keeps its UID (RFC 3501 sections 2.3.1.1, 2.3.3 and
// 2.3.4), and that the mailbox's user cannot choose all of.
type Message struct {
	UID       uint32
	Date      time.Time // INTERNALDATE; only its second counts, in whatever zone
	Size      int64     // RFC822.SIZE
	MessageID string    // of the header; empty where there is none. Space and one pair of angle brackets around it do not count
}

// Sampled is a folder with those of its messages that a sample asked for and that are there. A message that is not among them is
// taken to be deleted: leave out none that the server did not leave out in a complete answer.
type Sampled struct {
	Folder
	// Oldest is the UID of the folder's first message, 0 where it has none or where it is not known. Only [Witness.Overlap] reads it.
	Oldest   uint32
	Messages []Message
}

// Sample is what was read of a mailbox, folder by folder.
type Sample []Sampled

// A witness rests on a bounded number of messages and folders.
const (
	maxSample  = 64   // messages
	maxFolders = 3    // INBOX among them
	maxTries   = 3    // folders that may be one that was renamed
	maxGaps    = 1024 // UIDs of a folder that had no message
)

// take says how many messages of a folder become part of a witness.
type take struct {
	Folder
	n int
}

// planMint chooses the folders of a new witness and how many messages of each: INBOX, first and always, and the largest others, the
// volatile ones after the rest; also empty ones, because what they do not hold tells mailboxes apart, too. INBOX gets half of the messages and the others a quarter each; what one does not need the next one gets. Pass folders
// of the user's own namespace only (NAMESPACE, RFC 2342): one that several users see would vouch for each of them.
// There is no plan without an INBOX.
func planMint(folders []Folder) []take {
	var plan []take
	var others []Folder
	for _, f := range folders {
		switch {
		case !isInbox(f.Name):
			others = append(others, f)
		case plan == nil:
			plan = []take{{Folder: f}}
		}
	}
	if plan == nil {
		return nil
	}
	slices.SortFunc(others, func(a, b Folder) int {
		return cmp.Or(cmpBool(a.Volatile, b.Volatile), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name))
	})
	for _, f := range others[:min(len(others), maxFolders-1)] {
		plan = append(plan, take{Folder: f})
	}
	left := maxSample
	give := func(i, n int) {
		n = min(n, left, int(min(plan[i].Count, maxSample))-plan[i].n)
		plan[i].n += n
		left -= n
	}
	for i := range plan {
		give(i, maxSample/4)
	}
	give(0, maxSample/4)
	for i := range plan {
		give(i, maxSample)
	}
	return plan
}

func cmpBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// span is a range of sequence numbers or UIDs, both ends included.
type span struct{ first, last uint32 }

// sequences says which messages of a folder that has so many are part of the sample: three quarters of it are the newest ones, without a gap,
// and one quarter is spread evenly over the rest, the oldest one among them.
//
// The newest ones tell a mailbox from a copy that was made earlier and got other mail since, and there are many of them because new mail is deleted
// soonest. The spread ones tell mailboxes apart that got the same mail of late; of the oldest ones alone, a retention rule would leave none.
func (t take) sequences(count uint32) []span {
	if count == 0 || t.n <= 0 {
		return nil
	}
	n := uint32(t.n)
	if count <= n {
		return []span{{1, count}}
	}
	recent := newest(n)
	rest, spread := count-recent, n-recent
	var spans []span
	for i := range spread {
		at := uint32(1)
		if spread > 1 {
			at += uint32(uint64(i) * uint64(rest-1) / uint64(spread-1))
		}
		spans = extend(spans, at)
	}
	spans = append(spans, span{rest + 1, count})
	if k := len(spans) - 2; k >= 0 && spans[k].last == rest {
		spans[k].last = count
		spans = spans[:k+1]
	}
	return spans
}

// newest is how many of n sampled messages of a folder are the newest ones.
func newest[T uint32 | int](n T) T { return n - n/4 }

// extend adds the next number to ascending spans.
func extend(spans []span, n uint32) []span {
	if k := len(spans) - 1; k >= 0 && spans[k].last+1 == n {
		spans[k].last = n
		return spans
	}
	return append(spans, span{n, n})
}

// seek says which messages of a folder a witness asks for.
type seek struct {
	Folder
	uids []span
}

// planProof says what to read to find the messages of a witness again, however many came since: of each of a few folders at most [maxSample]
// messages, and at most [maxGaps] numbers under which there was none, so that the right mailbox has nothing there. A folder is sought by its UIDVALIDITY,
// under its former name first, so that it may have been renamed. Read the UID of the first message of each beside them, where the
// folder has messages: see [Sampled.Oldest].
func planProof(w Witness, folders []Folder) []seek {
	var plan []seek
	for i := range w.parts {
		p := &w.parts[i]
		for _, f := range p.candidates(folders) {
			k := slices.IndexFunc(plan, func(s seek) bool { return s.Name == f.Name })
			if k < 0 {
				k, plan = len(plan), append(plan, seek{Folder: f})
			}
			plan[k].uids = join(plan[k].uids, p.uids, p.gaps())
		}
	}
	return plan
}

// gaps returns UIDs, from where all messages are known up to UIDNEXT, that no message had: at most [maxGaps], half of them the lowest and half the highest.
func (p *part) gaps() []uint32 {
	var low, high []uint32
	from, k := p.knownFrom(), 0
	for n := from; n+1 < p.next && len(low) < maxGaps/2; { // no UID of a witness is the largest number
		for n++; k < len(p.uids) && p.uids[k] < n; k++ {
		}
		if k == len(p.uids) || p.uids[k] != n {
			low, from = append(low, n), n
		}
	}
	k = len(p.uids) - 1
	for n := p.next; n > from+1 && len(high) < maxGaps/2; {
		if n--; k >= 0 && p.uids[k] == n {
			k--
		} else {
			high = append(high, n)
		}
	}
	slices.Reverse(high)
	return append(low, high...)
}

// firstRecent is the index of the first of the newest messages.
func (p *part) firstRecent() int { return len(p.uids) - newest(len(p.uids)) }

// knownFrom is the UID from which on all messages of the folder are sampled: that of the first of the newest ones, or 0 for all.
func (p *part) knownFrom() uint32 {
	if p.whole || len(p.uids) == 0 {
		return 0
	}
	return p.uids[p.firstRecent()]
}

// candidates returns the folders that may be the one of p, the likeliest first.
func (p *part) candidates(folders []Folder) []Folder {
	var out []Folder
	for _, f := range folders {
		if isInbox(f.Name) == p.inbox && (f.UIDValidity == p.validity || p.inbox && f.UIDValidity == 0) {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b Folder) int {
		return cmp.Or(cmpBool(nameHint(b.Name) == p.hint, nameHint(a.Name) == p.hint), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name))
	})
	return out[:min(len(out), maxTries)]
}

// join adds UIDs to spans.
func join(spans []span, more ...[]uint32) []span {
	all := slices.Concat(more...)
	for _, s := range spans {
		for n := s.first; n <= s.last; n++ { // no UID of a witness is the largest number
			all = append(all, n)
		}
	}
	slices.Sort(all)
	spans = nil
	for _, n := range slices.Compact(all) {
		spans = extend(spans, n)
	}
	return spans
}

// isInbox reports whether a folder is the INBOX, whose name has no case (RFC 3501 section 5.1).
func isInbox(name string) bool { return strings.EqualFold(name, "INBOX") }
