package ldapconn

import (
	"net"
	"sync/atomic"
	"time"
)

// maxMessage bounds one message, because go-ldap reads each into memory whole, at several times its size.
const maxMessage = 16 << 20

// guard stands between the network and go-ldap and checks the frame of every message. go-ldap skips messages
// that it cannot read and ignores answers of a kind it does not know; either could make an entry disappear from
// an answer that ends in good order. Here they end the connection.
type guard struct {
	net.Conn
	timeout time.Duration
	frame   framer
	broken  atomic.Pointer[error] // the first violation
}

// Read checks what it passes on. Bytes that break the protocol are not passed on.
func (g *guard) Read(p []byte) (int, error) {
	n, err := g.Conn.Read(p)
	if bad := g.frame.feed(p[:n]); bad != nil {
		if bad != errNotice {
			g.broken.CompareAndSwap(nil, &bad)
		}
		return 0, bad
	}
	return n, err
}

// Write does not wait for ever for a server that has stopped reading.
func (g *guard) Write(p []byte) (int, error) {
	if err := g.SetWriteDeadline(time.Now().Add(g.timeout)); err != nil {
		return 0, err
	}
	return g.Conn.Write(p)
}

// violation returns the first violation, nil when there was none.
func (g *guard) violation() error {
	if err := g.broken.Load(); err != nil {
		return *err
	}
	return nil
}

// framer follows a stream of LDAP messages (RFC 4511 sections 4.1.1 and 5.1).
type framer struct {
	head []byte // the beginning of a message, up to the tag of its operation
	rest int    // bytes of the message still to come after that
}

func (f *framer) feed(p []byte) error {
	for len(p) > 0 {
		if f.rest > 0 {
			n := min(f.rest, len(p))
			f.rest -= n
			p = p[n:]
			continue
		}
		f.head = append(f.head, p[0])
		p = p[1:]
		rest, ok, err := openMessage(f.head)
		if err != nil {
			return err
		}
		if ok {
			f.rest, f.head = rest, f.head[:0]
		}
	}
	return nil
}

// openMessage reads the beginning of a message. ok is false while bytes are missing; rest is what follows h.
func openMessage(h []byte) (rest int, ok bool, err error) {
	if h[0] != 0x30 { // SEQUENCE
		return 0, false, errFrame
	}
	if len(h) < 2 {
		return 0, false, nil
	}
	at, size := 2, int(h[1])
	if h[1] >= 0x80 { // the long form; 0x80 itself is the indefinite form, which LDAP forbids
		n := int(h[1] & 0x7f)
		if n < 1 || n > 4 {
			return 0, false, errFrame
		}
		if len(h) < at+n {
			return 0, false, nil
		}
		size = 0
		for _, x := range h[at : at+n] {
			size = size<<8 | int(x)
		}
		at += n
	}
	if size > maxMessage {
		return 0, false, errTooMuch
	}
	body := at
	if len(h) < at+2 {
		return 0, false, nil
	}
	n := int(h[at+1])
	if h[at] != 0x02 || n < 1 || n > 4 || size < 2+n+1 { // INTEGER messageID, then at least the operation's tag
		return 0, false, errFrame
	}
	at += 2
	if len(h) < at+n+1 {
		return 0, false, nil
	}
	if h[at] >= 0x80 { // a negative number
		return 0, false, errFrame
	}
	id := 0
	for _, x := range h[at : at+n] {
		id = id<<8 | int(x)
	}
	at += n
	switch op := h[at]; {
	case id == 0 && op == opExtended:
		return 0, false, errNotice // Notice of Disconnection, RFC 4511 section 4.4.1
	case id == 0 || op != opBind && op != opEntry && op != opDone && op != opReference:
		return 0, false, errKind
	}
	return body + size - at - 1, true, nil
}

// The tags of the answers, as bytes on the wire.
const (
	opBind      = 0x61
	opEntry     = 0x64
	opDone      = 0x65
	opReference = 0x73
	opExtended  = 0x78
)
