package graphtest

import (
	"fmt"
	"strings"
	"testing"
)

const someID = "11111111-2222-4333-8444-555555555555"

func many(n int, f func(i int) string, sep string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = f(i)
	}
	return strings.Join(parts, sep)
}

func quoted(i int) string { return fmt.Sprintf("'user%d@contoso.example'", i) }
func clause(i int) string {
	return fmt.Sprintf("proxyAddresses/any(p:p eq 'smtp:user%d@contoso.example')", i)
}
func step20(i int) string {
	return fmt.Sprintf(`{"id":"%d","method":"GET","url":"/users/%s"}`, i, someID)
}
func numbered(i int) string { return fmt.Sprintf("11111111-2222-4333-8444-%012d", i) }

// TestRefusals asks what the real service refuses.
func TestRefusals(t *testing.T) {
	const eventual = "ConsistencyLevel: eventual"
	thousand := strings.Split(many(1001, numbered, " "), " ")
	byIDs := "/directoryObjects/getByIds"
	cases := []struct {
		name, reason         string
		method, target, body string
		header               []string
		status               int
		code, message        string
	}{
		{"1001 IDs", "1000 is the limit", "POST", byIDs, idsBody(thousand), nil, 400, "Request_BadRequest", "Number of included identifiers cannot exceed '1000'."},
		{"no IDs", "a guess", "POST", byIDs, `{"ids":[]}`, nil, 400, "Request_BadRequest", ""},
		{"an ID that is no GUID", "one bad ID fails all", "POST", byIDs, idsBody([]string{someID, "x"}), nil, 400, "Request_BadRequest", "Invalid GUID specified."},
		{"a type that is none", "a guess", "POST", byIDs, idsBody([]string{someID}, "mailbox"), nil, 400, "Request_BadRequest", ""},
		{"no JSON", "", "POST", byIDs, `{`, nil, 400, "BadRequest", ""},
		{"no content type", "", "POST", byIDs, `{}`, []string{"Content-Type: text/plain"}, 400, "BadRequest", sayType},
		{"getByIds, unknown property", "", "POST", byIDs + "?$select=id,nose", idsBody([]string{someID}), nil, 400, "BadRequest",
			"Parsing OData Select and Expand failed: Could not find a property named 'nose' on type 'microsoft.graph.directoryObject'."},
		{"GET of getByIds", "it is an action", "GET", byIDs, "", nil, 405, "Request_BadRequest", sayMethod},
		{"21 parts", "20 is the limit", "POST", "/$batch", `{"requests":[` + many(21, step20, ",") + `]}`, nil, 400, "MaximumValueExceeded", sayTooManySteps},
		{"no parts", "", "POST", "/$batch", `{"requests":[]}`, nil, 400, "BadRequest", sayBatchPayload},
		{"parts of one ID", "IDs are compared without case", "POST", "/$batch", `{"requests":[{"id":"a","method":"GET","url":"/users"},{"id":"A","method":"GET","url":"/users"}]}`, nil, 400, "BadRequest", sayBatchPayload},
		{"depends on nothing", "", "POST", "/$batch", `{"requests":[{"id":"a","method":"GET","url":"/users","dependsOn":["b"]}]}`, nil, 400, "BadRequest", sayBatchPayload},
		{"16 values of in", "15 is the limit", "GET", filter("userPrincipalName in (" + many(16, quoted, ",") + ")"), "", nil, 400, "Request_UnsupportedQuery", "Too many child clauses specified in search filter expression containing 'OR' operators: 16. Max allowed: 15."},
		{"16 clauses", "15 is the limit", "GET", filter(many(16, clause, " or ")), "", nil, 400, "Request_UnsupportedQuery", "Too many child clauses specified in search filter expression containing 'OR' operators: 16. Max allowed: 15."},
		{"in and clauses together", "values count as clauses", "GET", filter("mail in (" + many(15, quoted, ",") + ") or mail eq 'x'"), "", nil, 400, "Request_UnsupportedQuery", ""},
		{"unknown property", "", "GET", "/users?$select=id,nose", "", nil, 400, "BadRequest",
			"Parsing OData Select and Expand failed: Could not find a property named 'nose' on type 'microsoft.graph.user'."},
		{"unknown property of one user", "", "GET", "/users/" + someID + "?$select=nose", "", nil, 400, "BadRequest", ""},
		{"unknown property of a group", "", "GET", "/groups/" + someID + "?$select=employeeId", "", nil, 400, "BadRequest", ""},
		{"unknown property of the organization", "", "GET", "/organization?$select=nose", "", nil, 400, "BadRequest", ""},
		{"unknown property in delta", "", "GET", "/users/delta?$select=nose", "", nil, 400, "BadRequest", ""},
		{"mailboxSettings of a list", "not of the directory", "GET", "/users?$select=mailboxSettings", "", nil, 501, "NotImplemented", sayNotImplemented},
		{"$top of 1000", "999 is the limit", "GET", "/users?$top=1000", "", nil, 400, "Request_UnsupportedQuery", "Invalid page size specified: '1000'. Must be between 1 and 999 inclusive."},
		{"$top of 0", "", "GET", "/directory/deletedItems/microsoft.graph.user?$top=0", "", nil, 400, "Request_UnsupportedQuery", ""},
		{"$top in delta", "not supported there", "GET", "/users/delta?$top=5", "", nil, 400, "Request_BadRequest", ""},
		{"$skip", "not of the directory", "GET", "/users?$skip=5", "", nil, 400, "Request_BadRequest", ""},
		{"endsWith, plain", "advanced", "GET", filter("endswith(mail,'x')"), "", nil, 400, "Request_UnsupportedQuery", "Operator 'endsWith' is not supported because the 'ConsistencyLevel:eventual' header is missing. Refer to https://aka.ms/graph-docs/advanced-queries for more information"},
		{"endsWith, no $count", "the header is half of it", "GET", filter("endswith(mail,'x')"), "", []string{eventual}, 400, "Request_UnsupportedQuery", ""},
		{"endsWith, no header", "$count is the other half", "GET", filter("endswith(mail,'x')") + "&$count=true", "", nil, 400, "Request_UnsupportedQuery", ""},
		{"not, plain", "advanced", "GET", filter("not(mail eq 'x')"), "", nil, 400, "Request_UnsupportedQuery", ""},
		{"ne, plain", "advanced", "GET", filter("mail ne 'x'"), "", nil, 400, "Request_UnsupportedQuery", ""},
		{"proxyAddresses/$count, plain", "advanced", "GET", filter("proxyAddresses/$count eq 0"), "", nil, 400, "Request_UnsupportedQuery", ""},
		{"$search, plain", "advanced", "GET", `/users?$search="mail:x"`, "", nil, 400, "Request_UnsupportedQuery", saySearch},
		{"$orderby, plain", "advanced here", "GET", "/users?$orderby=mail", "", nil, 400, "Request_UnsupportedQuery", ""},
		{"$count segment, plain", "advanced", "GET", "/users/$count", "", nil, 400, "Request_BadRequest", sayCount},
		{"a property without index", "", "GET", filter("proxyAddresses eq 'x' and jobTitle eq 'x'"), "", nil, 400, "Request_UnsupportedQuery", "Unsupported or invalid query filter clause specified for property 'jobTitle' of resource 'User'."},
		{"a filter on nothing", "", "GET", filter("nose eq 'x'"), "", nil, 400, "BadRequest", ""},
		{"half a filter", "", "GET", filter("mail eq "), "", nil, 400, "BadRequest", ""},
		{"an open quote", "", "GET", filter("mail eq 'x"), "", nil, 400, "BadRequest", ""},
		{"an open bracket", "", "GET", filter("(mail eq 'x'"), "", nil, 400, "BadRequest", ""},
		{"something behind", "", "GET", filter("mail eq 'x' mail"), "", nil, 400, "BadRequest", ""},
		{"id in with no GUID", "", "GET", filter("id in ('x')"), "", nil, 400, "Request_BadRequest", ""},
		{"a user that is not there", "", "GET", "/users/" + someID, "", nil, 404, "Request_ResourceNotFound",
			"Resource '" + someID + "' does not exist or one of its queried reference-property objects are not present."},
		{"a name that is not there", "no GUID is a name", "GET", "/users/x@contoso.example", "", nil, 404, "Request_ResourceNotFound", ""},
		{"deletedItems, no GUID", "", "GET", "/directory/deletedItems/x", "", nil, 400, "Request_BadRequest", "Invalid object identifier 'x'."},
		{"deletedItems, not there", "", "GET", "/directory/deletedItems/" + someID, "", nil, 404, "Request_ResourceNotFound", ""},
		{"a group that is not there", "", "GET", "/groups/" + someID, "", nil, 404, "Request_ResourceNotFound", ""},
		{"exchange, no user", "a guess", "GET", "/users/" + someID + "/settings/exchange", "", nil, 404, "ErrorInvalidUser", ""},
		{"a segment that is none", "", "GET", "/noses", "", nil, 400, "BadRequest", "Resource not found for the segment 'noses'."},
		{"deletedItems without type", "not supported", "GET", "/directory/deletedItems", "", nil, 400, "BadRequest", ""},
		{"a token that is none", "", "GET", "/users?$skiptoken=abc", "", nil, 400, "Request_BadRequest", ""},
		{"a deltatoken that is none", "", "GET", "/users/delta?$deltatoken=abc", "", nil, 400, "Request_BadRequest", ""},
		{"HEAD-like method", "no method of ours", "OPTIONS", "/users", "", nil, 405, "Request_BadRequest", sayMethod},
	}
	_, c, _ := world(t, 3, nil)
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			a := c.do(tc.method, tc.target, tc.body, append(tc.header, "client-request-id: mine")...)
			r := a.refusal(t)
			if a.status != tc.status || r.Error.Code != tc.code {
				t.Errorf("status %d, code %s; want %d, %s (%s): %s", a.status, r.Error.Code, tc.status, tc.code, tc.reason, r.Error.Message)
			}
			if r.Error.Message == "" || tc.message != "" && r.Error.Message != tc.message {
				t.Errorf("message %q, want %q", r.Error.Message, tc.message)
			}
			inner := r.Error.InnerError
			if inner["date"] == "" || inner["request-id"] != a.header.Get("request-id") || inner["request-id"] == "" || inner["client-request-id"] != "mine" {
				t.Errorf("inner error %v, header %v", inner, a.header)
			}
		})
	}
}

// TestLimitsAreKept asks for as much as is allowed.
func TestLimitsAreKept(t *testing.T) {
	_, c, ids := world(t, 1500, nil)
	if got := c.do("POST", "/directoryObjects/getByIds?$select=id", idsBody(ids[:1000], "user")).page(t); len(got.Value) != 1000 || got.Next != "" {
		t.Errorf("getByIds of 1000: %d, next %q", len(got.Value), got.Next)
	}
	if got := c.get("/users?$top=999").page(t); len(got.Value) != 999 || got.Next == "" {
		t.Errorf("$top=999: %d", len(got.Value))
	}
	if got := c.get(filter("mail in (" + many(15, quoted, ",") + ")")).page(t); len(got.Value) != 15 {
		t.Errorf("in of 15: %d", len(got.Value))
	}
	if got := c.get(filter(many(15, clause, " or "))).page(t); len(got.Value) != 15 {
		t.Errorf("15 clauses: %d", len(got.Value))
	}
	if got := c.get(filter(many(40, clause, " or "))+"&$count=true", "ConsistencyLevel: eventual").page(t); len(got.Value) != 40 || got.Count != 40 {
		t.Errorf("40 clauses of an advanced query: %d, count %d", len(got.Value), got.Count)
	}
	if got := c.do("POST", "/$batch", `{"requests":[`+many(20, step20, ",")+`]}`); strings.Count(got.body, `"status":404`) != 20 {
		t.Errorf("20 parts: %s", got.body)
	}
}

// TestWritesAreRecorded is what a test of an adapter stands on when it says that nothing is ever written.
func TestWritesAreRecorded(t *testing.T) {
	s, c, ids := world(t, 1, nil)
	before, _ := s.User(ids[0])
	for _, m := range []string{"PATCH", "PUT", "DELETE"} {
		if a := c.do(m, "/users/"+ids[0], `{"mail":"x"}`); a.status != 403 {
			t.Errorf("%s: %d", m, a.status)
		}
	}
	c.do("POST", "/users", `{}`)
	c.do("POST", "/$batch", `{"requests":[{"id":"1","method":"delete","url":"/users/`+ids[0]+`"}]}`)
	want := "PATCH /users/" + ids[0] + " PUT /users/" + ids[0] + " DELETE /users/" + ids[0] + " POST /users DELETE /users/" + ids[0]
	if got := strings.Join(s.Counters().Writes, " "); got != want {
		t.Errorf("writes %s, want %s", got, want)
	}
	if after, ok := s.User(ids[0]); !ok || after.Mail != before.Mail {
		t.Error("a write came through")
	}
}
