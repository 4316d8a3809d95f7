package sambatest_test

import (
	"crypto/tls"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/internal/sambatest"
)

func dial(t *testing.T, s *sambatest.Server, a sambatest.Account) *ldap.Conn {
	t.Helper()
	conn, err := s.Dial(a)
	if err != nil {
		t.Fatalf("as %s: %v", a, err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// step ends the test at an error.
func step(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// search returns what the account finds, and the result code.
func search(t *testing.T, conn *ldap.Conn, base string, scope int, filter string, attrs []string, controls ...ldap.Control) ([]*ldap.Entry, uint16) {
	t.Helper()
	res, err := conn.Search(ldap.NewSearchRequest(base, scope, ldap.NeverDerefAliases, 0, 0, false, filter, attrs, controls))
	if err == nil {
		return res.Entries, 0
	}
	e, ok := errors.AsType[*ldap.Error](err)
	if !ok || e.ResultCode >= ldap.ErrorNetwork {
		t.Fatalf("search %s: %v", filter, err)
	}
	return nil, e.ResultCode
}

func TestAccounts(t *testing.T) {
	people := sambatest.People(30, sambatest.DefaultRealm)
	s := sambatest.Run(t, sambatest.Config{People: people})
	step(t, s.AddOU("Moved, \"later\""))
	step(t, s.Rename(s.PersonDN(people[7].Name), "CN="+people[7].Name, s.OU("Moved, \"later\"")))
	for _, tt := range []struct {
		account sambatest.Account
		filter  string
		want    int
		reason  string
	}{
		{sambatest.Admin, "(mail=*)", 30, "the administrator sees everybody"},
		{sambatest.Reader, "(mail=*)", 30, "a reader sees everybody"},
		{sambatest.Reader, "(msExchMailboxGuid=*)", 30, "and what Exchange wrote"},
		{sambatest.Reader, "(msExchRecipientTypeDetails=1)", 30, "with its values"},
		{sambatest.Auditor, "(mail=*)", 30, "an auditor is a reader"},
		{sambatest.Blind, "(mail=*)", 0, "the rule on the organizational units hides the people, without an error"},
		{sambatest.Blind, "(sAMAccountName=blind)", 1, "the other accounts are not hidden"},
		{sambatest.Veiled, "(sAMAccountName=user0*)", 30, "the people are there"},
		{sambatest.Veiled, "(userPrincipalName=user0*@source.example)", 30, "with what is no mail attribute"},
		{sambatest.Veiled, "(mail=*)", 0, "their mail is not"},
		{sambatest.Veiled, "(proxyAddresses=*)", 0, "nor are their addresses"},
		{sambatest.Veiled, "(msExchMailboxGuid=*)", 0, "nor their mailboxes"},
	} {
		found, code := search(t, dial(t, s, tt.account), s.Suffix, ldap.ScopeWholeSubtree, tt.filter, []string{"cn"})
		if len(found) != tt.want || code != 0 {
			t.Errorf("%s, %s: %d entries, code %d; want %d, 0 (%s)", tt.account, tt.filter, len(found), code, tt.want, tt.reason)
		}
	}

	for _, tt := range []struct {
		name   string
		dn     string
		code   uint16
		reason string
	}{
		{"a person", s.PersonDN(people[3].Name), ldap.LDAPResultNoSuchObject, "who is hidden does not exist"},
		{"the unit", s.OU(""), 0, "is visible all the same: its own parent may be listed"},
	} {
		if _, code := search(t, dial(t, s, sambatest.Blind), tt.dn, ldap.ScopeBaseObject, "(objectClass=*)", nil); code != tt.code {
			t.Errorf("blind reads %s: code %d, want %d: it %s", tt.name, code, tt.code, tt.reason)
		}
	}
}

func TestPeople(t *testing.T) {
	want := sambatest.Person{
		Name: "#Zoë 1", ID: "0c1d148b-0143-4234-8265-f2f8d891d4c0", Instance: "00112233-4455-4677-8899-aabbccddeeff",
		Anchor: "ffeeddcc-bbaa-4988-9766-554433221100", Mail: "zoe@source.example", Proxies: []string{"SMTP:zoe@source.example", "smtp:z@source.example"},
		Type: 4, Nickname: "zoe", Target: "SMTP:zoe@elsewhere.example", Login: "zoe@source.example", Display: "Zoë",
		More: []sambatest.Attribute{{Name: "msExchHideFromAddressLists", Values: []string{"TRUE"}}},
	}
	s := sambatest.Run(t, sambatest.Config{
		People: []sambatest.Person{want},
		LDIF:   "dn: CN=list,OU=People," + sambatest.Suffix(sambatest.DefaultRealm) + "\nobjectClass: group\nsAMAccountName: list\nmail: list@source.example\nmailNickname: list\n\n",
	})
	conn := dial(t, s, sambatest.Reader)
	found, _ := search(t, conn, s.OU(""), ldap.ScopeWholeSubtree, "(|(mail=zoe@source.example)(mailNickname=list))", nil)
	if len(found) != 2 {
		t.Fatalf("%d entries, want the person and the group", len(found))
	}
	if found[0].GetAttributeValue("mailNickname") == "list" {
		found[0], found[1] = found[1], found[0]
	}
	type values map[string][]string
	got := values{}
	for _, a := range found[0].Attributes {
		got[a.Name] = a.Values
	}
	all := values{
		"objectGUID":                 {"\x8b\x14\x1d\x0c\x43\x01\x34\x42\x82\x65\xf2\xf8\xd8\x91\xd4\xc0"},
		"msExchMailboxGuid":          {"\x33\x22\x11\x00\x55\x44\x77\x46\x88\x99\xaa\xbb\xcc\xdd\xee\xff"},
		"mS-DS-ConsistencyGuid":      {"\xcc\xdd\xee\xff\xaa\xbb\x88\x49\x97\x66\x55\x44\x33\x22\x11\x00"},
		"msExchRecipientTypeDetails": {"4"},
		"msExchHideFromAddressLists": {"TRUE"},
		"targetAddress":              {"SMTP:zoe@elsewhere.example"},
		"userAccountControl":         {"546"}, // Exchange disables the account of a shared mailbox
		"cn":                         {want.Name},
		"displayName":                {"Zoë"},
	}
	for name, want := range all {
		if diff := cmp.Diff(want, got[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if n := len(got["proxyAddresses"]); n != 2 {
		t.Errorf("%d proxyAddresses, want 2", n)
	}
	if id, err := s.Lookup(s.PersonDN(want.Name)); err != nil || id != want.ID {
		t.Errorf("Lookup = %q, %v; want %q", id, err, want.ID)
	}
}

func TestTransport(t *testing.T) {
	s := sambatest.Run(t, sambatest.Config{People: sambatest.People(3, sambatest.DefaultRealm)})
	host, _, err := net.SplitHostPort(s.Addr)
	step(t, err)
	config := &tls.Config{RootCAs: s.Roots, ServerName: s.Host}
	open := func(url string, opts ...ldap.DialOpt) *ldap.Conn {
		t.Helper()
		conn, err := ldap.DialURL(url, opts...)
		step(t, err)
		t.Cleanup(func() { conn.Close() })
		conn.SetTimeout(20 * time.Second)
		return conn
	}
	plain := open("ldap://" + s.Addr)
	if err := plain.Bind(s.DN(sambatest.Reader), sambatest.Password); !ldap.IsErrorWithCode(err, ldap.LDAPResultStrongAuthRequired) {
		t.Errorf("a simple bind in clear text: %v, want result code 8", err)
	}
	start := open("ldap://" + s.Addr)
	step(t, start.StartTLS(config))
	step(t, start.Bind("reader@"+s.Realm, sambatest.Password))
	if err := start.Bind(s.DN(sambatest.Reader), "wrong"); !ldap.IsErrorWithCode(err, ldap.LDAPResultInvalidCredentials) {
		t.Errorf("a wrong password: %v, want result code 49", err)
	}
	step(t, s.SetPassword(sambatest.Reader, "An0ther.example"))
	if found, code := search(t, start, s.OU(""), ldap.ScopeWholeSubtree, "(mail=user*)", nil); len(found) != 3 || code != 0 {
		t.Errorf("after a password change, on a bound connection: %d entries, code %d; want 3, 0", len(found), code)
	}
	if _, err := s.Dial(sambatest.Reader); !ldap.IsErrorWithCode(err, ldap.LDAPResultInvalidCredentials) {
		t.Errorf("the old password: %v, want result code 49", err)
	}
	step(t, s.SetPassword(sambatest.Reader, sambatest.Password))
	byAddress := open("ldaps://"+s.TLSAddr, ldap.DialWithTLSConfig(&tls.Config{RootCAs: s.Roots, ServerName: host}))
	step(t, byAddress.Bind(`SOURCE\reader`, sambatest.Password))
	catalog := open("ldaps://"+s.CatalogTLSAddr, ldap.DialWithTLSConfig(config))
	step(t, catalog.Bind(s.DN(sambatest.Reader), sambatest.Password))
	if found, code := search(t, catalog, "", ldap.ScopeWholeSubtree, "(mail=user*)", []string{"proxyAddresses"}); len(found) != 3 || code != 0 {
		t.Errorf("the global catalog, whole forest: %d entries, code %d; want 3, 0", len(found), code)
	}
	if _, err := ldap.DialURL("ldaps://"+s.TLSAddr, ldap.DialWithTLSConfig(&tls.Config{ServerName: s.Host})); err == nil {
		t.Error("the system's roots trust the server's certificate")
	}
}

// TestForests holds what [sambatest.Config] says of copies.
func TestForests(t *testing.T) {
	person := sambatest.Person{Name: "a", ID: "0c1d148b-0143-4234-8265-f2f8d891d4c0", Mail: "a@source.example"}
	cfg := sambatest.Config{People: []sambatest.Person{person}}
	one, two := sambatest.Run(t, cfg), sambatest.Run(t, cfg)
	pin := func(s *sambatest.Server) string {
		t.Helper()
		id, err := s.Lookup("CN=Configuration," + s.Suffix)
		step(t, err)
		return id
	}
	if pin(one) == "" || pin(one) != pin(two) {
		t.Errorf("two servers of one Config are %q and %q, want one forest", pin(one), pin(two))
	}
	if one.TLSAddr == two.TLSAddr {
		t.Errorf("both are at %s", one.TLSAddr)
	}
	step(t, one.SetAddresses(one.PersonDN("a"), "b@source.example", nil))
	for s, want := range map[*sambatest.Server]string{one: "b@source.example", two: "a@source.example"} {
		found, _ := search(t, dial(t, s, sambatest.Reader), s.PersonDN("a"), ldap.ScopeBaseObject, "(objectClass=*)", []string{"mail"})
		if len(found) != 1 || found[0].GetAttributeValue("mail") != want {
			t.Errorf("%v, want %s: what one controller is told the other never hears", found, want)
		}
	}
	if testing.Short() {
		t.Skip("another forest takes seconds to make")
	}
	other := sambatest.Run(t, sambatest.Config{Realm: "target.example"})
	if other.Suffix != "DC=target,DC=example" || pin(other) == pin(one) {
		t.Errorf("%s has the pin of %s", other.Suffix, one.Suffix)
	}
}
