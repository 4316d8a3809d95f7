package graphtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestSchemaIsWhole: what the server writes by name, and what it writes where nothing is selected, is in the schema.
func TestSchemaIsWhole(t *testing.T) {
	s := Types()
	for _, k := range []*kind{userKind, groupKind} {
		for name, p := range k.known() {
			if s.Of(k.typ)[name] == "" || p.edm == "" {
				t.Errorf("%s has no property %s", k.typ, name)
			}
		}
		for name := range strings.SplitSeq(k.defaults, ",") {
			if s.Of(k.typ)[name] == "" {
				t.Errorf("%s has no property %s", k.typ, name)
			}
		}
	}
	for name, typ := range s.Types {
		if typ.Base != "" && s.Types[typ.Base].Properties == nil {
			t.Errorf("the base %s of %s is not there", typ.Base, name)
		}
	}
	if s.Source == "" {
		t.Error("the schema does not say where it is from")
	}
}

// TestConformity asks every endpoint for everything that can be selected, in each form that an answer has, and holds it against the schema.
func TestConformity(t *testing.T) {
	for _, bare := range []bool{false, true} {
		s := Start(t, &Options{DeltaPage: 3, GetByIDsPage: 2, BareLimited: bare})
		w := newConformityWalk(t, s)
		w.everything()
		if bare {
			continue
		}
		// Otherwise the walk passed by what it should have seen.
		for _, name := range []string{
			"user.id", "user.proxyAddresses", "user.assignedPlans", "user.onPremisesLastSyncDateTime", "user.onPremisesSyncEnabled", "user.accountEnabled",
			"user.deletedDateTime", "user.birthday", "user.deviceEnrollmentLimit", "group.groupTypes", "group.securityEnabled", "group.deletedDateTime",
			"agentUser.userPrincipalName", "organization.verifiedDomains", "organization.mobileDeviceManagementAuthority", "organization.onPremisesLastSyncDateTime",
			"exchangeSettings.primaryMailboxId", "assignedPlan.servicePlanId", "verifiedDomain.isInitial", "publicError.code", "publicInnerError.request-id",
		} {
			if !w.c.seen["microsoft.graph."+name] {
				t.Errorf("no answer had %s", name)
			}
		}
	}
}

type conformityWalk struct {
	client
	c                    *conformity
	users, groups        []string
	deleted, hidden, bot string
}

func newConformityWalk(t *testing.T, s *Server) *conformityWalk {
	w := &conformityWalk{c: newConformity(), client: client{t: t, s: s, token: s.Token(UserReadAll, DirectoryReadAll, OrganizationReadAll, GroupReadAll)}}
	w.users = s.PutAll(People(5, "contoso.example"))
	full := s.Put(User{
		UserPrincipalName: "full@contoso.example", Mail: "full@contoso.example", ImmutableID: "R0bPsr4uR0aypIxB8iXVGA==", LastSync: time.Unix(1e9, 0),
		Plans: []Plan{{Service: "exchange"}, {Service: "exchange", Status: "Deleted", ID: "efb87545-963c-4e0d-99df-69c6916d9eb0"}}, Disabled: true,
	})
	w.bot = s.Put(User{UserPrincipalName: "bot@contoso.example", Agent: true}).ID
	w.hidden = s.Put(User{UserPrincipalName: "hidden@contoso.example"}).ID
	w.deleted = s.Put(User{UserPrincipalName: "left@contoso.example"}).ID
	w.users = append(w.users, full.ID, w.bot, w.hidden)
	for _, g := range []Group{{DisplayName: "All", Mail: "all@contoso.example"}, {DisplayName: "Guards", Security: true}, {DisplayName: "List", Distribution: true}, {DisplayName: "Gone"}} {
		w.groups = append(w.groups, s.PutGroup(g).ID)
	}
	s.SetLastSync(time.Unix(1e9, 0))
	s.Conceal(w.hidden)
	return w
}

// selectable lists the properties of a type that one object, or a list, gives.
func selectable(k *kind, single bool) string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(k.known())) {
		if p := k.known()[name]; !p.never || single && name != "mailboxSettings" {
			names = append(names, name)
		}
	}
	return strings.Join(names, ",")
}

// all follows the links of a collection, and returns the deltaLink.
func (w *conformityWalk) all(method, target, body string) (delta string) {
	for target != "" {
		a := w.see(method, target, body)
		var p collection
		if err := json.Unmarshal([]byte(a.body), &p); err != nil {
			w.t.Fatal(err)
		}
		method, target, body, delta = "GET", p.Next, "", p.Delta
	}
	return delta
}

// see asks and checks. Whatever a test asks is checked by [client.do] already; here the properties count that were seen.
func (w *conformityWalk) see(method, target, body string) answer {
	a := w.do(method, target, body, "ConsistencyLevel: eventual")
	if strings.HasSuffix(target, "/$count") {
		return a
	}
	for _, wrong := range w.c.answer(a.status, []byte(a.body)) {
		w.t.Errorf("%s %s: %s", method, target, wrong)
	}
	return a
}

func (w *conformityWalk) everything() {
	everyUser, everyGroup := "$select="+selectable(userKind, false), "$select="+selectable(groupKind, false)
	for _, selected := range []string{"", everyUser, "$select=displayName"} {
		w.all("GET", "/users?$top=3&$count=true&"+selected, "")
		w.all("POST", "/directoryObjects/getByIds?"+selected, idsBody(append(w.users, w.groups...)))
	}
	for _, selected := range []string{"", everyGroup} {
		w.all("GET", "/groups?$top=3&"+selected, "")
	}
	users, groups := w.all("GET", "/users/delta?"+everyUser, ""), w.all("GET", "/groups/delta?"+everyGroup, "")
	w.s.Delete(w.deleted)
	w.s.Purge(w.users[0])
	w.s.Change(w.users[1], func(u *User) { u.DisplayName = "Other" })
	w.s.Delete(w.groups[3])
	w.all("GET", users, "")
	w.all("GET", groups, "")
	w.all("GET", "/directory/deletedItems/microsoft.graph.user?"+everyUser, "")
	w.all("GET", "/directory/deletedItems/microsoft.graph.group?"+everyGroup, "")

	everyOrganization := Types()
	paths := []string{
		"/organization", "/organization?$select=" + strings.Join(slices.Sorted(maps.Keys(everyOrganization.Of(typeOrganization))), ","),
		"/users/" + w.users[1], "/users/" + w.users[5] + "?$select=" + selectable(userKind, true), "/users/" + w.bot + "?" + everyUser,
		"/users/" + w.users[1] + "/settings/exchange", "/groups/" + w.groups[0], "/groups/" + w.groups[1] + "?$select=" + selectable(groupKind, true),
		"/directoryObjects/" + w.users[2], "/directoryObjects/" + w.hidden + "?$select=displayName", "/directoryObjects/" + w.groups[2],
		"/directory/deletedItems/" + w.deleted, "/directory/deletedItems/" + w.groups[3],
		"/users/" + someID, "/users/" + someID + "/settings/exchange", "/groups/" + someID, "/users?$select=nothing", "/nothing", "/users?$top=0",
	}
	var parts []string
	for i, path := range paths {
		w.see("GET", path, "")
		text, err := json.Marshal(map[string]string{"id": fmt.Sprint(i), "method": "GET", "url": path})
		if err != nil {
			w.t.Fatal(err)
		}
		parts = append(parts, string(text))
	}
	w.see("POST", "/$batch", `{"requests":[`+strings.Join(parts, ",")+`]}`)
	w.see("POST", "/$batch", "{}")
	w.see("GET", "/users/$count", "")
	w.see("POST", "/users", "{}")
}

// TestConformityFinds breaks right answers.
func TestConformityFinds(t *testing.T) {
	const (
		list = `{"@odata.context":"https://h/v1.0/$metadata#users(%s)","value":[{%s}]}`
		id   = `"id":"11111111-2222-4333-8444-555555555555"`
	)
	one := func(selected, members string) string { return fmt.Sprintf(list, selected, members) }
	for _, tt := range []struct {
		name, reason string
		status       int
		body         string
		want         string // in what is said; empty: nothing is
	}{
		{"right", "so that the others fail for their reason", 200, one("mail", id+`,"mail":null`), ""},
		{"unknown property", "a misspelt name", 200, one("eMail", id+`,"eMail":"x"`), "no property eMail"},
		{"a group's property", "another type's", 200, one("groupTypes", id+`,"groupTypes":[]`), "no property groupTypes"},
		{"wrong type", "a number where text belongs", 200, one("mail", id+`,"mail":3`), "no Edm.String"},
		{"text for a collection", "proxyAddresses is a list", 200, one("proxyAddresses", id+`,"proxyAddresses":"x"`), "no Collection"},
		{"null for a collection", "a collection is empty, never null", 200, one("proxyAddresses", id+`,"proxyAddresses":null`), "no Collection"},
		{"null in a collection", "Nullable=false is of the elements", 200, one("proxyAddresses", id+`,"proxyAddresses":[null]`), "null is no Edm.String"},
		{"null", "Nullable=false", 200, one("birthday", id+`,"birthday":null`), "null is no Edm.DateTimeOffset"},
		{"no time", "a date alone", 200, one("birthday", id+`,"birthday":"2026-01-02"`), "no Edm.DateTimeOffset"},
		{"no GUID", "in a complex type", 200, one("assignedPlans", id+`,"assignedPlans":[{"servicePlanId":""}]`), "no Edm.Guid"},
		{"unknown member", "of a complex type", 200, one("assignedPlans", id+`,"assignedPlans":[{"plan":"x"}]`), "no property plan"},
		{"not selected", "the context says what was", 200, one("id", id+`,"mail":null`), "not selected"},
		{"annotation", "an unknown one", 200, one("id", id+`,"@odata.other":"x"`), "no property @odata.other"},
		{"type", "a group among users", 200, one("id", id+`,"@odata.type":"#microsoft.graph.group"`), "in a set of"},
		{"removal", "an unknown reason", 200, one("id", id+`,"@removed":{"reason":"gone"}`), "@removed"},
		{"no type", "a directory object is always something", 200, `{"@odata.context":"https://h/v1.0/$metadata#directoryObjects/$entity",` + id + `}`, "no type"},
		{"context", "of an unknown set", 200, `{"@odata.context":"https://h/v1.0/$metadata#people","value":[]}`, "context"},
		{"value", "a collection needs one", 200, `{"@odata.context":"https://h/v1.0/$metadata#users"}`, "without value"},
		{"error", "without error", 404, `{}`, "without error"},
		{"inner error", "a request-id that is no GUID", 404, `{"error":{"code":"x","innerError":{"request-id":"x"}}}`, "no Edm.Guid"},
		{"part", "in a batch", 200, `{"responses":[{"id":"1","status":404,"headers":{},"body":{"error":{"kode":"x"}}}]}`, "no property kode"},
	} {
		got := strings.Join(newConformity().answer(tt.status, []byte(tt.body)), "\n")
		if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%s (%s): %q, want %q", tt.name, tt.reason, got, tt.want)
		}
	}
}
