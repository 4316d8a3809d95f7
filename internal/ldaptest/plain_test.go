package ldaptest_test

import (
	"testing"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/internal/ldaptest"
)

func TestOpenLDAP(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{System: ldaptest.OpenLDAP, People: ldaptest.People(1200, "source.example")})
	ids := f.IDs()
	c := reader(t, f)
	e := find0(t, c, "", "(objectClass=*)", 0)
	if len(e.Attributes) != 1 || e.GetAttributeValues("objectClass")[1] != "OpenLDAProotDSE" {
		t.Errorf("the root DSE without asking: %v", e.Attributes)
	}
	e = find0(t, c, "", "(objectClass=*)", 0, "namingContexts", "structuralObjectClass", "supportedCapabilities")
	if e.GetAttributeValue("namingContexts") != "dc=source,dc=example" || e.GetAttributeValue("structuralObjectClass") != "OpenLDAProotDSE" || len(e.Attributes) != 2 {
		t.Errorf("the root DSE: %v", e.Attributes)
	}
	e = find(t, c, f.Suffix(), "(entryUUID="+ids[7]+")")[0]
	if e.DN != "uid=user000007,ou=People,dc=source,dc=example" || len(e.GetAttributeValues("entryUUID")) != 0 {
		t.Errorf("entry %s, operational attributes without asking %q", e.DN, e.GetAttributeValues("entryUUID"))
	}
	for _, attrs := range [][]string{{"entryUUID"}, {"+"}} {
		if e := find(t, c, f.Suffix(), "(uid=user000007)", attrs...)[0]; e.GetAttributeValue("entryUUID") != ids[7] || e.GetAttributeValue("mail") != "" {
			t.Errorf("%q: %v", attrs, e.Attributes)
		}
	}
	if id := got[string](t)(f.Lookup(f.Suffix())); id != f.ConfigID() {
		t.Errorf("the suffix is %s, want %s", id, f.ConfigID())
	}
	for _, tt := range []struct {
		account ldaptest.Account
		limit   int
		want    int
		code    ldaptest.Code
		reason  string
	}{
		{ldaptest.Reader, 0, 500, ldaptest.SizeLimitExceeded, "the soft limit"},
		{ldaptest.Reader, 800, 800, ldaptest.SizeLimitExceeded, "up to the hard limit"},
		{ldaptest.Reader, 1100, 1000, ldaptest.SizeLimitExceeded, "more than the hard limit is cut to it"},
		{ldaptest.Bulk, 0, 1200, 0, "no limit"},
		{ldaptest.Small, 0, 10, ldaptest.SizeLimitExceeded, ""},
	} {
		req := request(f.Suffix(), 2, "(uid=*)", "mail")
		req.SizeLimit = tt.limit
		res, err := bind(t, f, f.DCs[0].TLSAddr, tt.account).Search(req)
		if code(err) != tt.code || len(res.Entries) != tt.want {
			t.Errorf("%s with limit %d: %d entries, code %d; want %d, %d (%s)", tt.account, tt.limit, len(res.Entries), code(err), tt.want, tt.code, tt.reason)
		}
	}
	if _, err := sweep(t, c, f.Suffix(), "(uid=*)", 1001, 9); code(err) != ldaptest.AdminLimitExceeded {
		t.Errorf("a page larger than the limit: %v, want code 11", err)
	}
	if pages, err := sweep(t, c, f.Suffix(), "(uid=*)", 700, 9); err != nil || len(pages) != 2 {
		t.Errorf("pages %v, %v", pages, err)
	}
	// Two sweeps on one connection break each other.
	req := request(f.Suffix(), 2, "(uid=*)", "mail")
	page := ldap.NewControlPaging(100)
	req.Controls = []ldap.Control{page}
	res, err := c.Search(req)
	must(t, err)
	page.SetCookie(ldap.FindControl(res.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging).Cookie)
	if _, err := bind(t, f, f.DCs[0].TLSAddr, ldaptest.Bulk).Search(req); code(err) != ldaptest.ProtocolError {
		t.Errorf("a cookie of another connection: %v, want code 2", err)
	}
	_, err = sweep(t, c, f.Suffix(), "(uid=*)", 100, 1)
	must(t, err)
	if _, err := c.Search(req); code(err) != ldaptest.UnwillingToPerform {
		t.Errorf("a second sweep between: %v, want code 53", err)
	}

	must(t, f.Delete(ids[0]), f.Rename(ids[1], "renamed"))
	deleted := request(f.Suffix(), 2, "(entryUUID="+ids[0]+")")
	if res, err := bind(t, f, f.DCs[0].TLSAddr, ldaptest.Admin).Search(deleted); err != nil || len(res.Entries) != 0 {
		t.Errorf("deleted: %v, %v", res.Entries, err)
	}
	if e := find(t, c, f.Suffix(), "(entryUUID="+ids[1]+")")[0]; e.DN != "uid=renamed,ou=People,dc=source,dc=example" || e.GetAttributeValue("uid") != "renamed" {
		t.Errorf("renamed: %s", e.DN)
	}
	if n := len(find(t, c, f.Suffix(), "(mail=zoe@source.example)")); n != 0 {
		t.Error("accents do not count")
	}
	if err := dial(t, f, f.DCs[0].TLSAddr).UnauthenticatedBind(f.DN(ldaptest.Reader)); code(err) != ldaptest.UnwillingToPerform {
		t.Errorf("a DN with an empty password: %v, want code 53", err)
	}
	if err := dial(t, f, f.DCs[0].TLSAddr).Bind(f.DN(ldaptest.Reader), "wrong"); code(err) != 49 {
		t.Errorf("a wrong password: %v, want code 49", err)
	}
	anonymous := dial(t, f, f.DCs[0].TLSAddr)
	if _, err := anonymous.Search(request(f.Suffix(), 2, "(uid=*)")); code(err) != ldaptest.NoSuchObject {
		t.Errorf("nobody reads: %v, want code 32", err)
	}
	// contextCSN moves with every event, operational.
	csn := func() string {
		return find0(t, c, f.Suffix(), "(objectClass=*)", 0, "contextCSN").GetAttributeValue("contextCSN")
	}
	was := csn()
	must(t, f.Replace(ids[1], "displayName", "X"))
	if now := csn(); now <= was {
		t.Errorf("contextCSN %s after %s", now, was)
	}
}

func TestDirectory389(t *testing.T) {
	p := person("anna")
	p.ID = "0c1d148b-01434234-8265f2f8-d891d4c0"
	f := ldaptest.Run(t, ldaptest.Config{System: ldaptest.Directory389, People: []ldaptest.Person{p}})
	c := reader(t, f)
	if v := find0(t, c, "", "(objectClass=*)", 0).GetAttributeValue("vendorName"); v != "389 Project" {
		t.Errorf("vendorName %q", v)
	}
	e := find(t, c, f.Suffix(), "(nsUniqueId="+p.ID+")", "nsUniqueId")[0]
	if v := e.GetAttributeValue("nsUniqueId"); v != p.ID || f.IDs()[0] != p.ID {
		t.Errorf("nsUniqueId %q, want %q", v, p.ID)
	}
}
