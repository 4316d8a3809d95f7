package imapconn

import (
	"crypto/tls"
	"fmt"
	"net"
	"sync"
	"sync/atomic"

	"github.com/readdress-go/readdress/refresh"
)

var (
	_ refresh.Resolver  = (*Connector)(nil)
	_ refresh.Lister    = (*Connector)(nil)
	_ refresh.Inspector = (*Connector)(nil)
	_ refresh.Explainer = (*Connector)(nil)
)

// system is what this package connects to.
const system = "IMAP"

// Connector reads the mailboxes of one IMAP server. It is safe for concurrent use, and holds no connection between calls.
type Connector struct {
	cfg    Config
	opts   Options
	can    refresh.Capability
	server string // host:port
	host   string
	port   string
	tls    *tls.Config
	places chan struct{} // one for each connection that may be open
	large  chan struct{} // one for each large answer that may be read at a time
	master atomic.Bool   // the master user has logged in once: see begin

	mu    sync.Mutex
	calls int // that are running and log in to many accounts
}

// New returns a connector. It checks cfg and does no I/O.
func New(cfg Config, opts *Options) (*Connector, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	host, port, err := cfg.address()
	if err != nil {
		return nil, err
	}
	c := &Connector{
		cfg: cfg, opts: opts.orZero(), can: refresh.CanInspect,
		server: net.JoinHostPort(host, port), host: host, port: port, tls: clientTLS(cfg.TLS, host),
		large: make(chan struct{}, largeAnswers),
	}
	c.places = make(chan struct{}, c.opts.InFlight)
	if cfg.Accounts != nil {
		c.can |= refresh.CanList
	}
	if c.opts.Rename != nil {
		c.can |= refresh.CanResolve
	}
	return c, nil
}

// clientTLS is the given configuration with what is missing in it.
func clientTLS(given *tls.Config, host string) *tls.Config {
	c := &tls.Config{}
	if given != nil {
		c = given.Clone()
	}
	if c.ServerName == "" {
		c.ServerName = host
	}
	if c.MinVersion == 0 {
		c.MinVersion = tls.VersionTLS12
	}
	return c
}

// Format names the server for every verb.
func (c *Connector) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "imapconn.Connector{%s %s}", c.server, c.cfg.Security)
}
