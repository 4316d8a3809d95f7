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
//
// Where directoryObjects/getByIds is refused with 403, the connector asks for users by filters from then on and says so at Warn, once. It does not
// try the other way again: make a new connector after the permission was granted. A refusal of the filters is the error
// [refresh.ErrForbidden] of each ID.
//
// An object whose properties this application may not read comes with its ID alone. That is a failed look-up which wraps
// [refresh.ErrNotVisible] and names the permission. It never reads as a mailbox without addresses.
//
// These endpoints are called, and no others:
//
//	POST /directoryObjects/getByIds                 resolve
//	GET  /directoryObjects/{id}, /users/{id},       what getByIds, or a filter, left out
//	     /groups/{id}
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
// # What is read
//
// The Primary address is the value of proxyAddresses with SMTP: in capitals; the others with smtp: are aliases, and X500, SIP, SPO and the
// like are left out. mail counts where none is marked. Two primary addresses fail the look-up as malformed. The Login is userPrincipalName, except
// that of a deleted user, which Graph changes. The Anchor is onPremisesImmutableId where it holds a GUID: 16 bytes in base64 in the byte order
// of Active Directory, or text. Graph does not tell shared mailboxes, rooms and guests from users, so the Kind of a user is unknown, which never
// overwrites one that is known. The Instance is primaryMailboxId; see [Connector.Instances] for when it is read.
package graphconn
