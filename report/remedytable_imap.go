package report

import "github.com/readdress-go/readdress/refresh"

// remediesOfIMAP are those where the side is an IMAP server, which knows accounts by login alone; a rename is proven by the content of the mailbox.
var remediesOfIMAP = []remedy{
	{about: Case{System: IMAP, Outcome: refresh.Refreshed, Detail: UseLost},
		both: "The migration works with an address or login that the {side} account no longer has, and IMAP knows no aliases. Choose the present one for the row before the next delta migration."},
	{about: Case{System: IMAP, Outcome: refresh.NotChanged, Detail: UseLost},
		both: "The stored address is right, but the migration works with one that the {side} account lost earlier, and IMAP knows no aliases. Choose the present one for the row before the next delta migration."},

	{about: Case{System: IMAP, Outcome: refresh.LookupFailed, Cause: refresh.CauseNoAnswer},
		both: "The {side} IMAP server gave no answer for these rows; nothing is known of them. Refresh them again. If it stays, check the connection, and how many logins the server allows at a time."},

	{about: Case{System: IMAP, Outcome: refresh.LookupFailed, Cause: refresh.CauseFailed},
		both: "Read the error of each row. Often the account is not renamed yet, the plan of renames lacks it, the master user may not open it, or its content does not prove that it is the same mailbox. Solve that on the {side} server and refresh these rows again."},

	{about: Case{System: IMAP, Outcome: refresh.LookupFailed, Cause: refresh.CauseReplicasDisagree},
		both: "The {side} IMAP server, asked twice, gave different answers. Wait until its back ends agree and refresh again."},

	{about: Case{System: IMAP, Outcome: refresh.LookupFailed, Cause: refresh.CauseMalformed},
		both: "A {side} address or login cannot be right; the error says which. Correct it in the list of accounts or in the plan of renames, and refresh again. An IMAP server itself tells neither."},

	{about: Case{System: IMAP, Outcome: refresh.EnteredManually},
		both: "The row has an address and no identity, and IMAP knows no addresses. Check the {side} address by hand and try its login, or take a witness of the mailbox before the next switch."},

	{about: Case{System: IMAP, Outcome: refresh.NotCreatedYet},
		target: "Create the account on the target IMAP server, log in once so that its INBOX is there, then match the row to it."},
}
