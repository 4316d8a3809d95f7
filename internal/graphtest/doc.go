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
//   - GET /groups, /groups/{id} and /groups/delta, in the same way, without members.
//   - POST /directoryObjects/getByIds: 1000 IDs, unknown ones left out, in no order that could be relied on, and objects with limited
//     information where the right to read them is lacking. GET /directoryObjects/{id}.
//   - GET /directory/deletedItems/microsoft.graph.user, …group and /directory/deletedItems/{id}. Users and Microsoft 365 groups stay there
//     for 30 days; other groups are deleted at once.
//   - POST /$batch: 20 parts, dependsOn, answers in any order, each part with its own rights and quota.
//   - GET /organization.
//   - Rights ([Right]), tokens that expire or are revoked, ResourceUnits with a price list kept as data ([Prices]) and a
//     token bucket, two replicas of which one lags ([Server.Lag]), gzip both ways, HTTP/1.1 and HTTP/2.
//
// It refuses what the real service refuses, in the same words where these are known. The table of refusals is in refusal.go, which says
// of each text where it was read.
//
// # What is a guess
//
// Documentation and answers that others have published do not tell everything. These are guesses, and a client should not rely on them:
//
//   - getByIds leaves unknown IDs out, in a status of 200. It is what programs rely on; the page does not say it. One malformed ID refuses the
//     whole request. An empty list of IDs, or an unknown type, is refused.
//   - Properties in the $select of objects of any type that only other types have are left out, not null.
//   - Limited information in getByIds and /directoryObjects/{id} is that of members of groups, of which the page "Overview of Microsoft Graph
//     permissions" shows the type, the ID and everything else null. [Options.BareLimited] is the other form that the page speaks of.
//   - /directory/deletedItems/{id} of an object of a type that the token may not read is refused with 403.
//   - settings/exchange says ErrorNonExistentMailbox of users without a mailbox, and ErrorInvalidUser of those who are not there. Other
//     mailbox requests are known to say MailboxNotEnabledForRESTAPI, too, which [Fault] can.
//   - The name of a deleted user begins with its ID without dashes. An example on the page "Get-EntraDeletedUser" has them with dashes.
//   - The codes of 500, 502, 503 and 504, and the words of refusals marked so in refusal.go.
//   - Prices that the documentation does not list ([Price].Guess), how large the token bucket of the quota is, and that what is refused with
//     429 takes nothing from it. [Server.Metering] counts otherwise.
//   - An expired deltatoken: see [Server.ForgetDeltas] for the two forms.
//
// Names and types of properties are those of Microsoft's $metadata, kept as data ([Types]): what is not there cannot be selected, and the tests
// of this package hold every answer against it. Package graphclients has clients of Microsoft's ask it.
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
