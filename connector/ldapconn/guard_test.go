package ldapconn

import (
	"bytes"
	"errors"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"

	"github.com/readdress-go/readdress/refresh"
)

func TestFramer(t *testing.T) {
	long := append([]byte{0x30, 0x82, 0x01, 0x05, 0x02, 0x01, 0x05, 0x64}, make([]byte, 0x105-4)...)
	for _, tt := range []struct {
		name   string
		in     []byte
		want   error
		reason string
	}{
		{"entry", []byte{0x30, 0x05, 0x02, 0x01, 0x05, 0x64, 0x00}, nil, "short form"},
		{"two in a row", []byte{0x30, 0x05, 0x02, 0x01, 0x05, 0x64, 0x00, 0x30, 0x05, 0x02, 0x01, 0x06, 0x65, 0x00}, nil, "the second is framed by the first"},
		{"long form", long, nil, "as the servers send it"},
		{"long form of a short length", []byte{0x30, 0x84, 0, 0, 0, 5, 0x02, 0x01, 0x05, 0x64, 0x00}, nil, "Active Directory pads lengths"},
		{"largest id", []byte{0x30, 0x08, 0x02, 0x04, 0x7f, 0xff, 0xff, 0xff, 0x64, 0x00}, nil, "maxInt"},
		{"bind", []byte{0x30, 0x05, 0x02, 0x01, 0x01, 0x61, 0x00}, nil, ""},
		{"reference", []byte{0x30, 0x05, 0x02, 0x01, 0x01, 0x73, 0x00}, nil, ""},
		{"a set", []byte{0x31}, errFrame, "not a message"},
		{"five length bytes", []byte{0x30, 0x85}, errFrame, "no such size"},
		{"id of five bytes", []byte{0x30, 0x0a, 0x02, 0x05}, errFrame, "larger than maxInt"},
		{"id is no integer", []byte{0x30, 0x05, 0x0a, 0x01, 0x05}, errFrame, ""},
		{"negative id", []byte{0x30, 0x05, 0x02, 0x01, 0xbe, 0x61, 0x00}, errFrame, "found by the fuzzer"},
		{"nothing after the id", []byte{0x30, 0x03, 0x02, 0x01, 0x05}, errFrame, ""},
		{"one byte too large", []byte{0x30, 0x84, 0x01, 0x00, 0x00, 0x01}, errTooMuch, "refused before it is read"},
		{"notice", []byte{0x30, 0x05, 0x02, 0x01, 0x00, 0x78}, errNotice, ""},
		{"number 0", []byte{0x30, 0x05, 0x02, 0x01, 0x00, 0x64}, errKind, "belongs to no question"},
		{"add response", []byte{0x30, 0x05, 0x02, 0x01, 0x01, 0x69}, errKind, "nobody adds anything"},
		{"primitive entry", []byte{0x30, 0x05, 0x02, 0x01, 0x01, 0x44}, errKind, ""},
	} {
		for _, step := range []int{1, 3, 1 << 20} {
			var f framer
			var err error
			for rest := tt.in; len(rest) > 0 && err == nil; {
				n := min(step, len(rest))
				err = f.feed(rest[:n])
				rest = rest[n:]
			}
			if !errors.Is(err, tt.want) || err == nil && (f.rest != 0 || len(f.head) != 0) {
				t.Errorf("%s, %d bytes at a time: %v with %d to come, want %v (%s)", tt.name, step, err, f.rest, tt.want, tt.reason)
			}
		}
	}
}

// FuzzFramer checks that what passes the guard is framed as go-ldap frames it: each message that the framer takes for
// whole is one that can be read, with a number and an operation.
func FuzzFramer(f *testing.F) {
	f.Add([]byte{0x30, 0x05, 0x02, 0x01, 0x05, 0x64, 0x00, 0x30, 0x05, 0x02, 0x01, 0x06, 0x65, 0x00})
	f.Add([]byte{0x30, 0x84, 0, 0, 0, 5, 0x02, 0x01, 0x05, 0x64, 0x00})
	f.Add([]byte{0x30, 0x0c, 0x02, 0x01, 0x01, 0x78, 0x07, 0x0a, 0x01, 0x00, 0x04, 0x00, 0x04, 0x00})
	f.Fuzz(func(t *testing.T, in []byte) {
		var fr framer
		for i := range in {
			if fr.feed(in[i:i+1]) != nil {
				return
			}
			if fr.rest > 0 || len(fr.head) > 0 {
				continue
			}
			p, err := ber.ReadPacket(bytes.NewReader(in[:i+1]))
			if err != nil {
				return // malformed inside a good frame, which go-ldap refuses
			}
			if len(p.Children) < 2 {
				t.Fatalf("a message of %d parts passed", len(p.Children))
			}
			if id, ok := p.Children[0].Value.(int64); !ok || id <= 0 {
				t.Fatalf("a message without a number passed: %v", p.Children[0].Value)
			}
			return
		}
	})
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
