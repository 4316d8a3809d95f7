package imapconn_test

import (
	"context"
	"errors"
	"testing"

	"github.com/emersion/go-imap/v2"

	"github.com/readdress-go/readdress/connector/imapconn"
	"github.com/readdress-go/readdress/refresh"
)

func TestLogin(t *testing.T) {
	token := func(_ context.Context, login string) (string, error) {
		switch login {
		case "anna":
			return "s3cret", nil
		case "ben":
			return "stale", nil
		}
		return "", errHost
	}
	for _, x := range []struct {
		name, reason string
		auth         imapconn.Auth
		mechanisms   []string
		caps         imap.CapSet
		want         map[string]imapconn.ProbeState
		is           error // what ben's error is
	}{
		{"plain", "where it is offered", imapconn.Auth{}, []string{"PLAIN"}, nil,
			map[string]imapconn.ProbeState{"anna": imapconn.Works, "ben": imapconn.Rejected}, imapconn.ErrRejected},
		{"login", "where PLAIN is not offered", imapconn.Auth{}, []string{"CRAM-MD5"}, nil,
			map[string]imapconn.ProbeState{"anna": imapconn.Works, "ben": imapconn.Rejected}, imapconn.ErrRejected},
		{"login disabled", "then there is no way", imapconn.Auth{}, []string{"CRAM-MD5"}, imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapLoginDisabled: {}},
			nil, nil},
		{"oauthbearer", "a token that is rejected is one account's", imapconn.Auth{Mechanism: imapconn.OAuthBearer, Token: token}, []string{"OAUTHBEARER"}, nil,
			map[string]imapconn.ProbeState{"anna": imapconn.Works, "ben": imapconn.Rejected, "cleo": imapconn.Unfit}, imapconn.ErrRejected},
		{"xoauth2", "the same", imapconn.Auth{Mechanism: imapconn.XOAuth2, Token: token}, []string{"XOAUTH2"}, nil,
			map[string]imapconn.ProbeState{"anna": imapconn.Works, "ben": imapconn.Rejected, "cleo": imapconn.Unfit}, imapconn.ErrRejected},
		{"not offered", "no token goes to a server that does not ask for one", imapconn.Auth{Mechanism: imapconn.XOAuth2, Token: token}, []string{"PLAIN"}, nil,
			map[string]imapconn.ProbeState{"anna": imapconn.Down}, nil},
		{"master plain", "ben is not there", imapconn.Auth{Mechanism: imapconn.MasterPlain, Master: "boss", MasterPassword: "b0ss"}, []string{"PLAIN"}, nil,
			map[string]imapconn.ProbeState{"anna": imapconn.Works, "zoe": imapconn.Rejected}, nil},
		{"master login", "the same", imapconn.Auth{Mechanism: imapconn.MasterLogin, Master: "boss", MasterPassword: "b0ss"}, []string{"PLAIN"}, nil,
			map[string]imapconn.ProbeState{"anna": imapconn.Works, "zoe": imapconn.Rejected, "an*na": imapconn.Unfit}, nil},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := start(t, imapconn.TLS, func(s *server) {
				s.mechanisms = x.mechanisms
				if x.caps != nil {
					s.caps = x.caps
				}
			})
			s.masters["boss"] = "b0ss"
			s.add("anna", "s3cret")
			s.add("ben", "0ther")
			for login, want := range x.want {
				c := s.connect(t, imapconn.Config{Auth: x.auth, Accounts: imapconn.ListOf(imapconn.Account{Login: login, Password: "s3cret"})}, nil)
				p := probes(t, c)[0]
				if p.State != want {
					t.Errorf("%s (%s): %s, want %s: %v", login, x.reason, p.State, want, p.Err)
				}
				if login == "ben" && !errors.Is(p.Err, x.is) || errors.Is(p.Err, refresh.ErrCredentials) {
					t.Errorf("%s: %v", login, p.Err)
				}
				if login == "cleo" && !errors.Is(p.Err, errHost) {
					t.Errorf("the error of Token is lost: %v", p.Err)
				}
			}
		})
	}
}

// TestUnfit: what a server could take for something else is not sent.
func TestUnfit(t *testing.T) {
	s := start(t, imapconn.TLS, nil)
	for _, a := range []imapconn.Account{
		{Login: "", Password: "p"}, {Login: "anna", Password: ""}, {Login: "an\r\nT9 LOGOUT", Password: "p"}, {Login: "an\x00na", Password: "p"},
		{Login: "anna", Password: "p\r\nT9 LOGOUT"}, {Login: "anna", Password: "p\x01"}, {Login: "anna\x7f", Password: "p"},
	} {
		if p := probes(t, s.connect(t, listOf(a), nil))[0]; p.State != imapconn.Unfit || p.Err == nil {
			t.Errorf("%q: %s: %v", a.Login, p.State, p.Err)
		}
	}
	if s.inClear() != "" {
		t.Error("a connection was made")
	}
}

func TestMasterRejected(t *testing.T) {
	s := start(t, imapconn.TLS, nil)
	s.masters["boss"] = "b0ss"
	s.add("anna", "").deliver("INBOX", 1, 20)
	for _, m := range []imapconn.Mechanism{imapconn.MasterPlain, imapconn.MasterLogin} {
		c := s.connect(t, imapconn.Config{
			Auth:     imapconn.Auth{Mechanism: m, Master: "boss", MasterPassword: "wrong"},
			Accounts: imapconn.ListOf(imapconn.Account{Login: "anna"}, imapconn.Account{Login: "zoe"}),
		}, nil)
		for _, p := range probes(t, c) {
			if p.State != imapconn.Rejected || !errors.Is(p.Err, refresh.ErrCredentials) {
				t.Errorf("%s: %s: %v", m, p.State, p.Err)
			}
		}
		for _, err := range c.List(t.Context()) {
			if !errors.Is(err, refresh.ErrCredentials) {
				t.Errorf("%s: the list does not end with the rejection: %v", m, err)
			}
		}
	}
}

// TestMasterIsNotLockedOut: a master user who is rejected is tried for a few accounts and no more.
func TestMasterIsNotLockedOut(t *testing.T) {
	w := settle(t, "a@x.example", "b@x.example", "c@x.example", "d@x.example", "e@x.example", "f@x.example")
	var pairs, logins []string
	for l := range w.ids {
		pairs, logins = append(pairs, l, l), append(logins, l)
	}
	before := len(w.tried())
	cfg := imapconn.Config{Auth: imapconn.Auth{Mechanism: imapconn.MasterLogin, Master: "boss", MasterPassword: "x"}}
	if _, err := w.resolve(w.connect(t, cfg, &imapconn.Options{Rename: plan(pairs...)}), logins...); !errors.Is(err, refresh.ErrCredentials) {
		t.Errorf("a rejected master user: %v", err)
	}
	if n := len(w.tried()) - before; n != 3 {
		t.Errorf("%d logins of the master user", n)
	}

	var accounts []imapconn.Account
	for _, l := range logins {
		accounts = append(accounts, imapconn.Account{Login: l})
	}
	cfg.Accounts = imapconn.ListOf(accounts...)
	before = len(w.tried())
	all := probes(t, w.connect(t, cfg, nil))
	for _, p := range all {
		if p.State != imapconn.Rejected || !errors.Is(p.Err, refresh.ErrCredentials) {
			t.Errorf("%s: %v", p.State, p.Err)
		}
	}
	if n := len(w.tried()) - before; n != 3 || len(all) != 6 {
		t.Errorf("%d logins of the master user by a probe of %d accounts", n, len(all))
	}
	before = len(w.tried())
	for _, err := range w.connect(t, cfg, nil).List(t.Context()) {
		if !errors.Is(err, refresh.ErrCredentials) {
			t.Errorf("the list: %v", err)
		}
	}
	if n := len(w.tried()) - before; n > 3 {
		t.Errorf("%d logins of the master user by a list", n)
	}

	// one that is taken
	w.masters["boss"] = "x"
	if all = probes(t, w.connect(t, cfg, nil)); all[0].State != imapconn.Works || all[5].State != imapconn.Works {
		t.Errorf("%v", all)
	}
}

// TestMasterPasswordChanged: that the master user was let in yesterday says nothing of today.
func TestMasterPasswordChanged(t *testing.T) {
	w := settle(t, "a@x.example", "b@x.example", "c@x.example", "d@x.example")
	w.masters["boss"] = "x"
	var accounts []imapconn.Account
	var pairs, logins []string
	for l := range w.ids {
		accounts, pairs, logins = append(accounts, imapconn.Account{Login: l}), append(pairs, l, l), append(logins, l)
	}
	cfg := listOf(accounts...)
	cfg.Auth = imapconn.Auth{Mechanism: imapconn.MasterPlain, Master: "boss", MasterPassword: "x"}
	c := w.connect(t, cfg, &imapconn.Options{Rename: plan(pairs...)})
	if _, err := w.resolve(c, logins...); err != nil {
		t.Fatal(err)
	}
	w.masters["boss"] = "y"
	before := len(w.tried())
	if _, err := w.resolve(c, logins...); !errors.Is(err, refresh.ErrCredentials) {
		t.Errorf("%v, want %v", err, refresh.ErrCredentials)
	}
	if n := len(w.tried()) - before; n != 3 {
		t.Errorf("%d logins of the master user", n)
	}
}

// TestSharedFolders: what everybody sees vouches for nobody.
func TestSharedFolders(t *testing.T) {
	s := start(t, imapconn.TLS, nil)
	s.shared = []imap.NamespaceDescriptor{{Prefix: "Shared/", Delim: '/'}}
	u := s.add("anna", "p")
	u.deliver("INBOX", 1, 2)
	must(u.store.Create("Shared/all", nil))
	u.deliver("Shared/all", 100, 190)
	c := s.connect(t, imapconn.Config{}, nil)
	if w, err := c.Witness(t.Context(), imapconn.Account{Login: "anna", Password: "p"}); !errors.Is(err, imapconn.ErrNoWitness) {
		t.Errorf("a witness of what everybody sees: %v, %v", w, err)
	}
	must(u.store.Create("Own", nil))
	u.deliver("Own", 300, 320)
	if _, err := c.Witness(t.Context(), imapconn.Account{Login: "anna", Password: "p"}); err != nil {
		t.Errorf("of one's own: %v", err)
	}
}
