package report

import "github.com/readdress-go/readdress/refresh"

// remediesOfLDAP are those where the side is OpenLDAP or 389 Directory Server. Sources: slapadd(8), slapd.access(5), the OpenLDAP Administrator's
// Guide (Replication); Red Hat Directory Server, "Managing access control".
var remediesOfLDAP = []remedy{
	{about: Case{System: LDAP, Outcome: refresh.Refreshed, Detail: UseLost},
		both: "The migration works with an address that the {side} entry no longer holds. Choose another one for the row, or add the address to the entry again (ldapmodify), before the next delta migration."},
	{about: Case{System: LDAP, Outcome: refresh.NotChanged, Detail: UseLost},
		both: "The stored addresses are right, but the migration works with one that the {side} entry lost earlier. Choose another one for the row, or add the address to the entry again (ldapmodify), before the next delta migration."},

	{about: Case{System: LDAP, Outcome: refresh.Missing, Reason: refresh.ReasonGone},
		source: "The entry was deleted, and the server keeps none to restore. If that was meant, prune the row. If not, restore it from a backup: with slapadd (389: an LDIF import) it keeps its identity and the row heals by itself; with ldapadd it gets a new one, so match the row anew.",
		target: "The entry was deleted, and the server keeps none to restore. Restore it from a backup: with slapadd (389: an LDIF import) it keeps its identity and the row heals by itself. Or create it again with ldapadd and match the row to the new entry."},

	{about: Case{System: LDAP, Outcome: refresh.LookupFailed, Cause: refresh.CauseNotVisible},
		both: "An access rule (olcAccess; 389: aci) may hide the entry from the {side} account, so it is not known to be missing: do not remove the row. Let the account read all entries below the suffix, with entryUUID (389: nsUniqueId), and refresh again."},

	{about: Case{System: LDAP, Outcome: refresh.LookupFailed, Cause: refresh.CauseOutOfScope},
		both: "The search did not cover everything in which the entry could live. Let the {side} connection search from the suffix (namingContexts in the root DSE) and refresh again."},

	{about: Case{System: LDAP, Outcome: refresh.LookupFailed, Cause: refresh.CauseReplicasDisagree},
		both: "Two {side} servers, or one asked twice, gave different answers. Compare contextCSN of provider and consumer (389: the replication status), wait until replication is through, and refresh again."},

	{about: Case{System: LDAP, Outcome: refresh.LookupFailed, Cause: refresh.CauseMalformed},
		both: "The {side} directory holds a value that cannot be right; the error names the attribute. Correct it with ldapmodify and refresh again."},

	{about: Case{System: LDAP, Outcome: refresh.LookupFailed, Cause: refresh.CauseStale},
		both: "A {side} server answered with the former value: it lags behind (compare contextCSN; 389: the replication status), or the change was taken back. Wait until replication is through and refresh again. If it was taken back on purpose, refresh and accept reverted values."},

	{about: Case{System: LDAP, Outcome: refresh.EnteredManually},
		both: "The row has an address and no identity, so it cannot be looked up. Search the {side} directory for it (ldapsearch, attribute mail and its aliases), or match the row to its entry."},

	{about: Case{System: LDAP, Outcome: refresh.NotCreatedYet},
		target: "Create the entry and its mailbox in the target system, then match the row to it."},
}
