// Package imapconn connects refresh to IMAP servers: it refuses where IMAP cannot know, says what an account holds before a migration starts, and proves by
// a mailbox's content that it is the one that had another name.
//
// IMAP has no identity of accounts. A login that is there today may be another person's tomorrow, and a mailbox that cannot be opened may
// be gone, renamed or locked. So a connector without a rename plan cannot resolve, and [refresh.Refresh] refuses the side before any traffic with a
// *[refresh.UnsupportedError]: a source is told to create a new job, or to use a proven rename, a target to reconfigure the connection and match
// again. The Microsoft 365 target of an IMAP job is refreshed alone:
//
//	res, err := refresh.Refresh(ctx, job, refresh.Sides{Target: tenant}, nil)
//
// # Before a migration
//
// [Connector.Probe] logs in to each account, several at a time, and says whether the login works, is rejected, or the server is down, which
// are three different things; how much is in its folders; and UIDVALIDITY and UIDNEXT of INBOX.
//
//	accounts, err := imapconn.ReadAccounts(file) // login,password,address,displayname
//	if err != nil {
//		return err
//	}
//	c, err := imapconn.New(imapconn.Config{Server: "mail.example.org", Accounts: imapconn.ListOf(accounts...)}, nil)
//	if err != nil {
//		return err
//	}
//	for p, err := range c.Probe(ctx) {
//		…
//	}
//
// # Witnesses
//
// A [Witness] is a fingerprint of a mailbox that survives a change of its login: UIDVALIDITY of INBOX and digests of a few of the messages of INBOX and of
// the two largest other folders. [Connector.List] and [Connector.Witness] mint it, and nothing else does; it is the [refresh.ID] of a
// mailbox, "w1:…", at most 1 KiB, and has to be stored when the job is made: later there is nothing to compare with. An empty mailbox, or one with very few
// messages, has no witness, because it cannot be told from any other.
//
// Only folders of the user's own count (NAMESPACE, RFC 2342), because a shared one would vouch for everybody who sees it. Where the server does not say which
// these are, INBOX alone does. A folder that a server shows as the user's own although others have it, too, is not recognised.
//
// # Proven renames
//
// With [Options].Rename a connector can resolve. For each ID it asks the host under which logins the mailbox may be now, logs in to each, takes
// the sample again, and answers with the asked ID and the new address only when [Overlap.Proves] says so of exactly one candidate, and
// of this one for exactly one ID. Everything else is a failed look-up, and each has its own cause: no candidate, or another mailbox behind it, is an
// *[UnprovenError]; a rejected login is [ErrRejected] in it; an account that is not available is [ErrUnavailable]; a server that is down is an
// [*Error] with what broke; and what is not certain is [ErrAmbiguous]. While one candidate of an ID cannot be looked at, the ID is not answered, because it may
// prove it, too.
//
//	rename, err := imapconn.ReadRenames(file) // old,new
//	if err != nil {
//		return err
//	}
//	c, err := imapconn.New(cfg, &imapconn.Options{Rename: rename})
//
// Where the host names no candidate, the account is taken not to have been renamed, and is asked under its stored login if it is
// among [Config].Accounts. It is not asked when it is not among them: logging in under an old name silently creates a new, empty mailbox on
// servers whose accounts are virtual, such as Dovecot. Name the old login as a candidate where it is one.
//
// The connector never answers NotFound. The candidates are the host's, and the server asserted nothing about anybody else.
//
// # Connections
//
// [Config].Security is implicit TLS, or STARTTLS, which a server may not refuse. Nothing of an account is sent before TLS is there and its
// certificate is good. What the server says in clear is not used: its capabilities are asked for again, and more than the answer to STARTTLS before TLS
// begins is an error. A server that says that somebody is logged in already (PREAUTH) is refused.
//
// Folders are opened with EXAMINE, and the only commands are CAPABILITY, STARTTLS, LOGIN or AUTHENTICATE, ID, NAMESPACE, LIST, STATUS, EXAMINE
// and FETCH with PEEK: nothing is written and no message is marked as read.
//
// Each account has a connection of its own for as long as it is looked at, [Options].InFlight at a time. A command and its answer take
// [Options].Timeout at most. An answer has 1 MiB at most, which is a list of some 6,000 folders, and all connections of a
// connector together stay below 64 MiB whatever servers send. A server without LIST-STATUS is asked for each folder, of 1,000 at most.
//
// # Logging in
//
// [Config].Auth is each account's password, a master user, or a token. Which one was rejected matters: [refresh.ErrCredentials] is an error of the whole
// side, so only a master user's rejection is it. RFC 5530 tells them apart, and Dovecot does: AUTHENTICATIONFAILED is about the user whose
// password was sent, AUTHORIZATIONFAILED about the account. Once a call has seen the master user let in, the former is taken to be about the account as well. A
// rejected login is never tried again in a call. With a master user that was not yet let in, Resolve, List and Probe try one account after the other, and
// nobody after the third rejection, so that the master user is not locked out; Probe says of all others that they are rejected, too.
//
// # Errors
//
// What a server did is an [*Error], with the response code where it is a registered one. No error, and no log, holds a login, an address, a
// password, or the server's own words. [Probe].Account is a login: it is the answer, not an error.
package imapconn
