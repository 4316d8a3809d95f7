package sambatest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// Server is a running domain controller.
type Server struct {
	Addr           string         // host:port of plain LDAP, which offers StartTLS and refuses a simple bind without
	TLSAddr        string         // host:port of LDAPS
	CatalogAddr    string         // host:port of the global catalog, plain
	CatalogTLSAddr string         // host:port of the global catalog in TLS
	Host           string         // the controller's DNS name; its certificate is for this and for the address
	Realm          string         // the domain's DNS name
	Suffix         string         // the domain's naming context
	Roots          *x509.CertPool // trusts the server's certificate
	PID            int

	proc    *process
	recycle bool

	mu    sync.Mutex
	admin *ldap.Conn // nil once stopped
}

// Start makes and starts a domain controller in dir, which must exist and be empty, and stays the caller's to remove
// after [Server.Stop]. ctx bounds the start, not the server's life. Where there can be no server the error is
// [ErrNotInstalled] or [ErrNotRoot].
func Start(ctx context.Context, dir string, cfg Config) (*Server, error) {
	programs, err := findTools(ctx)
	if err != nil {
		return nil, err
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("sambatest: %w", err)
	}
	realm := cfg.realm()
	d := &domain{tools: programs, dir: dir, realm: realm, suffix: Suffix(realm)}
	if err := fill(ctx, d, cfg); err != nil {
		return nil, fmt.Errorf("sambatest: prepare the domain: %w", err)
	}
	// A free address can be lost to somebody else before samba binds it: then try another.
	for try := 0; ; try++ {
		s := &Server{Host: "dc1." + realm, Realm: realm, Suffix: d.suffix, recycle: cfg.Recycle}
		err := s.launch(ctx, d)
		if err == nil {
			return s, nil
		}
		if try == 2 || ctx.Err() != nil {
			return nil, fmt.Errorf("sambatest: start samba: %w", err)
		}
	}
}

// launch starts the process and waits until it answers.
func (s *Server) launch(ctx context.Context, d *domain) error {
	addr, err := freeAddress()
	if err != nil {
		return err
	}
	for i, field := range []*string{&s.Addr, &s.TLSAddr, &s.CatalogAddr, &s.CatalogTLSAddr} {
		*field = net.JoinHostPort(addr, fmt.Sprint(ports[i]))
	}
	if s.Roots, err = writeCertificate(filepath.Join(d.dir, "tls"), s.Host, addr); err != nil {
		return err
	}
	if err := d.configure(addr); err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(d.dir, "log", "output.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	// A single process serves everybody, so that there is no child to lose. Without --log-basename samba opens a log
	// in the system's folder before it reads its configuration.
	cmd := exec.Command(d.samba, "--configfile=etc/smb.conf", "--foreground", "--no-process-group", "--model=single", "--log-basename=log")
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = d.dir, environment(d.dir), log, log
	if s.proc, err = startProcess(cmd); err != nil {
		return err
	}
	s.PID = cmd.Process.Pid
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		conn, err := s.Dial(Admin)
		if err == nil {
			s.admin = conn
			return nil
		}
		select {
		case <-s.proc.done:
			return fmt.Errorf("it ended at once (%v): %s", s.proc.err, d.messages())
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("it does not answer: %w: %w: %s", context.Cause(ctx), err, d.messages()), s.Stop())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// messages returns the end of what samba said.
func (d *domain) messages() string {
	var b strings.Builder
	for _, name := range []string{"output.log", "log.samba"} {
		text, _ := os.ReadFile(filepath.Join(d.dir, "log", name)) // one that is missing says nothing
		b.Write(tail(text))
	}
	return b.String()
}

// Dial connects to the server with LDAPS as the account. The connection is the caller's to close.
func (s *Server) Dial(a Account) (*ldap.Conn, error) {
	conn, err := ldap.DialURL("ldaps://"+s.TLSAddr, ldap.DialWithDialer(&net.Dialer{Timeout: 5 * time.Second}),
		ldap.DialWithTLSConfig(&tls.Config{RootCAs: s.Roots, ServerName: s.Host}))
	if err != nil {
		return nil, err
	}
	conn.SetTimeout(30 * time.Second)
	if err := conn.Bind(s.DN(a), Password); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// Stop ends the server and waits for it. Stopping twice is fine.
func (s *Server) Stop() error {
	s.mu.Lock()
	if s.admin != nil {
		s.admin.Close()
		s.admin = nil
	}
	s.mu.Unlock()
	return s.proc.stop(10 * time.Second)
}
