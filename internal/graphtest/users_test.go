package graphtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestUsersPages follows nextLink to the end.
func TestUsersPages(t *testing.T) {
	s, c, ids := world(t, 25, nil)
	s.Delete(ids[7])
	var got []string
	pages := 0
	for link := "/users?$select=id&$top=10"; link != ""; pages++ {
		p := c.get(link).page(t)
		if p.Context != s.URL()+"/v1.0/$metadata#users(id)" {
			t.Errorf("context %s", p.Context)
		}
		if p.Next != "" && (!strings.HasPrefix(p.Next, s.URL()+"/v1.0/users?") || !strings.Contains(p.Next, "$skiptoken=")) {
			t.Errorf("next %s", p.Next)
		}
		got, link = append(got, p.column("id")...), p.Next
	}
	want := append(slices.Clone(ids[:7]), ids[8:]...)
	if !slices.Equal(got, want) || pages != 3 {
		t.Errorf("%d pages, %v; want %v", pages, got, want)
	}
}

// TestUsersDefaults asks without $select.
func TestUsersDefaults(t *testing.T) {
	s, c, ids := world(t, 1, nil)
	s.Change(ids[0], func(u *User) { u.Mail = "" })
	a := c.get("/users/" + ids[0])
	var one map[string]any
	a.decode(t, &one)
	for name := range strings.SplitSeq(userDefaults, ",") {
		if _, ok := one[name]; !ok {
			t.Errorf("no %s", name)
		}
	}
	if v, ok := one["mail"]; !ok || v != nil {
		t.Errorf("mail %v, want null", v)
	}
	if _, ok := one["proxyAddresses"]; ok || len(one) != 12 {
		t.Errorf("%d properties: %v", len(one), one)
	}
	if one["@odata.context"] != s.URL()+"/v1.0/$metadata#users/$entity" {
		t.Errorf("context %v", one["@odata.context"])
	}
}

// TestUserWhole reads every property that is kept, through the packed form and JSON.
func TestUserWhole(t *testing.T) {
	s, c, _ := world(t, 0, nil)
	u := s.Put(User{
		ID: strings.ToUpper(someID), UserPrincipalName: "ann@contoso.example", Mail: "a\"n\\n@contoso.example", DisplayName: "Änn \u0001 \xff",
		GivenName: "Ann", Surname: "O'Hara", EmployeeID: "E1", UserType: "Guest", ImmutableID: "AAAA==", MailboxID: "MBX:1@2",
		LastSync: time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC), Disabled: true, Agent: true,
		Proxies: []string{"SMTP:ann@contoso.example", "smtp:b@contoso.example"},
		Plans:   []Plan{{"exchange", "", someID}, {"teams", "Suspended", someID}},
	})
	if u.ID != someID {
		t.Errorf("ID %s", u.ID)
	}
	if back, ok := s.User(someID); !ok || fmt.Sprint(back) != fmt.Sprint(u) {
		t.Errorf("kept %+v\nput  %+v", back, u)
	}
	var got map[string]any
	c.get("/users/"+someID+"?$select=id,userPrincipalName,mail,displayName,givenName,surname,employeeId,userType,onPremisesImmutableId,"+
		"onPremisesLastSyncDateTime,onPremisesSyncEnabled,accountEnabled,mailNickname,proxyAddresses,deletedDateTime").decode(t, &got)
	want := map[string]any{
		"@odata.type": "#microsoft.graph.agentUser", "id": someID, "userPrincipalName": "ann@contoso.example", "mail": "a\"n\\n@contoso.example",
		"displayName": "Änn \u0001 \ufffd", "givenName": "Ann", "surname": "O'Hara", "employeeId": "E1", "userType": "Guest",
		"onPremisesImmutableId": "AAAA==", "onPremisesLastSyncDateTime": "2024-05-06T07:08:09Z", "onPremisesSyncEnabled": true,
		"accountEnabled": false, "mailNickname": "ann", "proxyAddresses": []any{"SMTP:ann@contoso.example", "smtp:b@contoso.example"},
		"deletedDateTime": nil,
	}
	delete(got, "@odata.context")
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	var plans struct {
		AssignedPlans []struct{ CapabilityStatus, Service, ServicePlanID, AssignedDateTime string }
	}
	c.get("/users/ANN@contoso.example?$select=assignedPlans").decode(t, &plans)
	if p := plans.AssignedPlans; len(p) != 2 || p[0].CapabilityStatus != "Enabled" || p[1].Service != "teams" || p[1].ServicePlanID != someID {
		t.Errorf("plans %+v", p)
	}
}

// TestFilters asks for few of many users.
func TestFilters(t *testing.T) {
	s, c, ids := world(t, 30, nil)
	s.Change(ids[4], func(u *User) { u.Surname, u.Mail = "O'Hara", "" })
	s.Change(ids[5], func(u *User) { u.Disabled, u.UserType = true, "Guest" })
	cases := []struct {
		name, filter string
		want         []int
	}{
		{"id in", "id in ('" + ids[3] + "','" + strings.ToUpper(ids[2]) + "','" + someID + "')", []int{2, 3}},
		{"id eq", "id eq '" + ids[3] + "'", []int{3}},
		{"mail eq", "mail eq 'USER1@contoso.example'", []int{1}},
		{"mail eq null", "mail eq null", []int{4}},
		{"userPrincipalName", "userPrincipalName eq 'user1@contoso.example'", []int{1}},
		{"startswith", "startswith(userPrincipalName,'user2')", []int{2, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29}},
		{"startsWith of mail", "startsWith(mail, 'user29@')", []int{29}},
		{"a quote in it", "surname eq 'O''Hara'", []int{4}},
		{"proxyAddresses", "proxyAddresses/any(p:p eq 'smtp:user6.alias@contoso.example')", []int{6}},
		{"proxyAddresses, case of the type", "proxyAddresses/any(x:x eq 'smtp:USER6@contoso.example')", []int{6}},
		{"proxyAddresses, startsWith", "proxyAddresses/any(p:startswith(p,'smtp:user7@'))", []int{7}},
		{"or", "proxyAddresses/any(p:p eq 'smtp:user6@contoso.example') or mail eq 'user8@contoso.example' or id eq '" + ids[6] + "'", []int{6, 8}},
		{"and", "startswith(mail,'user1') and mail eq 'user12@contoso.example'", []int{12}},
		{"and before or", "mail eq 'user1@contoso.example' or mail eq 'user2@contoso.example' and surname eq '9'", []int{1}},
		{"brackets", "(mail eq 'user1@contoso.example' or mail eq 'user2@contoso.example') and surname eq '2'", []int{2}},
		{"booleans", "accountEnabled eq false", []int{5}},
		{"userType", "userType eq 'Guest'", []int{5}},
		{"nobody", "mail eq 'nobody@contoso.example'", nil},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			want := []string{}
			for _, i := range tc.want {
				want = append(want, ids[i])
			}
			if got := c.get(filter(tc.filter)).page(t).column("id"); !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", tc.filter, got, want)
			}
		})
	}
	for text, want := range map[string]int{"mail ne 'user1@contoso.example'": 29, "not(startswith(mail,'user2'))": 19, "endswith(mail,'9@contoso.example')": 3} {
		p := c.get(filter(text)+"&$count=true&$top=1", "ConsistencyLevel: eventual").page(t)
		if p.Count != want || len(p.Value) != 1 {
			t.Errorf("%s: count %d, want %d", text, p.Count, want)
		}
		if want > 1 {
			if a := c.get(p.Next); a.status != 400 {
				t.Errorf("%s: next page without header: %d", text, a.status)
			}
			if p := c.get(p.Next, "ConsistencyLevel: eventual").page(t); len(p.Value) != 1 || p.Count != 0 {
				t.Errorf("%s: next page with header: %v", text, p)
			}
		}
	}
	if a := c.get("/users/$count", "ConsistencyLevel: eventual"); a.body != "30" || a.header.Get("Content-Type") != "text/plain" {
		t.Errorf("count %v", a)
	}
	if p := c.get("/users?$count=true").page(t); p.Count != 0 || len(p.Value) != 30 {
		t.Errorf("$count without the header is left out, not refused: %v", p.Count)
	}
}

// TestIndexFollowsChanges asks for addresses that come and go, once the index is there.
func TestIndexFollowsChanges(t *testing.T) {
	s, c, ids := world(t, 3, nil)
	ask := func(addr string) []string {
		return c.get(filter("proxyAddresses/any(p:p eq 'smtp:" + addr + "')")).page(t).column("id")
	}
	if got := ask("user0@contoso.example"); !slices.Equal(got, ids[:1]) {
		t.Fatalf("%v", got)
	}
	s.Change(ids[0], func(u *User) { u.Proxies = []string{"SMTP:new@contoso.example"} })
	if got := ask("user0@contoso.example"); len(got) != 0 {
		t.Errorf("old address finds %v", got)
	}
	if got := ask("new@contoso.example"); !slices.Equal(got, ids[:1]) {
		t.Errorf("new address finds %v", got)
	}
	s.Delete(ids[0])
	if got := ask("new@contoso.example"); len(got) != 0 {
		t.Errorf("a deleted user is found: %v", got)
	}
}

// TestExchange asks for mailboxes.
func TestExchange(t *testing.T) {
	s, c, ids := world(t, 1, nil)
	none := s.Put(User{UserPrincipalName: "none@contoso.example", NoMailbox: true})
	u, _ := s.User(ids[0])
	for _, name := range []string{ids[0], u.UserPrincipalName} {
		var got struct{ PrimaryMailboxID string }
		if c.get("/users/"+name+"/settings/exchange").decode(t, &got); got.PrimaryMailboxID != u.MailboxID || u.MailboxID == "" {
			t.Errorf("%q, want %q", got.PrimaryMailboxID, u.MailboxID)
		}
	}
	if a := c.get("/users/" + none.ID + "/settings/exchange"); a.status != 404 || a.refusal(t).Error.Code != "ErrorNonExistentMailbox" {
		t.Errorf("no mailbox: %v", a)
	}
	old := u.MailboxID
	s.Change(ids[0], func(u *User) { u.MailboxID = "" })
	if u, _ = s.User(ids[0]); u.MailboxID == old || u.MailboxID == "" {
		t.Errorf("mailbox %q after a replacement of %q", u.MailboxID, old)
	}
	_, elsewhere, there := world(t, 1, &Options{NoExchangeSettings: true})
	if a := elsewhere.get("/users/" + there[0] + "/settings/exchange"); a.status != 400 || a.refusal(t).Error.Code != "BadRequest" {
		t.Errorf("a cloud without it: %v", a)
	}
}

// TestOrganization asks who the tenant is.
func TestOrganization(t *testing.T) {
	s, c, _ := world(t, 0, &Options{Domains: []Domain{{Name: "a.example"}, {Name: "b.example", Unverified: true}, {Name: "t.onmicrosoft.com", Initial: true}}})
	var got struct {
		Value []struct {
			ID              string
			VerifiedDomains []struct {
				Name                 string
				IsInitial, IsDefault bool
			}
		}
	}
	c.get("/organization?$select=id,verifiedDomains").decode(t, &got)
	if len(got.Value) != 1 || got.Value[0].ID != s.TenantID() || fmt.Sprint(got.Value[0].VerifiedDomains) != "[{a.example false true} {t.onmicrosoft.com true false}]" {
		t.Errorf("%+v", got)
	}
	if a := c.get("/organization?$select=onPremisesLastSyncDateTime,onPremisesSyncEnabled"); !strings.Contains(a.body, `"onPremisesLastSyncDateTime":null,"onPremisesSyncEnabled":null`) {
		t.Errorf("never synchronised: %s", a.body)
	}
	s.SetLastSync(time.Date(2026, 11, 23, 4, 5, 6, 7, time.UTC))
	if a := c.get("/organization?$select=onPremisesLastSyncDateTime,onPremisesSyncEnabled"); !strings.Contains(a.body, `"onPremisesLastSyncDateTime":"2026-11-23T04:05:06Z","onPremisesSyncEnabled":true`) {
		t.Errorf("synchronised: %s", a.body)
	}
	s.SetDomains(Domain{Name: "t.onmicrosoft.com", Initial: true})
	if a := c.get("/organization"); strings.Contains(a.body, "a.example") {
		t.Errorf("a domain that was removed: %s", a.body)
	}
}

// TestPageExpires asks for further pages too late.
func TestPageExpires(t *testing.T) {
	s, c, ids := world(t, 5, nil)
	for _, id := range ids[3:] {
		s.Delete(id)
	}
	for _, list := range []string{"/users?$top=1", "/directory/deletedItems/microsoft.graph.user?$top=1"} {
		next := c.get(list).page(t).Next
		s.ForgetPages()
		if a := c.get(next); a.status != 400 || a.refusal(t).Error.Code != "Directory_ExpiredPageToken" {
			t.Errorf("%s: %v", list, a)
		}
		if next := c.get(list).page(t).Next; c.get(next).status != 200 {
			t.Errorf("%s: a token issued later is forgotten too", list)
		}
	}
}
