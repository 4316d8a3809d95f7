package dovecottest_test

import (
	"crypto/tls"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/readdress-go/readdress/internal/dovecottest"
)

func TestLogin(t *testing.T) {
	const master, secret = dovecottest.Master, dovecottest.MasterPassword
	s := dovecottest.Run(t, dovecottest.Config{Users: []dovecottest.User{
		{Login: "anna@old.example", Password: `a "pass": word*\`}, {Login: "bert", Password: "bb"}, {Login: "locked", Password: "ll"}, {Login: "tag+x=y_z.1", Password: "tt"},
	}})
	step(t, s.Lock("locked"))
	const bad, unknown = "NO [AUTHENTICATIONFAILED]", "NO [AUTHORIZATIONFAILED]"
	var all sync.WaitGroup
	for _, tt := range []struct{ name, reason, command, want string }{
		{"own", "the account's own password", plain("", "anna@old.example", `a "pass": word*\`), "OK"},
		{"case", "Dovecot makes logins lower case", login("BERT", "bb"), "OK"},
		{"odd letters", "an administrator allows what mail addresses have", login("tag+x=y_z.1", "tt"), "OK"},
		{"wrong", "rejected", login("bert", "bad"), bad},
		{"unknown", "not told apart from a wrong password", login("nobody", "bb"), bad},
		{"locked", "as if unknown", login("locked", "ll"), bad},
		{"master", "the way of Dovecot", login("bert*"+master, secret), "OK"},
		{"master by authorization identity", "the way of SASL", plain("bert", master, secret), "OK"},
		{"master, wrong", "the master user's own password counts", login("bert*"+master, "bb"), bad},
		{"master of nobody", "the master user is who they say, but there is nobody to act for", login("nobody*"+master, secret), unknown},
		{"master of the locked", "as if unknown", plain("locked", master, secret), unknown},
		{"master alone", "the master user is no user", login(master, secret), bad},
		{"not a master", "users may not act for each other", plain("anna@old.example", "bert", "bb"), bad},
	} {
		c := dial(t, s)
		all.Go(func() { // a rejection takes half a second
			if _, got := c.do(tt.command); got != tt.want {
				t.Errorf("%s: %s, want %s: %s", tt.name, got, tt.want, tt.reason)
			}
		})
	}
	all.Wait()
	step(t, s.Unlock("locked"))
	step(t, s.SetPassword("bert", "new"))
	dial(t, s).must(login("locked", "ll"))
	dial(t, s).must(login("bert", "new"))
	if _, got := dial(t, s).do(login("bert", "bb")); got != bad {
		t.Errorf("the password before it was changed: %s", got)
	}
}

// TestStartTLS holds that the other port takes no password in clear text.
func TestStartTLS(t *testing.T) {
	s := dovecottest.Run(t, dovecottest.Config{Users: []dovecottest.User{{Login: "anna", Password: "aa"}}})
	conn, err := net.Dial("tcp", s.IMAPAddr)
	step(t, err)
	c := wrap(t, conn)
	if greeting := c.line(); !strings.Contains(greeting, "LOGINDISABLED") || !strings.Contains(greeting, "STARTTLS") {
		t.Errorf("the greeting is %q", greeting)
	}
	if _, got := c.do(login("anna", "aa")); !strings.HasPrefix(got, "NO") && !strings.HasPrefix(got, "BAD") {
		t.Errorf("a login in clear text: %s", got)
	}
	c.must("STARTTLS")
	c = wrap(t, tls.Client(conn, trust(s)))
	if caps := c.must("CAPABILITY"); slices.ContainsFunc(caps, func(l string) bool { return strings.Contains(l, "LOGINDISABLED") }) {
		t.Errorf("after STARTTLS: %q", caps)
	}
	c.must(login("anna", "aa"))
}
