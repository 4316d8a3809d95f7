package faultproxy

import (
	"io"
	"math"
	"net"
)

// Fault says where and how a connection breaks.
type Fault struct {
	// Messages from the server pass whole, counted over all connections since [Proxy.Arm].
	Messages int
	// Inside says how many bytes of the message after them pass, given its length. When it is nil the connection
	// breaks right after the last whole message, or, with no Messages, when the first one comes.
	Inside func(length int) int
	// How the connection breaks.
	How How
	// Refuse makes the proxy close new connections from then on. With Stall it accepts them and says nothing.
	Refuse bool
}

// How a connection breaks.
type How uint8

// The ways to break. The zero one closes the connection in good order.
const (
	Close How = iota
	Reset     // as when a host dies or a firewall steps in
	Stall     // the connection stays open, and nothing comes any more
)

// Arm sets the fault for what the server sends from now on. It strikes once. Arming again replaces it.
func (p *Proxy) Arm(f Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault, p.fired = &f, make(chan struct{})
}

// Fired is closed once the fault armed last has struck.
func (p *Proxy) Fired() <-chan struct{} { p.mu.Lock(); defer p.mu.Unlock(); return p.fired }

// room is how many messages can be decided on together.
func (p *Proxy) room() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fault == nil {
		return math.MaxInt
	}
	return max(p.fault.Messages, 1)
}

// decide says how many bytes of so many messages of the given length pass, and which fault strikes after them.
func (p *Proxy) decide(length, count int) (pass int, f *Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f = p.fault
	switch {
	case f == nil:
		p.messages += count
		return length, nil
	case f.Messages > 0:
		f.Messages -= count
		p.messages += count
		if f.Messages > 0 || f.Inside != nil {
			return length, nil
		}
		pass = length
	case f.Inside != nil:
		pass = min(max(f.Inside(length), 0), length)
	}
	p.fault, p.refuse, p.mute = nil, f.Refuse, f.Refuse && f.How == Stall
	close(p.fired)
	return pass, f
}

func (p *Proxy) strike(f *Fault, client *net.TCPConn, server net.Conn) {
	switch f.How {
	case Stall:
		// The client's side ends when the client gives up, which closes both.
		_, _ = io.Copy(io.Discard, server)
		return
	case Reset:
		_ = client.SetLinger(0)
	}
	_ = client.Close()
	_ = server.Close()
}

// LDAP frames messages of LDAP: a BER SEQUENCE of definite length (RFC 4511 section 5.1).
func LDAP(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	header, size := 2, int(b[1])
	if b[1] >= 0x80 {
		header += int(b[1] & 0x7f)
		if len(b) < header {
			return 0
		}
		size = 0
		for _, x := range b[2:header] {
			size = size<<8 | int(x)
		}
	}
	if len(b) < header+size {
		return 0
	}
	return header + size
}
