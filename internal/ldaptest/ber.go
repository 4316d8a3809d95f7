package ldaptest

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

// The tags of BER (X.690) that LDAP uses, as bytes on the wire.
const (
	tagBoolean    = 0x01
	tagInteger    = 0x02
	tagString     = 0x04
	tagEnumerated = 0x0a
	tagSequence   = 0x30
	tagSet        = 0x31
)

var errBER = errors.New("ldaptest: not BER as LDAP uses it")

// begin opens a constructed element. Its length has five bytes, as Active Directory writes it; end fills it in.
func begin(b []byte, tag byte) ([]byte, int) {
	b = append(b, tag, 0x84, 0, 0, 0, 0)
	return b, len(b)
}

// end closes what begin opened at the given place.
func end(b []byte, at int) []byte {
	binary.BigEndian.PutUint32(b[at-4:], uint32(len(b)-at))
	return b
}

func appendLength(b []byte, n int) []byte {
	switch {
	case n < 0x80:
		return append(b, byte(n))
	case n < 0x100:
		return append(b, 0x81, byte(n))
	case n < 0x10000:
		return append(b, 0x82, byte(n>>8), byte(n))
	}
	return append(b, 0x84, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
}

func appendString(b []byte, tag byte, s string) []byte {
	return append(appendLength(append(b, tag), len(s)), s...)
}

func appendInt(b []byte, tag byte, v int64) []byte {
	n := 1
	for x := v; x > 127 || x < -128; x >>= 8 {
		n++
	}
	b = append(b, tag, byte(n))
	for i := n - 1; i >= 0; i-- {
		b = append(b, byte(v>>(8*i)))
	}
	return b
}

// element is one decoded element; its body is a part of what was read.
type element struct {
	tag  byte
	body []byte
}

// take splits the first element off b.
func take(b []byte) (e element, rest []byte, err error) {
	if len(b) < 2 || b[0]&0x1f == 0x1f {
		return e, nil, errBER
	}
	size, head := int(b[1]), 2
	if b[1] >= 0x80 {
		n := int(b[1] & 0x7f)
		if n < 1 || n > 4 || len(b) < 2+n {
			return e, nil, errBER
		}
		size = 0
		for _, x := range b[2 : 2+n] {
			size = size<<8 | int(x)
		}
		head += n
	}
	if len(b)-head < size {
		return e, nil, errBER
	}
	return element{b[0], b[head : head+size]}, b[head+size:], nil
}

// parts splits a body into its elements.
func parts(b []byte) ([]element, error) {
	var out []element
	for len(b) > 0 {
		e, rest, err := take(b)
		if err != nil {
			return nil, err
		}
		out, b = append(out, e), rest
	}
	return out, nil
}

func (e element) integer() (int64, error) {
	if len(e.body) < 1 || len(e.body) > 8 {
		return 0, errBER
	}
	v := int64(int8(e.body[0]))
	for _, x := range e.body[1:] {
		v = v<<8 | int64(x)
	}
	return v, nil
}

// readMessage reads one LDAPMessage whole, the outer tag and length included. Larger ones than limit are refused.
func readMessage(r *bufio.Reader, limit int) ([]byte, error) {
	head, err := r.Peek(2)
	if err != nil {
		return nil, err
	}
	if head[0] != tagSequence {
		return nil, errBER
	}
	size, n := int(head[1]), 0
	if head[1] >= 0x80 {
		n = int(head[1] & 0x7f)
		if n < 1 || n > 4 {
			return nil, errBER
		}
		if head, err = r.Peek(2 + n); err != nil {
			return nil, err
		}
		size = 0
		for _, x := range head[2:] {
			size = size<<8 | int(x)
		}
	}
	if size > limit {
		return nil, errTooLarge
	}
	msg := make([]byte, 2+n+size)
	if _, err := io.ReadFull(r, msg); err != nil {
		return nil, err
	}
	return msg, nil
}

var errTooLarge = errors.New("ldaptest: the request is too large")
