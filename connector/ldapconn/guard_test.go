package ldapconn

import (
	"bytes"
	"strings"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/readdress-go/readdress/refresh"
)

func TestFramer(t *testing.T) {
	entry := tlvEntry(5, tlvAttribute("mail", "a@source.example"))
	done := tlvResult(opDone, 5, 0)
	// with replaces the operation of a message.
	with := func(op byte, parts ...[]byte) []byte { return tlv(tagSequence, tlvInt(5), tlv(op, parts...)) }
	sequence := func(parts ...[]byte) []byte { return tlv(tagSequence, parts...) }
	long := bytes.Clone(done) // its outer length in five bytes
	long = append([]byte{0x30, 0x84, 0, 0, 0, long[1]}, long[2:]...)
	for _, tt := range []struct {
		name   string
		in     []byte
		want   error
		reason string
	}{
		{"entry", entry, nil, ""},
		{"two in a row", append(bytes.Clone(entry), done...), nil, "the second is framed by the first"},
		{"entry without attributes", tlvEntry(5), nil, "typesOnly aside, an empty list is allowed"},
		{"attribute without values", tlvEntry(5, tlvAttribute("mail")), nil, "AD answers so beside a range"},
		{"large entry", tlvEntry(5, tlvAttribute("mail", strings.Repeat("x", 70_000), "", strings.Repeat("y", 300))), nil, "lengths of one, two and four bytes"},
		{"long form of a short length", long, nil, "Active Directory pads lengths"},
		{"largest id", sequence([]byte{2, 4, 0x7f, 0xff, 0xff, 0xff}, tlv(opReference, tlvText("ldap://x"))), nil, "maxInt"},
		{"bind", tlvResult(opBind, 1, 49), nil, ""},
		{"bind with credentials", sequence(tlvInt(1), tlv(opBind, []byte{0x0a, 1, 14}, tlvText(""), tlvText(""), tlv(0x87, []byte("token")))), nil, "SASL"},
		{"done with a referral", with(opDone, []byte{0x0a, 1, 10}, tlvText(""), tlvText(""), tlv(tagReferral, tlvText("ldap://x"))), nil, ""},
		{"reference", tlvReference(5, "ldap://a", "ldap://b"), nil, ""},
		{"page", tlvResult(opDone, 5, 0, tlvControl(pagingOID, sequence(tlvInt(0), tlvText("cookie")))), nil, ""},
		{"critical control", tlvResult(opDone, 5, 0, sequence(tlvText("1.2.3"), []byte{1, 1, 0xff}, tlvText("x"))), nil, "three parts"},
		{"control without value", tlvResult(opDone, 5, 0, sequence(tlvText("1.2.3"))), nil, ""},
		{"control of text", tlvResult(opBind, 1, 0, tlvControl("2.16.840.1.113730.3.4.5", []byte("86400"))), nil, "389ds warns so of an old password"},
		{"extension of an entry", with(opEntry, tlvText("dc=x"), sequence(), tlv(0xa7, sequence(tlvInt(1)))), nil, "RFC 4511 section 4: to be ignored"},

		{"a set", []byte{0x31}, errFrame, "not a message"},
		{"text", []byte("<html>"), errFrame, ""},
		{"indefinite length", []byte{0x30, 0x80, 0x02, 0x01, 0x05, 0x64, 0, 0}, errFrame, "LDAP forbids it"},
		{"indefinite length inside", append([]byte{0x30, 0x0b, 0x02, 0x01, 0x05, 0x64, 0x80}, make([]byte, 8)...), errFrame, "and go-ldap takes it"},
		{"five length bytes", []byte{0x30, 0x85}, errFrame, "no such size"},
		{"tag of two bytes", with(opEntry, []byte{0x3f, 0x81, 0x01, 0x00}), errFrame, "LDAP has none"},
		{"id of five bytes", []byte{0x30, 0x0a, 0x02, 0x05, 0, 0, 0, 0, 1, 0x64, 0}, errFrame, "larger than maxInt"},
		{"id of no byte", []byte{0x30, 0x04, 0x02, 0x00, 0x64, 0x00}, errFrame, "go-ldap reads 0"},
		{"id is no integer", []byte{0x30, 0x05, 0x0a, 0x01, 0x05, 0x64, 0}, errFrame, ""},
		{"negative id", sequence([]byte{2, 1, 0xbe}, tlv(opReference)), errFrame, "found by the fuzzer"},
		{"negative id of four bytes", sequence([]byte{2, 4, 0x80, 0, 0, 1}, tlv(opReference)), errFrame, ""},
		{"nothing after the id", []byte{0x30, 0x03, 0x02, 0x01, 0x05}, errFrame, ""},
		{"empty message", []byte{0x30, 0x00}, errFrame, "go-ldap skips it"},
		{"one byte too large", []byte{0x30, 0x84, 0x01, 0x00, 0x00, 0x01}, errTooMuch, "refused before it is read"},
		{"notice", []byte{0x30, 0x07, 0x02, 0x01, 0x00, 0x78, 0x02, 0x0a, 0x00}, errNotice, ""},
		{"number 0", tlvResult(opDone, 0, 0), errKind, "belongs to no question"},
		{"add response", tlvResult(0x69, 1, 0), errKind, "nobody adds anything"},
		{"extended response", tlvResult(opExtended, 5, 0), errKind, "go-ldap ignores it"},
		{"intermediate response", with(0x79), errKind, "nobody asked for one"},
		{"primitive entry", with(0x44), errKind, ""},

		{"child larger than its parent", []byte{0x30, 0x09, 0x02, 0x01, 0x05, 0x64, 0x04, 0x04, 0x05, 'a', 'b'}, errFrame, "go-ldap would read into the next message"},
		{"operation larger than the message", []byte{0x30, 0x05, 0x02, 0x01, 0x05, 0x64, 0x01}, errFrame, ""},
		{"entry of nothing", with(opEntry), errFrame, "go-ldap indexes its parts"},
		{"entry without a list", with(opEntry, tlvText("dc=x")), errFrame, "as above"},
		{"entry whose name is a number", with(opEntry, tlvInt(1), sequence()), errFrame, "as above"},
		{"attribute without a set", with(opEntry, tlvText("dc=x"), sequence(sequence(tlvText("mail")))), errFrame, "as above"},
		{"attribute that is a text", with(opEntry, tlvText("dc=x"), sequence(tlvText("mail"))), errFrame, "as above"},
		{"value that is a number", with(opEntry, tlvText("dc=x"), sequence(sequence(tlvText("mail"), tlv(tagSet, tlvInt(5))))), errFrame, "as above"},
		{"value in a value", with(opEntry, tlvText("dc=x"), sequence(sequence(tlvText("mail"), tlv(tagSet, tlv(tagSet))))), errFrame, "as above"},
		{"constructed text", with(opEntry, tlv(0x24, tlvText("dc=x")), sequence()), errFrame, "BER has it, LDAP forbids it"},
		{"end of contents", with(opEntry, tlvText("dc=x"), sequence([]byte{0, 0})), errFrame, "go-asn1-ber knows it"},
		{"result of two parts", with(opDone, []byte{0x0a, 1, 0}, tlvText("")), errFrame, "a result has three"},
		{"result without a code", with(opDone, []byte{0x0a, 0}, tlvText(""), tlvText("")), errFrame, "go-ldap would read 0, success"},
		{"code of nine bytes", with(opDone, []byte{0x0a, 9, 1, 0, 0, 0, 0, 0, 0, 0, 51}, tlvText(""), tlvText("")), errFrame, "go-ldap would read 0, success"},
		{"code that is an integer", with(opDone, []byte{0x02, 1, 0}, tlvText(""), tlvText("")), errFrame, ""},
		{"controls twice", sequence(tlvInt(5), tlv(opReference), tlv(tagControls), tlv(tagControls)), errFrame, ""},
		{"something beside the controls", sequence(tlvInt(5), tlv(opReference), tlv(0xa5, tlvControl(pagingOID, nil))), errFrame, "go-ldap takes the third part for controls, whatever its tag"},
		{"large controls", tlvResult(opDone, 5, 0, tlvControl("1.2.3", make([]byte, maxControls))), errFrame, ""},
		{"nested control", tlvResult(opDone, 5, 0, tlvControl(pagingOID, tlvNested(200))), errFrame, "go-ldap decodes the value"},
		{"nested extension", with(opEntry, tlvText("dc=x"), sequence(), tlv(0xa7, tlvNested(10))), errFrame, "the depth is bounded"},
		{"extension of text", with(opEntry, tlvText("dc=x"), sequence(), tlvText("y")), errFrame, "an extension is context-specific"},
		{"nested", with(opEntry, tlvNested(1000)), errFrame, "go-ldap decodes by recursion"},
	} {
		for _, step := range []int{1, 3, 1 << 20} {
			var f framer
			var err error
			for rest := tt.in; len(rest) > 0 && err == nil; {
				n := min(step, len(rest))
				err = feedAll(&f, rest[:n])
				rest = rest[n:]
			}
			if err != tt.want || err == nil && !f.between() {
				t.Errorf("%s, %d bytes at a time: %v, between messages: %v, want %v (%s)", tt.name, step, err, f.between(), tt.want, tt.reason)
			}
		}
	}
}

// feedAll feeds a piece.
func feedAll(f *framer, p []byte) error {
	for len(p) > 0 {
		n, _, err := f.feed(p)
		if err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}

// FuzzFramer compares with go-ldap: every message that is let through whole is one that it decodes to the same byte, with a number
// and an operation and all that is taken for granted in it, and what is read here of entries and references is what it reads.
func FuzzFramer(f *testing.F) {
	f.Add(append(tlvEntry(5, tlvAttribute("mail", "a@b.example", ""), tlvAttribute("cn")), tlvResult(opDone, 5, 0)...))
	f.Add(tlvResult(opDone, 6, 0, tlvControl(pagingOID, tlv(tagSequence, tlvInt(0), tlvText("cookie"))), tlv(tagSequence, tlvText("1.2"), []byte{1, 1, 1})))
	f.Add(tlvResult(opBind, 1, 49))
	f.Add(tlvReference(5, "ldap://a.example/dc=x"))
	f.Add(tlv(tagSequence, tlvInt(5), tlv(opEntry, tlvText(""), tlv(tagSequence), tlv(0xa7, tlvNested(2)))))
	f.Add(appendKey(nil, 77))
	f.Add([]byte{0x30, 0x0c, 0x02, 0x01, 0x01, 0x78, 0x07, 0x0a, 0x01, 0x00, 0x04, 0x00, 0x04, 0x00})
	f.Fuzz(func(t *testing.T, in []byte) {
		for fr := new(framer); len(in) > 0; {
			n, whole, err := fr.feed(in)
			if err != nil || !whole {
				return
			}
			m := in[:n]
			in = in[n:]
			if fr.size != n {
				t.Fatalf("a message of %d bytes has the size %d", n, fr.size)
			}
			if n := bytesAtATime(t, m); n != fr.cost {
				t.Errorf("the cost is %d, and %d in pieces", fr.cost, n)
			}
			p, err := ber.DecodePacketErr(m)
			if err != nil || len(p.Bytes()) > n {
				t.Fatalf("%x: %v", m, err)
			}
			if id, ok := p.Children[0].Value.(int64); !ok || id <= 0 || int(id) != fr.id {
				t.Fatalf("a message with the number %v, taken for %d", p.Children[0].Value, fr.id)
			}
			switch fr.op {
			case opEntry:
				if diff := cmp.Diff(decodedEntry(p), entryOf(m, fr.attributes, fr.values, names{}), cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("%x (-go-ldap +here):\n%s", m, diff)
				}
			case opReference:
				var urls []string
				for _, u := range p.Children[1].Children {
					urls = append(urls, u.Value.(string))
				}
				if diff := cmp.Diff(urls, referencesOf(m)); diff != "" {
					t.Errorf("%x (-go-ldap +here):\n%s", m, diff)
				}
			default:
				op := p.Children[1]
				_, _, _ = op.Children[0].Value.(int64), op.Children[1].Value.(string), op.Children[2].Value.(string)
				for _, c := range p.Children[2:] {
					for _, c := range c.Children {
						_, _ = ldap.DecodeControl(c)
					}
				}
			}
		}
	})
}

// bytesAtATime feeds a message byte by byte and returns what it costs.
func bytesAtATime(t *testing.T, m []byte) int {
	t.Helper()
	var f framer
	for i := range m {
		_, whole, err := f.feed(m[i : i+1])
		if err != nil || whole != (i == len(m)-1) {
			t.Fatalf("byte %d of %x: whole: %v, %v", i, m, whole, err)
		}
	}
	return f.cost
}

// decodedEntry is an entry as go-ldap's Search makes it.
func decodedEntry(p *ber.Packet) *ldap.Entry {
	op := p.Children[1]
	e := &ldap.Entry{DN: op.Children[0].Value.(string)}
	for _, a := range op.Children[1].Children {
		x := &ldap.EntryAttribute{Name: a.Children[0].Value.(string)}
		for _, v := range a.Children[1].Children {
			_ = v.Value.(string)
			x.ByteValues = append(x.ByteValues, v.ByteValue)
		}
		e.Attributes = append(e.Attributes, x)
	}
	return e
}

func TestGUID(t *testing.T) {
	// The example of Microsoft's "objectGUID": the first three fields are little-endian.
	raw := []byte{0x8b, 0x14, 0x1d, 0x0c, 0x43, 0x01, 0x34, 0x42, 0x82, 0x65, 0xf2, 0xf8, 0xd8, 0x91, 0xd4, 0xc0}
	const text = "0c1d148b-0143-4234-8265-f2f8d891d4c0"
	if got, ok := guidText(raw); got != text || !ok {
		t.Errorf("guidText: %s, %v", got, ok)
	}
	if got, ok := guidBytes(text); !bytes.Equal(got, raw) || !ok {
		t.Errorf("guidBytes: %x, %v", got, ok)
	}
	if got, err := activeDirectory.condition(text); got != `(objectGUID=\8b\14\1d\0c\43\01\34\42\82\65\f2\f8\d8\91\d4\c0)` || err != nil {
		t.Errorf("condition: %s, %v", got, err)
	}
	for _, bad := range []string{"", text[1:], text + "0", "0C1d148b-0143-4234-8265-f2f8d891d4c0", "0c1d148b-0143-4234-8265_f2f8d891d4c0", "0c1d148b0143-4234-8265-f2f8d891d4c00", "*", "{0c1d148b-0143-4234-8265-f2f8d891d4c}"} {
		for _, d := range []*dialect{activeDirectory, openLDAP, directory389} {
			if got, err := d.condition(refresh.ID(bad)); err == nil {
				t.Errorf("%s: %q became the filter %s", d.system, bad, got)
			}
		}
	}
	if _, ok := guidText(raw[1:]); ok {
		t.Error("15 bytes are no GUID")
	}
}
