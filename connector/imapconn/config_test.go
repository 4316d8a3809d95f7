package imapconn_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/readdress-go/readdress/connector/imapconn"
	"github.com/readdress-go/readdress/refresh"
)

func TestNewRefuses(t *testing.T) {
	token := func(context.Context, string) (string, error) { return "", nil }
	for _, x := range []struct {
		name, reason string
		cfg          imapconn.Config
	}{
		{"no server", "nothing to ask", imapconn.Config{}},
		{"a URL", "a scheme would be taken for a host", imapconn.Config{Server: "imaps://mail.example"}},
		{"a login in it", "it would be printed", imapconn.Config{Server: "anna@mail.example"}},
		{"port 0", "no port", imapconn.Config{Server: "mail.example:0"}},
		{"no port after the colon", "a typing error", imapconn.Config{Server: "mail.example:"}},
		{"a name as port", "numbers only", imapconn.Config{Server: "mail.example:imaps"}},
		{"unknown security", "a later version's", imapconn.Config{Server: "m", Security: 2}},
		{"unknown mechanism", "a later version's", imapconn.Config{Server: "m", Auth: imapconn.Auth{Mechanism: 9}}},
		{"a master without a password", "every login would be rejected", imapconn.Config{Server: "m", Auth: imapconn.Auth{Mechanism: imapconn.MasterPlain, Master: "boss"}}},
		{"a master without a mechanism", "it would be ignored", imapconn.Config{Server: "m", Auth: imapconn.Auth{Master: "boss", MasterPassword: "x"}}},
		{"a token without a mechanism", "it would be ignored", imapconn.Config{Server: "m", Auth: imapconn.Auth{Token: token}}},
		{"no token", "nothing to log in with", imapconn.Config{Server: "m", Auth: imapconn.Auth{Mechanism: imapconn.XOAuth2}}},
		{"a line break in the password", "it would end the command", imapconn.Config{Server: "m", Auth: imapconn.Auth{Mechanism: imapconn.MasterLogin, Master: "b", MasterPassword: "x\r\nT2 DELETE INBOX"}}},
	} {
		if c, err := imapconn.New(x.cfg, nil); err == nil || c != nil {
			t.Errorf("%s (%s): accepted", x.name, x.reason)
		} else if strings.Contains(err.Error(), "boss") || strings.Contains(err.Error(), "DELETE") {
			t.Errorf("%s: %v", x.name, err)
		}
	}
	for server, want := range map[string]string{
		"mail.example": "mail.example:993", "mail.example:1993": "mail.example:1993", "::1": "[::1]:993", "[::1]": "[::1]:993", "[::1]:1993": "[::1]:1993", "10.0.0.1": "10.0.0.1:993",
	} {
		c, err := imapconn.New(imapconn.Config{Server: server}, nil)
		if err != nil || !strings.Contains(fmt.Sprint(c), want) {
			t.Errorf("%s: %v, %v, want %s", server, c, err, want)
		}
	}
}

// TestSecrets prints what holds secrets in every way.
func TestSecrets(t *testing.T) {
	cfg := imapconn.Config{Server: "mail.example", Auth: imapconn.Auth{Mechanism: imapconn.MasterPlain, Master: "boss-name", MasterPassword: "s3cret"},
		Accounts: imapconn.ListOf(imapconn.Account{Login: "anna", Password: "s3cret"})}
	c, err := imapconn.New(cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	for _, v := range []any{cfg, &cfg, cfg.Auth, &cfg.Auth, c, imapconn.Error{Op: "login", Err: errHost}, struct{ C imapconn.Config }{cfg}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&log, verb, v)
		}
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
	}
	for _, word := range []string{"s3cret", fmt.Sprintf("%x", "s3cret"), "boss-name"} {
		if strings.Contains(log.String(), word) {
			t.Errorf("%q is printed", word)
		}
	}
}

func TestJSONHidesSecrets(t *testing.T) {
	b, err := json.Marshal(imapconn.Config{Server: "m", Auth: imapconn.Auth{Mechanism: imapconn.MasterPlain, Master: "boss-name", MasterPassword: "s3cret"}})
	if err == nil && strings.Contains(string(b), "s3cret") {
		t.Errorf("%s", b)
	}
}

// TestRefusal has the engine refuse a side without a rename plan, before any traffic and with the remedy of the side.
func TestRefusal(t *testing.T) {
	c, err := imapconn.New(imapconn.Config{Server: "mail.invalid", Accounts: imapconn.ListOf()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for want, sides := range map[string]refresh.Sides{"create a new job": {Source: c}, "reconfigure the connection": {Target: c}} {
		_, err := refresh.Refresh(t.Context(), refresh.NewJob("imap"), sides, nil)
		u, ok := errors.AsType[*refresh.UnsupportedError](err)
		if !ok || !strings.Contains(u.Remedy, want) || !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%v", err)
		}
	}
	if err := c.Resolve(t.Context(), []refresh.ID{"w1:x"}, nil); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("%v", err)
	}
	for can := refresh.CanResolve; can <= refresh.CanTrack; can <<= 1 {
		if reason, remedy := c.Explain(can); (reason == "") != (remedy == "") || (reason == "") != (can == refresh.CanResolve) {
			t.Errorf("%s: %q, %q", can, reason, remedy)
		}
	}
}
