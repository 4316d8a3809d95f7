// Package ldapconn connects refresh to LDAP directories: Active Directory with and without Exchange, OpenLDAP, and
// 389 Directory Server.
//
//	c, err := ldapconn.Open(ctx, ldapconn.Config{
//		Server:   "dc1.source.example",
//		Replicas: []string{"dc2.source.example"},
//		User:     "reader@source.example",
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
// # What is read
//
// The attributes are presets of the system, and [Options].Attributes names others. On Active Directory: proxyAddresses (the
// value with SMTP: in capitals is the primary address, those with smtp: are aliases, other types are left out), mail where there
// is no Exchange, userPrincipalName, displayName, msExchMailboxGuid (the Instance), ms-DS-ConsistencyGuid (the Anchor),
// msExchRecipientTypeDetails (the Kind) and targetAddress (where mail to a mail user or a remote mailbox goes). No primary address,
// two of them, and values that cannot be what they should be fail the look-up as malformed. An attribute with more values than the
// server answers at once is read in ranges. Mailboxes that are hidden from address books are mailboxes. Those of the system itself
// are never listed.
//
// # When a mailbox counts as absent
//
// LDAP says "there is none" by leaving it out of an answer, and many failures look the same. So an ID is answered
// with NotFound only when all of this holds: the search covered the whole naming context, never just the listing base; its
// answer ended with SearchResultDone and code 0 in time, on a connection without a protocol error; no reference pointed to
// an unknown part of the tree elsewhere; and on the same connection, in the same call, some mailbox was found by the same
// identity attribute, because a reader without rights sees an empty directory. Everything else is a failed look-up.
//
// In an Active Directory forest of several domains it must hold for the global catalog ([Config].Catalogs), or for every
// domain ([Config].Domains), and some mailbox must be seen in every domain: rights may be lacking in one. [Config].Empty names the
// domains in which there is none, such as an empty root domain. A catalog makes up for a domain that does not answer, or not in full,
// where it shows somebody of that domain, too. Without a catalog or the other domains, and where it cannot be read which
// domains there are, absence is out of scope, and so is that nobody holds an address; a list ends with that error. So it does below
// [Config].Base, where a domain there is not covered. A list of several domains ends with an error, too, where one shows no mailbox; that of
// a single domain, or of a part of one, is empty then. A tombstone is proof by itself.
//
// With [Config].Replicas, and with several catalogs or several servers of a domain, an absence is asked again on another
// server, in a forest of one domain also on a catalog that is at another server. Where none of them answers, the same server is asked
// again after a pause. What was left out and is shown a moment later has failed, and is not absent. Contacts and groups, which are
// often shown to everybody, show no mailbox. A domain controller that says that it, or its catalog, is not synchronised yet is not asked.
//
// An account in Active Directory without any mail attribute is answered as found without an address, and the engine judges
// whether it had a mailbox. That needs a reader who, on the same connection and in the same call, read the addresses
// and the Instance of some other mailbox, and an entry that shows its name and no trace of a mailbox. Otherwise, and on
// systems without Instance, such an account is "not visible", also as a planned target.
//
// # Deleted objects
//
// What is absent from Active Directory is looked for among its deleted objects. In the first stage of the recycle bin it is
// soft-deleted, with the time of its last change as the time of deletion and the end of msDS-DeletedObjectLifetime after that as
// the time until which it can be restored. Without the recycle bin a tombstone is left, which has lost its addresses: gone, as a
// recycled object is. Where this reader may not look at deleted objects, that is said (DeletionUnknown).
//
// # Rights
//
// Nothing is ever written. All of it is reading, and less of it loses this much:
//
//	Ability                    Right                                                   Lost without it
//	open                       bind; read the root DSE                                 everything
//	resolve, find, list        read the identity and the mail attributes of all        what is not visible fails, and is
//	                           accounts, and search by them                            never called missing
//	no mailbox, replaced       read msExchMailboxGuid, msExchRecipientTypeDetails,     "mailbox state unknown"; a disabled
//	                           targetAddress of all accounts                           mailbox is "not visible"
//	pin                        read the identity of the configuration naming           the warning "pin unverified"
//	                           context (AD) or of the suffix
//	absence in a forest        read all of CN=Partitions in the configuration naming   "out of scope"; see Limits for a
//	                           context                                                 single entry that is hidden
//	other domains              the same rights there, or in the global catalog; for    "out of scope"
//	                           the catalog, read the schema
//	soft-deleted or gone       list CN=Deleted Objects (AD: administrators, unless     DeletionUnknown: such rows are pruned only
//	                           granted with dsacls)                                    with those that can be restored
//	restorable until when      read CN=Directory Service,CN=Windows NT,CN=Services     no date
//	accepted domains           read CN=Microsoft Exchange,CN=Services                  no warning of a domain that is not accepted
//	                                                                                   any more
//	list a group               read the group's members, and those of groups in it     the list ends with an error; see the
//	                                                                                   limits for groups in it
//	changes (AD)               read and search uSNChanged of all mailboxes; read       every refresh is a full one
//	                           invocationId of NTDS Settings; list CN=Deleted Objects
//	changes (OpenLDAP)         the overlay syncprov with a session log; read           every refresh is a full one
//	                           contextCSN of the suffix; search by entryCSN
//
// On Active Directory an ordinary user has all of these by default, but for deleted objects. On OpenLDAP and 389 Directory Server
// access rules must grant them, and a size limit of at least 10 entries; the connector asks for as few at a time as the server
// permits.
//
// # Changes
//
// A [Connector] is a [refresh.Tracker] where the server tells what changed: Active Directory by uSNChanged, OpenLDAP by
// RFC 4533. See [Connector.Mark] and [Connector.Changes] for the cursors. A cursor is good on the one server that gave it; another
// one, a restored one, and on OpenLDAP one that was restarted since, void it, and the refresh is a full one. So does a reader who may not
// see deletions: a list of changes without them would leave who was deleted as it was. A directory in which nothing was ever deleted
// does not show whether this reader may, and is not tracked on Active Directory until something was. 389 Directory Server is not tracked.
// More than 1,000,000 changes are not read; looking everybody up is faster.
//
// OpenLDAP must not be configured with syncprov-nopresent, which hides deletions. Its servers do not say which one they are, so a
// server is known by host and port: do not use a name that stands for several servers, or a balancer, where jobs are tracked.
//
// # Ways to ask
//
// IDs are asked for in searches of about 50 conditions, several at a time, on one connection to a domain controller and on several
// to other servers. How many conditions and how many searches follows from what the server's answers take: a server that slows down, or
// says that it is busy, is asked for less. [Options].Logger gets these decisions at Debug.
//
// # Failures
//
// When a connection breaks, it is made anew, with backoff, and the unanswered batches are asked again, a few times. Where the server stays
// away, does not answer in time or is too busy, the next one of Config.Replicas takes over, for the whole call and the calls after it; the run
// records it. Rejected credentials are tried once in a call, because more could lock the account. References and referrals are
// never followed, because that would send the password to wherever they point. An answer that breaks the protocol, or that
// is more than was asked for, ends the connection.
//
// # Ways to bind
//
// With User and Password over LDAPS or StartTLS; with a client certificate ([Config].TLS and [External]); or with any SASL
// mechanism that the caller brings ([Mechanism]), such as Kerberos or NTLM. An empty password is refused.
//
// # Limits
//
// Until the right to read the pin is there, a server behind the same name is known by its kind and naming context only. From
// the first time it is read, every connection must show it. A catalog and the servers of other domains must show it always.
//
// Which domains a forest has is read from CN=Partitions. An access rule that hides the crossRef of one domain there, and shows the
// others, makes the forest look complete without it: its mailboxes would count as absent. No such rule is there by default; a reader
// for this connector must be allowed to read all of CN=Partitions, with nCName and systemFlags.
//
// An access rule that hides mail, proxyAddresses, msExchMailboxGuid, msExchRecipientTypeDetails and targetAddress of single
// accounts only, while their names are readable, leaves what a disabled mailbox leaves. LDAP does not tell the two apart: a
// reader for this connector must be allowed to read these attributes of every account.
//
// Active Directory finds text without regard to accents. An address that differs by an accent is another address here, and who
// holds it is no hit.
//
// A reader who may see mail but not proxyAddresses looks like a directory that does not use it: its aliases read as
// none, and Find does not find by them. On Exchange the look-up fails where the type is readable.
//
// A member of a group only by its primary group (Active Directory) is not listed with [Filter].Group. Where a group of another
// domain is in it, or a member that may be one, the list ends with an error. So it does where the group shows no member at all. A
// group in it that shows none may be empty on Active Directory and 389 Directory Server, and an entry that this reader may not see
// may be a group: who is in those is left out without an error. A reader who lists by groups must be allowed to read all of them.
//
// The global catalog holds a part of the attributes: the Anchor is not among them, and is not known of mailboxes that were
// found there. It lags behind the domains, usually by minutes. Where the schema says that an attribute for addresses, the login, the
// Instance, the Kind or the forwarding address is not in the catalog (isMemberOfPartialAttributeSet), or does not show it to this reader,
// no catalog is used: name servers of the domains in [Config].Domains, or switch an attribute off that nobody has. Without Exchange
// proxyAddresses is one of those.
package ldapconn
