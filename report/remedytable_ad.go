package report

import "github.com/readdress-go/readdress/refresh"

// remediesOfAD are those where the side is Active Directory with Exchange Server. Sources: Microsoft, "Disconnected mailboxes", "Connect or
// restore a deleted mailbox", "Active Directory Recycle Bin", "How to let non-administrators view the Active Directory deleted objects
// container", "repadmin"; ldapconn, "Rights".
var remediesOfAD = []remedy{
	{about: Case{System: ActiveDirectory, Outcome: refresh.Refreshed, Detail: UseLost},
		both: "The migration works with an address that the {side} mailbox no longer holds. Choose another one for the row, or give the address back as an alias (Set-Mailbox -EmailAddresses @{Add=…}; without Exchange, proxyAddresses), before the next delta migration."},
	{about: Case{System: ActiveDirectory, Outcome: refresh.NotChanged, Detail: UseLost},
		both: "The stored addresses are right, but the migration works with one that the {side} mailbox lost earlier. Choose another one for the row, or give the address back as an alias (Set-Mailbox -EmailAddresses @{Add=…}; without Exchange, proxyAddresses), before the next delta migration."},

	{about: Case{System: ActiveDirectory, Outcome: refresh.Missing, Reason: refresh.ReasonGone},
		source: "The account is gone from Active Directory. If that was meant, prune the row. If not: Exchange keeps the mailbox for 30 days unless set otherwise, and lists it as disconnected (Get-MailboxStatistics, DisconnectReason). Connect it to an account with Connect-Mailbox, and match the row to that account.",
		target: "The account is gone from Active Directory. Exchange keeps the mailbox for 30 days unless set otherwise, and lists it as disconnected (Get-MailboxStatistics, DisconnectReason): connect it to an account with Connect-Mailbox, or create a new mailbox. Then match the row to it."},

	{about: Case{System: ActiveDirectory, Outcome: refresh.Missing, Reason: refresh.ReasonGone, Detail: DeletionUnknown},
		both: "The account is gone, and the {side} account may not read the container Deleted Objects (dsacls grants that). Look with Get-ADObject -IncludeDeletedObjects. If it is there, bring it back with Restore-ADObject and refresh again."},

	{about: Case{System: ActiveDirectory, Outcome: refresh.Missing, Reason: refresh.ReasonSoftDeleted},
		source: "If the deletion was not meant, bring the account back in time with Restore-ADObject, reconnect its mailbox if Exchange lists it as disconnected (Connect-Mailbox), and refresh again; the row then heals by itself. If the deletion was meant, remove the row.",
		target: "Bring the account back in time with Restore-ADObject, reconnect its mailbox if Exchange lists it as disconnected (Connect-Mailbox), and refresh again. If the deletion was meant, match the row to another target."},

	{about: Case{System: ActiveDirectory, Outcome: refresh.Missing, Reason: refresh.ReasonNoMailbox},
		source: "The account is there, its mailbox was disabled. Exchange keeps it for 30 days unless set otherwise: connect it again with Connect-Mailbox and refresh. Enable-Mailbox would make a new, empty one. If nothing is left to migrate, remove the row.",
		target: "The account is there, its mailbox was disabled. Exchange keeps it for 30 days unless set otherwise: connect it again with Connect-Mailbox and refresh. Enable-Mailbox makes a new, empty one, which will show as Replaced."},

	{about: Case{System: ActiveDirectory, Outcome: refresh.Missing, Reason: refresh.ReasonMoved},
		source: "The account is a remote mailbox or mail user now (Get-RemoteMailbox, Get-MailUser): the mailbox lives in Exchange Online or elsewhere. If it has been migrated, remove the row; otherwise migrate it from where it lives now.",
		target: "The account is a remote mailbox or mail user now (Get-RemoteMailbox, Get-MailUser): its mailbox lives in Exchange Online or elsewhere. Move the mailbox back, or match the row to the mailbox where it lives now."},

	{about: Case{System: ActiveDirectory, Outcome: refresh.Replaced},
		source: "The account has another mailbox (msExchMailboxGuid) than the one that was migrated so far; a delta pass would miss or mix mail. If Exchange still lists the former one as disconnected, connect it again and refresh. Or accept the new one and migrate the row in full.",
		target: "The account has another mailbox (msExchMailboxGuid) than the one that was migrated into; a delta pass would leave it incomplete. If Exchange still lists the former one as disconnected, connect it again and refresh. Or accept the new one and migrate the row in full."},

	{about: Case{System: ActiveDirectory, Outcome: refresh.LookupFailed, Cause: refresh.CauseNoAnswer},
		both: "The {side} domain controller gave no answer for these rows; nothing is known of them. Refresh them again. If it stays, check the connection and the domain controller (dcdiag), or name another one."},

	{about: Case{System: ActiveDirectory, Outcome: refresh.LookupFailed, Cause: refresh.CauseNotVisible},
		both: "The {side} account may lack the right to read the object, so it is not known to be missing: do not remove the row. An ordinary user may read enough, Domain Admin is not needed: look for denied rights in the domain that the error names, or say that it has no mailboxes, and refresh again."},

	{about: Case{System: ActiveDirectory, Outcome: refresh.LookupFailed, Cause: refresh.CauseOutOfScope},
		both: "The search did not cover every domain in which the account could live. Connect to a global catalog of the {side} forest (LDAPS: port 3269) or to a domain controller of each domain, and refresh again."},

	{about: Case{System: ActiveDirectory, Outcome: refresh.LookupFailed, Cause: refresh.CauseMailboxUnknown},
		both: "The account is there, but not whether it still has its mailbox. Let the {side} account read msExchMailboxGuid and msExchRecipientTypeDetails, and refresh again."},

	{about: Case{System: ActiveDirectory, Outcome: refresh.LookupFailed, Cause: refresh.CauseReplicasDisagree},
		both: "Two {side} domain controllers, or one asked twice, gave different answers. See repadmin /replsummary, wait until replication is through, and refresh again."},

	{about: Case{System: ActiveDirectory, Outcome: refresh.LookupFailed, Cause: refresh.CauseMalformed},
		both: "The {side} directory holds a value that cannot be right; the error names the attribute. Correct the addresses with Set-Mailbox -EmailAddresses, other attributes in the directory, and refresh again."},

	{about: Case{System: ActiveDirectory, Outcome: refresh.LookupFailed, Cause: refresh.CauseStale},
		both: "A {side} domain controller answered with the former value: it lags behind (repadmin /showrepl), or the change was taken back. Wait until replication is through and refresh again. If it was taken back on purpose, refresh and accept reverted values."},

	{about: Case{System: ActiveDirectory, Outcome: refresh.EnteredManually},
		both: "The row has an address and no identity, so it cannot be looked up. Check the {side} address with Get-Recipient, or match the row to its mailbox in the directory."},

	{about: Case{System: ActiveDirectory, Outcome: refresh.EnteredManually, Detail: SeveralHolders},
		both: "Several objects in the {side} directory hold this address, so mail to it fails, too. Find them (Get-ADObject -LDAPFilter, proxyAddresses), take the address from all but one, and match the row to that one."},

	{about: Case{System: ActiveDirectory, Outcome: refresh.NotCreatedYet},
		target: "Create the target mailbox (New-Mailbox, or Enable-Mailbox for an account that is there), then match the row to it."},

	{about: Case{System: ActiveDirectory, Outcome: refresh.NotCreatedYet, Detail: AccountGone},
		target: "The account that was to get the mailbox is gone. If Get-ADObject -IncludeDeletedObjects still shows it, bring it back with Restore-ADObject and refresh again. Otherwise choose another account, and plan the target anew."},

	{about: Case{System: ActiveDirectory, Outcome: refresh.NotCreatedYet, Detail: DomainRefused},
		target: "The domain of the planned address is no accepted domain of the target (Get-AcceptedDomain). Add it with New-AcceptedDomain, or plan an address in another domain."},
}
