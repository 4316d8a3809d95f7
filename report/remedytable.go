package report

import "github.com/readdress-go/readdress/refresh"

// remedy is one row of the table. {side} stands for "source" or "target".
type remedy struct {
	about          Case // without a side
	both           string
	source, target string // in place of both
}

// The remedies for any system: what holds everywhere. They speak to the administrator of a migration, and name no product.
var remediesAnywhere = []remedy{
	{about: Case{Outcome: refresh.Refreshed},
		both: "Nothing more. Once the result is applied, the next delta migration works with the new addresses."},
	{about: Case{Outcome: refresh.Refreshed, Detail: UseLost},
		both: "The migration works with an address that the {side} mailbox no longer holds. Choose another one for the row, or give the address back to the mailbox as an alias, before the next delta migration."},
	{about: Case{Outcome: refresh.Refreshed, Detail: UseStillAlias},
		both: "The migration works with an address that is only an alias now. It still works; choose the new primary address for the row before the alias is taken away."},
	{about: Case{Outcome: refresh.NotChanged},
		both: "Nothing. The stored addresses are right."},
	{about: Case{Outcome: refresh.NotChanged, Detail: UseLost},
		both: "The stored addresses are right, but the migration works with one that the {side} mailbox lost earlier. Choose another one for the row, or give the address back to the mailbox as an alias, before the next delta migration."},

	{about: Case{Outcome: refresh.Missing, Reason: refresh.ReasonGone},
		source: "The mailbox was deleted for good. If that was meant, prune the row from the job. If not, restore the mailbox from a backup, and match the row anew if it comes back under another identity.",
		target: "The target mailbox was deleted for good. Create it again and match the row to the new mailbox."},
	{about: Case{Outcome: refresh.Missing, Reason: refresh.ReasonGone, Detail: DeletionUnknown},
		both: "The mailbox is gone, and the {side} account may not look at deleted objects. Look there yourself, or give the account that right. If the mailbox can be restored, restore it and refresh again."},
	{about: Case{Outcome: refresh.Missing, Reason: refresh.ReasonSoftDeleted},
		source: "If the deletion was not meant, restore the mailbox from the deleted objects in time and refresh again; the row then heals by itself. If it was meant, remove the row.",
		target: "Restore the target mailbox from the deleted objects in time and refresh again. If the deletion was meant, match the row to another target."},
	{about: Case{Outcome: refresh.Missing, Reason: refresh.ReasonNoMailbox},
		source: "The account is there, its mailbox was disabled. Connect the mailbox again and refresh, or remove the row if nothing is left to migrate.",
		target: "The account is there, its mailbox was removed. Connect the mailbox again, then refresh. A new mailbox in its place will show as Replaced."},
	{about: Case{Outcome: refresh.Missing, Reason: refresh.ReasonMoved},
		source: "The account is a mail user or remote mailbox now: the mailbox lives in another system. If it has been migrated, remove the row; otherwise migrate it from where it lives now.",
		target: "The target account is a mail user or remote mailbox now: its mailbox lives in another system. Move the mailbox back, or match the row to the mailbox where it lives now."},

	{about: Case{Outcome: refresh.Replaced},
		source: "The account has another mailbox than the one that was migrated so far; a delta pass would miss or mix mail. Connect the former mailbox again and refresh, or accept the new one and migrate the row in full.",
		target: "The account has another mailbox than the one that was migrated into; a delta pass would leave it incomplete. Connect the former mailbox again and refresh, or accept the new one and migrate the row in full."},

	{about: Case{Outcome: refresh.LookupFailed, Cause: refresh.CauseNoAnswer},
		both: "The {side} server gave no answer for these rows; nothing is known of them. Refresh them again. If it stays, check the connection and the server."},
	{about: Case{Outcome: refresh.LookupFailed, Cause: refresh.CauseFailed},
		both: "Read the error of each row, solve it on the {side} side, and refresh these rows again."},
	{about: Case{Outcome: refresh.LookupFailed, Cause: refresh.CauseNotVisible},
		both: "The {side} account may be unable to see the object, so it is not known to be missing: do not remove the row. Give the account the right to read the whole directory and refresh again."},
	{about: Case{Outcome: refresh.LookupFailed, Cause: refresh.CauseOutOfScope},
		both: "The search did not cover everything in which the mailbox could live. Connect to the whole {side} directory, from its top, and refresh again."},
	{about: Case{Outcome: refresh.LookupFailed, Cause: refresh.CauseMailboxUnknown},
		both: "The account is there, but not whether it still has its mailbox. Give the {side} account the right to read the attributes that show it, and refresh again."},
	{about: Case{Outcome: refresh.LookupFailed, Cause: refresh.CauseReplicasDisagree},
		both: "Two {side} servers, or one server asked twice, gave different answers. Wait until replication is through and refresh again."},
	{about: Case{Outcome: refresh.LookupFailed, Cause: refresh.CauseMalformed},
		both: "The {side} directory holds a value that cannot be right; the error names the attribute. Correct it there and refresh again."},
	{about: Case{Outcome: refresh.LookupFailed, Cause: refresh.CauseStale},
		both: "A {side} server answered with the former value: it lags behind, or the change was taken back. Wait until replication is through and refresh again. If it was taken back on purpose, refresh and accept reverted values."},

	{about: Case{Outcome: refresh.EnteredManually},
		both: "The row has an address and no identity, so it cannot be looked up. Check the {side} address by hand, or match the row to its mailbox in the directory."},
	{about: Case{Outcome: refresh.EnteredManually, Detail: NoHolder},
		both: "Nobody in the {side} directory holds this address any more. Enter the present one, or match the row to its mailbox."},
	{about: Case{Outcome: refresh.EnteredManually, Detail: OneHolder},
		both: "One object in the {side} directory holds this address. Make sure that it is the right one, then match the row to it; from then on it is looked up."},
	{about: Case{Outcome: refresh.EnteredManually, Detail: SeveralHolders},
		both: "Several objects in the {side} directory hold this address. Find out which one is meant and match the row to it."},
	{about: Case{Outcome: refresh.EnteredManually, Detail: HoldersUnknown},
		both: "The address could not be searched for. Solve the error that the row shows and refresh again, or check the {side} address by hand."},

	{about: Case{Outcome: refresh.NotCreatedYet},
		target: "Create the target mailbox, then match the row to it."},
	{about: Case{Outcome: refresh.NotCreatedYet, Detail: UseLost},
		target: "The migration works with an address that the planned target no longer has. Choose another one for the row before the next delta migration, then create the target mailbox and match the row to it."},
	{about: Case{Outcome: refresh.NotCreatedYet, Detail: AccountExistsNow},
		target: "The account has its mailbox now. Match the row to it; from then on it is looked up."},
	{about: Case{Outcome: refresh.NotCreatedYet, Detail: AccountGone},
		target: "The account that was to get the mailbox is gone. Create it again or choose another one, and plan the target anew."},
	{about: Case{Outcome: refresh.NotCreatedYet, Detail: OneHolder},
		target: "An object with the planned address exists now. If it is the mailbox that was planned, match the row to it; otherwise plan another address."},
	{about: Case{Outcome: refresh.NotCreatedYet, Detail: SeveralHolders},
		target: "Several objects hold the planned address. Find out which one is meant and match the row to it, or plan another address."},
	{about: Case{Outcome: refresh.NotCreatedYet, Detail: HoldersUnknown},
		target: "The planned address could not be searched for. Solve the error that the row shows and refresh again before you create the mailbox."},
	{about: Case{Outcome: refresh.NotCreatedYet, Detail: DomainRefused},
		target: "The target directory does not accept the domain of the planned address. Add the domain there, or plan an address in a domain that it accepts."},

	{about: Case{Outcome: refresh.Unmatched},
		target: "Match the source mailbox to a target, or leave it out of the migration."},
}
