package imapconn_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"github.com/readdress-go/readdress/connector/imapconn"
)

// certificate signs itself, for mail.example and 127.0.0.1.
var certificate = sync.OnceValues(func() (tls.Certificate, *x509.CertPool) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.example"},
		NotBefore: time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC),
		DNSNames: []string{"mail.example"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, pool
})

func serverTLS() *tls.Config {
	c, _ := certificate()
	return &tls.Config{Certificates: []tls.Certificate{c}}
}
func clientTLS() *tls.Config { _, p := certificate(); return &tls.Config{RootCAs: p} }

// server is an IMAP server in this process, with the hands of an administrator.
type server struct {
	addr    string
	caps    imap.CapSet
	options *imapserver.Options
	ends    []func() error

	mu            sync.Mutex
	users         map[string]*user
	masters       map[string]string // passwords
	mechanisms    []string
	validity      uint32
	inLogin, most int           // logins at a time, and the most of them
	slow          time.Duration // of a login
	logins        []string      // who tried, in order
	writes        []string      // what was opened for writing
	shared        []imap.NamespaceDescriptor
	clear         bytes.Buffer // what clients sent on the TCP connection
}

// user is an account.
type user struct {
	password string
	store    *imapmemserver.User
	refuse   *imap.Error // in answer to a login
}

// start starts a server. edit may be nil.
func start(t testing.TB, security imapconn.Security, edit func(*server)) *server {
	t.Helper()
	s := &server{
		users: map[string]*user{}, masters: map[string]string{}, mechanisms: []string{"PLAIN"},
		caps: imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapNamespace: {}, imap.CapListExtended: {}, imap.CapListStatus: {}, imap.CapStatusSize: {}, imap.CapSpecialUse: {}},
	}
	if edit != nil {
		edit(s)
	}
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = plain.Addr().String()
	o := &imapserver.Options{Caps: s.caps, Logger: log.New(io.Discard, "", 0), NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
		return &session{server: s}, nil, nil
	}}
	s.options = o
	var ln net.Listener = &tapped{plain, s}
	if security == imapconn.StartTLS {
		o.TLSConfig = serverTLS()
	} else {
		ln = tls.NewListener(ln, serverTLS())
	}
	s.serve(t, ln)
	return s
}

func (s *server) serve(t testing.TB, ln net.Listener) {
	srv := imapserver.New(s.options)
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(ln) }()
	end := sync.OnceValue(func() error { err := srv.Close(); <-done; return err })
	s.ends = append(s.ends, end)
	t.Cleanup(func() { _ = end() })
}

// stop ends all that listens.
func (s *server) stop() (err error) {
	for _, end := range s.ends {
		err = errors.Join(err, end())
	}
	return err
}

// inside serves the same accounts on another port, with a fault inside of TLS.
func (s *server) inside(t testing.TB, f *fault) {
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = plain.Addr().String()
	s.options.InsecureAuth = true // it does not see TLS
	s.serve(t, faulty{tls.NewListener(plain, serverTLS()), f})
}

// tapped records what clients send.
type tapped struct {
	net.Listener
	s *server
}

func (l *tapped) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &tappedConn{c, l.s}, nil
}

type tappedConn struct {
	net.Conn
	s *server
}

func (c *tappedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.s.mu.Lock()
	c.s.clear.Write(p[:n])
	c.s.mu.Unlock()
	return n, err
}

// add makes an account whose INBOX has a UIDVALIDITY of its own.
func (s *server) add(login, password string) *user {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.validity++
	u := &user{password: password, store: imapmemserver.NewUser(login, password)}
	for range s.validity { // the only way to raise the next UIDVALIDITY
		_ = u.store.Create("x", nil)
		_ = u.store.Delete("x")
	}
	must(u.store.Create("INBOX", nil))
	s.users[login] = u
	return u
}

// rename gives the account another login, as an administrator does: its mailbox stays as it is.
func (s *server) rename(from, to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.users[from]
	delete(s.users, from)
	s.users[to] = u
}

// inClear is what clients sent on the TCP connections.
func (s *server) inClear() string { s.mu.Lock(); defer s.mu.Unlock(); return s.clear.String() }

func (s *server) tried() []string { s.mu.Lock(); defer s.mu.Unlock(); return slices.Clone(s.logins) }

// deliver puts messages with these numbers into a folder.
func (u *user) deliver(folder string, from, to int) {
	for n := from; n <= to; n++ {
		text := fmt.Sprintf("Message-Id: <%d.%s@origin.example>\r\nSubject: %s\r\n\r\n%s\r\n", n, folder, strings.Repeat("s", n%7), strings.Repeat("t", n%31))
		_, err := u.store.Append(folder, literal{strings.NewReader(text), int64(len(text))}, &imap.AppendOptions{Time: time.Unix(1_700_000_000+int64(n)*1000, 0)})
		must(err)
	}
}

type literal struct {
	io.Reader
	size int64
}

func (l literal) Size() int64 { return l.size }

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// session is one connection to the server.
type session struct {
	*imapmemserver.UserSession
	server *server
}

// These are what Dovecot 2.3 answers.
var (
	rejected     = &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeAuthenticationFailed, Text: "Authentication failed."}
	unauthorised = &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeAuthorizationFailed, Text: "Authorization failed"}
	unavailable  = &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeUnavailable, Text: "Temporary"}
)

func (x *session) Login(login, password string) error {
	if account, master, ok := strings.Cut(login, "*"); ok {
		return x.as(account, master, password)
	}
	return x.as("", login, password)
}

// as logs in as account, or as login itself.
func (x *session) as(account, login, password string) error {
	s := x.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.inLogin++; s.slow > 0 {
		s.most = max(s.most, s.inLogin)
		s.mu.Unlock()
		time.Sleep(s.slow)
		s.mu.Lock()
	}
	s.inLogin--
	u := s.users[login]
	if account != "" {
		s.logins = append(s.logins, account)
		if p, ok := s.masters[login]; !ok || p != password {
			return rejected
		}
		if u = s.users[account]; u == nil {
			return unauthorised
		}
	} else {
		s.logins = append(s.logins, login)
		if u == nil || u.refuse == nil && u.password != password {
			return rejected
		}
	}
	if u.refuse != nil {
		return u.refuse
	}
	x.UserSession = imapmemserver.NewUserSession(u.store)
	return nil
}

func (x *session) Select(name string, o *imap.SelectOptions) (*imap.SelectData, error) {
	if !o.ReadOnly {
		x.server.mu.Lock()
		x.server.writes = append(x.server.writes, name)
		x.server.mu.Unlock()
	}
	return x.UserSession.Select(name, o)
}

func (x *session) Namespace() (*imap.NamespaceData, error) {
	d, err := x.UserSession.Namespace()
	if err == nil {
		d.Shared = x.server.shared
	}
	return d, err
}

// connect returns a connector for the server.
func (s *server) connect(t testing.TB, cfg imapconn.Config, o *imapconn.Options) *imapconn.Connector {
	t.Helper()
	cfg.Server = s.addr
	if cfg.TLS == nil {
		cfg.TLS = clientTLS()
	}
	c, err := imapconn.New(cfg, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func listOf(accounts ...imapconn.Account) imapconn.Config {
	return imapconn.Config{Accounts: imapconn.ListOf(accounts...)}
}

// probes runs a probe to its end.
func probes(t testing.TB, c *imapconn.Connector) []imapconn.Probe {
	t.Helper()
	var out []imapconn.Probe
	for p, err := range c.Probe(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}

var errHost = errors.New("the host's own error")
