package ldapconn

import (
	"context"
	"crypto/tls"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/readdress-go/readdress/internal/backoff"
	"github.com/readdress-go/readdress/refresh"
)

// place is a part of the directory and the servers that hold it, which are replicas of one another. One of them is in
// use at a time, until it fails.
type place struct {
	c       *Connector
	name    string // for the log
	catalog bool
	hosts   []host

	mu     sync.Mutex
	cur    int        // the host in use
	left   error      // why the one before it is not
	idle   []*session // connections to it that no call uses
	server string     // the name of the server that calls last talked to
	at     int        // and its host
	facts  *facts     // of the first session
}

func (c *Connector) place(name string, hosts []host) *place {
	return &place{c: c, name: name, hosts: hosts}
}

// How often all hosts of a place are tried before it counts as down.
const (
	once  = 1
	often = 3
)

// reconnect spreads the clients of a server that comes back.
var reconnect = backoff.Backoff{First: 200 * time.Millisecond, Max: 2 * time.Second}

// connect makes a session with the host in use or, when that fails, with the next one. Rejected credentials are not
// tried elsewhere, because that could lock the account.
func (p *place) connect(ctx context.Context, rounds int) (*session, error) {
	caller := ctx
	ctx, cancel := context.WithTimeoutCause(ctx, p.c.opts.Timeout, timeoutError{p.c.opts.Timeout})
	defer cancel()
	p.mu.Lock()
	from, n := p.cur, len(p.hosts)
	p.mu.Unlock()
	var last error
	for round := 0; ; round++ {
		for k := range n {
			at := (from + k) % n
			s, err := p.dial(ctx, at, n-k)
			if err == nil {
				p.use(at, last)
				return s, nil
			}
			if caller.Err() != nil {
				return nil, failure(caller, p.all()[at].address, "connect", err)
			}
			if last = err; ctx.Err() != nil || errors.Is(err, refresh.ErrCredentials) || errors.Is(err, ErrClosed) {
				return nil, err
			}
		}
		if round+1 >= rounds || !isPassing(last) {
			return nil, last
		}
		if backoff.Sleep(ctx, reconnect.Pause(round)) != nil {
			if caller.Err() != nil {
				return nil, failure(caller, p.all()[from].address, "connect", last)
			}
			return nil, last
		}
	}
}

// isPassing reports whether what kept a connection from being made may be over in a moment.
func isPassing(err error) bool {
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	return !untrusted && (resultCode(err) == 0 || isBusy(err)) && !errors.Is(err, errOtherPlace) && !errors.Is(err, errPinHidden) && !errors.Is(err, errNoPin) && !errors.Is(err, errNoCatalog)
}

// dial makes a session with one host, and leaves time for those that can be tried after it.
func (p *place) dial(ctx context.Context, at, left int) (*session, error) {
	if err := p.c.barred(); err != nil {
		return nil, err
	}
	limit := p.c.opts.Timeout
	if end, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(end)/time.Duration(left))
	}
	bounded, cancel := context.WithTimeoutCause(ctx, limit, timeoutError{limit})
	defer cancel()
	defer p.c.endWith(cancel)()
	h := p.all()[at]
	s, err := p.c.dial(bounded, h, p)
	if err != nil {
		if errors.Is(err, refresh.ErrCredentials) {
			p.c.bar(err)
		} else if p.c.isClosed() {
			err = ErrClosed
		}
		return nil, err
	}
	s.place, s.at = p, at
	if err := p.recognize(s.facts); err != nil {
		s.close()
		return nil, &Error{Server: h.address, Op: "connect", Err: err}
	}
	if err := p.c.track(s); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// join adds a host that turned out to hold the place, too. The lock of the connector is held: it comes before the place's.
func (p *place) join(h host) { p.mu.Lock(); defer p.mu.Unlock(); p.hosts = append(p.hosts, h) }

// recognize returns nil when a new session reaches this place. The first pin that is read is demanded of every session
// after it, and a place other than the home must show one: nothing else says that it belongs to the same forest.
func (p *place) recognize(f facts) error {
	c := p.c
	c.mu.Lock()
	defer c.mu.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.facts != nil && !p.facts.same(f), c.pin != "" && f.pin != "" && f.pin != c.pin:
		return errOtherPlace
	case c.pin != "" && f.pin == "":
		return withCause(errPinHidden, f.pinErr)
	case p != c.home && f.pin == "":
		return withCause(errNoPin, f.pinErr)
	}
	if p.facts == nil {
		p.facts = &f
	}
	c.pin = f.pin
	return nil
}

// expected returns what the first session learned, which most likely is so still; nil when there was none.
func (p *place) expected() *facts { p.mu.Lock(); defer p.mu.Unlock(); return p.facts }

// all returns the hosts.
func (p *place) all() []host { p.mu.Lock(); defer p.mu.Unlock(); return p.hosts }

// use notes the host in use, and why it is another one than before. Idle connections to that one are closed.
func (p *place) use(at int, why error) {
	p.mu.Lock()
	var old []*session
	if p.cur != at {
		p.cur, p.left, old, p.idle = at, reason(why), p.idle, nil
	}
	p.mu.Unlock()
	for _, s := range old {
		p.c.drop(s)
	}
}

// leave makes the next host the one in use, because of an error, when this session's still is and there is another.
func (p *place) leave(s *session, why error) bool {
	p.mu.Lock()
	n, mine := len(p.hosts), p.cur == s.at
	p.mu.Unlock()
	if n > 1 && mine {
		p.use((s.at+1)%n, why)
	}
	return n > 1
}

// whyLeft returns why the host before the one in use is not in use any more.
func (p *place) whyLeft() error { p.mu.Lock(); defer p.mu.Unlock(); return p.left }

// take returns a session for one call: an idle one if it is alive, else a new one.
func (p *place) take(ctx context.Context, rounds int) (*session, error) {
	for {
		if p.c.isClosed() {
			return nil, ErrClosed
		}
		s := p.pop()
		if s == nil {
			return p.connect(ctx, rounds)
		}
		p.c.mu.Lock()
		pin := p.c.pin
		p.c.mu.Unlock()
		if s.dead() || s.facts.pin != pin { // it was made when the pin could not be read
			p.c.drop(s)
			continue
		}
		s.seen.Store(false)
		s.known.Store(false)
		s.probes.clear()
		return s, nil
	}
}

func (p *place) pop() *session {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle)
	if n == 0 {
		return nil
	}
	s := p.idle[n-1]
	p.idle = p.idle[:n-1]
	return s
}

// give takes a session back. One that is of no more use, or one too many, is closed.
func (p *place) give(s *session) {
	closed := p.c.isClosed()
	p.mu.Lock()
	keep := !closed && s.at == p.cur && len(p.idle) < p.c.connections() && !s.dead() && s.violation() == nil
	if keep {
		p.idle = append(p.idle, s)
	}
	p.mu.Unlock()
	if !keep {
		p.c.drop(s)
	}
}

// inUse reports whether a session is with the host in use.
func (p *place) inUse(s *session) bool { p.mu.Lock(); defer p.mu.Unlock(); return p.cur == s.at }

// reached notes which server a call talks to, and returns the one before it and its host.
func (p *place) reached(s *session) (before string, at int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before, at = p.server, p.at
	p.server, p.at = s.facts.server, s.at
	return before, at
}

// lastServer names the server that calls last talked to.
func (p *place) lastServer() string { p.mu.Lock(); defer p.mu.Unlock(); return p.server }

// second returns a session with another server than the one in use, nil where none answers.
func (p *place) second(ctx context.Context) (*session, error) {
	return p.other(ctx, 1, p.lastServer())
}

// other returns a session with a host that is none of these servers, nil where none answers. It begins with the k-th host after the
// one in use.
func (p *place) other(ctx context.Context, k int, but ...string) (*session, error) {
	p.mu.Lock()
	from, n := p.cur, len(p.hosts)
	p.mu.Unlock()
	for ; k < n; k++ {
		s, err := p.dial(ctx, (from+k)%n, 1)
		if err == nil {
			if !slices.ContainsFunc(but, func(name string) bool { return sameServer(name, s.facts.server) }) {
				return s, nil
			}
			p.c.drop(s) // two names of one server
			continue
		}
		if ctx.Err() != nil || errors.Is(err, refresh.ErrCredentials) || errors.Is(err, ErrClosed) {
			return nil, err
		}
	}
	return nil, nil
}
