package graphtest

import "testing"

// TestEndpoints reads paths as clients write them.
func TestEndpoints(t *testing.T) {
	for path, want := range map[string]Endpoint{
		"/users": Users, "/users/": Users, "/USERS/x@y.example": OneUser, "/users/$count": UsersCount, "/users/%24count": UsersCount,
		"/users/delta": Delta, "/users/delta()": Delta, "/users/delta%28%29": Delta, "/users/microsoft.graph.delta()": Delta,
		"/users/x/settings/exchange": Exchange, "/users/x/settings": Other, "/users/a%2Fb": OneUser, "/users/a/b": Other,
		"/$batch": Batch, "/%24batch": Batch, "/directoryObjects/getByIds": GetByIDs, "/directoryObjects/microsoft.graph.getByIds": GetByIDs,
		"/directoryObjects": Other, "/directory/deletedItems/microsoft.graph.user": DeletedUsers, "/directory/deleteditems/x": DeletedItem,
		"/directory/deletedItems": Other, "/organization": Organization, "/groups/x": OneGroup, "/groups": Groups, "/Groups/microsoft.graph.delta()": GroupsDelta, "/groups/x/members": Other,
		"/directory/deletedItems/microsoft.graph.group": DeletedGroups, "/": Other, "": Other,
	} {
		if got := endpointOf(path); got != want {
			t.Errorf("%q: %s, want %s", path, got, want)
		}
	}
}

// TestGUID reads one form alone.
func TestGUID(t *testing.T) {
	for text, want := range map[string]bool{
		someID: true, "ABCDEFAB-cdef-4333-8444-555555555555": true, "": false, "11111111222243338444555555555555": false,
		"{11111111-2222-4333-8444-555555555555}": false, "11111111-2222-4333-8444-55555555555": false, "11111111-2222-4333-8444-5555555555555": false,
		"111111111-222-4333-8444-555555555555": false, "1111111102222-4333-8444-555555555555": false, "11111111-2222-4333-8444-55555555555g": false,
		"11111111-2222-4333-8444055555555555a": false,
	} {
		if g, ok := parseGUID(text); ok != want || ok && len(g.String()) != 36 {
			t.Errorf("%q: %t, want %t", text, ok, want)
		}
	}
	if g, _ := parseGUID("ABCDEFAB-cdef-4333-8444-555555555555"); g.String() != "abcdefab-cdef-4333-8444-555555555555" {
		t.Errorf("%s", g)
	}
	m := mint{1}
	seen := map[guid]bool{}
	for range 1000 {
		g := m.guid()
		if s := g.String(); seen[g] || s[14] != '4' || s[19] != '8' && s[19] != '9' && s[19] != 'a' && s[19] != 'b' {
			t.Fatalf("%s is no new version 4", s)
		}
		seen[g] = true
	}
}
