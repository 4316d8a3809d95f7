// Package connectortest is the conformance suite for connectors: it holds one to the contract of package refresh, in a
// world where everything can happen to a mailbox.
//
//	func TestConformance(t *testing.T) {
//		connectortest.Run(t, func(t *testing.T) connectortest.World {
//			server := startServer(t) // an empty one for each check, stopped by t.Cleanup
//			return connectortest.World{
//				Connect: func() (refresh.Connector, error) { return myconn.Open(t.Context(), server.Addr, reader) },
//				Put:     server.put,
//				…
//			}
//		})
//	}
//
// Run the suite with the race detector, and on the real system whenever there is one: a fake repeats what its
// author believes.
//
// # What is checked
//
// Every rule has a name and a sentence, which is printed when the rule is broken: an outage, a cut or closed connection, an
// ended context and a reader without rights never look like an absence; absence has a proof; identity is never
// taken from an address; renames, swaps, deletions, new objects with old addresses are seen; a tracker leaves no change out,
// also none that comes while pages are read or look-ups run, and takes no cursor for another; every ability, every
// answer and every error keeps its form; the connector works in parallel, leaves no goroutine behind, and works the
// same inside [connector.Intercept]. The suite itself is tested with connectors that are broken on purpose, one at least for
// each rule.
//
// Only the abilities that the connector claims are checked. Events that a system does not have stay nil in the [World]. There are
// no switches to leave rules out: the subtest "world" logs (go test -v) which checks do not apply, and why.
// A connector that fails every ID without an object breaks no rule, because it may be unable to prove an absence; Run then
// logs that none was proven. Nor does a tracker whose Mark is ErrForbidden, because the reader may lack the right; "world"
// then logs that the checks of changes do not apply. Give the World a reader who has it.
//
// # Writing a world
//
// A [World] is a connector's server with the hands of an administrator, as functions. Five are required; each of the others turns on
// further checks. For a server that is started by the test, such as slapd:
//
//   - open starts the server with an empty directory, or a copy of a prepared one, and stops it with t.Cleanup. It
//     is called about fifty times, so copy files and do not provision.
//   - Put adds an entry over an administrator's connection of its own and reads back the immutable ID. Keep
//     a map from ID to DN for Update and Delete, which rename and delete by DN. Return the mailbox as your
//     connector must report it: the ID, what the server made of the addresses, and empty fields where it stores
//     nothing (a schema without aliases, a directory without Instances).
//   - PutAll is worth writing when adding 2,345 entries one by one takes long.
//   - Never returns a random UUID.
//   - Malformed are texts such as "no-uuid", "*" and a DN: whatever your connector must refuse to send.
//   - Blind connects as an account that an ACL keeps from the people's entries, Masked as one that may read the entries
//     and not their mail attributes, Veiled as one that may read them and not which entries were deleted.
//   - Foreign connects to a second server with an empty directory of its own.
//   - Cut connects through a proxy that closes both ends after n pieces of the server's bytes, counted from the end of the
//     bind. Cutting at each message, and inside of messages, finds the most; the suite raises n by one at first and
//     faster later, until a call comes through.
//   - Stall connects through a proxy that stops passing on the server's bytes after the bind.
//   - Outage kills the server or closes the proxy for good.
//
// The system may hold other objects, which are ignored, but the connector must be able to see all that Put makes. Calls are
// given up after six times [World].Patience.
package connectortest
