package ldaptest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/internal/ldaptest"
)

func TestRootDSE(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{Domains: []ldaptest.Domain{{Name: "corp.example"}, {Name: "emea.corp.example"}}})
	d := f.DC("emea.corp.example", 0)
	e := find0(t, dial(t, f, d.TLSAddr), "", "(objectClass=*)", ldap.ScopeBaseObject)
	for name, want := range map[string]string{
		"defaultNamingContext": "DC=emea,DC=corp,DC=example", "rootDomainNamingContext": "DC=corp,DC=example",
		"configurationNamingContext": "CN=Configuration,DC=corp,DC=example", "dnsHostName": d.Name, "dsServiceName": d.ServiceName,
		"serverName":          "CN=EMEA-dc1,CN=Servers,CN=Default-First-Site-Name,CN=Sites,CN=Configuration,DC=corp,DC=example",
		"highestCommittedUSN": fmt.Sprint(d.HighestUSN()), "isGlobalCatalogReady": "TRUE",
	} {
		if v := e.GetAttributeValue(name); v != want {
			t.Errorf("%s: %q, want %q", name, v, want)
		}
	}
	if !slices.Contains(e.GetAttributeValues("supportedCapabilities"), "1.2.840.113556.1.4.800") || !slices.Contains(e.GetAttributeValues("supportedControl"), showDeleted) {
		t.Error("not an Active Directory by its root DSE")
	}
	e = find0(t, dial(t, f, d.TLSAddr), "", "(objectClass=*)", ldap.ScopeBaseObject, "dnshostname")
	if len(e.Attributes) != 1 {
		t.Errorf("asked for one attribute, got %d", len(e.Attributes))
	}
	// What identifies the forest, and the server.
	c := bind(t, f, d.TLSAddr, ldaptest.Reader)
	e = find0(t, c, "CN=Configuration,DC=corp,DC=example", "(objectClass=*)", ldap.ScopeBaseObject, "objectGUID")
	if id := ldaptest.GUID(e.GetAttributeValue("objectGUID")); id != f.ConfigID() || id == "" {
		t.Errorf("configuration naming context: %q, want %q", id, f.ConfigID())
	}
	e = find0(t, c, d.ServiceName, "(objectClass=nTDSDSA)", ldap.ScopeBaseObject, "invocationId")
	old := ldaptest.GUID(e.GetAttributeValue("invocationId"))
	d.NewInvocation()
	e = find0(t, c, d.ServiceName, "(objectClass=nTDSDSA)", ldap.ScopeBaseObject, "invocationId")
	if id := ldaptest.GUID(e.GetAttributeValue("invocationId")); id != d.InvocationID() || id == old {
		t.Errorf("invocationId %q after %q, the server says %q", id, old, d.InvocationID())
	}
}

func find0(t testing.TB, c *ldap.Conn, base, filter string, scope int, attrs ...string) *ldap.Entry {
	t.Helper()
	res, err := c.Search(request(base, scope, filter, attrs...))
	must(t, err)
	if len(res.Entries) != 1 {
		t.Fatalf("%s below %q: %d entries, want 1", filter, base, len(res.Entries))
	}
	return res.Entries[0]
}

func TestFilters(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{People: []ldaptest.Person{person("anna"), person("bob"), person("zoë"), {UID: "nomail", Surname: "Nobody"}}})
	ids := f.IDs()
	must(t, f.Replace(ids[1], "userAccountControl", "514"), f.Replace(ids[0], "msExchRecipientTypeDetails", "2147483648"))
	group := got[string](t)(f.Put("", ldaptest.Person{UID: "staff", Class: ldaptest.Group}))
	outer := got[string](t)(f.Put("", ldaptest.Person{UID: "all", Class: ldaptest.Group}))
	must(t, f.SetMembers(group, ids[0], ids[1]), f.SetMembers(outer, group))
	c := reader(t, f)
	users := "OU=People," + f.Suffix()
	guid := func(id string) string { return ldap.EscapeFilter(ldaptest.Octets(id)) }
	for _, tt := range []struct{ filter, want, reason string }{
		{"(mail=anna@source.example)", "anna", "equality by index"},
		{"(mail=ANNA@Source.Example)", "anna", "without case"},
		{"(proxyAddresses=smtp:anna@source.example)", "anna", "the prefix is text like the rest"},
		{"(objectGUID=" + guid(ids[1]) + ")", "bob", "octets"},
		{"(objectGUID=" + ids[1] + ")", "", "the text form is not the value"},
		{"(|(objectGUID=" + guid(ids[0]) + ")(objectGUID=" + guid(ids[1]) + ")(mail=anna@source.example))", "anna bob", "or, each once"},
		{"(&(sn=Berg)(givenName=Bob))", "bob", "and without an index"},
		{"(&(mail=*)(givenName=Bob))", "bob", "presence"},
		{"(&(objectClass=user)(sn=*)(!(mail=*)))", "admin auditor blind bulk frail noid nomail reader small veiled", "not: an absent attribute is false"},
		{"(!(inventedByNobody=x))", "", "an unknown attribute is undefined, and so is its negation"},
		{"(displayName=*ob*)", "bob", "substring in the middle"},
		{"(displayName=b*b*erg)", "bob", "initial, any and final"},
		{"(displayName=b*bb*)", "", "parts do not overlap"},
		{"(displayName=ANNA*)", "anna", "initial without case"},
		{"(mail=zoe@source.example)", `zoë`, "accents do not count in Active Directory"},
		{"(userAccountControl:1.2.840.113556.1.4.803:=2)", "bob", "bitwise and"},
		{"(&(mail=*)(userAccountControl:1.2.840.113556.1.4.804:=2))", "bob", "bitwise or"},
		{"(msExchRecipientTypeDetails>=2147483648)", "anna", "integers compare as numbers"},
		{"(msExchRecipientTypeDetails<=9)", "bob zoë", "not as text"},
		{"(&(objectCategory=person)(givenName=Anna))", "anna", "a class stands for its category"},
		{"(memberOf=CN=staff," + users + ")", "anna bob", "direct members"},
		{"(memberOf=cn=all," + users + ")", "staff", "DNs compare without case"},
		{"(&(objectClass=user)(memberOf:1.2.840.113556.1.4.1941:=CN=all," + users + "))", "anna bob", "members in chain"},
		{"(member=CN=bob," + users + ")", "staff", "the other way round"},
		{"(distinguishedName=CN=bob," + users + ")", "bob", "a computed attribute"},
		{fmt.Sprintf("(uSNChanged>=%d)", f.DCs[0].HighestUSN()), "all", "changes"},
		{"(mail=a*b\\2a)", "", "an escaped star is a star"},
		{"(userAccountControl=x)", "", "no number: undefined"},
	} {
		if got := names(find(t, c, f.Suffix(), tt.filter, "cn")); got != tt.want {
			t.Errorf("%s: %q, want %q (%s)", tt.filter, got, tt.want, tt.reason)
		}
	}
	// Three-valued logic where an attribute is hidden: neither the condition nor its negation is true.
	veiled := bind(t, f, f.DCs[0].TLSAddr, ldaptest.Veiled)
	for _, filter := range []string{"(&(givenName=Anna)(mail=*))", "(&(givenName=Anna)(!(mail=*)))"} {
		if got := names(find(t, veiled, f.Suffix(), filter)); got != "" {
			t.Errorf("%s as a reader without the right: %q, want nothing", filter, got)
		}
	}
}

func TestScopes(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{})
	must(t, f.AddOU("OU=Staff,"+f.Suffix()), f.AddOU("OU=Inner,OU=Staff,"+f.Suffix()))
	p := person("anna")
	p.Parent = "OU=Staff," + f.Suffix()
	q := person("bob")
	q.Parent, q.CN = "OU=Inner,OU=Staff,"+f.Suffix(), `Bob, "the" <b> + #`
	ids := got[[]string](t)(f.PutAll("", []ldaptest.Person{p, q}))
	c := reader(t, f)
	for _, tt := range []struct {
		base  string
		scope int
		want  int
	}{
		{"OU=Staff," + f.Suffix(), ldap.ScopeBaseObject, 1},
		{"ou=staff, " + strings.ToLower(f.Suffix()), ldap.ScopeSingleLevel, 2},
		{"OU=Staff," + f.Suffix(), ldap.ScopeWholeSubtree, 4},
		{"<GUID=" + ids[0] + ">", ldap.ScopeBaseObject, 1},
		{"<GUID=" + fmt.Sprintf("%x", ldaptest.Octets(ids[0])) + ">", ldap.ScopeBaseObject, 1},
		{f.EntryDN(ids[1]), ldap.ScopeBaseObject, 1},
	} {
		res, err := c.Search(request(tt.base, tt.scope, "(objectClass=*)"))
		if err != nil || len(res.Entries) != tt.want {
			t.Errorf("%s, scope %d: %d entries, %v; want %d", tt.base, tt.scope, len(res.Entries), err, tt.want)
		}
	}
	if want := `CN=Bob\, \"the\" \<b\> \+ #,OU=Inner,OU=Staff,DC=source,DC=example`; f.EntryDN(ids[1]) != want {
		t.Errorf("DN %s, want %s", f.EntryDN(ids[1]), want)
	}
	for _, tt := range []struct {
		base string
		want ldaptest.Code
	}{
		{"OU=Nowhere," + f.Suffix(), ldaptest.NoSuchObject},
		{"no dn", ldaptest.InvalidDNSyntax},
		{"", ldaptest.NoSuchObject}, // below the root there is no search outside the catalog
		{"<GUID=" + f.Never() + ">", ldaptest.NoSuchObject},
		{"<GUID=x>", ldaptest.InvalidDNSyntax},
		{"DC=elsewhere,DC=example", ldaptest.Referral},
		{"CN=nowhere", ldaptest.NoSuchObject},
	} {
		if _, err := c.Search(request(tt.base, ldap.ScopeWholeSubtree, "(objectClass=*)")); code(err) != tt.want {
			t.Errorf("%q: %v, want code %d", tt.base, err, tt.want)
		}
	}
}

func TestAttributes(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{People: []ldaptest.Person{person("anna")}})
	c := reader(t, f)
	e := find(t, c, f.Suffix(), "(cn=anna)")[0]
	var have []string
	for _, a := range e.Attributes {
		have = append(have, a.Name)
	}
	for _, want := range []string{"objectGUID", "objectSid", "sAMAccountName", "userPrincipalName", "proxyAddresses", "mail", "mailNickname", "msExchMailboxGuid", "msExchRecipientTypeDetails", "whenChanged", "uSNChanged", "distinguishedName", "legacyExchangeDN", "homeMDB"} {
		if !slices.Contains(have, want) {
			t.Errorf("%s is not among %q", want, have)
		}
	}
	for _, tt := range []struct {
		attrs []string
		want  string
	}{
		{[]string{"MAIL", "nothing"}, "mail"},
		{[]string{"1.1"}, ""},
		{[]string{"mail", "mail", "cn"}, "mail cn"},
		{[]string{"mail;binary"}, ""},
	} {
		e := find(t, c, f.Suffix(), "(cn=anna)", tt.attrs...)[0]
		var names []string
		for _, a := range e.Attributes {
			names = append(names, a.Name)
		}
		if diff := cmp.Diff(tt.want, strings.Join(names, " ")); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.attrs, diff)
		}
	}
	req := request(f.Suffix(), ldap.ScopeWholeSubtree, "(cn=anna)", "mail")
	req.TypesOnly = true
	res, err := c.Search(req)
	must(t, err)
	if a := res.Entries[0].Attributes; len(a) != 1 || len(a[0].Values) != 0 {
		t.Errorf("types only: %v", a)
	}
}

func TestCriticalControl(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{})
	c := reader(t, f)
	for _, tt := range []struct {
		raw  byte
		want ldaptest.Code
	}{{0, 0}, {0x01, 12}, {0xff, 12}} {
		req := request(f.Suffix(), ldap.ScopeBaseObject, "(objectClass=*)")
		req.Controls = []ldap.Control{control{oid: "1.2.3.4", raw: tt.raw}}
		if _, err := c.Search(req); code(err) != tt.want {
			t.Errorf("an unknown control with criticality %#x: %v, want code %d", tt.raw, err, tt.want)
		}
	}
	if n := f.Counts().Controls["1.2.3.4"]; n != 3 {
		t.Errorf("counted %d controls, want 3", n)
	}
}
