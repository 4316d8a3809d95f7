package faultproxy

import (
	"io"
	"net"
	"sync"
	"time"
)

// Proxy passes connections on to a server.
type Proxy struct {
	target   string
	frame    func([]byte) int
	listener net.Listener
	running  sync.WaitGroup

	mu       sync.Mutex
	closed   bool
	open     map[net.Conn]bool
	accepted int
	messages int
	fault    *Fault
	refuse   bool // new connections are not passed on
	mute     bool // they stay open all the same
	oneWay   time.Duration
	fired    chan struct{}
}

// Start listens on a free port of 127.0.0.1 and passes connections on to target. frame returns the length of the
// first message in b, 0 while it is incomplete; see [LDAP]. With a nil frame every byte is a message.
func Start(target string, frame func(b []byte) int) (*Proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{target: target, frame: frame, listener: l, open: map[net.Conn]bool{}, fired: make(chan struct{})}
	p.running.Go(p.accept)
	return p, nil
}

// Addr is where the proxy listens.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Close ends every connection and waits for the proxy's goroutines.
func (p *Proxy) Close() error {
	err := p.listener.Close()
	p.mu.Lock()
	p.closed = true
	for c := range p.open {
		_ = c.Close()
	}
	p.mu.Unlock()
	p.running.Wait()
	return err
}

// Messages counts the server's messages passed on so far.
func (p *Proxy) Messages() int { p.mu.Lock(); defer p.mu.Unlock(); return p.messages }

// Accepted counts the connections so far, refused ones too.
func (p *Proxy) Accepted() int { p.mu.Lock(); defer p.mu.Unlock(); return p.accepted }

// Refuse makes the proxy close new connections at once, or stop doing so.
func (p *Proxy) Refuse(yes bool) { p.mu.Lock(); defer p.mu.Unlock(); p.refuse, p.mute = yes, false }

// Drop closes the connections that are open now.
func (p *Proxy) Drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.open {
		_ = c.Close()
	}
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		p.accepted++
		refuse, mute := p.refuse || p.closed, p.mute && !p.closed
		if refuse && mute {
			p.open[client] = true
		}
		p.mu.Unlock()
		switch {
		case refuse && mute:
			p.running.Go(func() { _, _ = io.Copy(io.Discard, client); _ = client.Close() })
			continue
		case refuse:
			_ = client.Close()
			continue
		}
		server, err := net.Dial("tcp", p.target)
		if err != nil {
			_ = client.Close()
			continue
		}
		p.running.Go(func() { p.serve(client.(*net.TCPConn), server) })
	}
}

func (p *Proxy) serve(client *net.TCPConn, server net.Conn) {
	if !p.track(client, server) {
		return
	}
	p.mu.Lock()
	late := p.oneWay
	p.mu.Unlock()
	var up sync.WaitGroup
	up.Go(func() {
		there := newWay(server, late)
		_, _ = io.Copy(there, client)
		there.finish()
		_ = server.Close()
		_ = client.Close()
	})
	back := newWay(client, late)
	p.down(client, server, back)
	up.Wait()
	p.mu.Lock()
	delete(p.open, client)
	delete(p.open, server)
	p.mu.Unlock()
}

func (p *Proxy) track(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		if p.closed {
			_ = c.Close()
			continue
		}
		p.open[c] = true
	}
	return !p.closed
}

// down passes on what the server sends, whole messages at a time, until an end or a fault.
func (p *Proxy) down(client *net.TCPConn, server net.Conn, back *way) {
	var held []byte
	buf := make([]byte, 64<<10)
	for {
		n, err := server.Read(buf)
		held = append(held, buf[:n]...)
		for len(held) > 0 {
			size := min(len(held), p.room())
			count := size // without a frame bytes are messages
			if p.frame != nil {
				size, count = p.frame(held), 1
			}
			if size == 0 {
				break
			}
			pass, f := p.decide(size, count)
			if _, werr := back.Write(held[:pass]); werr != nil {
				err = werr
			}
			held = held[size:]
			if f != nil {
				back.finish() // what passed arrives before the fault does
				p.strike(f, client, server)
				return
			}
		}
		if err != nil {
			back.finish()
			_ = client.Close()
			_ = server.Close()
			return
		}
	}
}
