package graphconn

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
)

// Config says which tenant is read and with which token. Token is required. Printing or logging a Config shows no secret.
type Config struct {
	// Cloud is where the tenant is; the zero value is [Global].
	Cloud Cloud
	// TenantID is the tenant's GUID. It pins the tenant where the right to ask which one it is is lacking, and is compared
	// with the answer where it is not.
	TenantID string
	// Token returns an access token for [Cloud.Scope]: see the package comment, and [Challenge].
	Token func(ctx context.Context) (string, error) `json:"-"`
	// HTTPClient is used for its Transport, where it is set. Its CheckRedirect, Jar and Timeout are not used. Set
	// [http.HTTP2Config].SendPingTimeout in that transport, as our own does: without it, a connection of HTTP/2 that was lost in silence is asked
	// again and again, until Patience is at its end.
	HTTPClient *http.Client `json:"-"`
	// Quota is shared between connectors of one tenant; nil is one of its own.
	Quota *Quota `json:"-"`
}

// String describes the connection. It never calls Token.
func (c Config) String() string {
	token := "none"
	if c.Token != nil {
		token = "(hidden)"
	}
	cloud := c.Cloud.orGlobal()
	return fmt.Sprintf("{Cloud:%s Root:%s TenantID:%s Token:%s HTTPClient:%t Quota:%t}",
		cloud.Name, printableRoot(cloud), c.TenantID, token, c.HTTPClient != nil, c.Quota != nil)
}

// Format writes [Config.String] for every verb.
func (c Config) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, c.String()) }

// LogValue is [Config.String].
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// printableRoot is the root of a cloud unless it is one that New refuses: that may hold a password.
func printableRoot(c Cloud) string {
	if _, err := c.pin(); err != nil {
		return "(invalid)"
	}
	return c.Root
}

// check finds what would fail or be unsafe, before any traffic.
func (c Config) check() error {
	if c.Token == nil {
		return errors.New("graphconn: Config.Token is nil")
	}
	if c.TenantID != "" && !isGUID(c.TenantID) {
		return errors.New("graphconn: Config.TenantID is not a GUID, such as 0785ef7c-2d7a-4542-b048-95bcab406e0b: the name of a domain does not pin a tenant")
	}
	_, err := c.Cloud.orGlobal().pin()
	return err
}

// isGUID reports whether s is a GUID in the form that Graph writes and takes, in any case.
func isGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		switch b := s[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if b != '-' {
				return false
			}
		case '0' <= b && b <= '9', 'a' <= b && b <= 'f', 'A' <= b && b <= 'F':
		default:
			return false
		}
	}
	return true
}
