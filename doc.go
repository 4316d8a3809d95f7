// Package readdress is the front door of a library that keeps the email addresses stored in a mailbox-migration
// job true. It holds no code: start at package [github.com/readdress-go/readdress/refresh].
//
// A job pairs source mailboxes with target mailboxes. When a domain is switched or people are renamed, its stored
// addresses go stale and the next delta migration fails. readdress looks every mailbox up again by its immutable
// identity, updates the stored addresses, and reports for each mailbox and side what happened.
//
// # The house
//
//   - [github.com/readdress-go/readdress/refresh] is the domain: Job, Match, Mailbox, Outcome, the interfaces that
//     connectors implement, and Refresh itself. It does no I/O.
//   - [github.com/readdress-go/readdress/match] makes and repairs the pairs of a job by rules, explains them, and finds the identity of
//     rows that have addresses alone; [github.com/readdress-go/readdress/match/matchtest] tests rules by data files.
//   - [github.com/readdress-go/readdress/report] renders a result for people, and knows the remedy for every outcome.
//   - [github.com/readdress-go/readdress/connector] is the toolkit for connector authors.
//   - [github.com/readdress-go/readdress/connector/connectortest] is the conformance suite that every connector passes.
//   - [github.com/readdress-go/readdress/connector/memconn] is a mail system in memory, for tests and examples.
//   - [github.com/readdress-go/readdress/connector/ldapconn] connects to OpenLDAP, Active Directory and 389 Directory Server,
//     [github.com/readdress-go/readdress/connector/graphconn] to Microsoft 365, and
//     [github.com/readdress-go/readdress/connector/imapconn] to IMAP servers.
//
// # The arrows
//
// All imports point inward, to refresh. Adapters never import each other. The rules, each with its reason, are a test
// in internal/policy.
//
// # Try it
//
// The program in examples/cutover runs a whole job over LDAP, from a domain switch to the undo, without set-up:
//
//	go run github.com/readdress-go/readdress/examples/cutover@latest
package readdress
