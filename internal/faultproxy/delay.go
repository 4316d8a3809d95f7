package faultproxy

import (
	"io"
	"sync"
	"time"
)

// Delay makes the connections accepted from now on behave as over a network with this round-trip time: every byte
// arrives half of it late in either direction. It costs no throughput, because any number of bytes may be on their way.
func (p *Proxy) Delay(roundTrip time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.oneWay = roundTrip / 2
}

// way writes to one side of a connection, each piece a fixed time after it was given.
type way struct {
	to   io.Writer
	late time.Duration

	mu      sync.Mutex
	more    sync.Cond // something was put on its way, or nothing more will be
	parts   []part    // on their way, the next to arrive first
	ended   bool
	err     error // why nothing arrives any more
	drained chan struct{}
}

type part struct {
	due  time.Time
	data []byte
}

func newWay(to io.Writer, late time.Duration) *way {
	w := &way{to: to, late: late, drained: make(chan struct{})}
	w.more.L = &w.mu
	if late <= 0 {
		close(w.drained)
		return w
	}
	go w.deliver()
	return w
}

// Write takes a copy of b, and returns an error once something before it could not be delivered.
func (w *way) Write(b []byte) (int, error) {
	if w.late <= 0 {
		return w.to.Write(b)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return 0, w.err
	}
	w.parts = append(w.parts, part{time.Now().Add(w.late), append([]byte(nil), b...)})
	w.more.Signal()
	return len(b), nil
}

// finish waits until everything has arrived, or cannot. Nothing may be written after it.
func (w *way) finish() {
	w.mu.Lock()
	w.ended = true
	w.more.Signal()
	w.mu.Unlock()
	<-w.drained
}

func (w *way) deliver() {
	defer close(w.drained)
	for {
		w.mu.Lock()
		for len(w.parts) == 0 && !w.ended {
			w.more.Wait()
		}
		if len(w.parts) == 0 {
			w.mu.Unlock()
			return
		}
		parts := w.parts
		w.parts = nil
		w.mu.Unlock()
		for _, x := range parts {
			sleep(time.Until(x.due))
			if _, err := w.to.Write(x.data); err != nil {
				w.mu.Lock()
				w.err, w.parts = err, nil
				w.mu.Unlock()
				return
			}
		}
	}
}
