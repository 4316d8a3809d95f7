package slapdtest_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/internal/slapdtest"
)

func bind(t *testing.T, s *slapdtest.Server, a slapdtest.Account, password string) (*ldap.Conn, error) {
	t.Helper()
	conn, err := ldap.DialURL("ldaps://"+s.TLSAddr, ldap.DialWithTLSConfig(&tls.Config{RootCAs: s.Roots, ServerName: "localhost"}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn, conn.Bind(s.DN(a), password)
}

func TestServer(t *testing.T) {
	people := slapdtest.People(30, "source.example")
	s := slapdtest.Run(t, slapdtest.Config{People: people})

	if _, err := bind(t, s, slapdtest.Reader, "wrong"); !ldap.IsErrorWithCode(err, ldap.LDAPResultInvalidCredentials) {
		t.Errorf("a wrong password: %v, want result code 49", err)
	}
	for _, tt := range []struct {
		account slapdtest.Account
		filter  string
		want    int
		code    uint16
		reason  string
	}{
		{slapdtest.Reader, "(uid=*)", 30, 0, "a reader sees everybody"},
		{slapdtest.Small, "(uid=*)", 10, ldap.LDAPResultSizeLimitExceeded, "ten entries come with the refusal"},
		{slapdtest.Blind, "(objectClass=inetOrgPerson)", 0, 0, "the rule hides the people, without an error"},
		{slapdtest.Blind, "(ou=People)", 1, 0, "only the people are hidden"},
		{slapdtest.Veiled, "(uid=*)", 30, 0, "the entries are there"},
		{slapdtest.Veiled, "(mail=*)", 0, 0, "their mail attributes are not"},
		{slapdtest.NoID, "(mail=*)", 30, 0, "mail is there"},
		{slapdtest.NoID, "(entryUUID=" + people[3].ID + ")", 0, 0, "the identity is not"},
		{slapdtest.Bulk, "(entryUUID=" + people[3].ID + ")", 1, 0, "slapadd keeps the given entryUUID"},
		{slapdtest.Frail, "(objectClass=*)", 0, ldap.LDAPResultNoSuchObject, "not even the suffix is disclosed"},
	} {
		conn, err := bind(t, s, tt.account, slapdtest.Password)
		if err != nil {
			t.Fatal(err)
		}
		res, err := conn.Search(ldap.NewSearchRequest(s.Suffix, ldap.ScopeWholeSubtree, 0, 0, 0, false, tt.filter, nil, nil))
		var code uint16
		if e, ok := errors.AsType[*ldap.Error](err); ok {
			code = e.ResultCode
		}
		if len(res.Entries) != tt.want || code != tt.code {
			t.Errorf("%s, %s: %d entries, code %d; want %d, %d (%s)", tt.account, tt.filter, len(res.Entries), code, tt.want, tt.code, tt.reason)
		}
	}
}

func TestAdmin(t *testing.T) {
	s := slapdtest.Run(t, slapdtest.Config{Suffix: "dc=target,dc=example"})
	const id = "00112233-4455-4677-8899-aabbccddeeff"
	step := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	step(s.Add(slapdtest.Person{UID: "a", ID: id, Mail: []string{"a@target.example"}}))
	step(s.Add(slapdtest.Person{UID: "b", Proxies: []string{"SMTP:b@target.example"}}))
	step(s.SetAddresses("a", []string{"z@target.example"}, []string{"SMTP:z@target.example"}))
	step(s.Replace(s.PersonDN("a"), "displayName", "Zoë"))
	step(s.Rename(s.PersonDN("a"), "uid=z", ""))
	got, err := s.Lookup(s.PersonDN("z"))
	step(err)
	if diff := cmp.Diff(id, got); diff != "" {
		t.Errorf("entryUUID after a rename (-want +got):\n%s", diff)
	}
	ou, err := s.AddOU("Branch 1")
	step(err)
	step(s.Rename(s.PersonDN("z"), "uid=z", ou))
	got, err = s.Lookup("uid=z," + ou)
	step(err)
	if diff := cmp.Diff(id, got); diff != "" {
		t.Errorf("entryUUID after a move (-want +got):\n%s", diff)
	}
	step(s.Rename("uid=z,"+ou, "uid=z", "ou=People,"+s.Suffix))
	step(s.Delete(s.PersonDN("z")))
	if err := s.Delete(s.PersonDN("z")); !ldap.IsErrorWithCode(err, ldap.LDAPResultNoSuchObject) {
		t.Errorf("deleting twice: %v, want result code 32", err)
	}
}

func TestStop(t *testing.T) {
	dir := t.TempDir()
	s, err := slapdtest.Start(t.Context(), dir, slapdtest.Config{})
	if errors.Is(err, slapdtest.ErrNotInstalled) {
		slapdtest.Run(t, slapdtest.Config{}) // skips or fails
	}
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Stop(); err != nil {
			t.Errorf("Stop: %v", err)
		}
	}
	if err := syscall.Kill(s.PID, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("process %d after Stop: %v, want none", s.PID, err)
	}
	if c, err := net.Dial("tcp", s.Addr); err == nil {
		c.Close()
		t.Error("the port still answers after Stop")
	}
}

func TestStartFails(t *testing.T) {
	slapdtest.Run(t, slapdtest.Config{}) // skips where slapd is missing
	dir := t.TempDir()
	_, err := slapdtest.Start(context.Background(), dir, slapdtest.Config{LDIF: "dn: not under the suffix\n\n"})
	if err == nil {
		t.Error("entries that slapadd refuses: no error")
	}
	if _, err := os.Stat(filepath.Join(dir, "slapd.pid")); err == nil {
		t.Error("a server was started all the same")
	}
}
