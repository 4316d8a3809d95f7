package imapconn_test

import (
	"strings"

	"github.com/emersion/go-sasl"
)

func (x *session) AuthenticateMechanisms() []string { return x.server.mechanisms }

func (x *session) Authenticate(mechanism string) (sasl.Server, error) {
	switch mechanism {
	case sasl.Plain:
		return sasl.NewPlainServer(func(identity, login, password string) error {
			if strings.Contains(login, "*") {
				return x.Login(login, password)
			}
			return x.as(identity, login, password)
		}), nil
	case sasl.OAuthBearer:
		return sasl.NewOAuthBearerServer(func(o sasl.OAuthBearerOptions) *sasl.OAuthBearerError {
			if x.as("", o.Username, o.Token) != nil {
				return &sasl.OAuthBearerError{Status: "invalid_token", Schemes: "bearer"}
			}
			return nil
		}), nil
	case "XOAUTH2":
		return &xoauth2{session: x}, nil
	}
	return nil, rejected
}

// xoauth2 answers a rejected token with a challenge, as Google does.
type xoauth2 struct {
	*session
	failed error
}

func (x *xoauth2) Next(b []byte) ([]byte, bool, error) {
	if x.failed != nil {
		return nil, true, x.failed
	}
	if b == nil {
		return []byte{}, false, nil
	}
	fields := strings.Split(string(b), "\x01")
	user, token := strings.TrimPrefix(fields[0], "user="), strings.TrimPrefix(fields[1], "auth=Bearer ")
	if x.failed = x.as("", user, token); x.failed != nil {
		return []byte(`{"status":"400","schemes":"Bearer"}`), false, nil
	}
	return nil, true, nil
}
