package graphtest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"hash/fnv"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Host is the name of a server in memory. Its URL has no port.
const Host = "graph.example"

// Server is a Microsoft Graph with one tenant. Its methods are safe for concurrent use.
type Server struct {
	opts   Options
	store  *store // of users
	groups *store
	url    string
	host   string
	pem    []byte
	pool   *x509.CertPool
	http   *http.Server
	client *http.Client
	served chan struct{}
	open   sync.WaitGroup // connections

	lagged  atomic.Bool
	down    atomic.Bool
	synced  atomic.Pointer[time.Time]
	turn    atomic.Int64
	tokens  tokens
	counts  counter
	meter   meter
	faults  atomic.Pointer[func(*Request) *Fault]
	retry   atomic.Int32
	tracks  tracks
	byIDs   continuations
	shuffle struct {
		sync.Mutex
		*rand.Rand
	}
	mint struct {
		sync.Mutex
		mint
	}
}

// TB is what [Start] needs of a *testing.T or *testing.B. Naming it here keeps package testing out of programs.
type TB interface {
	Helper()
	Cleanup(func())
	Fatal(args ...any)
}

// Start starts a server in memory and stops it when the test ends. In a bubble of testing/synctest it must be started inside.
func Start(tb TB, opts *Options) *Server {
	tb.Helper()
	return started(tb, opts, Open)
}

// StartTCP is [Start] with a server on a port of 127.0.0.1, for clients that are other programs.
func StartTCP(tb TB, opts *Options) *Server {
	tb.Helper()
	return started(tb, opts, OpenTCP)
}

func started(tb TB, opts *Options, open func(*Options) (*Server, error)) *Server {
	tb.Helper()
	s, err := open(opts)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	return s
}

// Open starts a server in memory, for programs; [Server.Close] stops it.
func Open(opts *Options) (*Server, error) {
	s, config, err := prepare(opts, Host)
	if err != nil {
		return nil, err
	}
	s.host, s.url = Host, "https://"+Host
	mem := newMemory()
	dial := func(ctx context.Context, _, addr string) (net.Conn, error) {
		if addr != Host+":443" {
			s.counts.foreign(addr)
			return nil, &net.OpError{Op: "dial", Net: "mem", Err: &net.DNSError{Err: "no such host", Name: addr, IsNotFound: true}}
		}
		if err := s.refusing(); err != nil {
			return nil, err
		}
		return mem.dial(ctx)
	}
	s.serve(mem, config, dial)
	return s, nil
}

// Down makes the server unreachable for [Server.Client], until it is called with false: connections are refused, and those there are closed.
func (s *Server) Down(down bool) {
	s.down.Store(down)
	s.client.CloseIdleConnections()
}

func (s *Server) refusing() error {
	if !s.down.Load() {
		return nil
	}
	return &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

// OpenTCP starts a server on a port of 127.0.0.1, for programs; [Server.Close] stops it.
func OpenTCP(opts *Options) (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errf("%w", err)
	}
	s, config, err := prepare(opts, "localhost")
	if err != nil {
		_ = l.Close()
		return nil, err
	}
	s.host = l.Addr().String()
	s.url = "https://" + s.host
	s.serve(l, config, func(ctx context.Context, network, addr string) (net.Conn, error) {
		if addr != s.host {
			s.counts.foreign(addr)
			return nil, &net.OpError{Op: "dial", Net: network, Err: &net.DNSError{Err: "no such host", Name: addr, IsNotFound: true}}
		}
		if err := s.refusing(); err != nil {
			return nil, err
		}
		return new(net.Dialer).DialContext(ctx, network, addr)
	})
	return s, nil
}

func prepare(opts *Options, name string) (*Server, *tls.Config, error) {
	s := &Server{store: newStore(), groups: newStore(), served: make(chan struct{})}
	s.opts = opts.complete()
	seed := fnv.New64()
	_, _ = seed.Write([]byte(s.opts.TenantID)) // cannot fail
	s.mint.state, s.store.mint.state, s.groups.mint.state = seed.Sum64(), ^seed.Sum64(), seed.Sum64()^1<<63
	s.meter.limit = float64(s.opts.Size.limit())
	s.shuffle.Rand = rand.New(rand.NewPCG(3, 4))
	cert, pem, pool, err := certificate(name)
	if err != nil {
		return nil, nil, err
	}
	s.pem, s.pool = pem, pool
	protos := []string{"http/1.1"}
	if s.opts.HTTP2 {
		protos = []string{"h2", "http/1.1"}
	}
	return s, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, NextProtos: protos}, nil
}

func (s *Server) serve(l net.Listener, config *tls.Config, dial func(context.Context, string, string) (net.Conn, error)) {
	s.http = &http.Server{
		Handler: http.HandlerFunc(s.handle),
		ConnContext: func(ctx context.Context, conn net.Conn) context.Context {
			return context.WithValue(ctx, connection{}, conn)
		},
		ErrorLog: log.New(io.Discard, "", 0), // cut connections are on purpose
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				s.open.Add(1)
			case http.StateClosed:
				s.open.Done()
			}
		},
	}
	s.client = &http.Client{Transport: &http.Transport{
		DialContext:         dial,
		TLSClientConfig:     &tls.Config{RootCAs: s.pool, MinVersion: tls.VersionTLS12},
		MaxIdleConnsPerHost: 64,
		ForceAttemptHTTP2:   s.opts.HTTP2,
	}}
	go func() {
		defer close(s.served)
		_ = s.http.Serve(tls.NewListener(l, config)) // ends with ErrServerClosed
	}()
}

// connection is the key of a request's connection.
type connection struct{}

// Close stops the server and waits until its last connection has ended. It may be called twice.
func (s *Server) Close() {
	s.client.CloseIdleConnections()
	_ = s.http.Close()
	<-s.served
	s.open.Wait()
}

// URL is the root of the service, without version and final slash, such as "https://graph.example".
func (s *Server) URL() string { return s.url }

// Client returns a client that trusts and reaches this server, and reaches no other: see [Counters.Foreign]. It is the same at each call.
func (s *Server) Client() *http.Client { return s.client }

// CertPEM is the certificate of the server, for clients that are other programs.
func (s *Server) CertPEM() []byte { return s.pem }

// TenantID is the ID of the tenant.
func (s *Server) TenantID() string { return s.opts.TenantID }
