package ldapconn

import (
	"bytes"
	"net"
	"sync/atomic"
	"time"
)

// readSize is how many bytes are read at a time.
const readSize = 16 << 10

// guard stands between the network and go-ldap. It checks every element of every message, and bounds what the answers occupy.
//
// Entries and references do not reach go-ldap, which takes 15 µs and 15 kB for an entry, skips messages that it cannot read, ignores
// those of a kind it does not know, and drops those that nobody waits for or takes in time; each could make an entry
// disappear from an answer that ends in good order. They are gathered here until the answer ends, for [guard.collect], and so is
// what intermediate responses say. What breaks the protocol ends the connection.
type guard struct {
	net.Conn
	timeout time.Duration
	frame   framer
	ledger
	broken atomic.Pointer[error] // the first violation

	in      []byte // what is read into
	message []byte // the beginning of a message
	out     []byte // what go-ldap is to read
	ended   error  // of the connection
	names   names
}

// Read returns what go-ldap is to read.
func (g *guard) Read(p []byte) (int, error) {
	for len(g.out) == 0 {
		if bad := g.violation(); bad != nil {
			return 0, bad
		}
		if g.ended != nil {
			return 0, g.ended
		}
		if g.in == nil {
			g.in, g.names, g.frame.begin = make([]byte, readSize), names{}, g.begin
		}
		n, err := g.Conn.Read(g.in)
		g.ended = err
		if bad := g.sift(g.in[:n]); bad != nil {
			g.out, g.ended = nil, bad
			if bad != errNotice {
				g.broken.CompareAndSwap(nil, &bad)
			}
		}
	}
	n := copy(p, g.out)
	if g.out = g.out[n:]; len(g.out) == 0 {
		g.out = nil
	}
	return n, nil
}

// sift takes what was read.
func (g *guard) sift(p []byte) error {
	for len(p) > 0 {
		n, whole, err := g.frame.feed(p)
		if err == nil {
			err = g.charge(g.frame.cost)
		}
		if err != nil {
			return err
		}
		g.gather(p[:n], whole)
		p = p[n:]
	}
	return nil
}

// gather takes a part of a message. What it costs is charged.
func (g *guard) gather(part []byte, whole bool) {
	f := &g.frame
	size := len(g.message) + len(part)
	if f.depth > 0 || whole {
		size = f.size // it is known by now
	}
	switch {
	case !whole || len(g.message) > 0:
		if cap(g.message) < size {
			g.message = append(make([]byte, 0, size), g.message...)
		}
		g.message = append(g.message, part...)
		part = g.message
	case f.op == opEntry:
		part = bytes.Clone(part)
	}
	if !whole {
		return
	}
	g.message = nil
	switch a := g.current; {
	case f.passed:
		if f.op == opDone {
			g.out = appendKey(g.out, f.id)
		}
		g.out = append(g.out, part...)
	case f.op == opEntry:
		a.entries = append(a.entries, entryOf(part, f.attributes, f.values, g.names))
	case f.op == opReference:
		a.references = append(a.references, referencesOf(part)...)
	case f.op == opIntermediate:
		a.take(part)
	}
	g.end(f.id, f.op)
}

// Write does not wait for ever for a server that has stopped reading.
func (g *guard) Write(p []byte) (int, error) {
	if err := g.asks(p); err != nil {
		return 0, err
	}
	if err := g.SetWriteDeadline(time.Now().Add(g.timeout)); err != nil {
		return 0, err
	}
	return g.Conn.Write(p)
}

// Close gives back what the answers on this connection occupied.
func (g *guard) Close() error {
	g.ledger.close()
	return g.Conn.Close()
}

// violation returns the first violation, nil when there was none.
func (g *guard) violation() error {
	if err := g.broken.Load(); err != nil {
		return *err
	}
	return nil
}
