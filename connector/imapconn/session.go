package imapconn

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// session is one connection, logged in as one account. One goroutine uses it.
type session struct {
	c      *Connector
	raw    net.Conn // the TCP connection below TLS
	meter  *meter
	client *imapclient.Client
	caps   imap.CapSet // of the last CAPABILITY under TLS
	dead   bool        // the connection broke, or we closed it
}

// watch is the one place that makes a library without contexts honour one: when ctx ends, the connection is closed, and with it
// whatever waits for it.
func watch(ctx context.Context, kill func(), f func() error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	killed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { kill(); close(killed) })
	err := f()
	if !stop() {
		<-killed
		return context.Cause(ctx)
	}
	return err
}

// open takes a place, connects, encrypts and logs in.
func (c *Connector) open(ctx context.Context, a Account) (*session, error) {
	if err := c.cfg.Auth.fit(a); err != nil {
		return nil, &Error{Op: "login", Server: c.server, Err: err}
	}
	token, err := c.token(ctx, a)
	if err != nil {
		return nil, err
	}
	s, err := c.connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.login(ctx, a, token); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// connect takes a place and makes an encrypted connection. Nothing of an account has been sent on it.
func (c *Connector) connect(ctx context.Context) (*session, error) {
	select {
	case c.places <- struct{}{}:
	case <-ctx.Done():
		return nil, failure(ctx, c.server, "connect", nil)
	}
	s, err := c.dial(ctx)
	if err != nil {
		<-c.places
		return nil, err
	}
	if err := s.greet(ctx); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// dial makes the connection and encrypts it, all within one timeout.
func (c *Connector) dial(ctx context.Context) (*session, error) {
	until := time.Now().Add(c.opts.Timeout)
	short, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	var d net.Dialer
	raw, err := d.DialContext(short, "tcp", c.server)
	if err != nil {
		return nil, failure(ctx, c.server, "connect", c.late(err))
	}
	op := "TLS"
	var conn *tls.Conn
	m := &meter{free: freeAnswer(c.opts.InFlight), large: c.large, done: make(chan struct{}), turns: newTurns()}
	err = watch(ctx, func() { _ = raw.Close() }, func() (err error) {
		if err = raw.SetDeadline(until); err != nil {
			return err
		}
		if c.cfg.Security == StartTLS {
			op = "STARTTLS"
			if err = startTLS(raw); err != nil {
				return err
			}
			op, m.greeting = "TLS", []byte("* OK TLS\r\n") // there is no other after it (RFC 3501 section 6.2.1)
		}
		conn = tls.Client(raw, c.tls)
		return conn.Handshake()
	})
	if err != nil {
		_ = raw.Close()
		return nil, failure(ctx, c.server, op, c.late(encryption(err)))
	}
	m.Conn = conn
	return &session{c: c, raw: raw, meter: m, client: imapclient.New(m, nil)}, nil
}

// greet waits for the greeting and asks for the capabilities. Those that came in clear never reached go-imap.
func (s *session) greet(ctx context.Context) error {
	if err := s.do(ctx, "greeting", s.client.WaitGreeting); err != nil {
		return err
	}
	if s.client.State() != imap.ConnStateNotAuthenticated {
		return &Error{Op: "greeting", Server: s.c.server, Err: errPreauth}
	}
	return s.capability(ctx)
}

// capability asks what the server can do now.
func (s *session) capability(ctx context.Context) error {
	return s.do(ctx, "CAPABILITY", func() (err error) {
		s.caps, err = s.client.Capability().Wait()
		return err
	})
}

// do runs one command with its answer, within one timeout and one budget of bytes. After an error that is no refusal of the server's the
// connection is closed: what may still come on it would be taken for an answer to something else.
func (s *session) do(ctx context.Context, op string, f func() error) error {
	if s.dead {
		return &Error{Op: op, Server: s.c.server, Err: errEnded}
	}
	err := watch(ctx, s.kill, func() error {
		if err := s.meter.allow(time.Now().Add(s.c.opts.Timeout)); err != nil {
			return err
		}
		return f()
	})
	s.meter.release()
	if err == nil {
		return nil
	}
	if _, ok := refused(err); !ok {
		_, bye := errors.AsType[*imap.Error](err)
		_, mine := errors.AsType[*Error](err)
		switch {
		case ctx.Err() != nil, bye, mine:
		default:
			err = s.c.late(broke(s.meter.reason(), err))
		}
		s.kill()
	}
	return failure(ctx, s.c.server, op, err)
}

// late says how long was waited where that was too long.
func (c *Connector) late(err error) error {
	var timeout net.Error
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout() {
		return timeoutError{c.opts.Timeout}
	}
	return err
}

// kill ends the connection without waiting for anything.
func (s *session) kill() {
	s.dead = true
	_ = s.raw.Close() // first, because tls.Conn.Close writes
	_ = s.meter.Close()
}

// close ends the connection and go-imap's goroutine, and gives the place back. A LOGOUT would cost a round trip and say nothing.
func (s *session) close() {
	s.kill()
	_ = s.client.Close()
	<-s.c.places
}
