package ldapconn

import (
	"context"
	"errors"
	"maps"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/refresh"
)

// session is one bound connection. Several searches may run on it at a time.
type session struct {
	conn    *ldap.Conn
	raw     net.Conn // the TCP connection below TLS
	guard   *guard
	server  string // host:port
	timeout time.Duration
	facts   facts
	place   *place
	at      int // its host in the place

	cut     atomic.Bool           // closed by us
	why     atomic.Pointer[error] // what made us close it
	tainted atomic.Bool           // an answer was wrong although each message was well-formed
	seen    atomic.Bool           // a mailbox was found by its identity in this call
	known   atomic.Bool           // and one with its Instance
	probes  probes                // what was found in this call by looking for anybody
}

// probes are a few objects: their IDs, and the folded addresses that they hold.
type probes struct {
	mu    sync.Mutex
	ids   map[refresh.ID]bool
	folds map[string]bool
}

func (p *probes) add(id refresh.ID, folds map[string]bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ids == nil {
		p.ids, p.folds = make(map[refresh.ID]bool), make(map[string]bool)
	}
	p.ids[id] = true
	maps.Copy(p.folds, folds)
}

func (p *probes) all() []refresh.ID {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Collect(maps.Keys(p.ids))
}
func (p *probes) clear() { p.mu.Lock(); defer p.mu.Unlock(); p.ids, p.folds = nil, nil }

// hold reports whether one of them has the folded address.
func (p *probes) hold(fold string) bool { p.mu.Lock(); defer p.mu.Unlock(); return p.folds[fold] }

// do runs one operation. It is the one place that makes go-ldap, which takes no context, honour one: when ctx ends,
// the connection is closed, and with it every operation on it. An operation that ended well but too late, or on a
// connection with a protocol error, has failed: go-ldap drops an entry that is not taken in time, and goes on.
func (s *session) do(ctx context.Context, op string, f func() error) error {
	if ctx.Err() != nil {
		return failure(ctx, s.server, op, nil)
	}
	killed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { s.kill(); close(killed) })
	start := time.Now()
	err := f()
	took := time.Since(start)
	if !stop() {
		<-killed
		return failure(ctx, s.server, op, err)
	}
	switch bad := s.violation(); {
	case bad != nil:
		err = bad
	case err != nil && s.why.Load() != nil:
		err = victimError{*s.why.Load()}
	case took >= s.timeout:
		err = timeoutError{s.timeout}
	case err == nil:
		return nil
	}
	err = failure(ctx, s.server, op, err)
	if resultCode(err) == 0 {
		why := errors.Unwrap(err)
		s.why.CompareAndSwap(nil, &why)
		s.kill() // it broke; what may still come would be taken for an answer to nothing
	}
	return err
}

// about is err as what a search on this session gave, so that it names the server.
func (s *session) about(err error) error {
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	return &Error{Server: s.server, Op: "search", Err: err}
}

// violation returns the first protocol error of the connection. What such a connection leaves out proves nothing.
func (s *session) violation() error {
	switch bad := s.guard.violation(); {
	case bad != nil:
		return bad
	case s.tainted.Load():
		return errTainted
	case s.conn.GetLastError() != nil: // an answer to no question, or a panic in go-ldap
		return errKind
	}
	return nil
}

// search returns an answer that is complete when the error is nil. With an error the result may hold a part.
func (s *session) search(ctx context.Context, req *ldap.SearchRequest) (*ldap.SearchResult, error) {
	res, _, err := s.ask(ctx, req)
	return res, err
}

// ask is search, and returns what a request with the control of RFC 4533 was told beside entries, too.
func (s *session) ask(ctx context.Context, req *ldap.SearchRequest) (*ldap.SearchResult, vanished, error) {
	var res *ldap.SearchResult
	var gone vanished
	err := s.do(ctx, "search", func() (err error) {
		// Search, not SearchAsync: its error is nil only after a SearchResultDone with code 0.
		if res, err = s.conn.Search(req); res != nil {
			gone = s.guard.collect(res)
		}
		return err
	})
	if res == nil {
		res = &ldap.SearchResult{}
	}
	return res, gone, err
}

// bind binds with a name and a password.
func (s *session) bind(ctx context.Context, user, password string) error {
	return s.do(ctx, "bind", func() error { return s.conn.Bind(user, password) })
}

// kill ends the connection without waiting for anything.
func (s *session) kill() {
	s.cut.Store(true)
	_ = s.raw.Close() // first, because Close of go-ldap waits for a write in progress
}

// taint ends a connection that broke the protocol.
func (s *session) taint() {
	why := error(errTainted)
	s.why.CompareAndSwap(nil, &why)
	s.kill()
}

// dead reports whether the connection is of no more use.
func (s *session) dead() bool { return s.cut.Load() || s.conn.IsClosing() }

// close ends the connection and go-ldap's goroutines.
func (s *session) close() {
	s.kill()
	_ = s.conn.Close()
}
