package imapconn

import (
	"bytes"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// turns makes both ends of a login speak in turn. go-imap registers for the answer to its next line only after it has read the request to go on
// ("+"), and waits forever for a line that was answered before, whatever becomes of the connection. So what a server sends after such a
// request is held back until the client has written.
type turns struct {
	on    atomic.Bool   // during a login; literals, which may hold any line, come later
	wrote chan struct{} // the client has written since the last request

	// Of the one goroutine that reads.
	inLine  bool // in the middle of a line
	request bool // which is a request to go on
	waits   bool // for the client
	held    []byte
}

func newTurns() turns { return turns{wrote: make(chan struct{}, 1)} }

// write notes that the client has written.
func (t *turns) write() {
	select {
	case t.wrote <- struct{}{}:
	default:
	}
}

// wait waits for the client after a request to go on.
func (t *turns) wait(until func() time.Time, done <-chan struct{}) error {
	if !t.waits {
		return nil
	}
	timer := time.NewTimer(time.Until(until()))
	defer timer.Stop()
	select {
	case <-t.wrote:
		t.waits = false
		return nil
	case <-timer.C:
		return os.ErrDeadlineExceeded
	case <-done:
		return net.ErrClosed
	}
}

// again reads what was held back into p.
func (t *turns) again(p []byte) int {
	n := copy(p, t.held)
	rest := t.held[n:]
	t.held = nil
	n = t.cut(p[:n])
	t.held = append(t.held, rest...)
	return n
}

// cut returns how much of p may be read now: up to the end of a request to go on. The rest is held.
func (t *turns) cut(p []byte) int {
	if !t.on.Load() {
		return len(p)
	}
	for at := 0; at < len(p); {
		if !t.inLine {
			t.inLine, t.request = true, p[at] == '+'
		}
		end := bytes.IndexByte(p[at:], '\n')
		if end < 0 {
			break
		}
		at += end + 1
		t.inLine = false
		if t.request {
			select {
			case <-t.wrote: // before the request
			default:
			}
			t.waits, t.held = true, bytes.Clone(p[at:])
			return at
		}
	}
	return len(p)
}
