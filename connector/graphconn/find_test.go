package graphconn_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/readdress-go/readdress/connector/graphconn"
	"github.com/readdress-go/readdress/internal/graphtest"
	"github.com/readdress-go/readdress/refresh"
)

// find returns the number of holders of each address, -1 where there is no answer.
func find(t *testing.T, c *graphconn.Connector, addrs ...refresh.Address) (n []int, err error) {
	t.Helper()
	n = make([]int, len(addrs))
	for i := range n {
		n[i] = -1
	}
	err = c.Find(t.Context(), addrs, func(i int, f refresh.Finding) {
		if hits, ok := f.Mailboxes(); ok {
			n[i] = len(hits)
		}
	})
	return n, err
}

func TestFind(t *testing.T) {
	s := graphtest.Start(t, nil)
	ids := people(s, 20)
	s.Put(graphtest.User{UserPrincipalName: "login@contoso.example", Mail: "mail@contoso.example", Proxies: []string{"SMTP:o'neil@contoso.example"}})
	s.Put(graphtest.User{UserPrincipalName: "guest_x#EXT#@contoso.example", Mail: "guest@gmail.example", UserType: "Guest"})
	s.Put(graphtest.User{UserPrincipalName: "bad@contoso.example", Proxies: []string{"SMTP:one@contoso.example", "SMTP:two@contoso.example"}})
	s.Change(ids[3], func(u *graphtest.User) { u.Proxies = append(u.Proxies, "smtp:user4@contoso.example") })
	s.Delete(ids[5])
	c := connect(t, s, nil, usersOnly...)
	for _, tt := range []struct {
		name, reason string
		addr         refresh.Address
		want         int
	}{
		{"primary", "the usual case", "user0@contoso.example", 1},
		{"alias", "in another spelling", "User1.ALIAS@Contoso.Example", 1},
		{"apostrophe", "it is written twice in a filter", "o'neil@contoso.example", 1},
		{"mail", "it differs from the proxy addresses", "mail@contoso.example", 1},
		{"login", "a sign-in name is taken, too", "login@contoso.example", 1},
		{"guest", "who is a guest holds the address all the same", "guest@gmail.example", 1},
		{"two holders", "it is a conflict for people to solve", "user4@contoso.example", 2},
		{"deleted", "the address is free", "user5@contoso.example", 0},
		{"nobody", "complete answers", "nobody@contoso.example", 0},
		{"malformed holder", "it cannot be told which one is right", "two@contoso.example", -1},
		{"no address", "it is not asked", "a b@contoso.example", -1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n, err := find(t, c, "user2@contoso.example", tt.addr)
			if err != nil || n[0] != 1 || n[1] != tt.want {
				t.Errorf("%s: %d and %d holders, %v; want 1 and %d", tt.reason, n[0], n[1], err, tt.want)
			}
		})
	}
	if k := s.Counters(); len(k.Writes) > 0 || k.ByStatus[400] > 0 || k.PartStatus[400] > 0 {
		t.Errorf("answers by status: %v, in batches %v", k.ByStatus, k.PartStatus)
	}
}

// TestFindMany asks for so many addresses that everybody is listed instead.
func TestFindMany(t *testing.T) {
	s := graphtest.Start(t, nil)
	people(s, 1500)
	c := connect(t, s, nil, usersOnly...)
	var addrs []refresh.Address
	for i := range 1002 {
		addrs = append(addrs, refresh.Address(fmt.Sprintf("user%d.alias@contoso.example", 2*i)))
	}
	for _, many := range []int{1000, 1002} {
		s.ResetCounters()
		n, err := find(t, c, addrs[:many]...)
		if err != nil {
			t.Fatal(err)
		}
		for i, n := range n {
			if want := map[bool]int{true: 1}[i < 750]; n != want {
				t.Fatalf("of %d: %d holders of the address %d, want %d", many, n, i, want)
			}
		}
		k := s.Counters()
		if swept := k.ByEndpoint[graphtest.Users] == 2 && k.Requests == 2; swept != (many > 1000) {
			t.Errorf("%d addresses: %v", many, k.ByEndpoint)
		}
	}
}

// TestFindDoubt has answers that are not complete: nobody is then said to hold an address.
func TestFindDoubt(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		fault        graphtest.Fault
	}{
		{"a filter fails", "it may have a holder", graphtest.Fault{Status: 400}},
		{"a part is missing", "it may have a holder", graphtest.Fault{Omit: true}},
		{"no collection", "it is no answer", graphtest.Fault{Rewrite: func([]byte) []byte { return []byte(`{"id":"x"}`) }}},
		{"a further page fails", "the rest may have a holder", graphtest.Fault{Rewrite: func([]byte) []byte {
			return []byte(`{"value":[],"@odata.nextLink":"https://graph.example/v1.0/users?$skiptoken=x"}`)
		}}},
		{"a further page elsewhere", "it is not followed", graphtest.Fault{Rewrite: func([]byte) []byte {
			return []byte(`{"value":[],"@odata.nextLink":"https://graph.example.evil.example/v1.0/users?$skiptoken=x"}`)
		}}},
		{"who may not be read", "it may be the holder", graphtest.Fault{Rewrite: func([]byte) []byte {
			return []byte(`{"value":[{"id":"0c1d148b-0143-4234-8265-f2f8d891d4c0"}]}`)
		}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := graphtest.Start(t, nil)
			people(s, 2)
			s.Fault(func(r *graphtest.Request) *graphtest.Fault {
				if r.Endpoint == graphtest.Users && strings.Contains(r.Query.Get("$filter"), "proxyAddresses") {
					return &tt.fault
				}
				return nil
			})
			n, err := find(t, connect(t, s, nil, usersOnly...), "nobody@contoso.example")
			if err != nil || n[0] != -1 {
				t.Errorf("%s: %d holders, %v", tt.reason, n[0], err)
			}
			if k := s.Counters(); len(k.Foreign) > 0 {
				t.Errorf("went to %v", k.Foreign)
			}
		})
	}
}

func TestList(t *testing.T) {
	s := graphtest.Start(t, nil)
	people(s, 2500)
	s.Put(graphtest.User{UserPrincipalName: "guest@contoso.example", Mail: "guest@gmail.example", UserType: "Guest"})
	s.Put(graphtest.User{UserPrincipalName: "agent@contoso.example", Mail: "agent@contoso.example", Agent: true})
	s.Put(graphtest.User{UserPrincipalName: "none@contoso.example"})
	s.Put(graphtest.User{UserPrincipalName: "bad@contoso.example", Proxies: []string{"SMTP:one@contoso.example", "SMTP:two@contoso.example"}})
	s.Put(graphtest.User{UserPrincipalName: "old@contoso.example", Proxies: []string{"SMTP:old@contoso.example", "X500:/o=Old/cn=Old", "x500: /o=Older/cn=Old", "SIP:old@contoso.example"}})
	c := connect(t, s, nil, usersOnly...)
	by := map[string]refresh.Entry{}
	for e, err := range c.List(t.Context()) {
		must(t, err)
		by[e.Login] = e
	}
	if len(by) != 2502 {
		t.Errorf("%d entries, want 2502", len(by))
	}
	if e := by["user7@contoso.example"]; e.Given != "User" || e.Surname != "7" || e.EmployeeID != "E0000007" || e.Primary != "user7@contoso.example" || e.Attrs["userType"][0] != "Member" {
		t.Errorf("listed %+v", e)
	}
	if got := by["old@contoso.example"].Attrs["x500"]; !slices.Equal(got, []string{"/o=Old/cn=Old", "/o=Older/cn=Old"}) {
		t.Errorf("X500 addresses %q", got)
	}
	if e, ok := by["bad@contoso.example"]; !ok || len(e.Addresses()) != 0 {
		t.Errorf("who has malformed addresses is listed as %+v", e)
	}
	for _, login := range []string{"guest@contoso.example", "agent@contoso.example", "none@contoso.example"} {
		if _, ok := by[login]; ok {
			t.Errorf("%s is listed", login)
		}
	}
	if k := s.Counters(); k.Requests != 3 {
		t.Errorf("%d requests for 2504 users", k.Requests)
	}

	// A list that is not whole ends with an error.
	for _, f := range []graphtest.Fault{{Status: 500}, {Cut: 200}, {Rewrite: func([]byte) []byte { return []byte(`{"value":[{"id":"x"}]}`) }},
		{Rewrite: func(b []byte) []byte {
			return []byte(strings.Replace(string(b), `"userPrincipalName":"user1100@contoso.example"`, `"userPrincipalName":null`, 1))
		}}} {
		s.Fault(func(r *graphtest.Request) *graphtest.Fault {
			if r.Query.Get("$skiptoken") != "" {
				return &f
			}
			return nil
		})
		n, last := 0, error(nil)
		for _, err := range c.List(t.Context()) {
			if last != nil {
				t.Error("the list went on after an error")
			}
			if n++; err != nil {
				last = err
			}
		}
		if last == nil || n > 2500 {
			t.Errorf("%+v: %d entries and no error", f, n)
		}
	}
}

func TestInspect(t *testing.T) {
	s := graphtest.Start(t, nil)
	cfg := config(s, everyRight...)
	cfg.TenantID = strings.ToUpper(s.TenantID())
	c, err := graphconn.New(cfg, quick())
	must(t, err)
	d, err := c.Inspect(t.Context())
	must(t, err)
	if d.System != "Microsoft Graph" || d.Pin != s.TenantID() || d.Name != "Contoso" || d.Server != graphtest.Host || len(d.Domains) != 2 || !d.Domains[1].Initial || !d.LastSync.IsZero() {
		t.Errorf("inspected %+v", d)
	}
	cfg.TenantID = randomGUID()
	other, err := graphconn.New(cfg, quick())
	must(t, err)
	if _, err := other.Inspect(t.Context()); err == nil || !strings.Contains(err.Error(), "Config.TenantID") {
		t.Errorf("another tenant: %v", err)
	}
	if _, err := connect(t, s, nil, usersOnly...).Inspect(t.Context()); !errors.Is(err, refresh.ErrForbidden) {
		t.Errorf("without the right: %v", err)
	}
	for _, tt := range []struct {
		name, reason, body string
		ok                 bool
	}{
		{"synchronised", "it is the last time", `{"value":[{"id":"` + s.TenantID() + `","onPremisesLastSyncDateTime":"2026-01-02T03:04:05Z"}]}`, true},
		{"none", "a token is for one tenant", `{"value":[]}`, false},
		{"two", "a token is for one tenant", `{"value":[{"id":"` + s.TenantID() + `"},{"id":"` + s.TenantID() + `"}]}`, false},
		{"no GUID", "it pins nothing", `{"value":[{"id":"contoso"}]}`, false},
		{"another shape", "it is no answer", `{"value":["x"]}`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s.Fault(func(*graphtest.Request) *graphtest.Fault { return &graphtest.Fault{Body: []byte(tt.body)} })
			d, err := c.Inspect(t.Context())
			if (err == nil) != tt.ok || tt.ok && (d.LastSync.Year() != 2026 || d.Domains != nil) {
				t.Errorf("%s: %+v, %v", tt.reason, d, err)
			}
		})
	}
}

func TestExplain(t *testing.T) {
	c := connect(t, graphtest.Start(t, nil), nil)
	for _, a := range []refresh.Capability{refresh.CanResolve, refresh.CanInspect, refresh.CanResolve | refresh.CanInspect, 0} {
		if reason, remedy := c.Explain(a); reason == "" || remedy == "" || strings.Contains(reason, "Organization") != a.Has(refresh.CanInspect) {
			t.Errorf("%v: %q, %q", a, reason, remedy)
		}
	}
	groups := connect(t, graphtest.Start(t, nil), withGroups())
	for a, want := range map[refresh.Capability]bool{refresh.CanList: true, refresh.CanResolve: true, refresh.CanInspect: false} {
		if _, remedy := groups.Explain(a); strings.Contains(remedy, "GroupMember.Read.All") != want {
			t.Errorf("with Options.Groups, %v: %q", a, remedy)
		}
	}
}
