package ldapconn

import (
	"net"
	"sync/atomic"
	"time"
)

// guard stands between the network and go-ldap. It checks every element of every message and bounds what decoding them
// costs. go-ldap skips messages that it cannot read, ignores answers of a kind it does not know, and drops those
// that nobody waits for; each could make an entry disappear from an answer that ends in good order. Here they end the connection.
type guard struct {
	net.Conn
	timeout time.Duration
	frame   framer
	ledger
	broken atomic.Pointer[error] // the first violation
}

// Read checks what it passes on. What breaks the protocol, or costs more than the budget has, is not passed on.
func (g *guard) Read(p []byte) (int, error) {
	if bad := g.violation(); bad != nil {
		return 0, bad
	}
	g.digest() // go-ldap reads when it has used up what it has
	n, err := g.Conn.Read(p)
	g.frame.to = g
	bad := g.frame.feed(p[:n])
	if bad == nil {
		bad = g.charge(g.frame.cost)
	}
	if bad != nil {
		if bad != errNotice {
			g.broken.CompareAndSwap(nil, &bad)
		}
		return 0, bad
	}
	return n, err
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
