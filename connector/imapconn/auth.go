package imapconn

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
)

// Auth is how accounts log in. The zero Auth is each account's own password. Printing or logging an Auth shows no secret.
type Auth struct {
	Mechanism Mechanism
	// Master and MasterPassword are the user who may log in as others, for [MasterPlain] and [MasterLogin].
	Master, MasterPassword string `json:"-"`
	// MasterSeparator stands between account and master in a login of [MasterLogin]; empty is "*", as Dovecot's documentation has it.
	MasterSeparator string
	// Token returns an access token for one account, for [OAuthBearer] and [XOAuth2]. Several goroutines may call it at a time. Its error fails the
	// account; its text is not repeated, because it may hold secrets, and errors.Is and errors.As find it.
	Token func(ctx context.Context, login string) (string, error) `json:"-"`
}

// Mechanism is a way to log in.
type Mechanism uint8

// The mechanisms.
const (
	Password    Mechanism = iota // the account's password: SASL PLAIN where the server offers it, otherwise the command LOGIN
	MasterPlain                  // SASL PLAIN with the account as authorization identity and the master's name and password
	MasterLogin                  // as Password, with the account, MasterSeparator and Master as login, such as anna*master
	OAuthBearer                  // SASL OAUTHBEARER (RFC 7628) with a token
	XOAuth2                      // SASL XOAUTH2, the older form of it, which Google and Microsoft offer
)

// String returns the mechanism's name, such as "Password".
func (m Mechanism) String() string {
	if names := [...]string{"Password", "MasterPlain", "MasterLogin", "OAuthBearer", "XOAuth2"}; int(m) < len(names) {
		return names[m]
	}
	return fmt.Sprintf("Mechanism(%d)", uint8(m))
}

// String describes how accounts log in, without names and secrets.
func (a Auth) String() string {
	hidden := func(set bool) string {
		if set {
			return "(hidden)"
		}
		return "none"
	}
	return fmt.Sprintf("{Mechanism:%s Master:%s MasterPassword:%s MasterSeparator:%q Token:%t}",
		a.Mechanism, hidden(a.Master != ""), hidden(a.MasterPassword != ""), a.separator(), a.Token != nil)
}

// Format writes [Auth.String] for every verb.
func (a Auth) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, a.String()) }

// LogValue is [Auth.String].
func (a Auth) LogValue() slog.Value { return slog.StringValue(a.String()) }

func (a Auth) separator() string {
	if a.MasterSeparator == "" {
		return "*"
	}
	return a.MasterSeparator
}

// master reports whether all accounts log in by one user's password.
func (a Auth) master() bool { return a.Mechanism == MasterPlain || a.Mechanism == MasterLogin }

// token reports whether accounts log in by a token.
func (a Auth) token() bool { return a.Mechanism == OAuthBearer || a.Mechanism == XOAuth2 }

func (a Auth) check() error {
	switch {
	case a.Mechanism > XOAuth2:
		return errors.New("imapconn: Auth.Mechanism is none of those of this package")
	case a.master() && (a.Master == "" || a.MasterPassword == ""):
		return fmt.Errorf("imapconn: Auth.Mechanism %s needs Auth.Master and Auth.MasterPassword", a.Mechanism)
	case a.token() && a.Token == nil:
		return fmt.Errorf("imapconn: Auth.Mechanism %s needs Auth.Token", a.Mechanism)
	case unspeakable(a.Master) || unspeakable(a.MasterPassword) || unspeakable(a.MasterSeparator):
		return errors.New("imapconn: Auth.Master, MasterPassword or MasterSeparator holds a control character")
	case !a.master() && (a.Master != "" || a.MasterPassword != "" || a.MasterSeparator != ""):
		return fmt.Errorf("imapconn: Auth.Mechanism %s takes no master: did you mean MasterPlain or MasterLogin?", a.Mechanism)
	case !a.token() && a.Token != nil:
		return fmt.Errorf("imapconn: Auth.Mechanism %s takes no token: did you mean OAuthBearer?", a.Mechanism)
	}
	return nil
}

// unspeakable reports whether s holds what no login or password may, because a server could take what follows for something else.
func unspeakable(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7f })
}

var (
	errNoLogin    = errors.New("the account has no login")
	errBadLogin   = errors.New("the account's login or password holds a control character")
	errNoPassword = errors.New("the account has no password, neither of its own nor in Config.Accounts")
	errSeparator  = errors.New("the account's login holds Auth.MasterSeparator, so the server would take a part of it for a master's name")
)

// fit says why an account cannot be logged in to, before any traffic.
func (a Auth) fit(x Account) error {
	switch {
	case x.Login == "":
		return errNoLogin
	case unspeakable(x.Login) || unspeakable(x.Password):
		return errBadLogin
	case a.Mechanism == Password && x.Password == "":
		return errNoPassword
	case a.Mechanism == MasterLogin && strings.Contains(x.Login, a.separator()):
		return errSeparator
	}
	return nil
}
