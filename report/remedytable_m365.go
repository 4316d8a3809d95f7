package report

import "github.com/readdress-go/readdress/refresh"

// remediesOfM365 are those where the side is Microsoft 365 with Exchange Online. Sources: Microsoft, "Delete or restore user mailboxes in Exchange Online", "Recover an inactive mailbox", "Restore a user", "Microsoft Graph permissions reference".
var remediesOfM365 = []remedy{
	{about: Case{System: Microsoft365, Outcome: refresh.Missing, Reason: refresh.ReasonGone},
		source: "The user was deleted for good. A mailbox on hold outlives its user: Get-Mailbox -InactiveMailboxOnly lists it; recover it (New-Mailbox -InactiveMailbox) or restore its content (New-MailboxRestoreRequest), and match the row anew. If the deletion was meant, prune the row.",
		target: "The user was deleted for good. A mailbox on hold outlives its user: Get-Mailbox -InactiveMailboxOnly lists it, and New-Mailbox -InactiveMailbox recovers it. Otherwise create the mailbox again. Then match the row to the mailbox."},

	{about: Case{System: Microsoft365, Outcome: refresh.Missing, Reason: refresh.ReasonGone, Detail: DeletionUnknown},
		both: "The user is gone, and the {side} application may not read deleted objects. Look in the Entra admin center under Deleted users, and at Get-Mailbox -SoftDeletedMailbox and Get-Mailbox -InactiveMailboxOnly. If the user can be restored, restore it and refresh again."},

	{about: Case{System: Microsoft365, Outcome: refresh.Missing, Reason: refresh.ReasonSoftDeleted},
		source: "If the deletion was not meant, restore the user within the 30 days (Entra admin center, Deleted users; a synchronised user in its own directory), assign the licence again, and refresh; the row then heals by itself. If it was meant, remove the row.",
		target: "Restore the user within the 30 days (Entra admin center, Deleted users; a synchronised user in its own directory), assign the licence again, and refresh. The mailbox comes back with it. If the deletion was meant, match the row to another target."},

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

	{about: Case{System: Microsoft365, Outcome: refresh.NotCreatedYet, Detail: DomainRefused},
		target: "The domain of the planned address is none of the tenant's. Add and verify it in the Microsoft 365 admin center under Domains, or plan an address in a domain that is there."},
}
