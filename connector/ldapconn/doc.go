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
// In an Active Directory forest of several domains, or of which the root domain is another one, or in which some partition
// cannot be read in full, absence is out of scope, and so is that nobody holds an address; a list ends with that error.
//
// An account in Active Directory without any mail attribute is answered as found without an address, and the engine judges
// whether it had a mailbox. That needs a reader who, on the same connection and in the same call, read the addresses
// and the Instance of some other mailbox, and an entry that shows its name and no trace of a mailbox. Otherwise, and on
// systems without Instance, such an account is "not visible", also as a planned target.
//
// # Limits
//
// Inspect does not say which domains the mail system accepts (Directory.Domains), so the evidence that rests on them, such as
// that a domain was not switched yet and must be reconfigured first, does not come from LDAP.
//
// Deleted objects (tombstones, the recycle bin) are not looked at, so what is gone from Active Directory may still be
// restorable (DeletionUnknown).
//
// More values of an attribute than Active Directory answers at once (1500) are not fetched in ranges: the look-up fails.
//
// One server is asked, and one domain searched. When its connection breaks, the same name is connected to again; which
// domain controller that reaches is up to the name, and a change is recorded as a failover. No second server is asked to
// confirm, and no global catalogue.
//
// Until the right to read the pin is there, a server behind the same name is known by its kind and naming context only. From
// the first time it is read, every connection must show it.
//
// An access rule that hides mail, proxyAddresses, msExchMailboxGuid, msExchRecipientTypeDetails and targetAddress of single
// accounts only, while their names are readable, leaves what a disabled mailbox leaves. LDAP does not tell the two apart: a
// reader for this connector must be allowed to read these attributes of every account.
//
// A reader who may see mail but not proxyAddresses looks like a directory that does not use it: its aliases read as
// none. References and referrals are never followed, because that would send the password to wherever they point.
package ldapconn
