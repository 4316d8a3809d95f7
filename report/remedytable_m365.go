package report

import "github.com/readdress-go/readdress/refresh"

// remediesOfM365 are those where the side is Microsoft 365 with Exchange Online. Sources: Microsoft, "Delete or restore user mailboxes in
// Exchange Online", "Recover an inactive mailbox", "Restore a user", "Delete a user" (Graph: licences and mailbox come back), "Microsoft Graph
// permissions reference"; graphconn, "Rights".
var remediesOfM365 = []remedy{
	{about: Case{System: Microsoft365, Outcome: refresh.Refreshed, Detail: UseLost},
		both: "The migration works with an address that the {side} mailbox no longer holds. Choose another one for the row before the next delta migration; the one in the tenant's initial domain outlives a switch of domains. Or give the address back (Set-Mailbox -EmailAddresses @{Add=…}) if its domain is still the tenant's."},
	{about: Case{System: Microsoft365, Outcome: refresh.NotChanged, Detail: UseLost},
		both: "The stored addresses are right, but the migration works with one that the {side} mailbox lost earlier. Choose another one for the row before the next delta migration. Or give the address back (Set-Mailbox -EmailAddresses @{Add=…}) if its domain is still the tenant's."},

	{about: Case{System: Microsoft365, Outcome: refresh.Missing, Reason: refresh.ReasonGone},
		source: "The user was deleted for good. If that was meant, prune the row. If not, Get-Mailbox -SoftDeletedMailbox may list the mailbox for 30 days, and Get-Mailbox -InactiveMailboxOnly one on hold: recover the latter (New-Mailbox -InactiveMailbox), or restore its content into another (New-MailboxRestoreRequest), and match the row anew.",
		target: "The user was deleted for good. Get-Mailbox -SoftDeletedMailbox may list the mailbox for 30 days, and Get-Mailbox -InactiveMailboxOnly one on hold: recover the latter (New-Mailbox -InactiveMailbox), or restore its content into a new mailbox (New-MailboxRestoreRequest). Then match the row to the mailbox."},

	{about: Case{System: Microsoft365, Outcome: refresh.Missing, Reason: refresh.ReasonGone, Detail: DeletionUnknown},
		both: "The user is gone, and the {side} application may not read deleted objects. Look in the Entra admin center under Deleted users, and at Get-Mailbox -SoftDeletedMailbox and Get-Mailbox -InactiveMailboxOnly. If the user can be restored, restore it and refresh again."},

	{about: Case{System: Microsoft365, Outcome: refresh.Missing, Reason: refresh.ReasonSoftDeleted},
		source: "If the deletion was not meant, restore the user within the 30 days (Entra admin center, Deleted users; a synchronised user in its own directory) and refresh. Mailbox and licence come back with it, and the row heals by itself. If it was meant, remove the row.",
		target: "Restore the user within the 30 days (Entra admin center, Deleted users; a synchronised user in its own directory) and refresh. Mailbox and licence come back with it. If the deletion was meant, match the row to another target."},

	{about: Case{System: Microsoft365, Outcome: refresh.Missing, Reason: refresh.ReasonNoMailbox},
		source: "The user is there, its mailbox is not: mostly a licence with Exchange Online was taken away. Give it back within 30 days, before the mailbox is deleted for good, and refresh. If nothing is left to migrate, remove the row.",
		target: "The user is there, its mailbox is not: mostly a licence with Exchange Online was taken away. Give it back within 30 days and refresh. After that a new mailbox is made, which will show as Replaced."},

	{about: Case{System: Microsoft365, Outcome: refresh.Missing, Reason: refresh.ReasonMoved},
		source: "The user is a mail user now (Get-MailUser): its mailbox lives in another tenant or on premises. If it has been migrated, remove the row; otherwise migrate it from where it lives now.",
		target: "The user is a mail user now (Get-MailUser): its mailbox lives in another tenant or on premises. Move the mailbox back, or match the row to the mailbox where it lives now."},

	{about: Case{System: Microsoft365, Outcome: refresh.Replaced},
		source: "The user has another mailbox (ExchangeGuid) than the one that was migrated so far; a delta pass would miss or mix mail. Look for the former one (Get-Mailbox -SoftDeletedMailbox or -InactiveMailboxOnly) and restore it, or accept the new one and migrate the row in full.",
		target: "The user has another mailbox (ExchangeGuid) than the one that was migrated into; a delta pass would leave it incomplete. Restore the content of the former one (Get-Mailbox -SoftDeletedMailbox, New-MailboxRestoreRequest), or accept the new one and migrate the row in full."},

	{about: Case{System: Microsoft365, Outcome: refresh.LookupFailed, Cause: refresh.CauseNoAnswer},
		both: "Microsoft Graph gave no answer for these {side} rows; nothing is known of them. Refresh them again. If it stays, look at the service health of the tenant and at the way to the internet."},

	{about: Case{System: Microsoft365, Outcome: refresh.LookupFailed, Cause: refresh.CauseFailed},
		both: "Read the error of each row. Status 403 names the permission that the {side} application lacks: grant it with admin consent. Status 429 means that the tenant asks too much of Microsoft Graph: wait. Then refresh these rows again. Microsoft's support finds a request by its request-id."},

	{about: Case{System: Microsoft365, Outcome: refresh.LookupFailed, Cause: refresh.CauseNotVisible},
		both: "The {side} application may be unable to see the object, so it is not known to be missing: do not remove the row. Grant what the error names, mostly User.Read.All, with admin consent, make sure that the sign-in is for the right tenant, and refresh again."},

	{about: Case{System: Microsoft365, Outcome: refresh.LookupFailed, Cause: refresh.CauseOutOfScope},
		both: "With the present permissions only users can be looked up, and this may be a group. Grant the {side} application GroupMember.Read.All or Directory.Read.All with admin consent, and refresh again."},

	{about: Case{System: Microsoft365, Outcome: refresh.LookupFailed, Cause: refresh.CauseMailboxUnknown},
		both: "The user is there, but not whether it still has its mailbox. Check it with Get-EXOMailbox. If the mailbox is there, refresh again; if it stays, match the row to the user anew."},

	{about: Case{System: Microsoft365, Outcome: refresh.LookupFailed, Cause: refresh.CauseReplicasDisagree},
		both: "Microsoft Graph, asked twice, gave different answers: a change is still on its way through the {side} tenant. Wait some minutes and refresh again."},

	{about: Case{System: Microsoft365, Outcome: refresh.LookupFailed, Cause: refresh.CauseMalformed},
		both: "The {side} tenant holds a value that cannot be right; the error names the attribute. Correct it with Set-Mailbox -EmailAddresses, for a synchronised user in its own directory, and refresh again."},

	{about: Case{System: Microsoft365, Outcome: refresh.LookupFailed, Cause: refresh.CauseStale},
		both: "Microsoft Graph answered with the former value: the change is still on its way, or was taken back. Where the {side} users are synchronised, run Start-ADSyncSyncCycle -PolicyType Delta. Wait, and refresh again. If it was taken back on purpose, refresh and accept reverted values."},

	{about: Case{System: Microsoft365, Outcome: refresh.EnteredManually},
		both: "The row has an address and no identity, so it cannot be looked up. Check the {side} address with Get-EXORecipient, or match the row to its mailbox in the tenant."},

	{about: Case{System: Microsoft365, Outcome: refresh.NotCreatedYet},
		target: "Create the target mailbox: assign the user a licence with Exchange Online, or make a shared mailbox (New-Mailbox -Shared). Then match the row to it."},

	{about: Case{System: Microsoft365, Outcome: refresh.NotCreatedYet, Detail: AccountGone},
		target: "The user that was to get the mailbox is gone. Within 30 days restore it (Entra admin center, Deleted users; a synchronised user in its own directory) and refresh again. Otherwise choose another user, and plan the target anew."},

	{about: Case{System: Microsoft365, Outcome: refresh.NotCreatedYet, Detail: DomainRefused},
		target: "The domain of the planned address is none of the tenant's. Add and verify it in the Microsoft 365 admin center under Domains, or plan an address in a domain that is there."},
}
