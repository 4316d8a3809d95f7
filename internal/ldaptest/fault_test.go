package ldaptest_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/internal/ldaptest"
)

// wire is a client that sees every byte.
type wire struct {
	patience time.Duration // how long nothing comes until that is silence
	t        testing.TB
	net.Conn
	r *bufio.Reader
}

func wired(t testing.TB, f *ldaptest.Forest) *wire {
	t.Helper()
	c := got[net.Conn](t)(net.Dial("tcp", f.DCs[0].Addr))
	t.Cleanup(func() { c.Close() })
	w := &wire{300 * time.Millisecond, t, c, bufio.NewReader(c)}
	must(t, c.SetDeadline(time.Now().Add(10*time.Second)))
	return w
}

func (w *wire) bind(f *ldaptest.Forest) {
	w.t.Helper()
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationBindRequest, nil, "")
	op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, 3, ""))
	op.AppendChild(text(f.UPN(ldaptest.Reader)))
	op.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 0, ldaptest.Password, ""))
	_, err := w.Write(message(1, op))
	must(w.t, err)
}

func (w *wire) search(f *ldaptest.Forest, id int64, filter string) {
	w.t.Helper()
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchRequest, nil, "")
	op.AppendChild(text("OU=People," + f.Suffix()))
	for _, v := range []int{2, 0} {
		op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, v, ""))
	}
	for range 2 {
		op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, 0, ""))
	}
	op.AppendChild(ber.NewBoolean(ber.ClassUniversal, ber.TypePrimitive, ber.TagBoolean, false, ""))
	op.AppendChild(got[*ber.Packet](w.t)(ldap.CompileFilter(filter)))
	attrs := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	attrs.AppendChild(text("cn"))
	attrs.AppendChild(text("objectGUID"))
	op.AppendChild(attrs)
	_, err := w.Write(message(id, op))
	must(w.t, err)
}

// read describes what comes until nothing does, the connection ends, or n messages came.
func (w *wire) read(n int) string {
	var out []string
	for range n {
		_ = w.SetReadDeadline(time.Now().Add(w.patience))
		head, err := w.r.Peek(1)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return strings.Join(append(out, "silence"), " ")
		case errors.Is(err, syscall.ECONNRESET):
			return strings.Join(append(out, "reset"), " ")
		case err != nil:
			return strings.Join(append(out, "end"), " ")
		case head[0] != 0x30:
			b := make([]byte, w.r.Buffered())
			_, _ = io.ReadFull(w.r, b)
			out = append(out, fmt.Sprintf("garbage(%d)", len(b)))
			continue
		}
		p, err := ber.ReadPacket(w.r)
		if err != nil {
			return strings.Join(append(out, "part"), " ")
		}
		out = append(out, describe(p))
	}
	return strings.Join(out, " ")
}

func describe(p *ber.Packet) string {
	id, op := p.Children[0].Value.(int64), p.Children[1]
	switch op.Tag {
	case ldap.ApplicationSearchResultEntry:
		if len(op.Children) < 2 {
			return fmt.Sprintf("%d:unreadable", id)
		}
		rdn, _, _ := strings.Cut(op.Children[0].Value.(string), ",")
		return fmt.Sprintf("%d:%s", id, strings.TrimPrefix(rdn, "CN="))
	case ldap.ApplicationSearchResultDone:
		return fmt.Sprintf("%d:done(%d)", id, op.Children[0].Value)
	case ldap.ApplicationBindResponse:
		return fmt.Sprintf("%d:bound(%d)", id, op.Children[0].Value)
	case ldap.ApplicationExtendedResponse:
		return fmt.Sprintf("%d:extended(%d)", id, op.Children[0].Value)
	}
	return fmt.Sprintf("%d:op%d", id, op.Tag)
}

func three(t testing.TB) *ldaptest.Forest {
	return ldaptest.Run(t, ldaptest.Config{People: []ldaptest.Person{person("anna"), person("bob"), person("carl")}})
}

func TestSearchFaults(t *testing.T) {
	type fault = ldaptest.Fault
	f := three(t)
	for _, tt := range []struct {
		name  string
		fault fault
		want  string
	}{
		{"none", fault{Op: ldaptest.Search, Nth: 9, Code: 51}, "2:anna 2:bob 2:carl 2:done(0) silence"},
		{"busy at once", fault{Op: ldaptest.Search, Code: ldaptest.Busy}, "2:done(51) silence"},
		{"unavailable after one", fault{Op: ldaptest.Search, After: 1, Code: ldaptest.Unavailable}, "2:anna 2:done(52) silence"},
		{"size limit after all", fault{Op: ldaptest.Search, After: 99, Code: ldaptest.SizeLimitExceeded}, "2:anna 2:bob 2:carl 2:done(4) silence"},
		{"hang", fault{Op: ldaptest.Search, After: 2, Do: ldaptest.Hang}, "2:anna 2:bob silence"},
		{"hang before the end", fault{Op: ldaptest.Search, After: 3, Do: ldaptest.Hang}, "2:anna 2:bob 2:carl silence"},
		{"stall", fault{Op: ldaptest.Search, After: 1, Do: ldaptest.Stall}, "2:anna silence"},
		{"garbage", fault{Op: ldaptest.Search, After: 1, Do: ldaptest.Garbage, N: 100}, "2:anna garbage(100) silence"},
		{"wrong kind", fault{Op: ldaptest.Search, After: 1, Do: ldaptest.WrongKind}, "2:anna 2:extended(0) silence"},
		{"wrong message ID", fault{Op: ldaptest.Search, After: 2, Do: ldaptest.WrongMessageID}, "2:anna 2:bob 1002:carl 1002:done(0) silence"},
		{"cut between messages", fault{Op: ldaptest.Search, After: 2, Do: ldaptest.Cut}, "2:anna 2:bob end"},
		{"cut inside a message", fault{Op: ldaptest.Search, After: 2, Do: ldaptest.Cut, N: 10}, "2:anna 2:bob part"},
		{"cut after a byte", fault{Op: ldaptest.Search, Do: ldaptest.Cut, N: 1}, "part"},
		{"notice", fault{Op: ldaptest.Search, After: 1, Do: ldaptest.Notice}, "2:anna 0:extended(52) end"},
		{"condition not met", fault{Op: ldaptest.Search, After: 1, Do: ldaptest.Unasked, When: func(r ldaptest.Request) bool { return r.Clauses() == 1 }}, "2:anna 2:bob 2:carl 2:done(0) silence"},
		{"twice", fault{Op: ldaptest.Search, After: 1, Do: ldaptest.Twice}, "2:anna 2:bob 2:bob 2:carl 2:done(0) silence"},
		{"malformed", fault{Op: ldaptest.Search, After: 1, Do: ldaptest.Malformed}, "2:anna 2:unreadable 2:carl 2:done(0) silence"},
		{"late", fault{Op: ldaptest.Search, Do: ldaptest.Late}, "2:anna 2:bob 2:carl 2:done(0) 2:anna silence"},
		{"crossed, with nothing else in progress", fault{Op: ldaptest.Search, After: 1, Do: ldaptest.Crossed}, "2:anna 2:bob 2:carl 2:done(0) silence"},
		{"elsewhere", fault{Op: ldaptest.Search, After: 1, Do: ldaptest.Elsewhere}, "2:anna 2:op19 2:carl 2:done(0) silence"},
		{"referral", fault{Op: ldaptest.Search, Code: ldaptest.Referral, Referrals: []string{"ldap://evil.example/"}}, "2:done(10) silence"},
		{"on the bind", fault{Op: ldaptest.Bind, Code: ldaptest.Busy}, "1:bound(51)"},
		{"hang of the bind", fault{Op: ldaptest.Bind, Do: ldaptest.Hang}, "silence"},
		{"cut in the bind", fault{Op: ldaptest.Bind, Do: ldaptest.Cut, N: 5}, "part"},
		{"second message", fault{Op: ldaptest.Message, Nth: 3, Do: ldaptest.Cut}, "2:anna end"},
		{"inside a message", fault{Op: ldaptest.Message, Nth: 3, Do: ldaptest.Cut, N: 3}, "2:anna part"},
		{"silent after messages", fault{Op: ldaptest.Message, Nth: 4, Do: ldaptest.Stall}, "2:anna 2:bob silence"},
		{"notice after messages", fault{Op: ldaptest.Message, Nth: 2, Do: ldaptest.Notice, Code: ldaptest.Busy}, "0:extended(51) end"},
		{"connection refused", fault{Op: ldaptest.Connect}, "end"},
		{"connection silent", fault{Op: ldaptest.Connect, Do: ldaptest.Hang}, "silence"},
		{"connection cut", fault{Op: ldaptest.Connect, Do: ldaptest.Cut, N: 25}, "part"},
	} {
		var w *wire
		diff := ""
		for _, patience := range []time.Duration{300 * time.Millisecond, 5 * time.Second} { // a busy machine is silent, too, for a while
			f.SetFaults(tt.fault)
			w = wired(t, f)
			w.patience = patience
			w.bind(f)
			first := w.read(1)
			if first == "1:bound(0)" {
				w.search(f, 2, "(|(cn=anna)(cn=bob)(cn=carl))")
				first = w.read(8)
			}
			if tt.fault.Op == ldaptest.Connect && first == "reset" {
				first = "end" // which of the two depends on whether the bind was sent already
			}
			if diff = cmp.Diff(tt.want, first); diff == "" {
				break
			}
		}
		if diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		if want := tt.name != "none" && tt.name != "condition not met"; want != (f.DCs[0].Struck() == 1) {
			t.Errorf("%s: struck %d times", tt.name, f.DCs[0].Struck())
		}
		w.Close()
	}
}

func TestCrossed(t *testing.T) {
	f := three(t)
	f.SetFaults(
		ldaptest.Fault{Op: ldaptest.Search, Nth: 1, Do: ldaptest.Hang},
		ldaptest.Fault{Op: ldaptest.Search, Nth: 2, After: 1, Do: ldaptest.Crossed},
	)
	w := wired(t, f)
	w.bind(f)
	w.read(1)
	w.search(f, 2, "(cn=anna)")
	for f.DCs[0].Struck() == 0 {
		time.Sleep(time.Millisecond)
	}
	w.search(f, 3, "(|(cn=anna)(cn=bob)(cn=carl))")
	if s := w.read(8); s != "3:anna 2:bob 3:carl 3:done(0) silence" {
		t.Errorf("read %q", s)
	}
}

func TestReset(t *testing.T) {
	f := three(t)
	f.SetFaults(ldaptest.Fault{Op: ldaptest.Search, Do: ldaptest.Reset})
	w := wired(t, f)
	w.bind(f)
	w.read(1)
	w.search(f, 2, "(mail=*)")
	if s := w.read(5); s != "reset" {
		t.Errorf("read %q, want a reset", s)
	}
}

func TestUnasked(t *testing.T) {
	f := three(t)
	f.SetFaults(ldaptest.Fault{Op: ldaptest.Search, Do: ldaptest.Unasked})
	if n := names(find(t, reader(t, f), f.Suffix(), "(cn=bob)")); n != "anna bob" {
		t.Errorf("answered %q, want bob and somebody else", n)
	}
}

func TestWrongID(t *testing.T) {
	f := three(t)
	f.SetFaults(ldaptest.Fault{Op: ldaptest.Search, After: 1, Do: ldaptest.WrongID})
	ids := f.IDs()
	var wrong []string
	for i, e := range find(t, reader(t, f), f.Suffix(), "(mail=*)") {
		if ldaptest.GUID(e.GetAttributeValue("objectGUID")) != ids[i] {
			wrong = append(wrong, e.DN)
		}
	}
	if len(wrong) != 1 || !strings.HasPrefix(wrong[0], "CN=bob") {
		t.Errorf("wrong identities at %q, want bob's", wrong)
	}
	f.SetFaults()
	if n := len(find(t, reader(t, f), f.Suffix(), "(objectGUID="+escape(ids[1])+")")); n != 1 {
		t.Error("the fault changed the world")
	}
}

func TestPageFaults(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{People: ldaptest.People(25, "source.example")})
	for _, tt := range []struct {
		do   ldaptest.Trouble
		want string
	}{
		{ldaptest.EndlessPages, "[10 10 5 10 10 5 10 10]"},
		{ldaptest.EmptyPages, "[10 10 5 0 0 0 0 0]"},
		{ldaptest.SameCookie, "[10 10 10 10 10 10 10 10]"},
	} {
		f.SetFaults(ldaptest.Fault{Op: ldaptest.Search, Do: tt.do})
		pages, err := sweep(t, reader(t, f), f.Suffix(), "(mail=*)", 10, 8)
		if s := fmt.Sprint(pages); err != nil || s != tt.want {
			t.Errorf("trouble %d: pages %s, %v; want %s", tt.do, s, err, tt.want)
		}
		if f.DCs[0].Struck() == 0 {
			t.Errorf("trouble %d did not strike", tt.do)
		}
	}
}

func TestNth(t *testing.T) {
	f := three(t)
	c, other := reader(t, f), bind(t, f, f.DCs[0].TLSAddr, ldaptest.Bulk)
	codes := func(c *ldap.Conn) string {
		var out []string
		for range 6 {
			_, err := c.Search(request(f.Suffix(), 2, "(mail=*)"))
			out = append(out, code(err).String())
		}
		return strings.Join(out, " ")
	}
	for _, tt := range []struct {
		name        string
		faults      []ldaptest.Fault
		want, other string
	}{
		{"every one", []ldaptest.Fault{{Op: ldaptest.Search, Code: 51}}, "51 51 51 51 51 51", "51 51 51 51 51 51"},
		{"the third", []ldaptest.Fault{{Op: ldaptest.Search, Nth: 3, Code: 51}}, "0 0 51 0 0 0", "0 0 0 0 0 0"},
		{"three from the second on", []ldaptest.Fault{{Op: ldaptest.Search, Nth: 2, Times: 3, Code: 51}}, "0 51 51 51 0 0", "0 0 0 0 0 0"},
		{"one account", []ldaptest.Fault{{Account: ldaptest.Bulk, Code: 51}}, "0 0 0 0 0 0", "51 51 51 51 51 51"},
		{"a condition", []ldaptest.Fault{{Code: 51, When: func(r ldaptest.Request) bool { return r.Filter() != "(mail=*)" }}}, "0 0 0 0 0 0", "0 0 0 0 0 0"},
		{"two faults", []ldaptest.Fault{{Op: ldaptest.Search, Nth: 1, Code: 51}, {Op: ldaptest.Search, Nth: 2, Code: 52}}, "51 52 0 0 0 0", "0 0 0 0 0 0"},
	} {
		f.SetFaults(tt.faults...)
		if s := codes(c); s != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, s, tt.want)
		}
		if s := codes(other); s != tt.other {
			t.Errorf("%s, the other account: %s, want %s", tt.name, s, tt.other)
		}
	}
}

func TestDrip(t *testing.T) {
	f := three(t)
	c := reader(t, f)
	f.SetFaults(ldaptest.Fault{Op: ldaptest.Search, Nth: 1, Do: ldaptest.Drip, N: 2000})
	start := time.Now()
	n := len(find(t, c, f.Suffix(), "(mail=*)", "cn", "mail"))
	if took := time.Since(start); took < 200*time.Millisecond || n != 3 {
		t.Errorf("%d entries dripped in %v", n, took)
	}
	req := request(f.Suffix(), 2, "(objectClass=*)")
	req.TimeLimit = 1
	if res, err := c.Search(req); code(err) != ldaptest.TimeLimitExceeded || len(res.Entries) == 0 {
		t.Errorf("a time limit on a slow connection: %d entries, %v; want code 3 with some", len(res.Entries), err)
	}
}

func TestHuge(t *testing.T) {
	f := three(t)
	const size = 64 << 20
	f.SetFaults(ldaptest.Fault{Op: ldaptest.Search, After: 1, Do: ldaptest.Huge, N: size})
	w := wired(t, f)
	w.bind(f)
	w.read(1)
	w.search(f, 2, "(mail=*)")
	if s := w.read(1); s != "2:anna" {
		t.Fatalf("first %q", s)
	}
	head := make([]byte, 6)
	must(t, w.SetDeadline(time.Now().Add(30*time.Second)))
	_, err := io.ReadFull(w.r, head)
	must(t, err)
	n := int64(head[2])<<24 | int64(head[3])<<16 | int64(head[4])<<8 | int64(head[5])
	if head[0] != 0x30 || head[1] != 0x84 || n < size || n > size+1000 {
		t.Fatalf("head %x", head)
	}
	skipped, err := io.CopyN(io.Discard, w.r, n)
	if err != nil || skipped != n {
		t.Fatalf("read %d of %d bytes: %v", skipped, n, err)
	}
	if s := w.read(9); s != "2:bob 2:carl 2:done(0) silence" {
		t.Errorf("after it %q", s)
	}
}

func TestNested(t *testing.T) {
	f := three(t)
	f.SetFaults(ldaptest.Fault{Op: ldaptest.Search, After: 3, Do: ldaptest.Nested, N: 900})
	w := wired(t, f)
	w.bind(f)
	w.read(1)
	w.search(f, 2, "(mail=*)")
	w.read(3)
	p, err := ber.ReadPacket(w.r)
	must(t, err)
	depth := 0
	for x := p.Children[1]; len(x.Children) > 0; x = x.Children[0] {
		depth++
	}
	if depth != 900 || p.Children[1].Tag != ldap.ApplicationSearchResultEntry {
		t.Errorf("nested %d deep in operation %d", depth, p.Children[1].Tag)
	}
	if s := w.read(9); s != "2:done(0) silence" {
		t.Errorf("after it %q", s)
	}
}

func TestStallHitsAll(t *testing.T) {
	f := three(t)
	c := reader(t, f)
	c.SetTimeout(300 * time.Millisecond)
	f.SetFaults(ldaptest.Fault{Op: ldaptest.Search, Nth: 1, Do: ldaptest.Hang})
	if _, err := c.Search(request(f.Suffix(), 2, "(mail=*)")); err == nil {
		t.Error("a search that hangs was answered")
	}
	find(t, c, f.Suffix(), "(mail=*)") // the connection is alive
	f.SetFaults(ldaptest.Fault{Op: ldaptest.Search, Nth: 1, Do: ldaptest.Stall})
	for range 2 {
		if _, err := c.Search(request(f.Suffix(), 2, "(mail=*)")); err == nil {
			t.Error("a stalled connection answered")
		}
	}
	find(t, reader(t, f), f.Suffix(), "(mail=*)") // others are
}

func TestStartTLSRefused(t *testing.T) {
	f := three(t)
	f.SetFaults(ldaptest.Fault{Op: ldaptest.StartTLS, Code: ldaptest.Unavailable})
	c := got[*ldap.Conn](t)(ldap.DialURL("ldap://" + f.DCs[0].Addr))
	defer c.Close()
	if err := c.StartTLS(clientTLS(f)); code(err) != ldaptest.Unavailable {
		t.Errorf("StartTLS: %v, want code 52", err)
	}
}

func TestFaultCheck(t *testing.T) {
	f := three(t)
	for _, bad := range []ldaptest.Fault{
		{Op: ldaptest.Search},
		{Op: ldaptest.Bind, Do: ldaptest.EndlessPages},
		{Op: ldaptest.Message, Do: ldaptest.Twice},
		{Op: ldaptest.Connect, Do: ldaptest.Notice},
		{Do: ldaptest.Drip},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v was accepted", bad)
				}
			}()
			f.SetFaults(bad)
		}()
	}
}

func TestGarbageVaries(t *testing.T) {
	f := three(t)
	f.SetFaults(ldaptest.Fault{Op: ldaptest.Search, Do: ldaptest.Garbage})
	var all [][]byte
	for range 2 {
		w := wired(t, f)
		w.bind(f)
		w.read(1)
		w.search(f, 2, "(mail=*)")
		b := make([]byte, 64)
		_, err := io.ReadFull(w.r, b)
		must(t, err)
		all = append(all, b)
	}
	if bytes.Equal(all[0], all[1]) {
		t.Error("two strikes gave the same bytes")
	}
}
