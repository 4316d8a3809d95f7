package imapconn

import (
	"encoding/base64"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/readdress-go/readdress/refresh"
)

// inboxOf is an INBOX with the messages 1 to n.
func inboxOf(n int) Sampled {
	s := Sampled{Folder: Folder{Name: "INBOX", UIDValidity: 1234, UIDNext: uint32(n) + 1, Count: uint32(n)}}
	for i := range n {
		s.Messages = append(s.Messages, letter{uint32(i) + 1, uint64(i)}.message())
	}
	return s
}

func mint(t testing.TB, s Sample) Witness {
	t.Helper()
	w, err := Mint(s)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestMintRefuses(t *testing.T) {
	with := func(f func(*Sampled)) Sample { s := inboxOf(8); f(&s); return Sample{s} }
	other := func(n int, name string) Sampled { s := inboxOf(n); s.Name = name; return s }
	for _, tt := range []struct {
		name string
		s    Sample
		none bool
		want string
	}{
		{"empty", Sample{inboxOf(0)}, true, "imapconn: no witness: the mailbox is empty"},
		{"empty folders", Sample{inboxOf(0), other(0, "a")}, true, "imapconn: no witness: the mailbox is empty"},
		{"too few", Sample{inboxOf(2), other(3, "a")}, true, "imapconn: no witness: the mailbox has 5 messages, and fewer than 6 may be what everybody got"},
		{"no INBOX", Sample{other(8, "a")}, false, "imapconn: a sample without INBOX"},
		{"nothing", nil, false, "imapconn: a sample without INBOX"},
		{"two INBOXes", Sample{inboxOf(8), other(8, "inbox")}, false, "imapconn: a sample with two INBOXes"},
		{"too many", Sample{inboxOf(65)}, false, "imapconn: a sample of 65 messages in 1 folders, more than 64 in 3"},
		{"too many folders", Sample{inboxOf(8), other(1, "a"), other(1, "b"), other(1, "c")}, false, "imapconn: a sample of 11 messages in 4 folders, more than 64 in 3"},
		{"UIDVALIDITY", with(func(s *Sampled) { s.UIDValidity = 0 }), false, "imapconn: a folder without UIDVALIDITY"},
		{"UID 0", with(func(s *Sampled) { s.Messages[3].UID = 0 }), false, "imapconn: a message without a usable UID"},
		{"the last UID of all", with(func(s *Sampled) { s.Messages[3].UID = math.MaxUint32 }), false, "imapconn: a message without a usable UID"},
		{"twice", with(func(s *Sampled) { s.Messages[3].UID = 1 }), false, "imapconn: a message twice"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, err := Mint(tt.s)
			if err == nil || err.Error() != tt.want || errors.Is(err, ErrNoWitness) != tt.none || !w.IsZero() {
				t.Errorf("got %v, %v, want %q", w.IsZero(), err, tt.want)
			}
		})
	}
}

// What a server may write in several ways is one message.
func TestDigest(t *testing.T) {
	m := Message{UID: 1, Date: time.Unix(1_700_000_000, 0), Size: 1000, MessageID: "a@b"}
	same := m
	same.Date, same.MessageID = m.Date.In(time.FixedZone("", 3600)).Add(time.Millisecond), " <a@b>\r\n"
	if digestOf(1, m) != digestOf(1, same) {
		t.Error("another zone and another form of the Message-ID make another digest")
	}
	for name, f := range map[string]func(*Message){
		"UID": func(m *Message) { m.UID++ }, "date": func(m *Message) { m.Date = m.Date.Add(time.Second) },
		"size": func(m *Message) { m.Size++ }, "Message-ID": func(m *Message) { m.MessageID = "A@b" },
	} {
		x := m
		if f(&x); digestOf(1, m) == digestOf(1, x) {
			t.Errorf("another %s makes no other digest", name)
		}
	}
	if digestOf(1, m) == digestOf(2, m) {
		t.Error("another UIDVALIDITY makes no other digest")
	}
}

// The form is for ever: jobs hold it.
func TestWitnessIDIsStable(t *testing.T) {
	archive := inboxOf(3)
	archive.Name, archive.UIDValidity, archive.Count, archive.UIDNext = "Archive", 77, 9, 2000
	archive.Messages[2].UID = 300
	w := mint(t, Sample{archive, inboxOf(4)})
	const want = "w1:AgAABNIAAAAFAACEAQEBATy0xqIJ9aLuXW-XJcsrnc0UlyEFOG9BeAAAAE0AAAfQFxoDAQGqAlrVadMmM-afK9zAljPIRW2r2OOYoiM"
	if got := w.ID(); got != want {
		t.Errorf("ID %s, want %s", got, want)
	}
	back, err := ParseWitness(w.ID())
	if d := cmp.Diff(w, back, cmp.AllowUnexported(Witness{}, part{})); err != nil || d != "" {
		t.Errorf("%v (-minted +parsed)\n%s", err, d)
	}
	if (Witness{}).ID() != "" {
		t.Error("no witness has an ID")
	}
}

// TestWitnessIDIsShort: with as many messages as there may be, whatever their UIDs are.
func TestWitnessIDIsShort(t *testing.T) {
	d := newDice(1)
	longest := 0
	for range 2000 {
		s := Sample{inboxOf(0), inboxOf(0), inboxOf(0)}
		s[1].Name, s[2].Name = "a", "b"
		step := uint32(d.upTo(1, 1<<27))
		for i := range s {
			uid := uint32(0)
			for range []int{22, 21, 21}[i] {
				uid += 1 + d.Uint32N(step)
				s[i].Messages = append(s[i].Messages, letter{uid, d.one()}.message())
			}
		}
		id := mint(t, s).ID()
		longest = max(longest, len(id))
		if w, err := ParseWitness(id); err != nil || w.ID() != id {
			t.Fatalf("%v of %s", err, id)
		}
	}
	t.Logf("the longest one has %d bytes", longest)
	if longest > maxWitnessID {
		t.Errorf("more than %d", maxWitnessID)
	}
}

func TestParseWitnessRefuses(t *testing.T) {
	good := mint(t, Sample{inboxOf(8)})
	id := string(good.ID())
	seven := string(mint(t, Sample{inboxOf(7)}).ID()) // whose last letter stands for four bits only
	sealed := func(f func(b []byte) []byte) string {
		b := f(good.encode())
		return witnessPrefix + base64.RawURLEncoding.EncodeToString(append(b, checksum(b)...))
	}
	set := func(i int, x ...byte) string { return sealed(func(b []byte) []byte { copy(b[i:], x); return b }) }
	const odd = "it is not what a witness can be"
	for _, tt := range []struct{ name, id, want string }{
		{"nothing", "", `it does not begin with "w1:", so it is no witness, or one of a later version`},
		{"an ID of another kind", "0c1d148b-0143-4234-8265-f2f8d891d4c0", `it does not begin with "w1:", so it is no witness, or one of a later version`},
		{"a later version", "w2" + id[2:], `it does not begin with "w1:", so it is no witness, or one of a later version`},
		{"no more than the prefix", "w1:", "it is damaged: its checksum is wrong"},
		{"cut off", id[:len(id)-4], "it is damaged: its checksum is wrong"},
		{"lower case", "w1:" + strings.ToLower(id[3:]), "it is damaged: its checksum is wrong"},
		{"padded", id + "=", "it is not base64url without padding"},
		{"the other alphabet", "w1:+/" + id[5:], "it is not base64url without padding"},
		{"a line break", id[:20] + "\n" + id[20:], "it has a line break"},
		{"a line break at the end", id + "\r\n", "it has a line break"},
		{"a space", id + " ", "it is not base64url without padding"},
		{"bits beyond the end", seven[:len(seven)-1] + string(seven[len(seven)-1]+1), "it is not base64url without padding"},
		{"too long", "w1:" + strings.Repeat("A", maxWitnessID), "it is longer than 1,024 bytes"},
		{"no folder", set(0, 0), odd},
		{"too many folders", set(0, 4), odd},
		{"a folder that is not there", set(0, 2), odd},
		{"UIDVALIDITY 0", set(1, 0, 0, 0, 0), odd},
		{"UIDNEXT too small", set(5, 0, 0, 0, 8), odd},
		{"a name for INBOX", set(9, 0, 1), odd},
		{"more messages than there are", set(11, 9), odd},
		{"fewer messages than there are", set(11, 7), odd},
		{"UID 0", set(12, 0), odd},
		{"a longer form of a number", sealed(func(b []byte) []byte { return append(append(b[:12:12], 0x81, 0), b[13:]...) }), odd},
		{"a UID without end", sealed(func(b []byte) []byte {
			return append(append(b[:12:12], 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), b[13:]...)
		}), odd},
		{"UIDs beyond the last one", sealed(func(b []byte) []byte { return append(append(b[:12:12], 0xff, 0xff, 0xff, 0xff, 0x0f), b[13:]...) }), odd},
		{"something after it", sealed(func(b []byte) []byte { return append(b, 0) }), odd},
		{"too few messages", sealed(func(b []byte) []byte { b[11] = wholeBit; return b[:12] }), odd},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, err := ParseWitness(refresh.ID(tt.id))
			v, ok := errors.AsType[*refresh.ValueError](err)
			if !ok || v.Problem != tt.want || !w.IsZero() {
				t.Fatalf("%v, want %q", err, tt.want)
			}
			if len(v.Value) > maxWitnessID || tt.id != "" && strings.Contains(err.Error(), tt.id) {
				t.Errorf("the error holds too much: %v", err)
			}
		})
	}
}

func FuzzParseWitness(f *testing.F) {
	good := mint(f, Sample{inboxOf(8)})
	f.Add(string(good.ID()), false)
	f.Add(string(good.encode()), true)
	f.Add("w1:", false)
	f.Add(string(good.ID())+"\n", false)
	f.Fuzz(func(t *testing.T, text string, seal bool) {
		if seal { // text is what the checksum is over, so that the fuzzer gets behind it
			text = witnessPrefix + witnessText.EncodeToString(append([]byte(text), checksum([]byte(text))...))
		}
		w, err := ParseWitness(refresh.ID(text))
		if err != nil {
			if !w.IsZero() {
				t.Errorf("a witness and %v", err)
			}
			return
		}
		if w.ID() != refresh.ID(text) {
			t.Errorf("%s and %s are one witness", w.ID(), text)
		}
		if n := w.len(); n < minSample || n > maxSample || len(text) > maxWitnessID || len(w.parts) > maxFolders {
			t.Errorf("%d messages in %d folders", n, len(w.parts))
		}
		folders := []Folder{{Name: "INBOX", UIDValidity: w.parts[0].validity}}
		for _, k := range planProof(w, folders) {
			n := uint32(0)
			for _, s := range k.uids {
				n += s.last - s.first + 1
			}
			if n > maxSample+maxGaps {
				t.Errorf("%d messages are asked for", n)
			}
		}
		if w.Overlap(nil).Proves() {
			t.Error("nothing proves it")
		}
	})
}
