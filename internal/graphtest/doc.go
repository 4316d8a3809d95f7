// Package graphtest is a Microsoft Graph v1.0 in process, for tests and examples. It speaks HTTP over TLS, in memory or on
// a port of 127.0.0.1, and imitates the part of Graph that reads users.
//
//	s := graphtest.Start(t, nil)
//	u := s.Put(graphtest.User{UserPrincipalName: "ann@contoso.example", Proxies: []string{"SMTP:ann@contoso.example"}})
//	token := s.Token(graphtest.DirectoryReadAll)
//	// ask s.URL()+"/v1.0/users/"+u.ID with s.Client() and "Authorization: Bearer "+token
//
// [Start] and [StartTCP] are for tests, [Open] and [OpenTCP] for programs. A server in memory works inside a bubble of
// testing/synctest; all its times are those of package time. The world is changed by methods of [Server], never over the wire: a request
// that would write is refused and recorded, see [Counters].
//
// # What it imitates
//
//   - GET /users with $select, $top, $filter, $count and paging, /users/$count, /users/{id or userPrincipalName},
//     /users/{id}/settings/exchange, and /users/delta.
//   - POST /directoryObjects/getByIds: 1000 IDs, unknown ones left out, in no order that could be relied on, and objects with limited
//     information where the right to read them is lacking.
//   - GET /directory/deletedItems/microsoft.graph.user and /directory/deletedItems/{id}. Users stay there for 30 days.
//   - POST /$batch: 20 parts, dependsOn, answers in any order, each part with its own rights and quota.
//   - GET /organization, /groups/{id} and /directoryObjects/{id}.
//   - Rights ([Right]), tokens that expire or are revoked, ResourceUnits with a price list kept as data ([Prices]) and a
//     token bucket, two replicas of which one lags ([Server.Lag]), gzip both ways.
//
// It refuses what the real service refuses, in the same words where these are known. The table of refusals is in refusal.go, which says
// of each text where it was read, and marks those that are guesses.
//
// # What it does not
//
// No writing, no $search, no $expand, no $orderby beside $count, no sorting at all: users come in the order in which they were made. A
// filter knows eq, ne, in, startswith, endswith, any, and, or, not on the properties that are kept. Prefer: return=minimal is ignored.
// Properties that exist in v1.0 but are not kept are null.
//
// # Misbehaviour
//
// [Server.Fault] decides for each request and for each part of a batch: another status, headers, a body that is cut, truncated, slow, of
// another type, or never comes. See [Fault].
package graphtest
