package ldaptest

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// latency is the delay of what a server sends.
type latency struct{ d atomic.Int64 }

func (l *latency) set(d time.Duration) { l.d.Store(int64(d)) }
func (l *latency) get() time.Duration  { return time.Duration(l.d.Load()) }

// SetLatency delays every byte that the server sends by d, on open connections too: a round trip takes d longer, TLS
// handshakes included, and throughput stays.
func (d *DC) SetLatency(by time.Duration) { d.latency.set(by) }

// SetLatency is [DC.SetLatency] for every server.
func (f *Forest) SetLatency(by time.Duration) {
	for _, d := range f.DCs {
		d.SetLatency(by)
	}
}

// maxInFlight bounds what a connection holds back.
const maxInFlight = 8 << 20

// delayed is a connection whose writes arrive later.
type delayed struct {
	*net.TCPConn
	latency *latency

	mu      sync.Mutex
	room    sync.Cond // something was sent, or the connection ended
	queue   []chunk
	held    int
	err     error
	running bool
	closing bool
	wake    chan struct{}
	end     sync.Once
	ended   chan struct{} // closed by kill
	sender  sync.WaitGroup
}

type chunk struct {
	due  time.Time
	data []byte
}

func newDelayed(raw *net.TCPConn, l *latency) *delayed {
	d := &delayed{TCPConn: raw, latency: l, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	d.room.L = &d.mu
	return d
}

// Write sends at once where there is no latency, and else hands a copy to the sender.
func (d *delayed) Write(p []byte) (int, error) {
	by := d.latency.get()
	d.mu.Lock()
	if by <= 0 && len(d.queue) == 0 && d.held == 0 {
		d.mu.Unlock()
		return d.TCPConn.Write(p)
	}
	defer d.mu.Unlock()
	for d.held > maxInFlight && d.err == nil {
		d.room.Wait()
	}
	if d.err != nil {
		return 0, d.err
	}
	d.queue = append(d.queue, chunk{time.Now().Add(by), append([]byte(nil), p...)})
	d.held += len(p)
	if !d.running {
		d.running = true
		d.sender.Go(d.send)
	}
	select {
	case d.wake <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (d *delayed) send() {
	for {
		d.mu.Lock()
		if len(d.queue) == 0 {
			if d.closing || d.err != nil {
				d.mu.Unlock()
				return
			}
			d.mu.Unlock()
			select {
			case <-d.wake:
			case <-d.ended:
				return
			}
			continue
		}
		next := d.queue[0]
		d.queue = d.queue[1:]
		d.mu.Unlock()
		if wait := time.Until(next.due); wait > 0 {
			t := time.NewTimer(wait)
			select {
			case <-t.C:
			case <-d.ended:
				t.Stop()
				return
			}
		}
		_, err := d.TCPConn.Write(next.data)
		d.mu.Lock()
		d.held -= len(next.data)
		if err != nil && d.err == nil {
			d.err = err
		}
		d.room.Broadcast()
		d.mu.Unlock()
	}
}

// Close sends what is on its way and closes.
func (d *delayed) Close() error {
	d.mu.Lock()
	d.closing = true
	d.mu.Unlock()
	select {
	case d.wake <- struct{}{}:
	default:
	}
	d.sender.Wait()
	return d.TCPConn.Close()
}

// kill ends the connection at once.
func (d *delayed) kill() {
	d.end.Do(func() { close(d.ended) })
	d.mu.Lock()
	if d.err == nil {
		d.err = net.ErrClosed
	}
	d.room.Broadcast()
	d.mu.Unlock()
	_ = d.TCPConn.Close()
}
