package ldaptest

import (
	"net"
	"sync"
	"time"
)

// output is what a connection sends, with the faults of the connection itself.
type output struct {
	c      *conn
	mu     sync.Mutex // one message at a time
	w      net.Conn
	rate   int   // bytes a second, 0 is as fast as it can
	budget int64 // bytes until the connection is cut, -1 is never
	hard   bool  // the cut is a reset
	silent bool  // nothing is sent any more
}

func (o *output) init(c *conn, w net.Conn) { o.c, o.w, o.budget = c, w, -1 }

func (o *output) over(w net.Conn) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.w = w
}

func (o *output) conn() net.Conn {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.w
}

// send sends one message.
func (o *output) send(msg []byte) { o.sendAll(msg, []int{len(msg)}) }

// sendAll sends several messages, which end at the given places. Nobody else's comes between.
func (o *output) sendAll(b []byte, ends []int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.c.dc.faults.watches(Message) {
		o.write(b)
		return
	}
	at := 0
	for _, e := range ends {
		if f := o.c.dc.faults.hit(&Request{Op: Message, Server: o.c.dc.Name, Conn: o.c.number, Account: o.c.name(), Catalog: o.c.port.catalog}); f != nil {
			o.c.strikeMessage(o, f)
		}
		o.write(b[at:e])
		at = e
	}
}

// write sends bytes as the faults of the connection have it. The caller holds the lock.
func (o *output) write(b []byte) {
	if o.silent {
		return
	}
	cut := false
	if o.budget >= 0 {
		if cut = int64(len(b)) >= o.budget; cut {
			b = b[:o.budget]
		}
		o.budget -= int64(len(b))
	}
	o.pace(b)
	o.c.dc.counts.sent(len(b))
	if cut {
		o.close()
	}
}

// close ends the connection after what was written.
func (o *output) close() {
	o.silent = true
	if o.hard {
		_ = o.c.raw.SetLinger(0)
	}
	_ = o.c.raw.Close()
	o.c.kill()
}

// pace writes no faster than the rate.
func (o *output) pace(b []byte) {
	if o.rate <= 0 {
		_, _ = o.w.Write(b)
		return
	}
	const tick = 20 * time.Millisecond
	piece := max(1, int(int64(o.rate)*int64(tick)/int64(time.Second)))
	pause := time.Duration(int64(piece) * int64(time.Second) / int64(o.rate))
	t := time.NewTicker(pause)
	defer t.Stop()
	for len(b) > 0 {
		n := min(piece, len(b))
		if _, err := o.w.Write(b[:n]); err != nil {
			return
		}
		b = b[n:]
		select {
		case <-t.C:
		case <-o.c.ctx.Done():
			return
		}
	}
}

func (o *output) slow() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.rate > 0
}
