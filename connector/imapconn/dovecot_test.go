package imapconn_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/imapconn"
	"github.com/readdress-go/readdress/internal/dovecottest"
	"github.com/readdress-go/readdress/refresh"
)

// TestDovecot goes through what a real server does: both ways to encrypt, each way to log in, and renames.
func TestDovecot(t *testing.T) {
	var users []dovecottest.User
	var accounts []imapconn.Account
	for _, name := range []string{"anna", "ben", "cleo", "dora", "emil"} {
		login := name + "@old.example"
		users = append(users, dovecottest.User{Login: login, Password: "secret of " + name})
		accounts = append(accounts, imapconn.Account{Login: login, Password: "secret of " + name})
	}
	d := dovecottest.Run(t, dovecottest.Config{Users: users})
	for k, u := range users {
		var mail []dovecottest.Message
		for i := range 40 {
			folder := ""
			if i%4 == 3 {
				folder = "Sent"
			}
			mail = append(mail, dovecottest.Message{Folder: folder, Date: time.Unix(1_700_000_000+int64(1000*i), 0), ID: fmt.Sprintf("%d.%d@x.example", k, i), Subject: "s", Body: fmt.Sprint("hello ", i, "\n")})
		}
		if err := d.Deliver(u.Login, mail...); err != nil {
			t.Fatal(err)
		}
	}
	master := imapconn.Auth{Mechanism: imapconn.MasterPlain, Master: dovecottest.Master, MasterPassword: dovecottest.MasterPassword}
	config := func(security imapconn.Security, auth imapconn.Auth, of ...imapconn.Account) imapconn.Config {
		addr := d.IMAPSAddr
		if security == imapconn.StartTLS {
			addr = d.IMAPAddr
		}
		return imapconn.Config{Server: addr, Security: security, TLS: &tls.Config{RootCAs: d.Roots}, Auth: auth, Accounts: imapconn.ListOf(of...)}
	}
	connect := func(cfg imapconn.Config, o *imapconn.Options) *imapconn.Connector {
		t.Helper()
		c, err := imapconn.New(cfg, o)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}

	login := master
	login.Mechanism = imapconn.MasterLogin
	for _, security := range []imapconn.Security{imapconn.TLS, imapconn.StartTLS} {
		for _, auth := range []imapconn.Auth{{}, master, login} {
			for _, p := range probes(t, connect(config(security, auth, accounts...), nil)) {
				if p.State != imapconn.Works || !p.Inbox || p.Messages != 40 || p.Size <= 0 || p.UIDValidity == 0 || p.UIDNext != 31 || p.ServerID["name"] != "Dovecot" {
					t.Errorf("%s, %s: %+v", security, auth.Mechanism, p)
				}
			}
		}
	}

	w := &town{t: t, stored: map[refresh.ID]refresh.Mailbox{}, ids: map[string]refresh.ID{}}
	for e, err := range connect(config(imapconn.TLS, master, accounts...), nil).List(t.Context()) {
		if err != nil || e.ID == "" {
			t.Fatalf("%+v, %v", e, err)
		}
		w.stored[e.ID], w.ids[e.Login] = e.Mailbox, e.ID
	}
	must(d.Rename("anna@old.example", "anna@new.example"))
	must(d.Swap("ben@old.example", "cleo@old.example"))
	must(d.Remove("dora@old.example"))
	must(d.AddUser("dora@old.example", "x"))
	must(d.Deliver("anna@new.example", dovecottest.Message{ID: "late@x.example", Body: "new\n"}))
	if _, err := d.Expunge("anna@new.example", func(m dovecottest.Message) bool { return m.ID == "0.1@x.example" }); err != nil {
		t.Fatal(err)
	}
	rename := plan("anna@old.example", "anna@new.example", "anna@old.example", "anna@old.example", "ben@old.example", "ben@old.example", "ben@old.example", "cleo@old.example",
		"cleo@old.example", "ben@old.example", "dora@old.example", "dora@old.example", "dora@old.example", "emil@old.example", "emil@old.example", "emil@old.example")
	got, err := w.resolve(connect(config(imapconn.TLS, master), &imapconn.Options{Rename: rename}),
		"anna@old.example", "ben@old.example", "cleo@old.example", "dora@old.example", "emil@old.example")
	if err != nil {
		t.Fatal(err)
	}
	for old, now := range map[string]string{"anna@old.example": "anna@new.example", "ben@old.example": "cleo@old.example", "cleo@old.example": "ben@old.example", "emil@old.example": "emil@old.example"} {
		if m, ok := got[old].Mailbox(); !ok || m.Login != now || m.ID != w.ids[old] {
			t.Errorf("%s: %v, %v", old, m, got[old].Err())
		}
	}
	if err := got["dora@old.example"].Err(); !errors.Is(err, imapconn.ErrNoCandidate) {
		t.Errorf("dora: %v", err)
	}

	wrong := master
	wrong.MasterPassword = "wrong"
	if _, err := w.resolve(connect(config(imapconn.TLS, wrong), &imapconn.Options{Rename: rename}), "anna@old.example"); !errors.Is(err, refresh.ErrCredentials) {
		t.Errorf("a wrong master: %v", err)
	}
	for _, p := range probes(t, connect(config(imapconn.TLS, master, imapconn.Account{Login: "nobody@old.example"}, accounts[4]), nil)) {
		want := imapconn.Works
		if p.Account == "nobody@old.example" {
			want = imapconn.Rejected
		}
		if p.State != want || errors.Is(p.Err, refresh.ErrCredentials) {
			t.Errorf("%s: %s: %v", p.Account, p.State, p.Err)
		}
	}
	must(d.Down())
	if p := probes(t, connect(config(imapconn.TLS, master, accounts[4]), nil))[0]; p.State != imapconn.Down {
		t.Errorf("down: %s: %v", p.State, p.Err)
	}
}
