package imapconn

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-sasl"
)

// token asks for an account's token, where one is needed.
func (c *Connector) token(ctx context.Context, a Account) (string, error) {
	if !c.cfg.Auth.token() {
		return "", nil
	}
	t, err := c.cfg.Auth.Token(ctx, a.Login)
	switch {
	case ctx.Err() != nil:
		return "", failure(ctx, c.server, "token", nil)
	case err != nil:
		return "", &Error{Op: "token", Server: c.server, Err: &hiddenError{tokenFailed, err}}
	case t == "" || unspeakable(t):
		return "", &Error{Op: "token", Server: c.server, Err: errBadToken}
	}
	return t, nil
}

const tokenFailed = "Auth.Token failed"

var (
	errBadToken = errors.New("Auth.Token returned an empty token, or one with a control character")
)

// login logs in, and asks what the server can do for this account. The connection is encrypted: see [Connector.dial].
func (s *session) login(ctx context.Context, a Account, token string) error {
	exchange, err := s.exchange(a, token)
	if err != nil {
		return &Error{Op: "login", Server: s.c.server, Err: err}
	}
	s.meter.turns.on.Store(true)
	err = s.do(ctx, "login", exchange)
	s.meter.turns.on.Store(false)
	if err != nil {
		return s.c.rejection(err)
	}
	if s.c.cfg.Auth.master() {
		s.c.master.Store(true)
	}
	return s.capability(ctx) // those of before are no longer true, and go-imap may still have them
}

// exchange is how the account logs in with what the server offers.
func (s *session) exchange(a Account, token string) (func() error, error) {
	auth := s.c.cfg.Auth
	offers := func(mechanism string) bool { return s.caps.Has(imap.AuthCap(mechanism)) }
	authenticate := func(with sasl.Client) func() error {
		return func() error { return s.client.Authenticate(with) }
	}
	login, password := a.Login, a.Password
	switch auth.Mechanism {
	case MasterPlain:
		if !offers(sasl.Plain) {
			return nil, errMechanism
		}
		return authenticate(sasl.NewPlainClient(a.Login, auth.Master, auth.MasterPassword)), nil
	case OAuthBearer:
		if !offers(sasl.OAuthBearer) {
			return nil, errMechanism
		}
		return authenticate(bearer{sasl.NewOAuthBearerClient(s.c.bearer(a.Login, token))}), nil
	case XOAuth2:
		if !offers("XOAUTH2") {
			return nil, errMechanism
		}
		return authenticate(xoauth2{a.Login, token}), nil
	case MasterLogin:
		login, password = a.Login+auth.separator()+auth.Master, auth.MasterPassword
	}
	switch {
	case offers(sasl.Plain):
		return authenticate(sasl.NewPlainClient("", login, password)), nil
	case s.caps.Has(imap.CapLoginDisabled):
		return nil, errDisabled
	}
	return func() error { return s.client.Login(login, password).Wait() }, nil
}

// rejection is what a failed login means. RFC 5530 tells a user who is not known or has another password (AUTHENTICATIONFAILED) from one who
// may not act as the other (AUTHORIZATIONFAILED). With a master user the former is about the master's own credentials, at least until
// they have been taken once.
func (c *Connector) rejection(err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Err != errRefused {
		return err
	}
	e.Err = ErrRejected
	if e.Code == "AUTHORIZATIONFAILED" && c.cfg.Auth.master() {
		c.master.Store(true) // the master user is known, and may not act as this account, or there is no such account
	}
	if c.cfg.Auth.master() && e.Code == "AUTHENTICATIONFAILED" && !c.master.Load() {
		e.Err = errMaster
	}
	return e
}

// reconsider is err after other accounts were tried: the master user is not rejected where another account could be logged in to.
func (c *Connector) reconsider(err error) error {
	if e, ok := errors.AsType[*Error](err); ok && e.Err == errMaster && c.master.Load() {
		return &Error{Op: e.Op, Server: e.Server, Code: e.Code, Err: ErrRejected}
	}
	return err
}

// bearer gives up when the server answers with a challenge, which is its refusal (RFC 7628 section 3.2.3). Its text is not repeated.
type bearer struct{ sasl.Client }

func (bearer) Next([]byte) ([]byte, error) { return nil, errTokenRefused }

// errTokenRefused becomes [ErrRejected].
var errTokenRefused error = &imap.Error{Type: imap.StatusResponseTypeNo}

// bearer returns what OAUTHBEARER sends. In its user name "," and "=" are special (RFC 5801 section 4).
func (c *Connector) bearer(login, token string) *sasl.OAuthBearerOptions {
	port, _ := strconv.Atoi(c.port)
	return &sasl.OAuthBearerOptions{
		Username: strings.NewReplacer("=", "=3D", ",", "=2C").Replace(login), Token: token, Host: c.host, Port: port,
	}
}

// xoauth2 is the older form of OAUTHBEARER (Google, "OAuth 2.0 Mechanism").
type xoauth2 struct{ login, token string }

func (x xoauth2) Start() (string, []byte, error) {
	return "XOAUTH2", []byte("user=" + x.login + "\x01auth=Bearer " + x.token + "\x01\x01"), nil
}

func (xoauth2) Next([]byte) ([]byte, error) { return nil, errTokenRefused }
