package ldaptest

import (
	"bufio"
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDN(t *testing.T) {
	for _, tt := range []struct{ a, b string }{
		{"CN=Anna,DC=x", "cn=anna , dc=X"},
		{`CN=a\,b,DC=x`, `cn=A\2Cb,dc=x`},
		{`CN=a\0ADEL:1,CN=b`, "CN=a\\\nDEL:1,CN=b"},
		{`CN=\ a\ ,DC=x`, `CN=\20a\20,DC=x`},
		{"CN=Zoë,DC=x", "CN=zoe,DC=x"},
	} {
		if x, y := foldDN(tt.a), foldDN(tt.b); x != y {
			t.Errorf("%q and %q: %q and %q", tt.a, tt.b, x, y)
		}
	}
	for _, bad := range []string{"x", "=x", "CN=a,", "CN=a,b", `CN=a\`} {
		if _, err := parseDN(bad); err == nil {
			t.Errorf("%q is a DN", bad)
		}
	}
	for _, v := range []string{"plain", " lead", "trail ", "#x", `a,b+c"d\e<f>g;h`, "a\nb", ""} {
		got, err := parseDN(rdn{"CN", v}.String() + ",DC=x")
		if err != nil || len(got) != 2 || got[0].value != v {
			t.Errorf("%q came back as %v, %v", v, got, err)
		}
	}
}

func TestGUID(t *testing.T) {
	const text = "0c1d148b-0143-4234-8265-f2f8d891d4c0"
	want := "\x8b\x14\x1d\x0c\x43\x01\x34\x42\x82\x65\xf2\xf8\xd8\x91\xd4\xc0"
	if diff := cmp.Diff(want, Octets(text)); diff != "" || GUID(want) != text {
		t.Errorf("octets (-want +got):\n%s", diff)
	}
	for _, bad := range []string{"", "x", strings.ReplaceAll(text, "-", ""), strings.Replace(text, "0c", "0g", 1)} {
		if Octets(bad) != "" || GUID(bad) != "" {
			t.Errorf("%q is a GUID", bad)
		}
	}
}

func TestIntegers(t *testing.T) {
	for _, v := range []int64{0, 1, 127, 128, 255, 256, 32768, -1, -128, -129, 1 << 31, 1<<62 + 5} {
		e, rest, err := take(appendInt(nil, tagInteger, v))
		got, err2 := e.integer()
		if err != nil || err2 != nil || len(rest) != 0 || got != v {
			t.Errorf("%d came back as %d, %v, %v", v, got, err, err2)
		}
	}
}

func TestAccented(t *testing.T) {
	if a, b := len([]rune(accented)), len([]rune(accentless)); a != b {
		t.Errorf("%d letters with accents, %d without", a, b)
	}
	if got := foldWide("ÄÖÜ éñ Å ž x\u0301"); got != "aou en a z x" {
		t.Errorf("folded to %q", got)
	}
}

// FuzzDecode feeds the server what no client would send: it must refuse or answer, not panic.
func FuzzDecode(f *testing.F) {
	s := newSchema(ActiveDirectory, nil)
	search := func(filter []byte) []byte {
		b, msg := begin(nil, tagSequence)
		b = appendInt(b, tagInteger, 2)
		b, op := begin(b, opSearchRequest)
		b = appendString(b, tagString, "DC=x")
		for _, tag := range []byte{tagEnumerated, tagEnumerated, tagInteger, tagInteger} {
			b = appendInt(b, tag, 2)
		}
		b = append(b, tagBoolean, 1, 0)
		b = append(b, filter...)
		b, attrs := begin(b, tagSequence)
		b = appendString(b, tagString, "cn")
		return end(end(end(b, attrs), op), msg)
	}
	f.Add(search([]byte{0x87, 1, 'x'}))
	f.Add(search([]byte{0xa0, 0}))
	f.Add(search([]byte{0xa2, 3, 0x87, 1, 'x'}))
	f.Add(search([]byte{0xa3, 10, 4, 4, 'm', 'a', 'i', 'l', 4, 2, 'a', 'b'}))
	f.Add([]byte{0x30, 5, 2, 1, 1, 0x42, 0})
	f.Add([]byte{0x30, 0x84, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		msg, err := readMessage(bufio.NewReader(bytes.NewReader(b)), 1<<16)
		if err != nil {
			return
		}
		r, err := s.decode(msg)
		if err != nil {
			return
		}
		_, _, _ = r.page()
		if r.Op == Search {
			_ = r.Filter()
			_ = r.Clauses()
			s.selectAttributes(r.Attributes)
			st := newStore(s, 0, false)
			v := &view{store: st, rights: &Rights{}, parts: func(*partition) bool { return true }}
			part := newPartition("DC=x", "x")
			o := draft{&object{id: guid{1}, part: part}, s}
			o.set(aMail, "a@x")
			o.identify()
			st.put(o.object)
			v.gather(r.filter, place{node: st.roots[part], keys: part.keys}, r.Scope, 10)
		}
	})
}
