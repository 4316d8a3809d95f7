package ldaptest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/internal/ldaptest"
)

// sweep reads pages until the end, at most so many.
func sweep(t testing.TB, c *ldap.Conn, base, filter string, size uint32, most int) (pages []int, err error) {
	t.Helper()
	page := ldap.NewControlPaging(size)
	req := request(base, ldap.ScopeWholeSubtree, filter, "mail")
	for len(pages) < most {
		req.Controls = []ldap.Control{page}
		res, err := c.Search(req)
		if err != nil {
			return pages, err
		}
		pages = append(pages, len(res.Entries))
		next, ok := ldap.FindControl(res.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging)
		if !ok || len(next.Cookie) == 0 {
			break
		}
		page.SetCookie(next.Cookie)
	}
	return pages, nil
}

func TestPages(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{People: ldaptest.People(2300, "source.example")})
	c := reader(t, f)
	for _, tt := range []struct {
		size uint32
		want string
	}{{500, "[500 500 500 500 300]"}, {1000, "[1000 1000 300]"}, {5000, "[1000 1000 300]"}} {
		pages, err := sweep(t, c, f.Suffix(), "(mail=*)", tt.size, 10)
		if got := fmt.Sprint(pages); err != nil || got != tt.want {
			t.Errorf("pages of %d: %s, %v; want %s", tt.size, got, err, tt.want)
		}
	}
	res, err := c.Search(request(f.Suffix(), ldap.ScopeWholeSubtree, "(mail=*)", "mail"))
	if code(err) != ldaptest.SizeLimitExceeded || len(res.Entries) != 1000 {
		t.Errorf("without pages: %d entries, %v; want 1000 and code 4", len(res.Entries), err)
	}
	req := request(f.Suffix(), ldap.ScopeWholeSubtree, "(mail=*)", "mail")
	req.SizeLimit = 7
	if res, err := c.Search(req); code(err) != ldaptest.SizeLimitExceeded || len(res.Entries) != 7 {
		t.Errorf("a size limit of 7: %d entries, %v", len(res.Entries), err)
	}
	req.Filter, req.SizeLimit = "(mail=user000001@source.example)", 1
	if res, err := c.Search(req); err != nil || len(res.Entries) != 1 {
		t.Errorf("as many as the limit: %d entries, %v", len(res.Entries), err)
	}
}

func TestCookies(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{People: ldaptest.People(30, "source.example")})
	a, b := reader(t, f), reader(t, f)
	first := func(filter string) (*ldap.SearchRequest, *ldap.ControlPaging) {
		req := request(f.Suffix(), ldap.ScopeWholeSubtree, filter, "mail")
		req.Controls = []ldap.Control{ldap.NewControlPaging(10)}
		res, err := a.Search(req)
		must(t, err)
		page := ldap.NewControlPaging(10)
		page.SetCookie(ldap.FindControl(res.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging).Cookie)
		req.Controls = []ldap.Control{page}
		return req, page
	}
	req, page := first("(mail=*)")
	if _, err := b.Search(req); code(err) != ldaptest.UnwillingToPerform {
		t.Errorf("a cookie of another connection: %v, want code 53", err)
	}
	req.Filter = "(sn=*)"
	if _, err := a.Search(req); code(err) != ldaptest.UnavailableExtension {
		t.Errorf("a cookie with another filter: %v, want code 12", err)
	}
	req.Filter = "(mail=*)"
	cookie := page.Cookie
	page.SetCookie([]byte("nonsense"))
	if _, err := a.Search(req); code(err) != ldaptest.UnavailableExtension {
		t.Errorf("a nonsense cookie: %v, want code 12", err)
	}
	page.SetCookie(cookie)
	other, _ := first("(mail=*)") // two sweeps on one connection
	for _, r := range []*ldap.SearchRequest{req, other} {
		if res, err := a.Search(r); err != nil || len(res.Entries) != 10 {
			t.Errorf("interleaved sweeps: %v", err)
		}
	}
	must(t, f.Delete(f.IDs()[25])) // between pages: the set was made before
	if pages, err := sweep(t, a, f.Suffix(), "(mail=*)", 10, 9); err != nil || fmt.Sprint(pages) != "[10 10 9]" {
		t.Errorf("after a deletion: %v, %v", pages, err)
	}
	req, page = first("(mail=*)")
	page.PagingSize = 0
	if res, err := a.Search(req); err != nil || len(res.Entries) != 0 {
		t.Errorf("giving up: %v", err)
	}
	page.PagingSize = 10
	if _, err := a.Search(req); err == nil {
		t.Error("a cookie that was given up works")
	}
}

func TestRange(t *testing.T) {
	var proxies []string
	for i := range 3200 {
		proxies = append(proxies, fmt.Sprintf("smtp:alias%d@source.example", i))
	}
	p := person("anna")
	p.Proxies = proxies
	f := ldaptest.Run(t, ldaptest.Config{People: []ldaptest.Person{p, person("bob")}})
	c := reader(t, f)
	for _, tt := range []struct{ ask, names, count, reason string }{
		{"proxyAddresses", "proxyAddresses proxyAddresses;range=0-1499", "0 1500", "the plain attribute comes too, empty"},
		{"proxyAddresses;range=1500-*", "proxyAddresses;range=1500-2999", "1500", "the next part"},
		{"proxyAddresses;range=3000-*", "proxyAddresses;range=3000-*", "200", "the last part says so"},
		{"proxyAddresses;range=10-19", "proxyAddresses;range=10-19", "10", "as asked"},
		{"proxyaddresses;Range=0-9999", "proxyAddresses;range=0-1499", "1500", "no more than the policy"},
	} {
		var names, count []string
		for _, a := range find(t, c, f.Suffix(), "(cn=anna)", tt.ask)[0].Attributes {
			names = append(names, a.Name)
			count = append(count, fmt.Sprint(len(a.Values)))
		}
		if strings.Join(names, " ") != tt.names || strings.Join(count, " ") != tt.count {
			t.Errorf("%s: %q with %q values, want %s with %s (%s)", tt.ask, names, count, tt.names, tt.count, tt.reason)
		}
	}
	if _, err := c.Search(request(f.Suffix(), 2, "(cn=anna)", "proxyAddresses;range=3200-*")); code(err) != ldaptest.OperationsError {
		t.Errorf("beyond the end: %v, want code 1", err)
	}
	if e := find(t, c, f.Suffix(), "(cn=bob)", "proxyAddresses;range=0-*")[0]; e.Attributes[0].Name != "proxyAddresses;range=0-*" {
		t.Errorf("a range of few: %s", e.Attributes[0].Name)
	}
	if n := len(find(t, c, f.Suffix(), "(proxyAddresses=smtp:alias3199@source.example)")); n != 1 {
		t.Errorf("a filter looks at all values: %d entries, want 1", n)
	}
}
