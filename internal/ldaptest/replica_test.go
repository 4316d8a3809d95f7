package ldaptest_test

import (
	"fmt"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/internal/ldaptest"
)

func escape(id string) string { return ldap.EscapeFilter(ldaptest.Octets(id)) }

func TestReplicas(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{Domains: []ldaptest.Domain{{Name: "source.example", Controllers: 2, People: []ldaptest.Person{person("anna"), person("bob")}}}})
	one, two := f.DCs[0], f.DCs[1]
	if one.ServiceName == two.ServiceName || one.InvocationID() == two.InvocationID() || one.HighestUSN() == two.HighestUSN() || one.Name == two.Name {
		t.Fatal("two servers cannot be told apart")
	}
	ids := f.IDs()
	a, b := bind(t, f, one.TLSAddr, ldaptest.Admin), bind(t, f, two.TLSAddr, ldaptest.Admin)
	changed := func(c *ldap.Conn, since int64) string {
		req := request(f.Suffix(), 2, fmt.Sprintf("(uSNChanged>=%d)", since+1))
		req.Controls = []ldap.Control{ldap.NewControlMicrosoftShowDeleted()}
		res, err := c.Search(req)
		must(t, err)
		return names(res.Entries)
	}
	was, wasTwo := one.HighestUSN(), two.HighestUSN()
	two.Lag()
	must(t, f.SetAddresses(ids[0], []string{"new@source.example"}, nil), f.Delete(ids[1]))
	carl := got[string](t)(f.Put("", person("carl")))
	must(t, f.Rename(carl, "karl"))
	if got, want := changed(a, was), `anna bob\0ADEL:`+ids[1]+` karl`; got != want {
		t.Errorf("the server in time: changed %q, want %q", got, want)
	}
	if got := changed(b, wasTwo); got != "" || two.HighestUSN() != wasTwo {
		t.Errorf("the lagging server: changed %q, number %d after %d", got, two.HighestUSN(), wasTwo)
	}
	if n := names(find(t, b, f.Suffix(), "(|(objectGUID="+escape(ids[1])+")(mail=anna@source.example)(objectGUID="+escape(carl)+"))")); n != "anna bob" {
		t.Errorf("the lagging server shows %q", n)
	}
	two.Sync()
	if got, want := changed(b, wasTwo), `anna bob\0ADEL:`+ids[1]+` karl`; got != want || two.HighestUSN() != wasTwo+4 {
		t.Errorf("after it caught up: changed %q, want %q; number %d after %d", got, want, two.HighestUSN(), wasTwo)
	}
	e := find(t, b, f.Suffix(), "(cn=karl)")[0]
	if e.GetAttributeValue("uSNCreated") != fmt.Sprint(wasTwo+3) || e.GetAttributeValue("uSNChanged") != fmt.Sprint(wasTwo+4) {
		t.Errorf("created %s, changed %s; want %d, %d", e.GetAttributeValue("uSNCreated"), e.GetAttributeValue("uSNChanged"), wasTwo+3, wasTwo+4)
	}
	must(t, f.Rename(carl, "charles"))
	if n := len(find(t, b, f.Suffix(), "(cn=charles)")); n != 1 {
		t.Error("it still lags")
	}
}

func TestCatalogLags(t *testing.T) {
	f := twoDomains(t)
	root := f.DC("corp.example", 0)
	root.Lag()
	must(t, f.Delete(f.IDs()[1]), f.MoveDomain(f.IDs()[0], "emea.corp.example", ""))
	c := bind(t, f, root.CatalogTLSAddr, ldaptest.Reader)
	if n := names(find(t, c, "", "(&(objectClass=user)(mail=*))")); n != "anna bob carl" {
		t.Errorf("the lagging catalog shows %q", n)
	}
	root.Sync()
	if n := names(find(t, c, "", "(&(objectClass=user)(mail=*))")); n != "anna carl" {
		t.Errorf("after it caught up it shows %q", n)
	}
}

// TestTwins: the cursors of one directory are void in another one of the same configuration.
func TestTwins(t *testing.T) {
	cfg := ldaptest.Config{People: ldaptest.People(3, "source.example")}
	one, two := ldaptest.Run(t, cfg).DCs[0], ldaptest.Run(t, cfg).DCs[0]
	if one.InvocationID() == two.InvocationID() {
		t.Error("their servers have one invocationId")
	}
}
