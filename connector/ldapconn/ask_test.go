package ldapconn

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// wireReply is a BindResponse with the message ID 1 and these parts.
func wireReply(parts ...string) string {
	return wireValue("\x30", "\x02\x01\x01"+wireValue("\x61", parts...))
}

// wireValue is a value of less than 64 KiB.
func wireValue(tag string, parts ...string) string {
	body := strings.Join(parts, "")
	switch n := len(body); {
	case n < 0x80:
		return tag + string([]byte{byte(n)}) + body
	default:
		return tag + string([]byte{0x82, byte(n >> 8), byte(n)}) + body
	}
}

const wireText = "\x04\x00"

func TestReadMessage(t *testing.T) {
	good := wireReply("\x0a\x01\x0e", wireText, wireText, "\x87\x03abc")
	long := func(n string) string { return "\x30" + n + good[2:] } // the length in another form
	for _, tt := range []struct {
		name, wire string
		code       uint16
		data       []byte
		err        error
		reason     string
	}{
		{"with data", good, 14, []byte("abc"), nil, ""},
		{"without", wireReply("\x0a\x01\x00", wireText, wireText), 0, nil, nil, "nil tells that there was none"},
		{"with empty data", wireReply("\x0a\x01\x00", wireText, wireText, "\x87\x00"), 0, []byte{}, nil, "which is not the same"},
		{"with a referral", wireReply("\x0a\x01\x0e", wireText, wireText, "\xa3\x04\x04\x02x:", "\x87\x01d"), 14, []byte("d"), nil, "the data comes after it"},
		{"long form", long("\x84\x00\x00\x00" + good[1:2]), 14, []byte("abc"), nil, "as Active Directory writes every length"},
		{"long form of one byte", long("\x81" + good[1:2]), 14, []byte("abc"), nil, "legal in BER"},
		{"large code", wireReply("\x0a\x02\x10\x00", wireText, wireText), 4096, nil, nil, "of private use"},
		{"data of 64 KiB less some", wireReply("\x0a\x01\x0e", wireText, wireText, wireValue("\x87", strings.Repeat("x", 65000))), 14, bytes.Repeat([]byte("x"), 65000), nil, "a large ticket"},

		{"too long", "\x30\x83\x02\x00\x01", 0, nil, errTooLong, "refused before it is read"},
		{"much too long", "\x30\x84\xff\xff\xff\xff", 0, nil, errTooLong, ""},
		{"length of five bytes", "\x30\x85\x00\x00\x00\x00\x01", 0, nil, errFrame, ""},
		{"indefinite", "\x30\x80", 0, nil, errFrame, "forbidden in LDAP (RFC 4511 section 5.1)"},
		{"indefinite inside", wireValue("\x30", "\x02\x01\x01", "\x61\x80\x0a\x01\x00"+wireText+wireText+"\x00\x00"), 0, nil, errMalformed, "LDAP forbids it, and it hides how deep the nesting is"},
		{"not a sequence", "\x31\x00", 0, nil, errFrame, ""},
		{"empty", "\x30\x00", 0, nil, errFrame, ""},
		{"no length", "\x30", 0, nil, io.ErrUnexpectedEOF, ""},
		{"nothing", "", 0, nil, io.EOF, ""},
		{"cut", good[:len(good)-1], 0, nil, io.ErrUnexpectedEOF, ""},
		{"inner length beyond the end", wireValue("\x30", "\x02\x01\x01", "\x61\x7f\x0a\x01\x00"), 0, nil, errMalformed, ""},
		{"code without bytes", wireReply("\x0a\x00", wireText, wireText), 0, nil, errMalformed, "which a careless reader takes for 0, success"},
		{"code of nine bytes", wireReply("\x0a\x09\x01\x01\x01\x01\x01\x01\x01\x01\x01", wireText, wireText), 0, nil, errMalformed, "here, too"},
		{"negative code", wireReply("\x0a\x01\xff", wireText, wireText), 0, nil, errMalformed, ""},
		{"code beyond 16 bits", wireReply("\x0a\x03\x01\x00\x00", wireText, wireText), 0, nil, errMalformed, "which would be cut to 0"},
		{"code as an integer", wireReply("\x02\x01\x00", wireText, wireText), 0, nil, errMalformed, ""},
		{"no text", wireReply("\x0a\x01\x00", wireText), 0, nil, errMalformed, ""},
		{"text of another kind", wireReply("\x0a\x01\x00", "\x02\x01\x05", wireText), 0, nil, errMalformed, ""},
		{"data twice", wireReply("\x0a\x01\x0e", wireText, wireText, "\x87\x01a", "\x87\x01b"), 0, nil, errMalformed, "which one counts?"},
		{"data in parts", wireReply("\x0a\x01\x0e", wireText, wireText, "\xa7\x03\x04\x01a"), 0, nil, errMalformed, "forbidden in LDAP"},
		{"another message", strings.Replace(good, "\x02\x01\x01", "\x02\x01\x02", 1), 0, nil, errKind, ""},
		{"another kind", strings.Replace(good, "\x61", "\x65", 1), 0, nil, errKind, "a SearchResultDone"},
		{"another class", strings.Replace(good, "\x61", "\xa1", 1), 0, nil, errKind, ""},
		{"notice", wireValue("\x30", "\x02\x01\x00", wireValue("\x78", "\x0a\x01\x34", wireText, wireText)), 0, nil, errNotice, "the server is about to close"},
		{"time that is none", wireValue("\x30", "\x02\x01\x01", "\x18\x05words"), 0, nil, errMalformed, "the decoder's error would repeat the words"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			const next = "the next message"
			wire := strings.NewReader(tt.wire + next)
			if errors.Is(tt.err, io.ErrUnexpectedEOF) || errors.Is(tt.err, io.EOF) {
				wire = strings.NewReader(tt.wire)
			}
			p, err := readMessage(wire)
			var a outcome
			if err == nil {
				if rest, _ := io.ReadAll(wire); string(rest) != next {
					t.Errorf("it left %q", rest)
				}
				a, err = readAnswer(p, 1, ldap.ApplicationBindResponse)
			}
			if !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
				t.Fatalf("error %v, want %v; %s", err, tt.err, tt.reason)
			}
			if err != nil && strings.Contains(err.Error(), "words") {
				t.Errorf("the error repeats what was read: %v", err)
			}
			if a.code != tt.code || !bytes.Equal(a.data, tt.data) || (a.data == nil) != (tt.data == nil) {
				t.Errorf("code %d, data %#v; want %d, %#v; %s", a.code, a.data, tt.code, tt.data, tt.reason)
			}
		})
	}
}

// FuzzReadMessage: nothing panics, and only a well-formed code 0 is success.
func FuzzReadMessage(f *testing.F) {
	f.Add([]byte(wireReply("\x0a\x01\x0e", wireText, wireText, "\x87\x03abc")))
	f.Add([]byte(wireReply("\x0a\x01\x00", wireText, wireText)))
	f.Add([]byte("\x30\x84\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, wire []byte) {
		p, err := readMessage(bytes.NewReader(wire))
		if err != nil {
			return
		}
		a, err := readAnswer(p, 1, ldap.ApplicationBindResponse)
		if err != nil {
			return
		}
		if code := p.Children[1].Children[0].Data.Bytes(); a.code == 0 && len(bytes.Trim(code, "\x00")) > 0 {
			t.Errorf("the code %x counts as success", code)
		}
		if a.code != 0 {
			_ = failure(context.Background(), "server", "bind", a.refusal()).Error()
		}
	})
}

// TestBindRequest: go-ldap reads what we write as what we mean.
func TestBindRequest(t *testing.T) {
	for _, credentials := range [][]byte{nil, {}, []byte("\x00token")} {
		p, err := ber.DecodePacketErr(bindRequest("GSS-SPNEGO", credentials).Bytes())
		if err != nil {
			t.Fatal(err)
		}
		auth := p.Children[2]
		if p.ClassType != ber.ClassApplication || p.Tag != ldap.ApplicationBindRequest || p.Children[0].Value != int64(3) || p.Children[1].Value != "" || auth.ClassType != ber.ClassContext || auth.Tag != 3 || auth.Children[0].Value != "GSS-SPNEGO" {
			t.Errorf("not a SASL bind: %x", p.Bytes())
		}
		if got := len(auth.Children) - 1; got != 0 != (credentials != nil) || got == 1 && auth.Children[1].Value != string(credentials) {
			t.Errorf("credentials %#v are written as %x", credentials, auth.Bytes())
		}
	}
}
