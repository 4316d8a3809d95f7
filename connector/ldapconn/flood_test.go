package ldapconn_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// flood is a directory whose answers to some questions have no reasonable end. What it sends is made while it is sent.
type flood struct {
	world *fake // answers the rest
	// when says which questions: conn and n count from 1, n the searches on a connection. Nil is every search of the whole tree.
	when func(conn, n int, dn string, scope int64) bool
	// send writes an answer, without its end unless ends is set. It returns the first error.
	send func(w io.Writer, id int64) error
	ends bool
	bind bool // answers to binds are flooded, too, and to StartTLS
	addr string
}

// flooded is how many bytes the answers have.
const flooded = 256 << 20

func (f *flood) start(t testing.TB) *flood {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.addr = l.Addr().String()
	t.Cleanup(func() { l.Close() })
	go func() {
		for n := 1; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go f.serve(c, n)
		}
	}()
	return f
}

func (f *flood) serve(c net.Conn, conn int) {
	defer c.Close()
	r, w := bufio.NewReader(c), bufio.NewWriterSize(c, 256<<10)
	for n := 0; ; {
		p, err := ber.ReadPacket(r)
		if err != nil || len(p.Children) < 2 {
			return
		}
		id, op := p.Children[0].Value.(int64), p.Children[1]
		switch op.Tag {
		case ldap.ApplicationBindRequest, ldap.ApplicationExtendedRequest:
			if f.bind {
				if f.send(w, id) != nil {
					return
				}
				break
			}
			_, _ = w.Write(result(id, ldap.ApplicationBindResponse, 0))
		case ldap.ApplicationSearchRequest:
			n++
			dn, _ := op.Children[0].Value.(string)
			scope, _ := op.Children[1].Value.(int64)
			if f.when == nil && scope == ldap.ScopeWholeSubtree || f.when != nil && f.when(conn, n, dn, scope) {
				if f.send(w, id) != nil {
					return
				}
				if !f.ends {
					_, _ = w.Write(result(id, ldap.ApplicationSearchResultDone, 0))
				}
				break
			}
			for _, m := range f.world.search(id, op) {
				_, _ = w.Write(m)
			}
		default:
			return
		}
		if w.Flush() != nil {
			return
		}
	}
}

// unending repeats messages until so many bytes are sent.
func unending(make func(id int64, n int) []byte) func(io.Writer, int64) error {
	return func(w io.Writer, id int64) error {
		for n, sent := 0, 0; sent < flooded; n++ {
			m, err := w.Write(make(id, n))
			if sent += m; err != nil {
				return err
			}
		}
		return nil
	}
}

// open5 begins an element whose length has four bytes.
func open5(tag byte, size int) []byte {
	return binary.BigEndian.AppendUint32([]byte{tag, 0x84}, uint32(size))
}

// inAttribute wraps what is sent in it as the values of an attribute, size bytes of them.
func inAttribute(w io.Writer, id int64, size int, values func(io.Writer) error) error {
	head := []byte("\x04\x0eproxyAddresses")
	number := binary.BigEndian.AppendUint32([]byte{2, 4}, uint32(id))
	dn := []byte("\x04\x02dc")
	attr := len(head) + 6 + size
	list := 6 + attr
	op := len(dn) + 6 + list
	b := append(open5(0x30, len(number)+6+op), number...)
	b = append(append(append(b, open5(0x64, op)...), dn...), open5(0x30, list)...)
	b = append(append(append(b, open5(0x30, attr)...), head...), open5(0x31, size)...)
	if _, err := w.Write(b); err != nil {
		return err
	}
	return values(w)
}

// repeated sends one entry with so many equal values after each other.
func repeated(n int, value string) func(io.Writer, int64) error {
	one := append([]byte{4, byte(len(value))}, value...)
	return func(w io.Writer, id int64) error {
		return inAttribute(w, id, n*len(one), func(w io.Writer) error {
			piece := bytes.Repeat(one, 1000)
			for left := n; left > 0; left -= 1000 {
				if _, err := w.Write(piece[:min(left, 1000)*len(one)]); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// again sends an answer over and over.
func again(send func(io.Writer, int64) error) func(io.Writer, int64) error {
	return func(w io.Writer, id int64) error {
		for c := (&counter{w: w}); c.n < flooded; {
			if err := send(c, id); err != nil {
				return err
			}
		}
		return nil
	}
}

type counter struct {
	w io.Writer
	n int
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += n
	return n, err
}

// oneValue is an entry with one value of so many bytes.
func oneValue(size int) func(io.Writer, int64) error {
	return func(w io.Writer, id int64) error {
		return inAttribute(w, id, 6+size, func(w io.Writer) error {
			_, err := w.Write(open5(4, size))
			piece := make([]byte, 64<<10)
			for left := size; left > 0 && err == nil; left -= len(piece) {
				_, err = w.Write(piece[:min(left, len(piece))])
			}
			return err
		})
	}
}

// longWords ends an operation with a text of so many bytes.
func longWords(op byte, size int) func(io.Writer, int64) error {
	return func(w io.Writer, id int64) error {
		number := binary.BigEndian.AppendUint32([]byte{2, 4}, uint32(id))
		result := append([]byte{0x0a, 1, 51, 4, 0}, open5(4, size)...)
		b := append(open5(0x30, len(number)+6+len(result)+size), number...)
		b = append(append(b, open5(op, len(result)+size)...), result...)
		_, err := w.Write(b)
		piece := make([]byte, 64<<10)
		for left := size; left > 0 && err == nil; left -= len(piece) {
			_, err = w.Write(piece[:min(left, len(piece))])
		}
		return err
	}
}

// nestedIn is an operation with so many sequences in each other.
func nestedIn(op byte, depth int) func(int64, int) []byte {
	var body []byte // from the inside out, reversed
	for range depth {
		n := len(body)
		switch {
		case n < 0x80:
			body = append(body, byte(n), 0x30)
		default:
			body = append(body, byte(n), byte(n>>8), byte(n>>16), byte(n>>24), 0x84, 0x30)
		}
	}
	for i, j := 0, len(body)-1; i < j; i, j = i+1, j-1 {
		body[i], body[j] = body[j], body[i]
	}
	return func(id int64, _ int) []byte {
		number := binary.BigEndian.AppendUint32([]byte{2, 4}, uint32(id))
		b := append(open5(0x30, len(number)+6+len(body)), number...)
		return append(append(b, open5(op, len(body))...), body...)
	}
}

// deepest is an operation of at most 128 KiB in which so much is nested so deeply that each level holds nearly all of it.
func deepest(op byte) func(io.Writer, int64) error {
	body := text(strings.Repeat("x", 120_000))
	for range 990 {
		p := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
		p.AppendChild(body)
		body = p
	}
	return func(w io.Writer, id int64) error {
		p := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ber.Tag(op&0x1f), nil, "")
		p.AppendChild(body)
		_, err := w.Write(message(id, p))
		return err
	}
}

// pageEnd ends a page, with a cookie when there are more.
func pageEnd(id int64, cookie int) []byte {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchResultDone, nil, "")
	op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, 0, ""))
	op.AppendChild(text(""))
	op.AppendChild(text(""))
	page := ldap.NewControlPaging(0)
	if cookie > 0 {
		page.SetCookie(fmt.Appendf(nil, "%d", cookie))
	}
	controls := ber.Encode(ber.ClassContext, ber.TypeConstructed, 0, nil, "")
	controls.AppendChild(page.Encode())
	p := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	p.AppendChild(op)
	p.AppendChild(controls)
	return p.Bytes()
}
