package dovecottest

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Package is the Debian package that holds the server.
const Package = "dovecot-imapd"

// ErrNotInstalled says that the server's programs are not on this machine.
var ErrNotInstalled = errors.New("dovecottest: Dovecot 2.3 is not installed; on Debian 12: apt-get install " + Package)

// Server is a running Dovecot. Its methods may be called from several goroutines.
type Server struct {
	IMAPSAddr string         // host:port with implicit TLS
	IMAPAddr  string         // host:port with STARTTLS
	Roots     *x509.CertPool // trusts the server's certificate, which is for localhost and the host of the addresses
	CertPEM   []byte         // that certificate

	program string
	dir     string
	zone    string
	owner   owner

	mu        sync.Mutex // held while users, mail or the process change
	proc      *process
	began     time.Time
	delivered int // since began
}

// Start makes and starts a server in dir, which must exist and be empty, and stays the caller's to remove after
// [Server.Stop]. ctx bounds the start, not the server's life. Without Dovecot the error is [ErrNotInstalled].
func Start(ctx context.Context, dir string, cfg Config) (*Server, error) {
	program, err := find(ctx)
	if err != nil {
		return nil, err
	}
	s := &Server{program: program, zone: cfg.Zone, began: time.Now()}
	if s.dir, err = filepath.Abs(dir); err != nil {
		return nil, fmt.Errorf("dovecottest: %w", err)
	}
	if err := s.prepare(); err != nil {
		return nil, fmt.Errorf("dovecottest: prepare the server: %w", err)
	}
	if err := s.AddUsers(cfg.Users...); err != nil {
		return nil, err
	}
	// A free port can be lost to somebody else before dovecot binds it: then try others.
	for try := 0; ; try++ {
		ports, err := freePorts(2)
		if err != nil {
			return nil, fmt.Errorf("dovecottest: %w", err)
		}
		s.IMAPSAddr, s.IMAPAddr = ports[0], ports[1]
		if err = s.launch(ctx); err == nil {
			return s, nil
		}
		if try == 2 || ctx.Err() != nil {
			return nil, fmt.Errorf("dovecottest: start dovecot: %w", err)
		}
	}
}

// find returns the program of a Dovecot 2.3 that has IMAP. The configuration of 2.4 is another language.
func find(ctx context.Context) (string, error) {
	program := firstFile("/usr/sbin/dovecot", "/usr/local/sbin/dovecot", "/sbin/dovecot")
	if program == "" || firstFile("/usr/lib/dovecot/imap", "/usr/libexec/dovecot/imap", "/usr/local/libexec/dovecot/imap") == "" {
		return "", ErrNotInstalled
	}
	version, err := exec.CommandContext(ctx, program, "--version").Output()
	if err != nil {
		return "", fmt.Errorf("dovecottest: ask dovecot for its version: %w", err)
	}
	if !strings.HasPrefix(string(version), "2.3.") {
		return "", fmt.Errorf("%w; here is %s", ErrNotInstalled, strings.TrimSpace(string(version)))
	}
	return program, nil
}

func firstFile(paths ...string) string {
	for _, path := range paths {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return ""
}

func (s *Server) prepare() (err error) {
	if s.owner, err = findOwner(); err != nil {
		return err
	}
	if err := s.owner.passable(s.dir); err != nil {
		return err
	}
	if err := s.owner.give(s.dir); err != nil {
		return err
	}
	for _, name := range []string{"mail", "users", "locked", "etc"} {
		if err := s.owner.mkdir(filepath.Join(s.dir, name)); err != nil {
			return err
		}
	}
	cert, certPEM, keyPEM, err := newCertificate()
	if err != nil {
		return err
	}
	s.CertPEM, s.Roots = certPEM, x509.NewCertPool()
	s.Roots.AddCert(cert)
	return s.files(map[string]string{
		"cert.pem": string(certPEM), "key.pem": string(keyPEM), "masters": mastersText(),
		"dict.conf": strings.ReplaceAll(dictTemplate, "DIR", s.dir),
	})
}

func (s *Server) files(texts map[string]string) error {
	for name, text := range texts {
		if err := s.owner.write(filepath.Join(s.dir, "etc", name), []byte(text)); err != nil {
			return err
		}
	}
	return nil
}

// launch starts the process and waits until both ports answer.
func (s *Server) launch(ctx context.Context) error {
	if err := s.files(map[string]string{"dovecot.conf": s.configText(), "output.log": ""}); err != nil {
		return err
	}
	// A server that was killed has left locks, and its number, which may be somebody else's by now.
	for _, name := range []string{"run", "state"} {
		if err := errors.Join(os.RemoveAll(filepath.Join(s.dir, name)), s.owner.mkdir(filepath.Join(s.dir, name))); err != nil {
			return err
		}
	}
	out, err := os.OpenFile(filepath.Join(s.dir, "etc", "output.log"), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer out.Close()
	cmd := exec.Command(s.program, "-F", "-c", filepath.Join(s.dir, "etc", "dovecot.conf"))
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.dir, out, out
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
	if s.zone != "" {
		cmd.Env = append(cmd.Env, "TZ="+s.zone)
	}
	if s.proc, err = startProcess(cmd, s.owner); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for {
		err := errors.Join(greeted(ctx, s.IMAPSAddr, &tls.Config{RootCAs: s.Roots, ServerName: "localhost"}), greeted(ctx, s.IMAPAddr, nil))
		if err == nil {
			return nil
		}
		select {
		case <-s.proc.done:
			return errors.Join(fmt.Errorf("it ended at once (%v): %s", s.proc.err, s.said()), s.proc.stop(time.Second))
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("it does not answer: %w: %w: %s", context.Cause(ctx), err, s.said()), s.proc.stop(time.Second))
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// said returns the end of what dovecot wrote.
func (s *Server) said() string {
	var b strings.Builder
	for _, name := range []string{"etc/output.log", "dovecot.log"} {
		text, _ := os.ReadFile(filepath.Join(s.dir, name)) // one that is missing says nothing
		b.Write(text[max(0, len(text)-2000):])
	}
	return b.String()
}

// Log returns what dovecot has logged so far.
func (s *Server) Log() string {
	text, _ := os.ReadFile(filepath.Join(s.dir, "dovecot.log")) // it is not there before the first word
	return string(text)
}

// greeted reports whether a server greets there, over TLS where conf is not nil.
func greeted(ctx context.Context, addr string, conf *tls.Config) error {
	conn, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	if conf != nil {
		conn = tls.Client(conn, conf)
	}
	line, err := bufio.NewReader(io.LimitReader(conn, 4096)).ReadString('\n')
	if err == nil && !strings.HasPrefix(line, "* OK ") {
		err = fmt.Errorf("a greeting that is none: %q", line)
	}
	return err
}

// Down ends the server, as a crash or a maintenance window would: its ports refuse connections until [Server.Up].
func (s *Server) Down() error { return s.Stop() }

// Up starts the server again, on the same ports and with the users and mail that it has.
func (s *Server) Up(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.proc.done:
	default:
		return errors.New("dovecottest: the server is up")
	}
	if err := s.launch(ctx); err != nil {
		return fmt.Errorf("dovecottest: start dovecot again: %w", err)
	}
	return nil
}

// Stop ends the server with all its processes and waits for them. Stopping twice is fine.
func (s *Server) Stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.proc.stop(10 * time.Second)
}

// PID is the number of the server's process, and of the group of all its processes.
func (s *Server) PID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.proc.pid()
}

// host is the server's address. From 127.0.0.1 Dovecot would see a client with its own address, and let it log in without TLS.
const host = "127.0.0.2"

// freePorts returns n addresses of the host that were free a moment ago.
func freePorts(n int) ([]string, error) {
	var addrs []string
	for range n {
		l, err := net.Listen("tcp", host+":0")
		if err != nil {
			return nil, err
		}
		defer l.Close() // all stay open until the end, so that they differ
		addrs = append(addrs, l.Addr().String())
	}
	return addrs, nil
}
