package imapconn

import (
	"fmt"
	"slices"
	"strings"
)

// Overlap says how much of a witness is in a mailbox. The zero Overlap proves nothing.
type Overlap struct {
	// SameInbox: INBOX has the UIDVALIDITY that it had.
	SameInbox bool
	// Sampled messages are in the witness: each is Present, Deleted or Different. Different ones have the UID of a sampled message, and are
	// others: UIDs are not used twice, so this is another mailbox.
	Sampled, Present, Deleted, Different int
	// Foreign messages have UIDs, between the newest sampled ones and below UIDNEXT of then, that no message had: another mailbox, too.
	Foreign int
	// Folders of the witness that are Backward have a smaller UIDNEXT than they had.
	Backward int
	// Folders of the witness that are Cut still have messages of then, and none of those that were the newest ones.
	Cut int
	// InboxAlone: messages are present in INBOX alone, although the witness has some of other folders, too.
	InboxAlone bool
}

// The tolerance. See [Overlap.Proves].
const (
	minPresent   = 4 // messages
	presentShare = 4 // at least one of so many
)

// Overlap compares a mailbox with the witness. now is what [planProof] asks for, from complete answers.
func (w Witness) Overlap(now Sample) Overlap {
	o := Overlap{Sampled: w.len()}
	elsewhere, alone, others := 0, 0, 0 // present outside INBOX and in it, and sampled outside
	for i, s := range w.find(now) {
		p := &w.parts[i]
		f := p.compare(s)
		if p.inbox {
			o.SameInbox = s != nil
			alone = f.present
		} else {
			elsewhere += f.present
			others += len(p.uids)
		}
		o.Present += f.present
		o.Different += f.different
		o.Foreign += f.foreign
		if f.backward {
			o.Backward++
		}
		if f.cut {
			o.Cut++
		}
	}
	o.Deleted = o.Sampled - o.Present - o.Different
	o.InboxAlone = alone > 0 && elsewhere == 0 && others > 0
	return o
}

// finding is what became of one folder of a witness.
type finding struct {
	present, different, foreign, recent int
	backward, cut                       bool
}

// compare looks for the messages of p in s; nil is a folder that is gone.
func (p *part) compare(s *Sampled) finding {
	var f finding
	if s == nil {
		return f
	}
	at := make(map[uint32]int, len(p.uids))
	for i, uid := range p.uids {
		at[uid] = i
	}
	state := make([]int8, len(p.uids))
	for _, m := range s.Messages {
		i, ok := at[m.UID]
		switch {
		case !ok && p.knownFrom() < m.UID && m.UID < p.next:
			f.foreign++
		case !ok:
		case digestOf(p.validity, m) != p.digests[i]:
			state[i] = -1 // also where the same UID was there before
		case state[i] == 0:
			state[i] = 1
		}
	}
	for i, x := range state {
		switch {
		case x < 0:
			f.different++
		case x > 0:
			f.present++
			if i >= p.firstRecent() {
				f.recent++
			}
		}
	}
	f.backward = s.UIDNext != 0 && s.UIDNext < p.next
	old := s.Count > 0 && s.Oldest < p.next // Oldest is 0 where it is not known
	f.cut = len(p.uids) > 0 && f.recent == 0 && (old || f.present+f.different+f.foreign > 0)
	return f
}

// find returns for each folder of the witness the one of now that it is, nil where it is gone. INBOX is INBOX as long as it has its
// UIDVALIDITY. Others may have been renamed, and some servers give one UIDVALIDITY to several. So a folder is, of those that no other one is: the one with most
// of its messages and none in their place; otherwise with most of its messages; otherwise with its name; otherwise the only one.
func (w Witness) find(now Sample) []*Sampled {
	out := make([]*Sampled, len(w.parts))
	taken := make([]bool, len(now))
	for _, fits := range []func(p *part, s *Sampled, f finding, choice int) bool{
		func(p *part, _ *Sampled, f finding, _ int) bool {
			return p.inbox || f.present > 0 && f.different+f.foreign == 0 && !f.backward
		},
		func(_ *part, _ *Sampled, f finding, _ int) bool { return f.present > 0 },
		func(p *part, s *Sampled, _ finding, _ int) bool { return nameHint(s.Name) == p.hint },
		func(_ *part, _ *Sampled, _ finding, choice int) bool { return choice == 1 },
	} {
		for i := range w.parts {
			p := &w.parts[i]
			if out[i] != nil {
				continue
			}
			best, most := -1, -1
			choice := p.choice(now, taken)
			for _, k := range choice {
				if f := p.compare(&now[k]); f.present > most && fits(p, &now[k], f, len(choice)) {
					best, most = k, f.present
				}
			}
			if best >= 0 {
				out[i], taken[best] = &now[best], true
			}
		}
	}
	return out
}

// choice returns which folders of now may be the one of p, the one with its name first.
func (p *part) choice(now Sample, taken []bool) []int {
	var out []int
	for k := range now {
		s := &now[k]
		switch {
		case taken[k] || isInbox(s.Name) != p.inbox || s.UIDValidity != p.validity:
		case nameHint(s.Name) == p.hint:
			out = slices.Insert(out, 0, k)
		default:
			out = append(out, k)
		}
	}
	return out
}

// Proves reports whether the mailbox is the one that the witness was minted for. It tolerates that messages are gone and that others came, and nothing else:
//
//   - INBOX has its UIDVALIDITY, and no folder is Backward.
//   - No message is Different or Foreign: not one in all of the sample.
//   - No folder is Cut. The newest sampled messages of a folder are the three quarters of its sample (24 of INBOX, 12 of another one) that
//     have no gap between them. One of them must be there in each folder that has any message of then.
//   - There is something outside INBOX, where the witness has messages of other folders: INBOX may have nothing but what everybody got.
//   - At least four messages are there, and a quarter of the sample.
//
// An earlier copy that got other mail of its own has, in the folder where it did, either none of the newest messages, or its own mail
// under UIDs of which every one is known. So it proves nothing as long as one such message is there, unless more than 1,024 of those UIDs were free. Among
// more than a million random pairs of different mailboxes, made as alike as we could, none was accepted that showed one message of its
// own, and none would have been without any share. So the share is a margin, chosen by what it refuses: at a third, one right mailbox in eight would
// be refused when six of ten messages are deleted.
//
// This table says how many right mailboxes of 100 are refused when so much of the mail of then is deleted. Where nothing else
// is said, there are 1,000 messages in three folders.
//
//	deleted, per cent                    0   10   20   30   40   50   60   70   80   90  100
//	anywhere                             0    0    0    0    0    0  0.5 19.5   84  100  100
//	anywhere, and as much came since     0    0    0    0    0    0    2   16 82.5  100  100
//	anywhere, and one folder of three    0    0    0    0    0  1.5 15.5   61   96  100  100
//	anywhere, 20 messages in all         0    0    0    0    0    2    9   29   69   91  100
//	anywhere, there is only INBOX        0    0    0    0    0    0    2   14   81  100  100
//	anywhere in INBOX                    0    0    0    0    0    0    0    0  0.5    9    0
//	the newest of INBOX                  0  100  100  100  100  100  100  100  100  100    0
//	the newest of each folder            0  100  100  100  100  100  100  100  100  100  100
//	the oldest of each folder            0    0    0    0    0    0    0    0    0    0  100
//	anywhere, all other folders empty    0    0    0    0    0    0    0   19 79.5  100  100
//
// In words: it does not matter until about two thirds are deleted, in whatever order unless it is the newest first. Who deletes all of the newest mail and
// keeps older mail in the same folder looks like an earlier copy, and is refused. A folder in which nothing of then is left does no harm.
func (o Overlap) Proves() bool { return o.doubt() == "" }

// doubt says why there is no proof; empty where there is one.
func (o Overlap) doubt() string {
	switch {
	case o.Sampled == 0:
		return "there is no witness"
	case !o.SameInbox:
		return "the INBOX is another one than the job knows: its UIDVALIDITY differs"
	case o.Different > 0:
		return fmt.Sprintf("%d of %d sampled messages are others under the same number: this is another mailbox", o.Different, o.Sampled)
	case o.Foreign > 0:
		return fmt.Sprintf("there are %d messages where there were none when the job was made: this is another mailbox", o.Foreign)
	case o.Backward > 0:
		return "the mailbox has given fewer numbers to messages than it had when the job was made: this is another mailbox, or one restored from an old backup"
	case o.Present == 0:
		return fmt.Sprintf("none of %d sampled messages is there", o.Sampled)
	case o.Cut > 0:
		return fmt.Sprintf("%d of %d sampled messages are there, but in some folder none of those that were the newest: this may be an old copy", o.Present, o.Sampled)
	case o.InboxAlone:
		return fmt.Sprintf("%d of %d sampled messages are there, but none outside INBOX", o.Present, o.Sampled)
	case o.Present < minPresent || o.Present*presentShare < o.Sampled:
		return fmt.Sprintf("only %d of %d sampled messages are there", o.Present, o.Sampled)
	}
	return ""
}

// String explains the verdict to people, without anything personal.
func (o Overlap) String() string {
	if doubt := o.doubt(); doubt != "" {
		return "not proven: " + doubt
	}
	var b strings.Builder
	fmt.Fprintf(&b, "proven: %d of %d sampled messages are there", o.Present, o.Sampled)
	if o.Deleted > 0 {
		fmt.Fprintf(&b, ", %d were deleted", o.Deleted)
	}
	b.WriteString(", and none is another one")
	return b.String()
}
