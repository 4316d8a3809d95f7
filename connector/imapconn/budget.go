package imapconn

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// go-imap takes whatever a server sends: it has no limit for a line, a literal or a list, and decodes some answers into thirty times
// their size. So the bytes are counted below it. Small answers are free; a larger one waits for its turn, so that all
// connections of a connector together stay below 64 MiB whatever their servers send.
const (
	smallAnswers = 512 << 10 // of all connections together
	smallAnswer  = 64 << 10
	leastAnswer  = 4 << 10
	mostAnswer   = 1 << 20 // a list of some 6,000 folders with their state
	largeAnswers = 1       // at a time
)

// freeAnswer is how large an answer of each of so many connections may be before it has to wait.
func freeAnswer(connections int) int64 {
	return int64(max(leastAnswer, min(smallAnswer, smallAnswers/connections)))
}

// meter is the connection that go-imap gets. It bounds each answer, and keeps the first reason why the connection broke, because
// go-imap's errors do not wrap their cause. Deadlines are ours alone: go-imap would set 5 minutes for a literal.
type meter struct {
	net.Conn
	free     int64         // how large an answer may be without a place
	greeting []byte        // read before anything of the connection
	large    chan struct{} // places for large answers, shared by the connections of a connector
	done     chan struct{} // closed by Close
	turns    turns

	used atomic.Int64 // bytes since the last allow

	mu      sync.Mutex
	holds   bool // one of the large places
	limit   time.Time
	why     error
	closing sync.Once
}

// allow begins an answer that has to be complete at a time.
func (m *meter) allow(until time.Time) error {
	m.release()
	m.used.Store(0)
	m.mu.Lock()
	m.limit = until
	m.mu.Unlock()
	return m.Conn.SetDeadline(until)
}

// release gives the place for a large answer back.
func (m *meter) release() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.holds {
		m.holds = false
		<-m.large
	}
}

// Read returns what came, within the limits.
func (m *meter) Read(p []byte) (int, error) {
	if len(m.greeting) > 0 {
		n := copy(p, m.greeting)
		m.greeting = m.greeting[n:]
		return n, nil
	}
	if err := m.turns.wait(m.until, m.done); err != nil {
		m.fail(err)
		return 0, err
	}
	if n := m.turns.again(p); n > 0 {
		return n, nil
	}
	n, err := m.Conn.Read(p)
	if used := m.used.Add(int64(n)); used > m.free {
		if bad := m.grow(used); bad != nil {
			m.fail(bad)
			return 0, bad
		}
	}
	if err != nil {
		m.fail(err)
	}
	return m.turns.cut(p[:n]), err
}

// Write sends what the client says.
func (m *meter) Write(p []byte) (int, error) {
	m.turns.write()
	return m.Conn.Write(p)
}

// until is when the answer has to be complete.
func (m *meter) until() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.limit
}

// grow lets a large answer go on.
func (m *meter) grow(used int64) error {
	if used > mostAnswer {
		return errTooMuch
	}
	m.mu.Lock()
	holds := m.holds
	m.mu.Unlock()
	if holds {
		return nil
	}
	t := time.NewTimer(time.Until(m.until()))
	defer t.Stop()
	select {
	case m.large <- struct{}{}:
	case <-t.C:
		return errSlow
	case <-m.done:
		return net.ErrClosed
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	select {
	case <-m.done:
		<-m.large
		return net.ErrClosed
	default:
	}
	m.holds = true
	return nil
}

// fail keeps the first reason.
func (m *meter) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.why == nil {
		m.why = err
	}
}

// reason is why the connection broke, as far as it is known here.
func (m *meter) reason() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.why
}

// Close ends the connection and gives back what it holds.
func (m *meter) Close() error {
	m.closing.Do(func() { close(m.done) })
	err := m.Conn.Close()
	m.release()
	return err
}

// The deadlines of go-imap do not count.
func (m *meter) SetDeadline(time.Time) error      { return nil }
func (m *meter) SetReadDeadline(time.Time) error  { return nil }
func (m *meter) SetWriteDeadline(time.Time) error { return nil }
