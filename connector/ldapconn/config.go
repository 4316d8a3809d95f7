package ldapconn

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/go-ldap/ldap/v3"
)

// Config says where the directory is and who reads it. Server is required, and either User and Password or SASL.
// Printing or logging a Config leaves the password out. Where a Config is an unexported field of another struct, package fmt does not
// ask it how to print: hold a pointer there.
type Config struct {
	// Server is a host name or address, with a port where it is not the usual one: 636, or 389 with StartTLS.
	Server string
	// Replicas are further servers of the same domain, or of the same naming context. One is used when the server in use
	// fails, and one is asked again about what the server in use does not have. All get the same password.
	Replicas []string
	// Catalogs are servers of the global catalog of an Active Directory forest of several domains; the usual port is 3269,
	// or 3268 with StartTLS. With one of them, mailboxes are found in every domain, and absence can be proven.
	Catalogs []string
	// Domains are servers of the other domains of the forest, beside or instead of Catalogs. They know attributes that are
	// not in the catalog, such as the anchor. Several servers of one domain are replicas of each other.
	Domains []string
	// Empty names the domains of the forest in which nobody has a mailbox, by DNS name or DN, such as an empty root domain. In every other
	// domain this reader must see some mailbox before anything is said to be absent: where it sees none, they may be hidden.
	// It is for Active Directory.
	Empty []string
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
	// SASL binds in another way than with User and Password, where it is set: see [Mechanism] and [External]. It is called once
	// for each connection, with the server's host name and the state of TLS, which is nil without TLS.
	SASL func(ctx context.Context, host string, state *tls.ConnectionState) (Mechanism, error) `json:"-"`
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
	return fmt.Sprintf("{Server:%s Replicas:%v Catalogs:%v Domains:%v Security:%s User:%s Password:%s SASL:%t Base:%s}",
		c.Server, c.Replicas, c.Catalogs, c.Domains, c.Security, c.User, password, c.SASL != nil, c.Base)
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
	case slices.Contains(slices.Concat(c.Replicas, c.Catalogs, c.Domains), ""):
		return errors.New("ldapconn: Config.Replicas, Catalogs or Domains names an empty server")
	case slices.Contains(c.Empty, ""):
		return errors.New("ldapconn: Config.Empty names a domain without a name")
	case c.SASL != nil && (c.User != "" || c.Password != ""):
		return errors.New("ldapconn: Config.SASL is set beside User or Password: choose one")
	case c.SASL != nil:
	case c.User == "":
		return errors.New("ldapconn: Config.User is empty: anonymous readers cannot prove that a mailbox is gone")
	case c.Password == "":
		return errors.New("ldapconn: Config.Password is empty: servers take that for an anonymous bind")
	}
	switch {
	case c.Security > StartTLS:
		return fmt.Errorf("ldapconn: Config.Security is %s", c.Security)
	case c.Security == StartTLS && o.InsecureClearText:
		return errors.New("ldapconn: Config.Security asks for StartTLS and Options.InsecureClearText for none: choose one")
	}
	if err := o.Filter.check(); err != nil {
		return err
	}
	if _, err := ldap.ParseDN(c.Base); err != nil {
		return errors.New("ldapconn: Config.Base is not a DN")
	}
	return nil
}
