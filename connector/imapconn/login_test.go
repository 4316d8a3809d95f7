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
