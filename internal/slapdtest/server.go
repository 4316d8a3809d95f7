package slapdtest

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// Package is the Debian package that holds the server.
const Package = "slapd"

// ErrNotInstalled says that the server's programs are not on this machine.
var ErrNotInstalled = errors.New("slapdtest: slapd is not installed; on Debian: apt-get install " + Package)

// Server is a running slapd.
type Server struct {
	Addr    string         // host:port of plain LDAP, which also offers StartTLS
	TLSAddr string         // host:port of LDAPS
	Suffix  string         // the naming context
	Roots   *x509.CertPool // trusts the server's certificate
	PID     int

	proc    *process
	signer  *signer
	program string
	dir     string

	mu    sync.Mutex
	admin *ldap.Conn
}

// Start makes and starts a server in dir, which must exist and stays the caller's to remove after [Server.Stop].
// ctx bounds the start, not the server's life. Without slapd the error is [ErrNotInstalled].
func Start(ctx context.Context, dir string, cfg Config) (*Server, error) {
	slapd, slapadd := find("slapd"), find("slapadd")
	if slapd == "" || slapadd == "" {
		return nil, ErrNotInstalled
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("slapdtest: %w", err)
	}
	signer, err := prepare(ctx, slapadd, dir, cfg)
	if err != nil {
		return nil, fmt.Errorf("slapdtest: prepare the directory: %w", err)
	}
	// A free port can be lost to somebody else before slapd binds it: then try others.
	for try := 0; ; try++ {
		ports, err := freePorts(2)
		if err != nil {
			return nil, fmt.Errorf("slapdtest: %w", err)
		}
		s := &Server{Addr: ports[0], TLSAddr: ports[1], Suffix: cfg.suffix(), Roots: signer.pool(), signer: signer, program: slapd, dir: dir}
		if err = s.launch(ctx); err == nil {
			return s, nil
		}
		if try == 2 || ctx.Err() != nil {
			return nil, fmt.Errorf("slapdtest: start slapd: %w", err)
		}
	}
}

func find(program string) string {
	for _, path := range []string{"/usr/sbin/" + program, "/usr/local/sbin/" + program, "/sbin/" + program} {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	path, err := exec.LookPath(program)
	if err != nil {
		return ""
	}
	return path
}

func prepare(ctx context.Context, slapadd, dir string, cfg Config) (*signer, error) {
	if err := os.Mkdir(filepath.Join(dir, "db"), 0o700); err != nil {
		return nil, err
	}
	signer, err := writeCertificate(dir)
	if err != nil {
		return nil, err
	}
	conf, ldif := filepath.Join(dir, "slapd.conf"), filepath.Join(dir, "entries.ldif")
	for path, text := range map[string]string{filepath.Join(dir, "mail.schema"): schema, conf: configText(dir, cfg)} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	if err := writeEntries(ldif, cfg); err != nil {
		return nil, err
	}
	if out, err := exec.CommandContext(ctx, slapadd, "-q", "-w", "-f", conf, "-l", ldif).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("slapadd: %w: %s", err, tail(out))
	}
	return signer, nil
}

// launch starts the process and waits until it answers.
func (s *Server) launch(ctx context.Context) error {
	log, err := os.Create(filepath.Join(s.dir, "slapd.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	// -d keeps slapd in the foreground; level 0 logs nothing but failures.
	cmd := exec.Command(s.program, "-f", filepath.Join(s.dir, "slapd.conf"), "-h", "ldap://"+s.Addr+"/ ldaps://"+s.TLSAddr+"/", "-d", "0")
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.dir, log, log
	if s.proc, err = startProcess(cmd); err != nil {
		return err
	}
	s.PID = cmd.Process.Pid
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for {
		conn, err := s.dialAdmin()
		if err == nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.admin = conn
			return nil
		}
		select {
		case <-s.proc.done:
			out, _ := os.ReadFile(log.Name())
			return fmt.Errorf("it ended at once (%v): %s", s.proc.err, tail(out))
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("it does not answer: %w", context.Cause(ctx)), s.Stop())
		case <-time.After(10 * time.Millisecond):
		}
	}
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

// Restart ends the server and starts it again on the same addresses, with what it holds.
func (s *Server) Restart(ctx context.Context) error {
	if err := s.Stop(); err != nil {
		return err
	}
	if err := s.launch(ctx); err != nil {
		return fmt.Errorf("slapdtest: restart slapd: %w", err)
	}
	return nil
}

// freePorts returns n addresses on 127.0.0.1 that were free a moment ago.
func freePorts(n int) ([]string, error) {
	var addrs []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() // all stay open until the end, so that they differ
		addrs = append(addrs, l.Addr().String())
	}
	return addrs, nil
}

func tail(out []byte) []byte {
	if n := len(out); n > 2000 {
		return out[n-2000:]
	}
	return out
}
