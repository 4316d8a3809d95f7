package ldaptest_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/internal/ldaptest"
)

// twoDomains is a forest of a root, a child and another tree.
func twoDomains(t testing.TB) *ldaptest.Forest {
	return ldaptest.Run(t, ldaptest.Config{Domains: []ldaptest.Domain{
		{Name: "corp.example", People: []ldaptest.Person{person("anna")}},
		{Name: "emea.corp.example", People: []ldaptest.Person{person("bob")}},
		{Name: "other.example", People: []ldaptest.Person{person("carl")}, NoCatalog: true},
	}})
}

func TestReferences(t *testing.T) {
	f := twoDomains(t)
	c := bind(t, f, f.DC("corp.example", 0).TLSAddr, ldaptest.Reader)
	refs := func(base string, scope int, controls ...ldap.Control) string {
		t.Helper()
		req := request(base, scope, "(cn=anna)")
		req.Controls = controls
		res, err := c.Search(req)
		must(t, err)
		slices.Sort(res.Referrals)
		return strings.Join(res.Referrals, " ")
	}
	root := "DC=corp,DC=example"
	for _, tt := range []struct {
		name, got, want string
	}{
		{"subtree from the root", refs(root, 2), "ldaps://DomainDnsZones.corp.example/DC=DomainDnsZones,DC=corp,DC=example ldaps://ForestDnsZones.corp.example/DC=ForestDnsZones,DC=corp,DC=example " +
			"ldaps://corp.example/CN=Configuration,DC=corp,DC=example ldaps://emea.corp.example/DC=emea,DC=corp,DC=example"},
		{"one level", refs(root, 1), "ldaps://DomainDnsZones.corp.example/DC=DomainDnsZones,DC=corp,DC=example??base ldaps://ForestDnsZones.corp.example/DC=ForestDnsZones,DC=corp,DC=example??base " +
			"ldaps://corp.example/CN=Configuration,DC=corp,DC=example??base ldaps://emea.corp.example/DC=emea,DC=corp,DC=example??base"},
		{"base", refs(root, 0), ""},
		{"below the root", refs("OU=People,"+root, 2), ""},
		{"configuration", refs("CN=Configuration,"+root, 2), "ldaps://corp.example/CN=Schema,CN=Configuration,DC=corp,DC=example"},
		{"domain scope control", refs(root, 2, control{oid: "1.2.840.113556.1.4.1339", raw: 0xff}), ""},
	} {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	if n := f.Counts().References; n != 9 {
		t.Errorf("counted %d references, want 9", n)
	}
}

func TestReferral(t *testing.T) {
	f := twoDomains(t)
	c := bind(t, f, f.DC("emea.corp.example", 0).TLSAddr, ldaptest.Reader)
	for _, tt := range []struct{ base, want string }{
		{"OU=People,DC=corp,DC=example", "ldap://corp.example/OU=People,DC=corp,DC=example"},
		{"DC=other,DC=example", "ldap://other.example/DC=other,DC=example"},
		{"OU=x,DC=unknown,DC=example", "ldap://unknown.example/OU=x,DC=unknown,DC=example"},
		{"<GUID=" + f.IDs()[0] + ">", "ldap://corp.example/"},
	} {
		_, err := c.Search(request(tt.base, ldap.ScopeWholeSubtree, "(objectClass=*)"))
		if code(err) != ldaptest.Referral {
			t.Errorf("%s: %v, want code 10", tt.base, err)
			continue
		}
		e, _ := errors.AsType[*ldap.Error](err)
		if u := e.Packet.Children[1].Children[3].Children[0].Data.String(); u != tt.want {
			t.Errorf("%s: referred to %s, want %s", tt.base, u, tt.want)
		}
	}
	if n := names(find(t, c, "CN=Configuration,DC=corp,DC=example", "(objectClass=nTDSDSA)")); n != "NTDS Settings NTDS Settings NTDS Settings" {
		t.Errorf("every server holds the configuration: %q", n)
	}
}

func TestCatalog(t *testing.T) {
	f := twoDomains(t)
	d := f.DC("corp.example", 0)
	ids := f.IDs()
	must(t, f.Update(ids[1], func(p *ldaptest.Person) { p.Number, p.Anchor = "4711", ids[1] }))
	c := bind(t, f, d.CatalogTLSAddr, ldaptest.Reader)
	for _, tt := range []struct{ base, filter, want, reason string }{
		{"", "(&(objectClass=user)(mail=*))", "anna bob carl", "the whole forest"},
		{"DC=corp,DC=example", "(&(objectClass=user)(mail=*))", "anna bob", "across naming contexts, without references"},
		{"DC=other,DC=example", "(mail=*)", "carl", "another tree"},
		{"", "(objectGUID=" + ldap.EscapeFilter(ldaptest.Octets(ids[1])) + ")", "bob", "by identity"},
		{"", "(employeeID=4711)", "", "what is not in the catalog is not found there"},
		{"", "(!(employeeID=4711))", "", "nor its negation"},
		{"", "(mS-DS-ConsistencyGuid=" + ldap.EscapeFilter(ldaptest.Octets(ids[1])) + ")", "", "nor the anchor"},
	} {
		res, err := c.Search(request(tt.base, ldap.ScopeWholeSubtree, tt.filter))
		must(t, err)
		if got := names(res.Entries); got != tt.want || len(res.Referrals) != 0 {
			t.Errorf("%q %s: %q, references %q; want %q (%s)", tt.base, tt.filter, got, res.Referrals, tt.want, tt.reason)
		}
	}
	e := find(t, c, "", "(cn=bob)", "employeeID", "mail")[0]
	if len(e.Attributes) != 1 {
		t.Errorf("from the catalog: %v, want mail alone", e.Attributes)
	}
	own := bind(t, f, f.DC("emea.corp.example", 0).TLSAddr, ldaptest.Reader)
	e = find(t, own, "DC=emea,DC=corp,DC=example", "(employeeID=4711)", "ms-ds-consistencyguid")[0]
	if id := ldaptest.GUID(e.GetAttributeValue("mS-DS-ConsistencyGuid")); id != ids[1] {
		t.Errorf("from its own domain: %q, want %q", id, ids[1])
	}
	// The schema says what the catalog holds.
	e = find0(t, own, "CN=Schema,CN=Configuration,DC=corp,DC=example", "(lDAPDisplayName=employeeID)", 2, "isMemberOfPartialAttributeSet")
	if v := e.GetAttributeValue("isMemberOfPartialAttributeSet"); v != "FALSE" {
		t.Errorf("employeeID in the catalog: %s", v)
	}
	if a := f.DC("other.example", 0).CatalogAddr; a != "" {
		t.Errorf("a server without a catalog has a port for it: %s", a)
	}
}

func TestNotInCatalog(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{People: []ldaptest.Person{person("anna")}, NotInCatalog: []string{"PROXYADDRESSES"}})
	c := bind(t, f, f.DCs[0].CatalogTLSAddr, ldaptest.Reader)
	e := find(t, c, "", "(cn=anna)", "proxyAddresses", "mail", "employeeID")[0]
	if len(e.Attributes) != 1 || e.Attributes[0].Name != "mail" {
		t.Errorf("from the catalog: %v, want mail alone", e.Attributes)
	}
}

func TestPartitions(t *testing.T) {
	f := twoDomains(t)
	c := bind(t, f, f.DCs[0].TLSAddr, ldaptest.Reader)
	var got []string
	for _, e := range find(t, c, "CN=Partitions,CN=Configuration,DC=corp,DC=example", "(&(objectClass=crossRef)(systemFlags:1.2.840.113556.1.4.803:=2))") {
		got = append(got, e.GetAttributeValue("nCName")+" "+e.GetAttributeValue("dnsRoot")+" "+e.GetAttributeValue("nETBIOSName")+" "+e.GetAttributeValue("trustParent"))
	}
	want := []string{
		"DC=corp,DC=example corp.example CORP ",
		"DC=emea,DC=corp,DC=example emea.corp.example EMEA CN=CORP,CN=Partitions,CN=Configuration,DC=corp,DC=example",
		"DC=other,DC=example other.example OTHER ",
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("domains (-want +got):\n%s", diff)
	}
}

func TestMoveDomain(t *testing.T) {
	f := twoDomains(t)
	id := f.IDs()[0]
	root, child := f.DC("corp.example", 0), f.DC("emea.corp.example", 0)
	sid := f.Values(id, "objectSid")
	must(t, f.MoveDomain(id, "emea.corp.example", ""))
	filter := "(objectGUID=" + ldap.EscapeFilter(ldaptest.Octets(id)) + ")"
	deleted := func(d *ldaptest.DC) string {
		req := request(d.Suffix(), 2, filter)
		req.Controls = []ldap.Control{control{oid: showDeleted, raw: 0xff}}
		res, err := bind(t, f, d.TLSAddr, ldaptest.Admin).Search(req)
		must(t, err)
		return names(res.Entries)
	}
	if got := deleted(root); got != "" {
		t.Errorf("the old domain still has %q", got)
	}
	if got := deleted(child); got != "anna" {
		t.Errorf("the new domain has %q", got)
	}
	if e := find(t, bind(t, f, root.CatalogTLSAddr, ldaptest.Reader), "", filter); len(e) != 1 || e[0].DN != "CN=anna,OU=People,DC=emea,DC=corp,DC=example" {
		t.Errorf("the catalog has %v", e)
	}
	if slices.Equal(sid, f.Values(id, "objectSid")) {
		t.Error("the objectSid stayed")
	}
}

func TestExchangeOrganisation(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{AcceptedDomains: []string{"source.example", "new.example"}})
	c := reader(t, f)
	if got := names(find(t, c, "CN=Microsoft Exchange,CN=Services,CN=Configuration,"+f.Suffix(), "(objectClass=msExchAcceptedDomain)")); got != "new.example source.example" {
		t.Errorf("accepted domains: %q", got)
	}
}
