// Package memnet makes connections in memory for tests that run in a bubble of testing/synctest, where time stands still while
// anybody waits for a real network.
package memnet

import (
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// duplex is one end of a connection in memory. Unlike those of net.Pipe its ends have buffers, as a network has: two ends of TLS that close at
// the same time both write a last word, and on a pipe neither could read the other's, with a mutex of net/http held, so that the
// time of a bubble would stand still.
type duplex struct {
	in, out *stream
}

// Pipe returns both ends of a connection.
func Pipe() (a, b net.Conn) {
	x, y := newStream(), newStream()
	return &duplex{x, y}, &duplex{y, x}
}

func (d *duplex) Read(p []byte) (int, error)  { return d.in.read(p) }
func (d *duplex) Write(p []byte) (int, error) { return d.out.write(p) }
func (d *duplex) Close() error                { d.in.close(); d.out.close(); return nil }
func (d *duplex) LocalAddr() net.Addr         { return addr{} }
func (d *duplex) RemoteAddr() net.Addr        { return addr{} }
func (d *duplex) SetDeadline(t time.Time) error {
	d.in.until(&d.in.reads, t)
	d.out.until(&d.out.writes, t)
	return nil
}
func (d *duplex) SetReadDeadline(t time.Time) error  { d.in.until(&d.in.reads, t); return nil }
func (d *duplex) SetWriteDeadline(t time.Time) error { d.out.until(&d.out.writes, t); return nil }

type addr struct{}

func (addr) Network() string { return "mem" }
func (addr) String() string  { return "memory" }

// stream is one direction.
type stream struct {
	mu     sync.Mutex
	moved  *sync.Cond
	buf    []byte
	closed bool
	reads  deadline
	writes deadline
}

type deadline struct {
	at    time.Time
	timer *time.Timer
}

func (d deadline) over() bool { return !d.at.IsZero() && !time.Now().Before(d.at) }

func newStream() *stream {
	s := &stream{}
	s.moved = sync.NewCond(&s.mu)
	return s
}

const (
	streamRoom = 64 << 10
	lastWord   = 256 // a write that short never waits
)

func (s *stream) read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.reads.over():
			return 0, os.ErrDeadlineExceeded
		case len(s.buf) > 0:
			n := copy(p, s.buf)
			if s.buf = s.buf[n:]; len(s.buf) == 0 {
				s.buf = nil
			}
			s.moved.Broadcast()
			return n, nil
		case s.closed:
			return 0, io.EOF
		}
		s.moved.Wait()
	}
}

func (s *stream) write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.closed:
			return 0, io.ErrClosedPipe
		case s.writes.over():
			return 0, os.ErrDeadlineExceeded
		case len(p) <= lastWord, len(s.buf) < streamRoom:
			s.buf = append(s.buf, p...)
			s.moved.Broadcast()
			return len(p), nil
		}
		s.moved.Wait()
	}
}

func (s *stream) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.moved.Broadcast()
}

func (s *stream) until(d *deadline, t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.timer != nil {
		d.timer.Stop()
	}
	*d = deadline{at: t}
	if left := time.Until(t); !t.IsZero() && left > 0 { // a timer that is over already can crash a bubble with the race detector
		d.timer = time.AfterFunc(left, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.moved.Broadcast()
		})
	}
	s.moved.Broadcast()
}
