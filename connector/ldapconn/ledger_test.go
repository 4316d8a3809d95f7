package ldapconn

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"
)

// scripted is a connection on which the server says what the test says.
type scripted struct {
	net.Conn
	in bytes.Buffer
}

func (s *scripted) Read(p []byte) (int, error)       { return s.in.Read(p) }
func (s *scripted) Write(p []byte) (int, error)      { return len(p), nil }
func (s *scripted) SetWriteDeadline(time.Time) error { return nil }
func (s *scripted) Close() error                     { return nil }

// guarded is a guard on a scripted connection.
type guarded struct {
	*guard
	server *scripted
}

func newGuarded(b *budget) guarded {
	s := &scripted{}
	return guarded{&guard{Conn: s, ledger: ledger{budget: b}}, s}
}

// asks sends a request as go-ldap does.
func (g guarded) asks(t testing.TB, op byte, ids ...int) {
	t.Helper()
	for _, id := range ids {
		if _, err := g.Write(tlv(tagSequence, tlvInt(id), tlv(op, tlvText("")))); err != nil {
			t.Fatal(err)
		}
	}
}

// says makes the server say something, and reads it as go-ldap does, in pieces of 4096 bytes.
func (g guarded) says(messages ...[]byte) error {
	g.server.in.Write(bytes.Join(messages, nil))
	for p := make([]byte, 4096); ; {
		if _, err := g.Read(p); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

func TestAsked(t *testing.T) {
	entry, done := tlvEntry(5, tlvAttribute("mail", "a@source.example")), tlvResult(opDone, 5, 0)
	for _, tt := range []struct {
		name   string
		op     byte // of the request, number 5
		says   [][]byte
		want   error
		reason string
	}{
		{"answer", opSearchRequest, [][]byte{entry, entry, tlvReference(5, "ldap://x"), done}, nil, ""},
		{"bind", opBindRequest, [][]byte{tlvResult(opBind, 5, 0)}, nil, ""},
		{"entry of another number", opSearchRequest, [][]byte{tlvEntry(6)}, errKind, "go-ldap drops it, and goes on"},
		{"end of another number", opSearchRequest, [][]byte{entry, tlvResult(opDone, 6, 0)}, errKind, ""},
		{"late entry", opSearchRequest, [][]byte{done, entry}, errKind, "the answer had ended without it"},
		{"second end", opSearchRequest, [][]byte{done, done}, errKind, ""},
		{"bind response to a search", opSearchRequest, [][]byte{tlvResult(opBind, 5, 0)}, errKind, "go-ldap ignores it"},
		{"entry in answer to a bind", opBindRequest, [][]byte{entry}, errKind, ""},
		{"answer to an unbind", 0x42, [][]byte{done}, errKind, "it has none"},
		{"answer to nothing", opSearchRequest, [][]byte{done, tlvResult(opDone, 1, 0)}, errKind, ""},
	} {
		g := newGuarded(nil)
		g.asks(t, tt.op, 5)
		if err := g.says(tt.says...); err != tt.want {
			t.Errorf("%s: %v, want %v (%s)", tt.name, err, tt.want, tt.reason)
		}
		if tt.want == nil {
			continue
		}
		if g.violation() != tt.want {
			t.Errorf("%s: the violation is %v", tt.name, g.violation())
		}
		if err := g.says(entry); err != tt.want {
			t.Errorf("%s: afterwards: %v, want the same again", tt.name, err)
		}
	}
	for name, request := range map[string][]byte{"two at a time": bytes.Repeat(tlv(tagSequence, tlvInt(1), tlv(0x42)), 2), "half of one": {0x30, 0x05, 0x02}} {
		if _, err := newGuarded(nil).Write(request); err != errFrame {
			t.Errorf("%s: %v: whose answer would come is not known", name, err)
		}
	}
}

// TestHonest: what honest servers answer fits.
func TestHonest(t *testing.T) {
	people := func(id, n int) []byte {
		var b []byte
		for i := range n {
			b = append(b, person(id, i)...)
		}
		return b
	}
	openLDAP := tlvEntry(1, tlvAttribute("proxyAddresses", "SMTP:user000001@source.example", "smtp:a.b@source.example"), tlvAttribute("mail", "user000001@source.example"), tlvAttribute("uid", "user000001"), tlvAttribute("displayName", "A B"), tlvAttribute("cn", "A B"), tlvAttribute("entryUUID", "0c1d148b-0143-4234-8265-f2f8d891d4c0"))
	interleaved := func(answers, each int) (out []byte) {
		for n := range each {
			for id := range answers {
				out = append(out, person(id+1, n)...)
			}
		}
		return out
	}
	addresses := func(n int) []byte { return tlvEntry(1, tlvAttribute("proxyAddresses", values(n, 60)...)) }
	for _, tt := range []struct {
		name string
		says []byte
	}{
		{"8 searches of 200", interleaved(8, 200)},
		{"a page of 1000", people(1, 1000)},
		{"1500 addresses, in a page", append(people(1, 500), append(addresses(1500), people(1, 499)...)...)},
		{"20,000 addresses, in a batch", append(bytes.Repeat(openLDAP, 49), addresses(20_000)...)},
		{"20,000 addresses first", append(addresses(20_000), bytes.Repeat(openLDAP, 49)...)},
		{"a page without attributes", bytes.Repeat(tlvEntry(1), 5000)},
	} {
		var b budget
		g := newGuarded(&b)
		g.asks(t, opSearchRequest, 1, 2, 3, 4, 5, 6, 7, 8)
		if err := g.says(tt.says); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		t.Logf("%s: %.1f MiB charged at the end", tt.name, float64(b.used.Load())/(1<<20))
	}
}

// TestTooMuch: what is too much ends with an error by which it is known, before anything of it is passed on.
func TestTooMuch(t *testing.T) {
	for _, tt := range []struct {
		name string
		next func(n int) []byte
	}{
		{"entries", func(n int) []byte { return person(1, n) }},
		{"references", func(n int) []byte { return tlvReference(1, fmt.Sprintf("ldap://x%d", n)) }},
		{"values", func(int) []byte { return tlvEntry(1, tlvAttribute("a", values(50_000, 60)...)) }},
		{"a value", func(int) []byte { return tlvEntry(1, tlvAttribute("a", string(make([]byte, 3<<20)))) }},
		{"empty values", func(int) []byte { return tlvEntry(1, tlvAttribute("a", make([]string, 200_000)...)) }},
		{"empty entries", func(int) []byte { return tlv(tagSequence, tlvInt(1), tlv(opEntry, tlvText(""), tlv(tagSequence))) }},
	} {
		var b budget
		g := newGuarded(&b)
		g.asks(t, opSearchRequest, 1)
		var err error
		sent := 0
		for n := 0; err == nil && sent < 64<<20; n++ {
			m := tt.next(n)
			sent += len(m)
			err = g.says(m)
		}
		if err != errTooMuch {
			t.Errorf("%s: after %d bytes: %v, want too much", tt.name, sent, err)
		}
		if n := b.used.Load(); n > maxDecoded {
			t.Errorf("%s: %d bytes are charged, more than there are", tt.name, n)
		}
	}
}

// TestRelease: what an answer occupied is free when its end has come and the caller is done with it, and not before.
func TestRelease(t *testing.T) {
	big := tlvEntry(5, tlvAttribute("a", values(10_000, 60)...)) // 12 MB to decode, 6 MB stay
	small := tlvEntry(6, tlvAttribute("a", values(100, 60)...))
	end := func(id int) []byte { return tlvResult(opDone, id, 0) }
	// later are so many messages that what was before them is no longer held as it was decoded.
	later := bytes.Repeat(tlvEntry(9), 2*undigested)
	for _, tt := range []struct {
		name   string
		do     func(g guarded) error
		want   [2]int // at least and at most so many bytes are charged, in MB
		reason string
	}{
		{"in progress", func(g guarded) error { return g.says(big) }, [2]int{12, 13}, "it may be held as it was decoded"},
		{"in progress, later", func(g guarded) error { return errors.Join(g.says(big), g.says(later), g.says(later)) }, [2]int{6, 7}, "now it is an entry"},
		{"half a message", func(g guarded) error { return g.says(big[:len(big)/2]) }, [2]int{8, 9}, "what was announced counts"},
		{"ended, nobody waits", func(g guarded) error { return errors.Join(g.says(big, end(5), later, end(9), end(6)), g.says()) }, [2]int{0, 0}, ""},
		{"ended, in use", func(g guarded) error { g.hold(); return errors.Join(g.says(big, end(5)), g.says(later), g.says(later)) }, [2]int{6, 7}, "the caller has it"},
		{"ended and released", func(g guarded) error {
			release, other := g.hold(), g.hold()
			err := errors.Join(g.says(big, end(5)), g.says(later), g.says(later))
			release()
			release() // counts once
			_ = other
			return err
		}, [2]int{0, 1}, ""},
		{"two ended, one released", func(g guarded) error {
			release, other := g.hold(), g.hold()
			err := errors.Join(g.says(big, end(5), small, end(6)), g.says(later), g.says(later))
			release()
			_ = other
			return err
		}, [2]int{6, 7}, "which one is not known, so it is the smaller one"},
		{"two ended, both released", func(g guarded) error {
			release, other := g.hold(), g.hold()
			err := errors.Join(g.says(big, end(5), small, end(6), later, end(9)), g.says())
			release()
			other()
			return err
		}, [2]int{0, 0}, ""},
		{"closed", func(g guarded) error { g.hold(); return errors.Join(g.says(big), g.Close(), g.Close()) }, [2]int{0, 0}, "the answer will never end"},
	} {
		var b budget
		g := newGuarded(&b)
		g.asks(t, opSearchRequest, 5, 6, 9)
		if err := tt.do(g); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if n := int(b.used.Load()); n < tt.want[0]*1_000_000 || n > tt.want[1]*1_000_000 {
			t.Errorf("%s: %d bytes are charged, want %d to %d MB (%s)", tt.name, n, tt.want[0], tt.want[1], tt.reason)
		}
	}
}

// TestBudgetIsShared: the connections of a connector have one budget between them.
func TestBudgetIsShared(t *testing.T) {
	var b budget
	big := tlvEntry(5, tlvAttribute("a", values(15_000, 60)...)) // 18 MB
	one, two, three := newGuarded(&b), newGuarded(&b), newGuarded(&b)
	for _, g := range []guarded{one, two, three} {
		g.asks(t, opSearchRequest, 5)
	}
	if err := one.says(big); err != nil {
		t.Fatal(err)
	}
	if err := two.says(big); err != errTooMuch {
		t.Errorf("the second one: %v, want too much", err)
	}
	if err := errors.Join(two.Close(), one.says(tlvResult(opDone, 5, 0))); err != nil {
		t.Fatal(err)
	}
	if err := three.says(big); err != nil {
		t.Errorf("when the first one has ended: %v", err)
	}
	if err := errors.Join(one.Close(), three.Close()); err != nil || b.used.Load() != 0 {
		t.Errorf("at the end: %v, %d bytes are charged", err, b.used.Load())
	}
}

// BenchmarkGuard measures what the guard costs for each entry.
func BenchmarkGuard(b *testing.B) {
	entry := tlvEntry(5, tlvAttribute("proxyAddresses", "SMTP:user000001@source.example", "smtp:first1.last1@source.example", "X500:/o=Example/ou=Recipients/cn=user000001"), tlvAttribute("mail", "user000001@source.example"), tlvAttribute("uid", "user000001"), tlvAttribute("displayName", "First1 Last1"), tlvAttribute("cn", "First1 Last1"), tlvAttribute("entryUUID", "0c1d148b-0143-4234-8265-f2f8d891d4c0"))
	b.Logf("%d bytes an entry", len(entry))
	page := append(bytes.Repeat(entry, 1000), tlvResult(opDone, 5, 0)...)
	g := newGuarded(nil)
	p := make([]byte, 4096)
	b.ReportAllocs()
	b.SetBytes(int64(len(page)))
	for b.Loop() {
		g.asks(b, opSearchRequest, 5)
		g.server.in.Reset()
		g.server.in.Write(page)
		for {
			if _, err := g.Read(p); err != nil {
				if err != io.EOF {
					b.Fatal(err)
				}
				break
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/entry")
}
