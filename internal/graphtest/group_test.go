package graphtest

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// groups makes n Microsoft 365 groups, group0 to group(n-1), in a world with some users.
func groups(t *testing.T, n int, opts *Options) (*Server, client, []string) {
	t.Helper()
	s, c, _ := world(t, 3, opts)
	var ids []string
	for i := range n {
		name := "group" + string(rune('0'+i/10)) + string(rune('0'+i%10))
		ids = append(ids, s.PutGroup(Group{
			DisplayName: name, Mail: name + "@contoso.example", Proxies: []string{"SMTP:" + name + "@contoso.example", "smtp:" + name + ".alias@contoso.example"},
		}).ID)
	}
	return s, c, ids
}

// TestGroups lists groups by pages and filters.
func TestGroups(t *testing.T) {
	s, c, ids := groups(t, 25, nil)
	list := s.PutGroup(Group{DisplayName: "List", Mail: "list@contoso.example", Distribution: true})
	guards := s.PutGroup(Group{DisplayName: "Guards", Security: true})
	ids = append(ids, list.ID, guards.ID)
	var got []string
	for link := "/groups?$select=id&$top=10"; link != ""; {
		p := c.get(link).page(t)
		if p.Context != s.URL()+"/v1.0/$metadata#groups(id)" {
			t.Errorf("context %s", p.Context)
		}
		got, link = append(got, p.column("id")...), p.Next
	}
	if !slices.Equal(got, ids) {
		t.Errorf("listed %d of %d", len(got), len(ids))
	}
	for _, tt := range []struct {
		name, filter string
		want         []string
	}{
		{"alias in any case", "proxyAddresses/any(p:p eq 'SMTP:Group03.alias@contoso.example')", ids[3:4]},
		{"mail", "mail in ('group01@contoso.example','list@contoso.example')", []string{ids[1], list.ID}},
		{"nickname", "mailNickname eq 'group04'", ids[4:5]},
		{"a user's address", "mail eq 'user0@contoso.example'", nil},
	} {
		if got := c.get("/groups?$select=id&$filter=" + url.QueryEscape(tt.filter)).page(t).column("id"); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	for _, tt := range []struct{ name, target, code, says string }{
		{"property of users", "/groups?$select=userPrincipalName", "BadRequest", "'userPrincipalName' on type 'microsoft.graph.group'"},
		{"filter of users", "/groups?$filter=" + url.QueryEscape("employeeId eq '1'"), "BadRequest", "'employeeId' on type 'microsoft.graph.group'"},
		{"page size", "/groups?$top=1000", "Request_UnsupportedQuery", "1000"},
		{"token of users", "/groups?$skiptoken=" + skipToken(t, c.get("/users?$top=1").page(t).Next), "Request_BadRequest", ""},
	} {
		if r := c.get(tt.target).refusal(t); r.Error.Code != tt.code || !strings.Contains(r.Error.Message, tt.says) {
			t.Errorf("%s: %+v", tt.name, r.Error)
		}
	}
	var g map[string]any
	c.get("/groups/"+guards.ID).decode(t, &g)
	if g["securityEnabled"] != true || g["mailEnabled"] != false || len(g["groupTypes"].([]any)) != 0 || g["mail"] != nil {
		t.Errorf("security group %v", g)
	}
	c.get("/groups/"+ids[0]).decode(t, &g)
	if g["securityEnabled"] != false || g["groupTypes"].([]any)[0] != "Unified" || g["mailNickname"] != "group00" {
		t.Errorf("Microsoft 365 group %v", g)
	}
}

func skipToken(t *testing.T, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	return url.QueryEscape(u.Query().Get("$skiptoken"))
}

// TestGroupDeletion deletes groups of each sort, restores, purges, and lets 30 days pass.
func TestGroupDeletion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c, ids := groups(t, 4, nil)
		ids = append(ids, s.PutGroup(Group{DisplayName: "List", Mail: "list@contoso.example", Distribution: true}).ID, s.PutGroup(Group{DisplayName: "Guards", Security: true}).ID)
		_, link, _ := round(c, ids, "/groups/delta?$select=mail&$deltatoken=latest")
		for _, id := range ids {
			s.Delete(id)
		}
		s.Restore(ids[0])
		s.Purge(ids[1])
		got, next, _ := round(c, ids, link)
		slices.Sort(got)
		if strings.Join(got, " ") != "0 1:deleted 2:changed 3:changed 4:deleted 5:deleted" {
			t.Errorf("changes %v", got)
		}
		if a := c.get(strings.Replace(next, "/groups/", "/users/", 1)); a.status != 400 {
			t.Errorf("the token of groups among users: %d", a.status)
		}
		bin := func() []string {
			return c.get("/directory/deletedItems/microsoft.graph.group?$select=id").page(t).column("id")
		}
		if got := bin(); !slices.Equal(got, ids[2:4]) {
			t.Errorf("deleted %v", got)
		}
		if got := c.get("/directory/deletedItems/microsoft.graph.user?$select=id").page(t).column("id"); len(got) != 0 {
			t.Errorf("deleted users %v", got)
		}
		var item map[string]any
		c.get("/directory/deletedItems/"+ids[2]+"?$select=id,deletedDateTime,mail").decode(t, &item)
		if item["@odata.type"] != "#microsoft.graph.group" || item["deletedDateTime"] != "2000-01-01T00:00:00Z" || item["mail"] != "group02@contoso.example" {
			t.Errorf("item %v", item)
		}
		for _, tt := range []struct {
			name  string
			right Right
			want  int
		}{{"members alone", GroupMemberReadAll, 403}, {"users alone", UserReadAll, 403}, {"groups", GroupReadAll, 200}} {
			lesser := client{t, s, s.Token(tt.right)}
			if a := lesser.get("/directory/deletedItems/" + ids[2]); a.status != tt.want {
				t.Errorf("%s: %d, want %d", tt.name, a.status, tt.want)
			}
			if a := lesser.get("/directory/deletedItems/microsoft.graph.group"); a.status != tt.want {
				t.Errorf("%s, list: %d, want %d", tt.name, a.status, tt.want)
			}
		}
		time.Sleep(30 * 24 * time.Hour)
		if got := bin(); len(got) != 0 {
			t.Errorf("after 30 days: %v", got)
		}
		if _, ok := s.Group(ids[2]); ok {
			t.Error("a purged group is there")
		}
	})
}

// TestGroupLag reads a group from both replicas.
func TestGroupLag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c, ids := groups(t, 2, nil)
		stale := true
		s.Fault(func(*Request) *Fault { return &Fault{Stale: stale, Fresh: !stale} })
		s.Lag(time.Minute)
		g, _ := s.Group(ids[0])
		g.Mail = "new@contoso.example"
		s.PutGroup(g)
		s.Delete(ids[1])
		see := func(want string) {
			t.Helper()
			if got := strings.Join(c.get("/groups?$select=mail").page(t).column("mail"), " "); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
		see("group00@contoso.example group01@contoso.example")
		stale = false
		see("new@contoso.example")
		stale = true
		time.Sleep(time.Minute)
		see("new@contoso.example")
	})
}

// TestObject reads objects of any type by their IDs.
func TestObject(t *testing.T) {
	s, c, groups := groups(t, 2, nil)
	u := s.Put(User{UserPrincipalName: "ann@contoso.example", Mail: "ann@contoso.example"})
	s.Delete(groups[1])
	for _, tt := range []struct {
		name, id string
		rights   []Right
		status   int
		typ      string
		mail     any
	}{
		{"user", u.ID, []Right{DirectoryReadAll}, 200, "#microsoft.graph.user", "ann@contoso.example"},
		{"group", groups[0], []Right{DirectoryReadAll}, 200, "#microsoft.graph.group", "group00@contoso.example"},
		{"user to who may read groups", u.ID, []Right{GroupReadAll}, 200, "#microsoft.graph.user", nil},
		{"deleted", groups[1], []Right{DirectoryReadAll}, 404, "", nil},
		{"nobody", someID, []Right{DirectoryReadAll}, 404, "", nil},
		{"without the right", u.ID, []Right{UserReadAll}, 403, "", nil},
		{"no GUID", "ann@contoso.example", []Right{DirectoryReadAll}, 400, "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c.token = s.Token(tt.rights...)
			a := c.get("/directoryObjects/" + tt.id + "?$select=id,mail,userPrincipalName,groupTypes")
			if a.status != tt.status {
				t.Fatalf("status %d, want %d: %s", a.status, tt.status, a.body)
			}
			if tt.status != 200 {
				return
			}
			var o map[string]any
			a.decode(t, &o)
			_, login := o["userPrincipalName"]
			_, types := o["groupTypes"]
			if o["@odata.type"] != tt.typ || o["id"] != tt.id || o["mail"] != tt.mail || login == types {
				t.Errorf("%v", o)
			}
		})
	}
	c.token = s.Token(DirectoryReadAll)
	if got := c.do("POST", "/directoryObjects/getByIds?$select=id", idsBody([]string{u.ID, groups[0]}, "USER", "Group")).page(t); len(got.Value) != 2 {
		t.Errorf("types in another case: %v", got.Value)
	}
}
