package ldapconn

import (
	"context"
	"crypto/tls"
	"net"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// dial connects, encrypts, binds and looks which directory it is, until ctx ends.
func (c *Connector) dial(ctx context.Context, h host, p *place) (*session, error) {
	s, err := c.connect(ctx, h)
	if err != nil {
		return nil, err
	}
	if c.cfg.SASL == nil {
		err = s.bind(ctx, c.cfg.User, c.password())
	}
	if err == nil {
		base := ""
		if p == c.home {
			base = c.cfg.Base
		}
		s.facts, err = s.detect(ctx, base, p.catalog, p.expected())
	}
	if err == nil {
		err = c.checkCatalogs(ctx, s, p)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// checkCatalogs finds out on the home's sessions whether the catalogs hold what is read, and refuses theirs where they do not.
func (c *Connector) checkCatalogs(ctx context.Context, s *session, p *place) error {
	if c.catalog == nil || s.facts.dialect != activeDirectory {
		return nil
	}
	if p == c.home {
		lack, err := s.checkPartial(ctx, c.opts.Attributes.or(s.facts.dialect.preset))
		if err != nil {
			return err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.partial = lack
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if p.catalog && c.partial != nil {
		return &Error{Server: s.server, Op: "connect", Err: c.partial}
	}
	return nil
}

// connect makes the encrypted connection and, with SASL, binds on it.
func (c *Connector) connect(ctx context.Context, h host) (*session, error) {
	raw, err := c.opts.Dial(ctx, "tcp", h.address)
	if err != nil {
		return nil, failure(ctx, h.address, "connect", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = raw.Close() })
	conn, op, err := c.encrypt(ctx, raw, h)
	if err == nil && c.cfg.SASL != nil {
		op, err = "bind", c.authenticate(ctx, conn, h)
	}
	if !stop() || err != nil {
		_ = raw.Close()
		return nil, failure(ctx, h.address, op, err)
	}
	g := &guard{Conn: conn, timeout: c.opts.Timeout, ledger: ledger{budget: &c.budget}}
	s := &session{conn: ldap.NewConn(g, true), raw: raw, guard: g, server: h.address, timeout: c.opts.Timeout}
	s.conn.SetTimeout(c.opts.Timeout) // go-ldap has none of its own
	s.conn.Start()
	return s, nil
}

// encrypt returns the connection to speak LDAP on, and what it did for errors.
func (c *Connector) encrypt(ctx context.Context, raw net.Conn, h host) (net.Conn, string, error) {
	if c.opts.InsecureClearText {
		return raw, "connect", nil
	}
	if c.cfg.Security == StartTLS {
		if err := startTLS(raw); err != nil {
			return nil, "StartTLS", err
		}
	}
	conn := tls.Client(raw, c.tlsFor(h))
	return conn, "TLS", conn.HandshakeContext(ctx)
}

// authenticate binds by SASL.
func (c *Connector) authenticate(ctx context.Context, conn net.Conn, h host) error {
	var state *tls.ConnectionState
	if t, ok := conn.(*tls.Conn); ok {
		s := t.ConnectionState()
		state = &s
	}
	m, err := c.cfg.SASL(ctx, h.name, state)
	if err != nil {
		return err
	}
	return saslBind(ctx, conn, m)
}

// startTLS asks for TLS on a connection on which nothing else was said. It reads no byte beyond the answer, so
// that what somebody slips in behind it ends up in the handshake, where it fails.
func startTLS(conn net.Conn) error {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationExtendedRequest, nil, "")
	op.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 0, "1.3.6.1.4.1.1466.20037", ""))
	a, err := ask(conn, 1, op, ldap.ApplicationExtendedResponse)
	switch {
	case err != nil:
		return err
	case a.code != ldap.LDAPResultSuccess:
		return a.refusal()
	}
	return nil
}
