// Package graphconn connects refresh to Microsoft 365 by Microsoft Graph, version 1.0, in every cloud.
//
//	c, err := graphconn.New(graphconn.Config{
//		TenantID: "0785ef7c-2d7a-4542-b048-95bcab406e0b",
//		Token:    token,
//	}, nil)
//	if err != nil {
//		return err
//	}
//	res, err := refresh.Refresh(ctx, job, refresh.Sides{Target: c}, nil)
//
// [New] does no I/O. A [Connector] holds nothing that must be closed; connections of its own that are idle end after 30 seconds.
// Nothing is ever written: the only requests that are no GET are the questions directoryObjects/getByIds and $batch, and a batch
// holds GETs only.
//
// # Clouds
//
// [Config].Cloud says which Graph is meant: [Global] (which the zero Cloud is), [USGov], [USGovDoD], [China], [Bleu], [Delos],
// [GovSG], or a Cloud made by hand for any other root. [CloudNamed] finds one by its name. Microsoft Cloud Germany was closed on 2021-10-29.
//
// # Tokens
//
// [Config].Token returns an access token for [Cloud.Scope]. No module for signing in comes with this package, because one short
// function serves each of them; the module examples/azuretoken has both. With azidentity of the Azure SDK, where cred is any of its
// credentials:
//
//	func(ctx context.Context) (string, error) {
//		claims, _ := graphconn.Challenge(ctx)
//		t, err := cred.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{scope}, Claims: claims, EnableCAE: true})
//		return t.Token, err
//	}
//
// With golang.org/x/oauth2, where source is a TokenSource, such as that of a clientcredentials.Config with the tenant's token endpoint:
//
//	func(ctx context.Context) (string, error) {
//		t, err := source.Token()
//		if err != nil {
//			return "", err
//		}
//		return t.AccessToken, nil
//	}
//
// The function is called for each request, by several goroutines at a time. It should keep a token until shortly before it expires, as
// both of these do. When the service rejects a token it is called once more, with a ctx of which [Challenge] tells so; when
// the service rejects that token too, the error wraps [refresh.ErrCredentials]. An error of the function ends the call. Its text is not repeated,
// because it may hold secrets; errors.Is and errors.As find it. It should wrap refresh.ErrCredentials where the sign-in was refused.
//
// The token is sent to scheme, host and port of the cloud's root, and nowhere else: a link to a further page, a cursor or a
// redirect that leads elsewhere is an error.
//
// # Retries
//
// Answers 408, 429, 500, 502, 503, 504 and 509 are asked again, and so is what broke on the way: a connection, a body that is cut
// short, an answer that is no JSON, such as a proxy's error page. The pause is what Retry-After says, as seconds, as a fraction of
// them, or as a date; without it, it is random and doubles from half a second to 30 seconds. While [Options].Patience lasts, and the deadline
// of the context is not before the end of a pause, it is waited; then the last refusal is the error. After an hour
// at most the service is asked again, whatever it said. A failure without Retry-After
// is asked again at most 8 times when the service answers others meanwhile. When it has answered nobody for as long as
// Patience, one request at a time finds out whether it is back, and the others fail at once.
//
// # Quota
//
// The service counts what a tenant's application asks for in ResourceUnits in 10 seconds: 3,500 in a small tenant, 5,000 in one of
// medium size, and 8,000 in a large one (Microsoft, "Microsoft Graph service-specific throttling limits"). A [Quota] keeps below that
// limit, and learns it from x-ms-throttle-limit-percentage and refusals, and what requests cost from x-ms-resource-unit, which each part of a
// batch has for itself. It does not know the limit before it is nearly reached: in a small or medium tenant whose service does not send
// the percentage, the requests that are in flight then are refused once, and asked again. Give one Quota to all connectors of a tenant in
// a process: then they share the limit, take turns, and when one is told to wait, all of them do. [refresh.Waiting] says until when.
// [Options].InFlight is how many requests a connector has in progress at most; a refusal halves it, and answers let it grow again.
//
// # Cost
//
// Resolving 20,000 users, 1000 in a request, took 7.0 microseconds of processor time, 1,424 bytes and 13 objects a user, where Microsoft's
// msgraph-sdk-go 1.89 took 45.6 microseconds, 21,602 bytes and 288 objects for the same requests to the same server in the same run, after 12
// minutes and 4.6 GB to build it. internal/graphclients/sdk prints these figures.
//
// # Rights
//
// Nothing is ever written. The application needs permissions of the type Application, or delegated ones for a user who may read the same.
// Least first:
//
//	Ability                    Permission                        Lost without it
//	resolve, confirm, find,    User.Read.All                     everything
//	list, changes
//	soft-deleted or gone       User.Read.All                     DeletionUnknown: such rows are pruned only with those
//	                                                             that can be restored
//	replaced mailboxes         User.Read.All, and a cloud that   a replaced or removed mailbox is not noticed
//	                           offers settings/exchange
//	pin, accepted domains,     Organization.Read.All             the warning "pin unverified"; Config.TenantID is not
//	last synchronisation                                         compared with the token's tenant
//	1000 IDs in a request      Directory.Read.All                300 IDs in a request, 20 filters of 15, for which the
//	                                                             service counts more ResourceUnits
//	IDs of groups              GroupMember.Read.All, or          such look-ups fail, and List, Find and Mark with
//	(Options.Groups)           Directory.Read.All                Options.Groups do
//	deleted groups             Group.Read.All, or                DeletionUnknown
//	                           Directory.Read.All
//
// Where directoryObjects/getByIds is refused with 403, the connector asks for users by filters from then on and says so at Warn, once. It does not
// try the other way again: make a new connector after the permission was granted. A refusal of the filters is the error
// [refresh.ErrForbidden] of each ID.
//
// Where the tenant may not be asked which one it is, what it does not have is gone only after one of the IDs was seen in it: the token may be for
// another tenant. Until then such a look-up fails with [refresh.ErrNotVisible]. It does likewise where the tenant could not be reached.
//
// An object whose properties this application may not read comes with its ID alone. That is a failed look-up which wraps
// [refresh.ErrNotVisible] and names the permission. It never reads as a mailbox without addresses.
//
// These endpoints are called, and no others:
//
//	POST /directoryObjects/getByIds                 resolve
//	GET  /directoryObjects/{id}, /users/{id},       what getByIds, or a filter, left out; assignedPlans of users without a
//	     /groups/{id}                               mailbox, under refresh.Options.Verify
//	GET  /directory/deletedItems/{id},              the same
//	     /directory/deletedItems/microsoft.graph.user, …group
//	GET  /users, /groups                            list, find, resolve without Directory.Read.All
//	GET  /users/delta, /groups/delta                changes
//	GET  /users/{id}/settings/exchange              Instances, and resolve under refresh.Options.Verify
//	GET  /organization                              inspect
//	POST /$batch                                    20 of these GETs
//
// # When a mailbox counts as gone
//
// Only when Graph itself, by the code of its error, says to a direct read that there is no such object, after a complete answer left it out and
// it is not among the deleted items; and when all of this is so once more after the pause of [Options].Confirm. The 404 of a proxy does not
// count. A user who is among the deleted items is soft-deleted, with the time of deletion and the end of the 30 days in which it can be restored.
// A mailbox on hold outlives its user: Get-Mailbox -InactiveMailboxOnly lists such mailboxes.
//
// Without the permission Directory.Read.All, and without [Options].Groups, only users are asked for, and a group's ID is no user's. Then the
// answer says so ([refresh.Absence].UsersOnly), and the engine believes it only of rows that the job knows as a user's.
//
// What nobody can notice: a list, a filter for addresses or a page of changes that leaves an object out and is whole otherwise; and replicas that
// are behind for longer than the pause of [Options].Confirm.
//
// # What is read
//
// The Primary address is the value of proxyAddresses with SMTP: in capitals; the others with smtp: are aliases, and X500, SIP, SPO and the
// like are left out. mail counts where none is marked. Two primary addresses fail the look-up as malformed. The Login is userPrincipalName, except
// that of a deleted user, which Graph changes. The Anchor is onPremisesImmutableId where it holds a GUID: 16 bytes in base64 in the byte order
// of Active Directory, or text. Graph does not tell shared mailboxes, rooms and guests from users, so the Kind of a user is unknown, which never
// overwrites one that is known. The Instance is primaryMailboxId; see [Connector.Instances] for when it is read.
// assignedPlans is evidence alone, and read only of a user who turned out to have no mailbox: whether a plan of Exchange is enabled says why. It
// decides nothing, because a shared mailbox needs no licence and a licence proves no mailbox.
//
// # What Graph does not tell
//
//   - Which mailbox a user has, except to a question for each user, which refresh.Options.Verify asks, in a cloud that offers it: without it, a
//     mailbox that was disabled or replaced is not noticed.
//   - A mail user or remote mailbox, and where it forwards to: such a user has no mailbox.
//   - Who is hidden from the address book, and organizational units: they do not matter to a refresh.
//
// # Errors
//
// What Graph says is an [*Error]. Its text has the operation, the status, Graph's code, the permission that is needed after a 403, and request-id and client-request-id, by which
// Microsoft's support finds a request. Graph's own message may hold addresses; it is in a field that nothing prints. Other errors are what broke on
// the way. No error, and no log above Debug, holds an address, a login, a token or a URL. Refused credentials wrap
// [refresh.ErrCredentials], a right that is lacking [refresh.ErrForbidden].
//
// # Answers
//
// An answer counts only when it is whole: status 200, JSON by its content type, a body with the length that was announced or with the
// sign of its end, gzip with its checksum, one JSON object of the expected shape and nothing behind it. It has 4 MiB and 150,000 values at most. Everything
// else is a failure, and never reads as an object that is not there. IDs whose objects do not fit into one answer of getByIds are asked for
// again, half as many at a time, down to 100.
package graphconn
