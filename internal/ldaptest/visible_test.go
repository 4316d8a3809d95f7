package ldaptest_test

import (
	"testing"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/internal/ldaptest"
)

func TestAccounts(t *testing.T) {
	people := ldaptest.People(30, "source.example")
	f := ldaptest.Run(t, ldaptest.Config{People: people})
	ou := ldap.ScopeWholeSubtree
	for _, tt := range []struct {
		account ldaptest.Account
		filter  string
		want    int
		code    ldaptest.Code
		reason  string
	}{
		{ldaptest.Reader, "(mail=*)", 30, 0, "a reader sees everybody"},
		{ldaptest.Small, "(mail=*)", 10, ldaptest.SizeLimitExceeded, "ten entries come with the refusal"},
		{ldaptest.Blind, "(givenName=*)", 0, 0, "people are hidden, without an error"},
		{ldaptest.Blind, "(objectClass=domain)", 1, 0, "only people are"},
		{ldaptest.Veiled, "(givenName=*)", 30, 0, "the entries are there"},
		{ldaptest.Veiled, "(mail=*)", 0, 0, "their mail attributes are not"},
		{ldaptest.NoID, "(mail=*)", 30, 0, "mail is there"},
		{ldaptest.NoID, "(objectGUID=" + escape(people[3].ID) + ")", 0, 0, "the identity is not"},
		{ldaptest.Frail, "(objectClass=*)", 0, ldaptest.NoSuchObject, "not even the root is"},
	} {
		res, err := bind(t, f, f.DCs[0].TLSAddr, tt.account).Search(request(f.Suffix(), ou, tt.filter))
		if code(err) != tt.code || len(res.Entries) != tt.want {
			t.Errorf("%s, %s: %d entries, code %d; want %d, %d (%s)", tt.account, tt.filter, len(res.Entries), code(err), tt.want, tt.code, tt.reason)
		}
	}
	if e := find(t, bind(t, f, f.DCs[0].TLSAddr, ldaptest.Veiled), f.Suffix(), "(givenName=First3)")[0]; len(e.GetAttributeValues("mail"))+len(e.GetAttributeValues("msExchMailboxGuid")) != 0 || e.GetAttributeValue("sn") != "Last3" {
		t.Errorf("a veiled reader reads %v", e.Attributes)
	}
}

func TestRights(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{People: []ldaptest.Person{person("anna"), person("bob")}})
	bob := f.IDs()[1]
	must(t, f.AddAccount("half", "p", ldaptest.Rights{
		Hides: func(o ldaptest.Object) bool { return o.Value("givenName") == "Anna" && !o.Deleted() },
		HidesAttr: func(o ldaptest.Object, attr string) bool {
			return o.ID() == bob && attr == "displayName" && o.DN() != ""
		},
	}))
	c := dial(t, f, f.DCs[0].TLSAddr)
	must(t, c.Bind(f.UPN("half"), "p"))
	es := find(t, c, f.Suffix(), "(mail=*)")
	if n := names(es); n != "bob" || es[0].GetAttributeValue("displayName") != "" || es[0].GetAttributeValue("sn") != "Berg" {
		t.Errorf("it sees %q with %v, want bob alone without displayName", n, es[0].Attributes)
	}
	if _, err := c.Search(request("CN=anna,OU=People,"+f.Suffix(), 0, "(objectClass=*)")); code(err) != ldaptest.NoSuchObject {
		t.Errorf("a hidden object as a base: %v, want code 32", err)
	}
	f.SetRights("half", ldaptest.Rights{Refused: ldaptest.InsufficientAccessRights})
	if _, err := c.Search(request(f.Suffix(), 2, "(mail=*)")); code(err) != ldaptest.InsufficientAccessRights {
		t.Errorf("a refused account: %v, want code 50", err)
	}
	if _, err := c.Search(request("", 0, "(objectClass=*)")); err != nil {
		t.Errorf("the root DSE is for everybody: %v", err)
	}
}
