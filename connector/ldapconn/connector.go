package ldapconn

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/readdress-go/readdress/refresh"
)

var (
	_ refresh.Resolver  = (*Connector)(nil)
	_ refresh.Confirmer = (*Connector)(nil)
	_ refresh.Finder    = (*Connector)(nil)
	_ refresh.Lister    = (*Connector)(nil)
	_ refresh.Inspector = (*Connector)(nil)
	_ refresh.Tracker   = (*Connector)(nil)
)

// Connector is a connection to one directory. It is safe for concurrent use. Between calls it keeps a few
// connections open; calls that run at the same time each have their own.
type Connector struct {
	cfg      Config        // without the password
	password func() string // a function, so that printing a Connector cannot show it
	opts     Options
	facts    facts // of the first session
	attrs    Attributes
	home     *place
	catalog  *place // nil without one
	budget   budget // for the answers in progress

	mu      sync.Mutex
	closed  bool
	open    map[*session]bool
	dials   map[int]context.CancelFunc // of the connections that are being made
	serial  int
	denied  error  // the credentials were rejected in a call that is in progress
	pin     string // the first that was read
	domains domains
	partial error // why the catalogs do not hold what is read
}

// Open connects, binds and finds out which directory it is. It sends nothing when cfg is incomplete or unsafe.
// Rejected credentials are an error that wraps [refresh.ErrCredentials]; refused encryption is an error. ctx bounds the
// opening only. The caller closes the connector.
//
// Open needs one of Config.Server and Config.Replicas; catalogs and other domains are connected to when they are needed.
func Open(ctx context.Context, cfg Config, opts *Options) (*Connector, error) {
	o := opts.orZero()
	if err := cfg.check(o); err != nil {
		return nil, err
	}
	password := cfg.Password
	cfg.Password = ""
	c := &Connector{cfg: cfg, password: func() string { return password }, opts: o, open: map[*session]bool{}, dials: map[int]context.CancelFunc{}}
	c.home = c.place("domain", c.hostsOf(append([]string{cfg.Server}, cfg.Replicas...), false))
	if len(cfg.Catalogs) > 0 {
		c.catalog = c.place("global catalog", c.hostsOf(cfg.Catalogs, true))
		c.catalog.catalog = true
	}
	c.domains.unknown = c.hostsOf(cfg.Domains, false)
	s, err := c.home.connect(ctx, once)
	if err != nil {
		return nil, err
	}
	c.facts, c.attrs = s.facts, o.Attributes.or(s.facts.dialect.preset)
	if len(c.attrs.mail()) == 0 {
		c.drop(s)
		return nil, errors.New("ldapconn: Options.Attributes switches off every attribute that holds mail addresses")
	}
	if (c.catalog != nil || len(cfg.Domains) > 0) && s.facts.dialect != activeDirectory {
		c.drop(s)
		return nil, fmt.Errorf("ldapconn: Config.Catalogs and Config.Domains are for Active Directory, and %s is %s", s.server, s.facts.dialect.system)
	}
	if len(cfg.Empty) > 0 && s.facts.dialect != activeDirectory {
		c.drop(s)
		return nil, fmt.Errorf("ldapconn: Config.Empty is for Active Directory, and %s is %s", s.server, s.facts.dialect.system)
	}
	c.home.reached(s)
	c.home.give(s)
	return c, nil
}

// Info names the system and the abilities. It can confirm where there is another server to ask, and track where the server
// tells what changed.
func (c *Connector) Info() refresh.Info {
	can := refresh.CanResolve | refresh.CanFind | refresh.CanList | refresh.CanInspect
	if len(c.cfg.Replicas) > 0 || len(c.cfg.Catalogs) > 1 || len(c.cfg.Domains) > 1 || c.catalogElsewhere() {
		can |= refresh.CanConfirm
	}
	if c.facts.tracks {
		can |= refresh.CanTrack
	}
	return refresh.Info{System: c.facts.dialect.system, Can: can}
}

// catalogElsewhere reports whether a catalog has another name than the home domain's server.
func (c *Connector) catalogElsewhere() bool {
	return c.catalog != nil && !strings.EqualFold(c.catalog.all()[0].name, c.home.all()[0].name)
}

// Format names the server and the system for every verb.
func (c *Connector) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "ldapconn.Connector{%s %s}", c.facts.dialect.system, c.home.all()[0].address)
}

// Close ends the connections and every call in progress. Closing twice is fine.
func (c *Connector) Close() error {
	c.mu.Lock()
	c.closed = true
	open, dials := c.open, c.dials
	c.open, c.dials = map[*session]bool{}, map[int]context.CancelFunc{}
	c.mu.Unlock()
	for _, cancel := range dials {
		cancel()
	}
	for s := range open {
		s.close()
	}
	return nil
}

// drop closes a session.
func (c *Connector) drop(s *session) {
	c.mu.Lock()
	delete(c.open, s)
	c.mu.Unlock()
	s.close()
}

// endWith makes Close call cancel until the returned function is called.
func (c *Connector) endWith(cancel context.CancelFunc) (done func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.serial++
	n := c.serial
	c.dials[n] = cancel
	return func() { c.mu.Lock(); defer c.mu.Unlock(); delete(c.dials, n) }
}

// begin is called when a call begins: credentials that were rejected before are tried again, once.
func (c *Connector) begin() { c.bar(nil) }

// bar makes every further attempt to bind fail with err, because several could lock the account.
func (c *Connector) bar(err error) { c.mu.Lock(); defer c.mu.Unlock(); c.denied = err }

// barred returns why no connection is to be made.
func (c *Connector) barred() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return ErrClosed
	}
	return c.denied
}

func (c *Connector) isClosed() bool { c.mu.Lock(); defer c.mu.Unlock(); return c.closed }

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
