package ldapconn

import (
	"context"
	"crypto/tls"
	"fmt"
	"sync"

	"github.com/readdress-go/readdress/refresh"
)

var (
	_ refresh.Resolver  = (*Connector)(nil)
	_ refresh.Finder    = (*Connector)(nil)
	_ refresh.Lister    = (*Connector)(nil)
	_ refresh.Inspector = (*Connector)(nil)
)

// Connector is a connection to one directory. It is safe for concurrent use. Between calls it keeps at most one
// connection open; calls that run at the same time each have their own.
type Connector struct {
	address  string
	security Security
	tls      *tls.Config
	user     string
	password func() string // a function, so that printing a Connector cannot show it
	base     string
	opts     Options
	facts    facts // of the first session
	attrs    Attributes

	mu     sync.Mutex
	closed bool
	idle   *session
	open   map[*session]bool
	pin    string // the first that was read
	server string // the one that calls last talked to
}

// Open connects, binds and finds out which directory it is. It sends nothing when cfg is incomplete or unsafe.
// Rejected credentials are an error that wraps [refresh.ErrCredentials]; refused encryption is an error. ctx bounds the
// opening only. The caller closes the connector.
func Open(ctx context.Context, cfg Config, opts *Options) (*Connector, error) {
	o := opts.orZero()
	if err := cfg.check(o); err != nil {
		return nil, err
	}
	host, address := cfg.address(o.InsecureClearText)
	c := &Connector{
		address: address, security: cfg.Security, tls: cfg.tls(host), user: cfg.User, password: func() string { return cfg.Password },
		base: cfg.Base, opts: o, open: map[*session]bool{},
	}
	s, err := c.dial(ctx)
	if err != nil {
		return nil, err
	}
	c.pin, c.server = s.facts.pin, s.facts.server
	c.facts, c.attrs = s.facts, o.Attributes.or(s.facts.dialect.preset)
	if len(c.attrs.mail()) == 0 {
		s.close()
		return nil, fmt.Errorf("ldapconn: Options.Attributes switches off every attribute that holds mail addresses")
	}
	c.open[s] = true
	c.give(s)
	return c, nil
}

// Info names the system and the abilities.
func (c *Connector) Info() refresh.Info {
	return refresh.Info{System: c.facts.dialect.system, Can: refresh.CanResolve | refresh.CanFind | refresh.CanList | refresh.CanInspect}
}

// Format names the server and the system for every verb.
func (c *Connector) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "ldapconn.Connector{%s %s}", c.facts.dialect.system, c.address)
}

// Close ends the connection and every call in progress. Closing twice is fine.
func (c *Connector) Close() error {
	c.mu.Lock()
	c.closed = true
	c.idle = nil
	open := c.open
	c.open = map[*session]bool{}
	c.mu.Unlock()
	for s := range open {
		s.close()
	}
	return nil
}

// take returns a session for one call: the idle one if it is alive, else a new one.
func (c *Connector) take(ctx context.Context) (*session, error) {
	c.mu.Lock()
	s, closed, pin := c.idle, c.closed, c.pin
	c.idle = nil
	c.mu.Unlock()
	switch {
	case closed:
		return nil, ErrClosed
	case s == nil:
		return c.fresh(ctx)
	case s.dead(), s.facts.pin != pin: // it was made when the pin could not be read
		c.drop(s)
		return c.fresh(ctx)
	}
	s.seen.Store(false)
	s.known.Store(false)
	return s, nil
}

// give takes a session back. One that is of no more use, or one too many, is closed.
func (c *Connector) give(s *session) {
	c.mu.Lock()
	keep := !c.closed && c.idle == nil && !s.dead() && s.violation() == nil
	if keep {
		c.idle = s
	}
	c.mu.Unlock()
	if !keep {
		c.drop(s)
	}
}

// drop closes a session.
func (c *Connector) drop(s *session) {
	c.mu.Lock()
	delete(c.open, s)
	c.mu.Unlock()
	s.close()
}

func (c *Connector) isClosed() bool { c.mu.Lock(); defer c.mu.Unlock(); return c.closed }

// reached notes which server a call talks to, and returns the one before it.
func (c *Connector) reached(s *session) (before string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before, c.server = c.server, s.facts.server
	return before
}

// track makes Close know of a session.
func (c *Connector) track(s *session) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return ErrClosed
	}
	c.open[s] = true
	return nil
}
