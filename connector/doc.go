// Package connector is the toolkit for authors of connectors: what to know before writing one, and wrappers that work
// on any of them.
//
// [Intercept] puts a function around every call. [Retry] and [Limit] are made with it, and so is a trace, a metric or a
// deadline of your own. Read "Wrapping" below before wrapping a connector in any other way.
//
// # Writing a connector
//
// A connector is a type with an Info method and some of the abilities of package refresh: [refresh.Resolver],
// [refresh.Confirmer], [refresh.Finder], [refresh.Lister], [refresh.Inspector], [refresh.Tracker]. Each that it has is also a bit in
// [refresh.Info].Can, because one type may serve systems that can do different things; [refresh.As] wants both. Where
// people will ask why an ability is lacking, implement [refresh.Explainer].
//
//	var _ refresh.Resolver = (*Connector)(nil) // beside the type, so that a reader sees what it can
//
// Start with Info, Inspect and Resolve: they carry a refresh. Then run [connectortest] on it, before the second ability and
// against the real system. Its doc says how to write the world that it needs; the suite prints each broken rule in words.
//
// # An outage must never be read as a deletion
//
// This is the one unforgivable mistake: the host will take the mailbox out of the migration. It comes from code that knows
// two answers where there are three, so answer each ID with one of
//
//   - [refresh.Found]: an object with exactly this ID was read. Report what is there and judge nothing: an empty Instance, a
//     mail user, a hidden mailbox are the engine's to interpret. A field that you did not or may not read stays empty.
//   - [refresh.NotFound]: its absence is proven. Say by what: a tombstone or an entry among the deleted objects
//     ([refresh.ProofTombstone]); "no such object" to a direct read, after a complete answer left it out ([refresh.ProofDirectRead]);
//     the system's own word about an object that is there ([refresh.ProofStated]); or a complete, well-formed, empty answer over
//     everything in which the object could live ([refresh.ProofEmptyScope]), and this one only with Sight: the same run, connection
//     and scope has seen some mailbox. Another ID of the call will do; if none was found, probe for one.
//   - [refresh.Failed]: everything else. [refresh.ErrNotVisible] when a reader without rights would see the same,
//     [refresh.ErrOutOfScope] when the search did not cover every place, [refresh.ErrMailboxUnknown] when the account is there and the
//     mailbox cannot be told, a [*refresh.ValueError] for a value that cannot be read. In doubt, this one.
//
// An ID that is not answered has failed, with the error that the call returns. So after a connection broke, return the error and answer
// nothing more. Look IDs up by ID only, never by an address: whoever has the address now may be somebody else.
//
// # Traps
//
// All of these have been seen in real libraries and servers.
//
//   - The end of a response proves nothing. A search on a closed connection can end with no entries and no error, and so can one
//     whose context was cancelled. Demand the protocol's own sign of completeness (SearchResultDone, a well-formed 200 without a next
//     link), then ask the context and the connection once more, and only then speak of absence.
//   - A result that comes together with an error is not complete: size limits and cut connections return some entries
//     and an error, or a code that is easily overlooked.
//   - References to other servers come beside entries and are not followed by the library: the scope was not covered. Never
//     follow one with credentials, and send a token only to the host that you were configured for.
//   - A reader without rights sees absence, not an error: a directory hides objects, or only their attributes. An entry
//     without any mail attribute may be one whose attributes you may not read: fail with ErrNotVisible, or addresses would be removed.
//   - A batch interface leaves unknown IDs out and may answer in any order. Match answers by the ID inside them, never by
//     position, and compare it with what was asked.
//   - One malformed ID can make a server refuse the whole batch. Check IDs before sending; fail the bad one alone.
//   - A rejected password can look like an empty directory to the code that comes after it. Wrap [refresh.ErrCredentials]
//     and [refresh.ErrForbidden] where the server says so; stop at the first.
//   - A library without a request timeout waits for ever on a server that answers with something unexpected. Give each round
//     trip a deadline (30 seconds unless you know better) and each response a limit on its size.
//   - Logging in under an old name may create a new, empty mailbox. An empty mailbox proves nothing.
//   - Two answers from two replicas may come from two times. Stay at one replica in a call, name it with [refresh.Lookup.On],
//     and tell [refresh.FailedOver] when you must leave it.
//
// # Rules of a call
//
//   - Resolve, Confirm and Find get everything at once and each key once; batch and parallelise inside. Two addresses
//     of a Find may be spellings of one. Answer one call at a time, with a lock around answer where batches run in parallel.
//     Answer each index at most once, in any order, never after the return. Nothing asked: return nil.
//   - Begin each round trip by asking the context, and end it when the context ends: a library without a context needs its connection
//     closed. Return [context.Cause], wrapped with %w. Never store a context.
//   - Leave no goroutine behind. Be safe for concurrent use.
//   - Return addresses as the server spells them, SMTP ones only, without the prefix, the primary not among the aliases. More than one
//     primary is malformed, not a choice.
//   - Errors are read by people and end up in logs: name the operation and the attribute, never an address, a login or a
//     secret. Wrap once with %w; let callers use [errors.Is] and [errors.AsType].
//   - Tell [refresh.Waiting] when you wait because the service asked you to. Retry within a call what is cheap to ask again (one
//     batch); leave the rest to [Retry].
//   - A constructor called New does no I/O and one called Open does. Who opened closes. Info never does I/O.
//
// # Wrapping
//
// A type that embeds a connector and overrides one method lets every other ability pass it by, and the engine finds
// abilities by asking for them. So refresh does not unwrap, and a wrapper must offer each ability itself: [Intercept]
// does. Wrappers nest, the outermost one is called first; Retry(Limit(c, 4), nil) limits each attempt.
//
// [connectortest]: https://pkg.go.dev/github.com/readdress-go/readdress/connector/connectortest
package connector
