package imapconn

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net"
	"strconv"
	"strings"
)

// Config says which server is asked, and how accounts log in. Server is required. Printing or logging a Config shows no secret.
type Config struct {
	// Server is a host, or host:port. Without a port it is 993, with StartTLS 143.
	Server string
	// Security is how the connection is encrypted. There is no way to go without.
	Security Security
	// TLS is nil for the roots of the system and the name of Server. It is cloned.
	TLS *tls.Config `json:"-"`
	// Auth is how accounts log in; the zero Auth is each account's own password.
	Auth Auth
	// Accounts are those that are there: for List and Probe, and for the passwords of candidates that come without one. See [ListOf] and
	// [ReadAccounts]. It is called once for each of these calls. An error ends the call. Nil is nobody, and takes away the ability to list.
	Accounts func(ctx context.Context) iter.Seq2[Account, error] `json:"-"`
}

// Security is how a connection is encrypted.
type Security uint8

// The ways to encrypt.
const (
	TLS      Security = iota // from the first byte, on port 993
	StartTLS                 // after the command STARTTLS, on port 143; a server that refuses it is an error
)

// String returns "TLS" or "StartTLS".
func (s Security) String() string {
	switch s {
	case TLS:
		return "TLS"
	case StartTLS:
		return "StartTLS"
	}
	return fmt.Sprintf("Security(%d)", uint8(s))
}

// String describes the connection without secrets.
func (c Config) String() string {
	return fmt.Sprintf("{Server:%q Security:%s TLS:%t Auth:%s Accounts:%t}", c.Server, c.Security, c.TLS != nil, c.Auth, c.Accounts != nil)
}

// Format writes [Config.String] for every verb.
func (c Config) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, c.String()) }

// LogValue is [Config.String].
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// address returns host and port, or says what is wrong with Server.
func (c Config) address() (host, port string, err error) {
	server := c.Server
	if server == "" {
		return "", "", errors.New("imapconn: Config.Server is empty")
	}
	if strings.Contains(server, "://") || strings.ContainsAny(server, "/@ \t\r\n") {
		return "", "", errors.New("imapconn: Config.Server is no host or host:port, such as mail.example.org or mail.example.org:993")
	}
	port = "993"
	if c.Security == StartTLS {
		port = "143"
	}
	bare := strings.TrimSuffix(strings.TrimPrefix(server, "["), "]")
	if net.ParseIP(bare) != nil || !strings.Contains(server, ":") {
		return bare, port, nil
	}
	host, p, err := net.SplitHostPort(server)
	if n, bad := strconv.ParseUint(p, 10, 16); err != nil || bad != nil || n == 0 || host == "" {
		return "", "", errors.New("imapconn: Config.Server is no host or host:port, such as mail.example.org or mail.example.org:993")
	}
	return host, p, nil
}

// check finds what would fail or be unsafe, before any traffic.
func (c Config) check() error {
	if _, _, err := c.address(); err != nil {
		return err
	}
	if c.Security > StartTLS {
		return errors.New("imapconn: Config.Security is neither TLS nor StartTLS")
	}
	return c.Auth.check()
}
