package graphconn

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// system is what this package connects to.
const system = "Microsoft Graph"

// abilities are those of every connector.
const abilities = refresh.CanResolve | refresh.CanConfirm | refresh.CanFind | refresh.CanList | refresh.CanInspect | refresh.CanTrack

// Connector reads one tenant. It is safe for concurrent use.
type Connector struct {
	cloud    Cloud
	tenantID string // as configured, in lower case; empty where it is not
	opts     Options
	can      refresh.Capability
	rights   rights
	tenant   atomic.Bool // it is known to be the one in which the IDs live: see knowsTenant

	root   string
	pin    pin
	client *http.Client
	tokens *tokens
	quota  *Quota
	lane   *lane
	health health
	parts  healths       // of parts of batches
	large  chan struct{} // the place for a large answer
	bodies buffers
	zips   zips
}

// New returns a connector. It checks cfg and does no I/O.
func New(cfg Config, opts *Options) (*Connector, error) {
	o := opts.orZero()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	cloud := cfg.Cloud.orGlobal()
	p, err := cloud.pin()
	if err != nil {
		return nil, err
	}
	quota := cfg.Quota
	if quota == nil {
		quota = NewQuota()
	}
	return &Connector{
		cloud: cloud, tenantID: lowerASCII(cfg.TenantID), opts: o, can: abilities,
		root: cloud.Root, pin: p, client: newClient(cfg.HTTPClient, p, o.InFlight),
		tokens: newTokens(cfg.Token, o.Timeout), quota: quota, lane: &lane{most: o.InFlight}, large: make(chan struct{}, 1),
	}, nil
}

// Info names the system, the abilities, and what the cloud does not tell.
func (c *Connector) Info() refresh.Info {
	return refresh.Info{System: system, Can: c.can, Limits: c.limits()}
}

// Format names the cloud for every verb.
func (c *Connector) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "graphconn.Connector{%s %s}", c.cloud.Name, c.root)
}

// newClient returns a client that follows redirects within the pin only. It has no cookies.
func newClient(given *http.Client, p pin, inFlight int) *http.Client {
	own := &http.Client{CheckRedirect: p.redirect}
	switch {
	case given != nil && given.Transport != nil:
		own.Transport = given.Transport
	case given != nil:
		own.Transport = http.DefaultTransport
	default:
		own.Transport = newTransport(inFlight)
	}
	return own
}

// newTransport is net/http's usual one with less of what is not needed.
func newTransport(inFlight int) *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    inFlight,
		IdleConnTimeout:        30 * time.Second,
		TLSHandshakeTimeout:    15 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		// Without pings, HTTP/2 goes on asking on a connection that was lost in silence until the system gives it up, after a quarter of an hour.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 10 * time.Second, PingTimeout: 10 * time.Second},
	}
}
