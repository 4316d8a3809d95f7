package ldapconn

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
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
			if errors.Is(err, io.EOF) { // the end of the script so far, not of the connection
				g.ended = nil
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
		{"20,000 addresses, in a page", append(bytes.Repeat(openLDAP, 499), addresses(20_000)...)},
		{"3 times 20,000 addresses", bytes.Repeat(addresses(20_000), 3)},
		{"100,000 addresses", addresses(100_000)},
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
		{"values", func(int) []byte { return tlvEntry(1, tlvAttribute("a", values(150_000, 60)...)) }},
		{"a value", func(int) []byte { return tlvEntry(1, tlvAttribute("a", string(make([]byte, 13<<20)))) }},
		{"large values", func(int) []byte { return tlvEntry(1, tlvAttribute("a", string(make([]byte, 3<<20)))) }},
		{"empty values", func(int) []byte { return tlvEntry(1, tlvAttribute("a", make([]string, 500_000)...)) }},
		{"end", func(int) []byte {
			return tlv(tagSequence, tlvInt(1), tlv(opDone, []byte{0x0a, 1, 1}, tlvText(""), tlv(tagString, make([]byte, 3<<20))))
		}},
		{"end with referrals", func(int) []byte {
			return tlv(tagSequence, tlvInt(1), tlv(opDone, []byte{0x0a, 1, 10}, tlvText(""), tlvText(""), tlv(tagReferral, bytes.Repeat(tlvText(""), 60_000))))
		}},
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

// TestRelease: what an answer occupies is free when its caller has taken it, and not before.
func TestRelease(t *testing.T) {
	big := tlvEntry(5, tlvAttribute("a", values(50_000, 60)...)) // 4 MB
	small := tlvEntry(6, tlvAttribute("a", values(100, 60)...))
	end := func(id int) []byte { return tlvResult(opDone, id, 0) }
	collect := func(g guarded, id string) int {
		res := &ldap.SearchResult{Entries: []*ldap.Entry{{DN: id}}}
		g.collect(res)
		return len(res.Entries)
	}
	for _, tt := range []struct {
		name   string
		do     func(g guarded) error
		want   [2]int // at least and at most so many bytes are charged, in thousands
		reason string
	}{
		{"in progress", func(g guarded) error { return g.says(big, small) }, [2]int{4000, 5000}, ""},
		{"half a message", func(g guarded) error { return g.says(big[:len(big)/2]) }, [2]int{3500, 4000}, "what was announced counts"},
		{"ended", func(g guarded) error { return g.says(big, end(5), small, end(6)) }, [2]int{4000, 5000}, "the caller has not got it yet"},
		{"collected", func(g guarded) error {
			err := g.says(big, end(5), small, end(6))
			if n := collect(g, "5"); n != 1 {
				t.Errorf("collected %d entries", n)
			}
			if n := collect(g, "5"); n != 0 {
				t.Errorf("collected %d entries once more", n)
			}
			return err
		}, [2]int{1, 20}, "the other one is left"},
		{"not ended", func(g guarded) error {
			err := g.says(big)
			if n := collect(g, "5"); n != 0 {
				t.Errorf("collected %d entries of an answer that has not ended", n)
			}
			return err
		}, [2]int{4000, 5000}, ""},
		{"bind", func(g guarded) error { g.asks(t, opBindRequest, 7); return g.says(tlvResult(opBind, 7, 0)) }, [2]int{0, 0}, "nobody collects it"},
		{"closed", func(g guarded) error { return errors.Join(g.says(big, end(5), small), g.Close(), g.Close()) }, [2]int{0, 0}, "the answer will never end"},
		{"closed, then collected", func(g guarded) error {
			err := errors.Join(g.says(big, end(5)), g.Close())
			collect(g, "5")
			return err
		}, [2]int{0, 0}, "it is given back once"},
	} {
		var b budget
		g := newGuarded(&b)
		g.asks(t, opSearchRequest, 5, 6, 9)
		if err := tt.do(g); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if n := int(b.used.Load()); n < tt.want[0]*1000 || n > tt.want[1]*1000 {
			t.Errorf("%s: %d bytes are charged, want %d,000 to %d,000 (%s)", tt.name, n, tt.want[0], tt.want[1], tt.reason)
		}
	}
}

// TestSearch: a search gets what was gathered for it, in order, also where answers are mixed and end with a refusal.
func TestSearch(t *testing.T) {
	client, server := net.Pipe()
	g := &guard{Conn: client, timeout: time.Minute}
	s := &session{conn: ldap.NewConn(g, true), raw: client, guard: g, timeout: time.Minute}
	s.conn.Start()
	t.Cleanup(s.close)
	const n = 5
	go func() { // the answers to all searches at a time, the later ones first
		defer server.Close()
		asked := map[int]string{}
		for range n {
			p, err := ber.ReadPacket(server)
			if err != nil {
				return
			}
			asked[int(p.Children[0].Value.(int64))] = p.Children[1].Children[0].Data.String()
		}
		var out []byte
		for k := range 3 {
			for id := n; id > 0; id-- {
				out = append(out, tlvEntry(id, tlvAttribute("base", asked[id]), tlvAttribute("k", strconv.Itoa(k), ""), tlvAttribute("pad", strings.Repeat(asked[id], 1000)))...)
				out = append(out, tlvReference(id, "ldap://"+asked[id])...)
			}
		}
		for id := range n {
			out = append(out, tlvResult(opDone, id+1, map[string]int{"dc=4": 4}[asked[id+1]])...)
		}
		_, _ = server.Write(out)
		_, _ = ber.ReadPacket(server)
	}()
	var wg sync.WaitGroup
	for i := range n {
		base := fmt.Sprintf("dc=%d", i)
		wg.Go(func() {
			res, err := s.search(t.Context(), &ldap.SearchRequest{BaseDN: base, Filter: "(objectClass=*)"})
			if (resultCode(err) == 4) != (base == "dc=4") || err != nil && resultCode(err) != 4 {
				t.Errorf("%s: %v", base, err)
			}
			if len(res.Entries) != 3 || len(res.Referrals) != 3 {
				t.Errorf("%s: %d entries, %d references", base, len(res.Entries), len(res.Referrals))
				return
			}
			for k, e := range res.Entries {
				if one(e, "base") != base || all(e, "k")[0] != strconv.Itoa(k) || len(all(e, "k")) != 2 || one(e, "pad") != strings.Repeat(base, 1000) || res.Referrals[k] != "ldap://"+base {
					t.Errorf("%s: entry %d is %v, reference %s", base, k, e, res.Referrals[k])
				}
			}
		})
	}
	wg.Wait()
	if n := g.budget.used.Load(); n != 0 {
		t.Errorf("%d bytes are charged at the end", n)
	}
}

// TestSyncing: of intermediate responses only what they name is kept, and only a request for them gets any.
func TestSyncing(t *testing.T) {
	const n = 30_000
	cookie := tlvText(strings.Repeat("c", 60))
	note := func(value []byte) []byte {
		return tlv(tagSequence, tlvInt(5), tlv(opIntermediate, tlv(tagIntermediateName, []byte(ldap.ControlTypeSyncInfo)), tlv(tagIntermediateValue, value)))
	}
	sent := note(tlv(tagNewCookie, []byte("cookie")))
	for i := range n {
		id := append(make([]byte, 13), byte(i>>16), byte(i>>8), byte(i))
		sent = append(sent, note(tlv(tagSyncIDSet, cookie, tlv(tagBoolean, []byte{0xff}), tlv(tagSet, tlv(tagString, id))))...)
	}
	done := tlvResult(opDone, 5, 0)
	sent = append(sent, done...)
	var b budget
	g := newGuarded(&b)
	ask := tlv(tagSequence, tlvInt(5), tlv(opSearchRequest, tlvText("")), tlv(tagControls, tlv(tagSequence, tlvText(ldap.ControlTypeSyncRequest))))
	if _, err := g.Write(ask); err != nil {
		t.Fatal(err)
	}
	g.server.in.Write(sent)
	var got []byte
	most := int64(0)
	for p := make([]byte, 4096); ; {
		k, err := g.Read(p)
		got = append(got, p[:k]...)
		most = max(most, b.used.Load())
		if err != nil {
			if err != io.EOF {
				t.Fatal(err)
			}
			break
		}
	}
	if !bytes.Equal(got, append(appendKey(nil, 5), done...)) {
		t.Errorf("%d bytes were passed on, want the end only", len(got))
	}
	if a := g.take(5); a == nil || a.err != nil || len(a.ids) != n || a.ids[n-1] != "00000000-0000-0000-0000-00000000752f" {
		t.Errorf("%v named of %d", a, n)
	}
	if most > 1<<20 || b.used.Load() != 0 {
		t.Errorf("up to %d bytes were charged, and %d at the end", most, b.used.Load())
	}
	other := newGuarded(&b)
	other.asks(t, opSearchRequest, 5)
	if err := other.says(note(tlv(tagNewCookie, []byte("cookie")))); err != errKind {
		t.Errorf("an intermediate response that nobody asked for: %v", err)
	}
}

// TestBudgetIsShared: the connections of a connector have one budget between them.
func TestBudgetIsShared(t *testing.T) {
	var b budget
	big := tlvEntry(5, tlvAttribute("a", values(90_000, 60)...)) // 8 MB
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
	if a := one.take(5); a == nil || len(a.entries) != 1 {
		t.Fatalf("collected %+v", a)
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
		g.take(5)
		g.asks(b, opSearchRequest, 5)
		g.server.in.Reset()
		g.server.in.Write(page)
		for {
			if _, err := g.Read(p); err != nil {
				if err != io.EOF {
					b.Fatal(err)
				}
				g.ended = nil
				break
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/entry")
}
