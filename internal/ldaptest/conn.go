package ldaptest

import (
	"bufio"
	"context"
	"crypto/tls"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// conn is one connection of a client.
type conn struct {
	dc      *DC
	raw     *delayed
	port    port
	number  int
	reader  *bufio.Reader
	secured atomic.Bool
	who     atomic.Pointer[account]
	ctx     context.Context // ends with the connection
	cancel  context.CancelFunc
	running sync.WaitGroup // operations
	pages   pages

	mu  sync.Mutex
	ops map[int64]context.CancelFunc
	sasl
	out output
}

func newConn(d *DC, raw *net.TCPConn, p port, number int) *conn {
	c := &conn{dc: d, raw: newDelayed(raw, &d.latency), port: p, number: number, ops: map[int64]context.CancelFunc{}}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.out.init(c, c.raw)
	c.reader = bufio.NewReaderSize(c.raw, 16<<10)
	return c
}

// kill ends the connection at once.
func (c *conn) kill() {
	c.cancel()
	c.raw.kill()
}

func (c *conn) bound() *account { return c.who.Load() }

func (c *conn) name() Account {
	if a := c.bound(); a != nil {
		return a.name
	}
	return ""
}

// serve reads requests until the connection ends, and waits for what it started.
func (c *conn) serve() {
	defer func() {
		c.cancel()
		_ = c.raw.Close()
		c.raw.kill()
		c.running.Wait()
	}()
	c.dc.counts.connected(1)
	defer c.dc.counts.connected(-1)
	if !c.greet() || c.port.tls && c.secure() != nil {
		return
	}
	for {
		msg, err := readMessage(c.reader, c.dc.forest.cfg.MaxRequest)
		if err != nil {
			return
		}
		r, err := c.dc.forest.schema.decode(msg)
		if err != nil {
			c.notice(ProtocolError)
			return
		}
		r.At, r.Server, r.Conn, r.Account, r.TLS, r.Catalog = time.Now(), c.dc.Name, c.number, c.name(), c.secured.Load(), c.port.catalog
		c.dc.counts.request(r)
		c.dc.forest.log.add(c.dc.forest.cfg.Record, r)
		if !c.dispatch(r) {
			return
		}
	}
}

// dispatch starts an operation. It returns false when the connection is to end.
func (c *conn) dispatch(r *Request) bool {
	switch r.Op {
	case Unbind:
		return false
	case Abandon:
		if id, err := r.rest[0].integer(); err == nil {
			c.abandon(id)
		}
		return true
	case Bind, StartTLS: // nothing else runs beside these
		c.abandonAll()
		ctx, done := c.begin(r)
		defer done()
		if r.Op == Bind {
			return c.answer(ctx, r, c.bind)
		}
		return c.startTLS(ctx, r)
	}
	ctx, done := c.begin(r)
	c.running.Go(func() {
		defer done()
		switch r.Op {
		case Search:
			c.search(ctx, r)
		case Write:
			c.answer(ctx, r, c.refuse)
		default:
			c.answer(ctx, r, c.extended)
		}
	})
	return true
}

// begin enters an operation, so that it can be abandoned.
func (c *conn) begin(r *Request) (context.Context, func()) {
	ctx, cancel := context.WithCancel(c.ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ops[r.id] = cancel
	return ctx, func() {
		cancel()
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.ops, r.id)
	}
}

func (c *conn) abandon(id int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cancel := c.ops[id]; cancel != nil {
		cancel()
	}
}

// other returns the message ID of another operation in progress, the latest one.
func (c *conn) other(than int64) (id int64, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for x := range c.ops {
		if x != than {
			id, ok = max(id, x), true
		}
	}
	return id, ok
}

func (c *conn) abandonAll() {
	c.mu.Lock()
	for _, cancel := range c.ops {
		cancel()
	}
	c.mu.Unlock()
	c.running.Wait()
}

// answer runs an operation that has one answer, and the faults that are set for it. It returns false when the connection is to end.
func (c *conn) answer(ctx context.Context, r *Request, do func(*Request) (op byte, res result)) bool {
	s := c.strike(ctx, r)
	if s.before(0, true) {
		return c.ctx.Err() == nil
	}
	op, res := do(r)
	if ctx.Err() == nil {
		c.out.send(appendResult(nil, s.id(), op, res))
	}
	return c.ctx.Err() == nil
}

// refuse answers what would write.
func (c *conn) refuse(r *Request) (byte, result) {
	op := map[byte]byte{
		opAddRequest: opAddResponse, opModifyRequest: opModifyResponse, opDeleteRequest: opDeleteResponse, opModifyDNRequest: opModifyDNResponse,
		opExtendedRequest: opExtendedResponse,
	}[r.op]
	return op, result{code: UnwillingToPerform, text: "ldaptest: nothing is written over the wire"}
}

// notice sends a Notice of Disconnection (RFC 4511 section 4.4.1).
func (c *conn) notice(code Code) {
	const oid = "1.3.6.1.4.1.1466.20036"
	c.out.send(appendResult(nil, 0, opExtendedResponse, result{code: code, extra: appendString(nil, tagExtendedName, oid)}))
}

// secure makes the handshake.
func (c *conn) secure() error {
	t := tls.Server(c.raw, c.dc.tls)
	ctx, cancel := context.WithTimeout(c.ctx, 30*time.Second)
	defer cancel()
	if err := t.HandshakeContext(ctx); err != nil {
		return err
	}
	c.out.over(t)
	c.reader.Reset(t)
	c.secured.Store(true)
	return nil
}

// peer returns the name in the client's certificate.
func (c *conn) peer() (Account, bool) {
	t, ok := c.out.conn().(*tls.Conn)
	if !ok {
		return "", false
	}
	certs := t.ConnectionState().PeerCertificates
	if len(certs) == 0 {
		return "", false
	}
	return Account(certs[0].Subject.CommonName), true
}
