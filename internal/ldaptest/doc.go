// Package ldaptest is an LDAP server in process, for tests and examples. It speaks LDAP over real sockets of 127.0.0.1,
// plain, by StartTLS and by LDAPS, and imitates Active Directory or, by a switch, OpenLDAP or 389 Directory Server.
//
//	f := ldaptest.Run(t, ldaptest.Config{People: ldaptest.People(100, "source.example")})
//	id := f.IDs()[0]
//	err := f.Rename(id, "somebody else")
//	// connect to f.DCs[0].TLSAddr with f.Roots, as f.DN(ldaptest.Reader) with ldaptest.Password
//
// [Start] is for programs, [Run] for tests. Nothing is ever written over the wire: add, modify, modify DN, delete and
// password modify are refused and counted ([Counts.Writes]). The world is changed by the methods of [Forest].
//
// # What it imitates of Active Directory
//
//   - A forest of one or more domains, each with its own naming context and domain controllers ([DC]); the configuration and
//     schema naming contexts on all of them; crossRefs, NTDS Settings with invocationId, query policy, schema with
//     isMemberOfPartialAttributeSet; an Exchange organisation with accepted domains.
//   - The root DSE, search result references to subordinate naming contexts, referrals (code 10) to where a base lives.
//   - The global catalog on ports of its own: every domain, without the attributes that are not in it; a filter on such an
//     attribute is undefined and finds nothing.
//   - Several domain controllers of one domain that replicate at once or, after [DC.Lag], at [DC.Sync]; update sequence
//     numbers (uSNChanged, highestCommittedUSN) of each server's own. Moving a container does not touch what is below it.
//   - Simple bind by DN, user@domain and DOMAIN\user; code 49 with the data that says why; anonymous where the password is
//     empty; SASL EXTERNAL by client certificate, and mechanisms that a test brings along.
//   - MaxPageSize: larger pages are cut to it, an answer without pages ends with code 4 after so many entries. Cookies belong
//     to their connection. MaxValRange: an attribute with more values comes empty, beside "name;range=0-1499".
//   - Filters whole, with three-valued logic, bitwise rules and membership in chain. Text compares without case and, as there,
//     without accents. <GUID=…> and <WKGUID=…> as bases. Unknown critical controls end with code 12.
//   - Deletion: CN=Deleted Objects, the RDN with \0ADEL:, isDeleted, lastKnownParent; with the recycle bin
//     an object keeps its attributes until it is recycled, without it what a tombstone keeps: objectGUID and
//     msExchMailboxGuid, not mail and proxyAddresses, and isRecycled comes at once. Show Deleted and Show Recycled show them, to readers with the right.
//   - What an administrator and Exchange do: see the methods of [Forest].
//
// As OpenLDAP it has entryUUID, operational attributes that must be asked for, limits by account (codes 4 and 11), one
// paged search for each connection, and no tombstones. As 389 Directory Server it differs from that in the root DSE
// and in nsUniqueId.
//
// # What it does not
//
// No access control lists: what an account sees is decided by two functions ([Rights]). No DirSync, RFC 4533
// synchronisation, sorting, virtual list views, notifications, or attributes that are computed from others, such as
// canonicalName. No Kerberos and no signing or sealing. DNs in values are those of the moment, except for
// lastKnownParent. Text that OpenLDAP does not order (>=, <=) it orders. Answers to one search come in the order of
// the index or in the order in which objects were made; real servers promise none.
//
// It was held against OpenLDAP 2.5 and Samba 4.17 with the same people, readers, filters, scopes and limits. It agrees with
// slapd but for the order of text. From Samba it differs where Microsoft's documentation does: text without accents, an
// unknown attribute
// in a negation (nothing matches), objectGUID in text form as a value (no match), CN=Deleted Objects as a base for who
// may not see it (code 32), the limits that Samba does not enforce.
//
// # Misbehaviour
//
// A [Fault] makes a server break the protocol, the connection or its word at an exact place: see [DC.SetFaults] and
// [Trouble]. [DC.Down] and [DC.Up] are an outage, [DC.SetLatency] a long way, [DC.SetLoad] a busy server.
package ldaptest
