package graphtest

import (
	"encoding/base64"
	"regexp"
	"strings"
	"testing"
)

// TestRights asks each endpoint with each right.
func TestRights(t *testing.T) {
	s, c, ids := world(t, 1, nil)
	gone := s.Put(User{UserPrincipalName: "gone@contoso.example"})
	s.Delete(gone.ID)
	g := s.PutGroup(Group{})
	all := []Right{UserReadAll, OrganizationReadAll, DirectoryReadAll, GroupReadAll}
	cases := []struct {
		name, method, target, body string
		may                        []Right
	}{
		{"users", "GET", "/users", "", []Right{UserReadAll, DirectoryReadAll}},
		{"count", "GET", "/users/$count", "", []Right{UserReadAll, DirectoryReadAll}},
		{"user", "GET", "/users/" + ids[0], "", []Right{UserReadAll, DirectoryReadAll}},
		{"exchange", "GET", "/users/" + ids[0] + "/settings/exchange", "", []Right{UserReadAll}},
		{"delta", "GET", "/users/delta", "", []Right{UserReadAll, DirectoryReadAll}},
		{"getByIds", "POST", "/directoryObjects/getByIds", idsBody(ids), []Right{DirectoryReadAll, GroupReadAll}},
		{"deleted users", "GET", "/directory/deletedItems/microsoft.graph.user", "", []Right{UserReadAll, DirectoryReadAll}},
		{"deleted item", "GET", "/directory/deletedItems/" + gone.ID, "", []Right{UserReadAll, DirectoryReadAll}},
		{"organization", "GET", "/organization", "", []Right{OrganizationReadAll, DirectoryReadAll}},
		{"group", "GET", "/groups/" + g.ID, "", []Right{GroupReadAll, DirectoryReadAll}},
	}
	for _, tc := range cases {
		for _, r := range append(all, "") {
			c.token = s.Token(r)
			want := 403
			for _, m := range tc.may {
				if m == r {
					want = 200
				}
			}
			a := c.do(tc.method, tc.target, tc.body, "ConsistencyLevel: eventual")
			if a.status != want {
				t.Errorf("%s with %q: %d, want %d", tc.name, r, a.status, want)
			}
			if e := a.status == 403; e && a.refusal(t).Error.Code != "Authorization_RequestDenied" {
				t.Errorf("%s: %s", tc.name, a.body)
			}
		}
	}
	c.token = s.Token()
	s.Grant(c.token, UserReadAll)
	if a := c.get("/users"); a.status != 200 {
		t.Errorf("granted later: %v", a)
	}
}

// TestTokens are refused when they are empty, unknown, expired or revoked.
func TestTokens(t *testing.T) {
	s, c, _ := world(t, 1, nil)
	check := func(name, message string) answer {
		t.Helper()
		a := c.get("/users")
		r := a.refusal(t)
		if a.status != 401 || r.Error.Code != "InvalidAuthenticationToken" || !strings.HasPrefix(r.Error.Message, message) {
			t.Errorf("%s: %v", name, a)
		}
		if !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer ") {
			t.Errorf("%s: no challenge: %v", name, a.header)
		}
		return a
	}
	good := c.token
	c.token = ""
	check("none", "Access token is empty.")
	c.token = "x"
	check("unknown", "IDX14100")
	c.token = good
	if a := c.get("/users"); a.status != 200 {
		t.Errorf("%v", a)
	}
	s.Expire(good)
	if a := check("expired", "Lifetime validation failed"); strings.Contains(a.header.Get("WWW-Authenticate"), "claims") {
		t.Error("an expired token is no reason for a claims challenge")
	}
	c.token = s.Token(UserReadAll)
	s.Revoke(c.token)
	a := check("revoked", "Continuous access evaluation")
	m := regexp.MustCompile(`error="insufficient_claims", claims="([^"]*)"`).FindStringSubmatch(a.header.Get("WWW-Authenticate"))
	if m == nil {
		t.Fatalf("no claims: %v", a.header)
	}
	if claims, err := base64.StdEncoding.DecodeString(m[1]); err != nil || !strings.Contains(string(claims), `"nbf"`) {
		t.Errorf("claims %s, %v", claims, err)
	}
}
