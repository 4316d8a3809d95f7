package graphtest

import (
	"slices"
	"strings"
	"testing"
)

// TestGetByIDs asks for known and unknown objects.
func TestGetByIDs(t *testing.T) {
	s, c, ids := world(t, 50, nil)
	s.Delete(ids[10])
	g := s.PutGroup(Group{DisplayName: "All", Mail: "all@contoso.example", Proxies: []string{"SMTP:all@contoso.example"}})
	ask := append(slices.Clone(ids), someID, g.ID, strings.ToUpper(ids[0]))
	p := c.do("POST", "/directoryObjects/getByIds?$select=id,mail,proxyAddresses", idsBody(ask, "user")).page(t)
	got, want := p.column("id"), slices.Delete(slices.Clone(ids), 10, 11)
	if slices.Equal(got, want) {
		t.Error("the order is that of the question, which nobody may rely on")
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%d objects, want %d", len(got), len(want))
	}
	if p.Value[0]["@odata.type"] != "#microsoft.graph.user" || p.Context != s.URL()+"/v1.0/$metadata#directoryObjects(id,mail,proxyAddresses)" {
		t.Errorf("%v %s", p.Value[0], p.Context)
	}
	p = c.do("POST", "/directoryObjects/getByIds?$select=id,mail,proxyAddresses,userPrincipalName", idsBody([]string{g.ID, ids[0]}, "user", "group")).page(t)
	if len(p.Value) != 2 {
		t.Fatalf("%v", p.Value)
	}
	for _, v := range p.Value {
		if v["id"] != g.ID {
			continue
		}
		if _, ok := v["userPrincipalName"]; ok || v["@odata.type"] != "#microsoft.graph.group" || v["mail"] != "all@contoso.example" {
			t.Errorf("group %v", v)
		}
	}
	if n := s.Counters().IDs; n != 55 {
		t.Errorf("%d IDs counted", n)
	}
}

// TestLimitedInformation is what comes where the right is lacking: an object that says nothing.
func TestLimitedInformation(t *testing.T) {
	for _, bare := range []bool{false, true} {
		s, all, ids := world(t, 2, &Options{BareLimited: bare})
		groups := client{t, s, s.Token(GroupReadAll)}
		body := idsBody(ids[:1], "user")
		const path = "/directoryObjects/getByIds?$select=id,mail,proxyAddresses"
		if v := all.do("POST", path, body).page(t).Value[0]; v["mail"] == nil {
			t.Errorf("with the right: %v", v)
		}
		check := func(v map[string]any) {
			t.Helper()
			_, there := v["mail"]
			if v["id"] != ids[0] || v["mail"] != nil || v["@odata.type"] != "#microsoft.graph.user" || there == bare {
				t.Errorf("bare %t: %v", bare, v)
			}
		}
		check(groups.do("POST", path, body).page(t).Value[0])
		s.Conceal(ids[0])
		check(all.do("POST", path, body).page(t).Value[0])
		if v := all.do("POST", path, idsBody(ids[1:], "user")).page(t).Value[0]; v["mail"] == nil {
			t.Errorf("another one: %v", v)
		}
	}
}

// TestGetByIDsPages follows nextLink, which a server may send.
func TestGetByIDsPages(t *testing.T) {
	_, c, ids := world(t, 25, &Options{GetByIDsPage: 10})
	p := c.do("POST", "/directoryObjects/getByIds?$select=id", idsBody(ids, "user")).page(t)
	got := p.column("id")
	for p.Next != "" {
		p = c.get(p.Next).page(t)
		got = append(got, p.column("id")...)
	}
	slices.Sort(got)
	slices.Sort(ids)
	if !slices.Equal(got, ids) {
		t.Errorf("%d of %d", len(got), len(ids))
	}
}

// TestGroup asks for one group.
func TestGroup(t *testing.T) {
	s, c, _ := world(t, 0, nil)
	g := s.PutGroup(Group{DisplayName: "Guards", Security: true})
	var got map[string]any
	c.get("/groups/"+g.ID+"?$select=id,displayName,mail,securityEnabled,mailEnabled,groupTypes").decode(t, &got)
	if got["displayName"] != "Guards" || got["mail"] != nil || got["securityEnabled"] != true || got["mailEnabled"] != false {
		t.Errorf("%v", got)
	}
}
