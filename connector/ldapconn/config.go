package ldapconn

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"

	"github.com/go-ldap/ldap/v3"
)

// Config says where the directory is and who reads it. Server, User and Password are required.
// Printing or logging a Config leaves the password out.
type Config struct {
	// Server is a host name or address, with a port where it is not the usual one: 636, or 389 with StartTLS.
	Server string
	// Security is how the connection is encrypted; the zero value is LDAPS.
	Security Security
	// TLS is used for the connection where it is set. The server's certificate must be valid for the host in Server
	// unless TLS says otherwise.
	TLS *tls.Config `json:"-"`
	// User is whom to bind as: a DN, on Active Directory also user@domain or DOMAIN\user.
	User string
	// Password is sent over an encrypted connection only. An empty one is refused, because servers take it for an
	// anonymous bind that succeeds (RFC 4513 section 5.1.2).
	Password string `json:"-"`
	// Base is where List looks; empty means the naming context. On a server with several naming contexts it also says which
	// one is meant. Resolve and Find always search the whole naming context.
	Base string
}

// Security is how a connection is encrypted.
type Security uint8

// The ways to encrypt.
const (
	LDAPS    Security = iota // TLS from the first byte
	StartTLS                 // TLS after the StartTLS operation (RFC 4511 section 4.14); a refusal is an error
)

// String returns "LDAPS" or "StartTLS".
func (s Security) String() string {
	switch s {
	case LDAPS:
		return "LDAPS"
	case StartTLS:
		return "StartTLS"
	}
	return fmt.Sprintf("Security(%d)", uint8(s))
}

// String describes the connection without the password.
func (c Config) String() string {
	password := "none"
	if c.Password != "" {
		password = "(hidden)"
	}
	return fmt.Sprintf("{Server:%s Security:%s User:%s Password:%s Base:%s}", c.Server, c.Security, c.User, password, c.Base)
}

// Format writes [Config.String] for every verb.
func (c Config) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, c.String()) }

// LogValue is [Config.String].
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// check finds what would fail or be unsafe, before any traffic.
func (c Config) check(o Options) error {
	switch {
	case c.Server == "":
		return errors.New("ldapconn: Config.Server is empty")
	case c.User == "":
		return errors.New("ldapconn: Config.User is empty: anonymous readers cannot prove that a mailbox is gone")
	case c.Password == "":
		return errors.New("ldapconn: Config.Password is empty: servers take that for an anonymous bind")
	case c.Security > StartTLS:
		return fmt.Errorf("ldapconn: Config.Security is %s", c.Security)
	case c.Security == StartTLS && o.InsecureClearText:
		return errors.New("ldapconn: Config.Security asks for StartTLS and Options.InsecureClearText for none: choose one")
	}
	if _, err := ldap.ParseDN(c.Base); err != nil {
		return errors.New("ldapconn: Config.Base is not a DN")
	}
	return nil
}

// address returns host and host:port.
func (c Config) address(clear bool) (host, address string) {
	host, port, err := net.SplitHostPort(c.Server)
	if err == nil && port != "" {
		return host, c.Server
	}
	if err != nil {
		host = c.Server
	}
	if n := len(host); n > 2 && host[0] == '[' && host[n-1] == ']' {
		host = host[1 : n-1] // an IPv6 address without a port
	}
	port = ldap.DefaultLdapsPort
	if clear || c.Security == StartTLS {
		port = ldap.DefaultLdapPort
	}
	return host, net.JoinHostPort(host, port)
}

// tls returns the settings for the given host.
func (c Config) tls(host string) *tls.Config {
	t := &tls.Config{}
	if c.TLS != nil {
		t = c.TLS.Clone()
	}
	if t.ServerName == "" {
		t.ServerName = host
	}
	if t.MinVersion == 0 {
		t.MinVersion = tls.VersionTLS12
	}
	return t
}
