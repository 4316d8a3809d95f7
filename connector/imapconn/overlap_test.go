package imapconn

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestOverlap(t *testing.T) {
	person := func() store {
		return newDice(3).sized([]int{400, 300, 300})
	}
	w := mint(t, person().sample())
	for _, tt := range []struct {
		name, reason string
		change       func(d *dice, b store) store
		want         string
	}{
		{"as it was", "", func(_ *dice, b store) store { return b }, "proven: 64 of 64 sampled messages are there, and none is another one"},
		{"new mail", "it has other UIDs", func(d *dice, b store) store { d.deliver(b, 500); return b }, "proven: 64 of 64 sampled messages are there, and none is another one"},
		{"folders renamed", "they have their UIDVALIDITY", func(_ *dice, b store) store { b[1].name, b[2].name = "Archive", "Sent"; return b },
			"proven: 64 of 64 sampled messages are there, and none is another one"},
		{"a folder deleted", "its messages are gone", func(_ *dice, b store) store { return b[:2] }, "proven: 48 of 64 sampled messages are there, 16 were deleted, and none is another one"},
		{"INBOX emptied", "the others are evidence enough", func(_ *dice, b store) store { b[0].letters = nil; return b },
			"proven: 32 of 64 sampled messages are there, 32 were deleted, and none is another one"},
		{"INBOX emptied, new mail", "the oldest message is a new one", func(d *dice, b store) store { b[0].letters = nil; b[0].put(d.one()); return b },
			"proven: 32 of 64 sampled messages are there, 32 were deleted, and none is another one"},
		{"the newest of INBOX deleted", "so might an earlier copy look", func(_ *dice, b store) store { newestGone(b[:1], 0.1); return b },
			"not proven: 39 of 64 sampled messages are there, but in some folder none of those that were the newest: this may be an old copy"},
		{"all of one sample deleted", "old messages are there, and none of those we know", func(_ *dice, b store) store {
			b[0].expunge(func(i int, _ letter) bool { return i != 5 })
			return b
		}, "not proven: 32 of 64 sampled messages are there, but in some folder none of those that were the newest: this may be an old copy"},
		{"only INBOX is left", "it may hold what everybody got", func(_ *dice, b store) store { return b[:1] }, "not proven: 32 of 64 sampled messages are there, but none outside INBOX"},
		{"emptied", "nothing proves nothing", func(_ *dice, b store) store { b.each(func(int, int) bool { return true }); return b }, "not proven: none of 64 sampled messages is there"},
		{"emptied and filled", "other mail is no evidence", func(d *dice, b store) store { b.each(func(int, int) bool { return true }); d.deliver(b, 50); return b },
			"not proven: none of 64 sampled messages is there"},
		{"one message is another one", "a UID is not used twice", func(d *dice, b store) store { b[2].letters[299].origin = d.one(); return b },
			"not proven: 1 of 64 sampled messages are others under the same number: this is another mailbox"},
		{"a message where there was none", "a UID that was passed over stays free", func(d *dice, b store) store {
			i := len(b[1].letters) - 5 // every fifth UID is free
			uid := b[1].letters[i].uid + 1
			b[1].letters = slices.Insert(b[1].letters, i+1, letter{uid, d.one()})
			return b
		}, "not proven: there are 1 messages where there were none when the job was made: this is another mailbox"},
		{"a smaller UIDNEXT", "UIDs only grow", func(_ *dice, b store) store { b[0].next = 100; newestGone(b[:1], 0.9); return b },
			"not proven: the mailbox has given fewer numbers to messages than it had when the job was made: this is another mailbox, or one restored from an old backup"},
		{"INBOX made anew", "a login under the old name may do that", func(_ *dice, b store) store { b[0].validity++; return b },
			"not proven: the INBOX is another one than the job knows: its UIDVALIDITY differs"},
		{"INBOX unreadable", "what was not seen proves nothing", func(_ *dice, b store) store { return b[1:] },
			"not proven: the INBOX is another one than the job knows: its UIDVALIDITY differs"},
		{"nearly all deleted", "a quarter must be left", func(_ *dice, b store) store {
			b.each(func(n, i int) bool { return i < n-4 })
			return b
		}, "not proven: only 12 of 64 sampled messages are there"},
		{"renamed, and with another message", "it is the one with that UIDVALIDITY", func(d *dice, b store) store { b[2].name, b[2].letters[299].origin = "New", d.one(); return b },
			"not proven: 1 of 64 sampled messages are others under the same number: this is another mailbox"},
		{"a folder made anew", "its messages are gone", func(d *dice, b store) store { b[2].validity++; b[2].letters[299].origin = d.one(); return b },
			"proven: 48 of 64 sampled messages are there, 16 were deleted, and none is another one"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDice(9)
			d.made = 1 << 40
			b := tt.change(d, person())
			o := w.Overlap(b.again(w))
			if o.String() != tt.want || o.Proves() != strings.HasPrefix(tt.want, "proven") || o.Present+o.Deleted+o.Different != o.Sampled {
				t.Errorf("%s\n got %v, %t (%+v)\nwant %s", tt.reason, o, o.Proves(), o, tt.want)
			}
		})
	}
}

// A mailbox whose other folders are empty, as a server makes them for everybody, is proven by its INBOX, as one without other folders is.
func TestOverlapOfEmptyFolders(t *testing.T) {
	d := newDice(8)
	b := d.sized([]int{40, 0, 0})
	w := mint(t, b.sample())
	if o := w.Overlap(b.again(w)); !o.Proves() {
		t.Errorf("as it was: %v", o)
	}
	d.deliver(b, 50)
	if o := w.Overlap(b.again(w)); !o.Proves() {
		t.Errorf("with new mail in all of them: %v", o)
	}
	w.parts[1].next = 9
	b[1].next = 8
	if o := w.Overlap(b.again(w)); o.Proves() {
		t.Errorf("with a folder that gave fewer numbers: %v", o)
	}
}

// Three messages prove nothing, although they are a quarter of the sample.
func TestOverlapOfFewMessages(t *testing.T) {
	w := mint(t, Sample{inboxOf(12)})
	for n, want := range map[int]bool{3: false, 4: true} {
		now := inboxOf(12)
		now.Messages, now.Count = now.Messages[12-n:], uint32(n)
		now.Oldest = now.Messages[0].UID
		if o := w.Overlap(Sample{now}); o.Present != n || o.Proves() != want {
			t.Errorf("%d of 12: %v", n, o)
		}
	}
}

func TestZeroOverlap(t *testing.T) {
	for _, o := range []Overlap{{}, {SameInbox: true}, (Witness{}).Overlap(Sample{inboxOf(0)}), (Witness{}).Overlap(Sample{inboxOf(9)})} {
		if o.Proves() || o.String() != "not proven: there is no witness" {
			t.Errorf("%v proves", o)
		}
	}
}

// TestOverlapOfOddAnswers: what a server or a connection may do wrong is no evidence.
func TestOverlapOfOddAnswers(t *testing.T) {
	then := inboxOf(20)
	w := mint(t, Sample{then})
	for _, tt := range []struct {
		name   string
		change func(s *Sampled)
		proves bool
	}{
		{"a message twice", func(s *Sampled) { s.Messages = append(s.Messages, s.Messages[3]) }, true},
		{"a message that nobody asked for", func(s *Sampled) { s.Messages = append(s.Messages, Message{UID: 500}) }, true},
		{"one UID, two messages", func(s *Sampled) { s.Messages = append(s.Messages, Message{UID: 4}) }, false},
		{"one UID, two messages, the wrong one first", func(s *Sampled) { s.Messages = slices.Insert(s.Messages, 0, Message{UID: 4}) }, false},
		{"another UIDVALIDITY", func(s *Sampled) { s.UIDValidity++ }, false},
		{"no UIDNEXT", func(s *Sampled) { s.UIDNext = 0 }, true},
		{"the oldest is not known", func(s *Sampled) { s.Oldest = 0; s.Messages = s.Messages[:4] }, false},
		{"no messages", func(s *Sampled) { s.Messages = nil }, false},
		{"messages of nothing", func(s *Sampled) { s.Messages = make([]Message, 20) }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now := inboxOf(20)
			now.Oldest = 1
			tt.change(&now)
			if o := w.Overlap(Sample{now}); o.Proves() != tt.proves {
				t.Errorf("%v", o)
			}
		})
	}
}

// Folders that share a UIDVALIDITY, as some servers have it for all, are told apart by their messages and names.
func TestOverlapWithOneUIDValidity(t *testing.T) {
	d := newDice(5)
	b := d.sized([]int{40, 40, 40})
	for _, s := range b {
		s.validity = 1
	}
	w := mint(t, b.sample())
	check := func(what string, proves bool) {
		t.Helper()
		if o := w.Overlap(b.again(w)); o.Proves() != proves {
			t.Errorf("%s: %v", what, o)
		}
	}
	check("as it was", true)
	b[1].name, b[2].name = "New", "Sent"
	check("renamed across", true)
	for i := range 8 {
		b = append(b, &shelf{name: fmt.Sprint("Empty ", i), validity: 1, next: 1})
	}
	check("among others", true)
	b[2].letters[39].origin = d.one()
	check("with another message", false)
	b = slices.Delete(b, 2, 3)
	check("with a folder less", true)
}
