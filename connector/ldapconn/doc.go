// Package ldapconn connects refresh to LDAP directories: OpenLDAP, Active Directory and 389 Directory Server.
//
//	c, err := ldapconn.Open(ctx, ldapconn.Config{
//		Server:   "ldap.source.example",
//		User:     "cn=reader,dc=source,dc=example",
//		Password: password,
//	}, nil)
//	if err != nil {
//		return err
//	}
//	defer c.Close()
//	res, err := refresh.Refresh(ctx, job, refresh.Sides{Source: c}, nil)
//
// # Identity
//
// A mailbox is found by the attribute that its server never changes: entryUUID on OpenLDAP (RFC 4530), objectGUID on Active
// Directory, nsUniqueId on 389 Directory Server. IDs are their canonical lower-case text. Which server it is, is read
// from its root DSE. A server that is none of the three is refused, because guessing the identity would be wrong.
//
// # When a mailbox counts as absent
//
// LDAP says "there is none" by leaving it out of an answer, and many failures look the same. So an ID is answered
// with NotFound only when all of this holds: the search covered the whole naming context, never just the listing base; its
// answer ended with SearchResultDone and code 0 in time, on a connection without a protocol error; no reference pointed to
// a part of the tree elsewhere; and on the same connection, in the same call, some mailbox was found by the same
// identity attribute, because a reader without rights sees an empty directory. Everything else is a failed look-up.
// In an Active Directory forest of several domains the search does not cover every domain yet: absence is out of scope there.
//
// # Limits
//
// Deleted objects are not looked at yet, so what is gone from Active Directory may still be restorable (DeletionUnknown).
// More addresses than Active Directory answers at once (1500) fail the look-up. An account without any mail attribute
// is "not visible", also as a planned target.
//
// A reader who may see mail but not proxyAddresses looks like a directory that does not use it: its aliases read as
// none. References and referrals are never followed, because that would send the password to wherever they point.
package ldapconn
