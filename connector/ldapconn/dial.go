package ldapconn

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// dial connects, encrypts, binds and looks which directory it is, within the timeout.
func (c *Connector) dial(ctx context.Context) (*session, error) {
	bounded, cancel := context.WithTimeoutCause(ctx, c.opts.Timeout, timeoutError{c.opts.Timeout})
	defer cancel()
	s, err := c.connect(bounded)
	if err != nil {
		return nil, err
	}
	if err := s.bind(bounded, c.user, c.password()); err != nil {
		s.close()
		return nil, err
	}
	if s.facts, err = s.detect(bounded, c.base); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// connect makes the encrypted connection.
func (c *Connector) connect(ctx context.Context) (*session, error) {
	raw, err := c.opts.Dial(ctx, "tcp", c.address)
	if err != nil {
		return nil, failure(ctx, c.address, "connect", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = raw.Close() })
	conn, op, err := c.encrypt(ctx, raw)
	if !stop() || err != nil {
		_ = raw.Close()
		return nil, failure(ctx, c.address, op, err)
	}
	g := &guard{Conn: conn, timeout: c.opts.Timeout}
	s := &session{conn: ldap.NewConn(g, true), raw: raw, guard: g, server: c.address, timeout: c.opts.Timeout}
	s.conn.SetTimeout(c.opts.Timeout) // go-ldap has none of its own
	s.conn.Start()
	return s, nil
}

// encrypt returns the connection to speak LDAP on, and what it did for errors.
func (c *Connector) encrypt(ctx context.Context, raw net.Conn) (net.Conn, string, error) {
	if c.opts.InsecureClearText {
		return raw, "connect", nil
	}
	if c.security == StartTLS {
		if err := startTLS(raw); err != nil {
			return nil, "StartTLS", err
		}
	}
	conn := tls.Client(raw, c.tls)
	return conn, "TLS", conn.HandshakeContext(ctx)
}

// startTLS asks for TLS on a connection on which nothing else was said. It reads no byte beyond the answer, so
// that what somebody slips in behind it ends up in the handshake, where it fails.
func startTLS(conn net.Conn) error {
	const id = 1
	req := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	req.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationExtendedRequest, nil, "")
	op.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 0, "1.3.6.1.4.1.1466.20037", ""))
	req.AppendChild(op)
	if _, err := conn.Write(req.Bytes()); err != nil {
		return err
	}
	res, err := ber.ReadPacket(io.LimitReader(conn, 64<<10))
	if err != nil {
		return fmt.Errorf("no answer: %w", err)
	}
	if len(res.Children) < 2 || res.Children[0].Value != int64(id) || res.Children[1].ClassType != ber.ClassApplication || res.Children[1].Tag != ldap.ApplicationExtendedResponse {
		return errors.New("the answer is not to StartTLS")
	}
	return ldap.GetLDAPError(res)
}

// recognize reports whether a new session reaches the directory of the first one. The first pin that is read is
// demanded of every session after it.
func (c *Connector) recognize(f facts) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.facts.same(f) || c.pin != "" && f.pin != c.pin {
		return false
	}
	c.pin = f.pin
	return true
}

// fresh makes a session and checks that it reaches the same directory as the first one did.
func (c *Connector) fresh(ctx context.Context) (*session, error) {
	if c.isClosed() {
		return nil, ErrClosed
	}
	s, err := c.dial(ctx)
	if err != nil {
		return nil, err
	}
	if !c.recognize(s.facts) {
		s.close()
		return nil, &Error{Server: c.address, Op: "connect", Err: errOtherPlace}
	}
	if err := c.track(s); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}
