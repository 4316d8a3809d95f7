// Package refresh keeps the email addresses stored in a mailbox-migration job true.
//
// A [Job] pairs source mailboxes with target mailboxes. When a domain is switched or people are renamed, its
// stored addresses go stale and the next delta migration fails. [Refresh] looks every mailbox up again by its
// immutable identity, never by its address, and returns a [Result]: one [Outcome] per row and side, and the plan of
// what to write. [Job.Apply] carries the plan out, [Job.Revert] undoes it, and [Result.Rescan] says which rows are
// ready for the next delta migration.
//
//	res, err := refresh.Refresh(ctx, job, refresh.Sides{Source: ad, Target: m365}, nil)
//	if err != nil {
//		return err // could not run; nothing was looked up, or the context ended
//	}
//	job, err = job.Apply(res)
//
// # What is trusted
//
// A mailbox is [Missing] only when its absence is proven: by a tombstone, by "no such object" to a direct read after a
// complete answer, or by a complete empty answer over everything in which it could live, from a connection that saw some
// mailbox in the same run. It is asked for twice. Everything else (an outage, a cut connection, a reader without rights,
// a partial answer) is [LookupFailed], and nothing is written. The zero [Lookup] is "no answer".
//
// # Values
//
// Jobs, matches, results and rows are plain values. Methods never change their receiver; what they return may share
// slices and pointers with it, so treat all of them as immutable and assign new slices instead of writing into old ones.
// JSON is read strictly: an unknown version, field or word, a duplicate member or text that is not UTF-8 is an
// error that names the row and the field, and nothing is half-read. FORMAT.md, beside this package, tells every member and word of both
// documents, for readers in other languages, and what they can rely on.
//
// # Incremental refresh
//
// Where a connector is a [Tracker], Apply keeps for each side how far its directory's changes are known ([Endpoint].Cursor), and stamps each
// row that was found in order. The next run asks the directory what changed since, and looks up only that and the rows without a valid
// stamp: those that failed, that were not selected, that a person edited, whose result was never applied or was reverted. It gives what a
// full run gives, as far as the directory reports changes. What none reports, such as a change of rights, is found after
// [Options].MaxAge at the latest, or with [Options].Full. A cursor that expired, that another server gave or that does not fit the rows any
// more makes the run a full one; [SideRun].Path and Why say which it was.
//
// # Scale
//
// A full refresh takes about 3 µs of processor time a row and side beside what its connector takes, at 10,000 rows as at a million, and
// 7 µs at ten million, where memory is slower. The job, its result and the new job together take 2 to 2.7 times the memory of the job, and
// about three times while they are made. An incremental refresh takes a tenth of the time.
//
// A job of a few million rows is held in memory; [Split], [TakeMarks] and [Merge] spread its refresh over processes. A larger one
// goes through row by row: [ReadMatches] and [WriteMatches] read and write the same documents as [ReadJob] and [Job.Write] in
// 20 to 25 bytes a row, [SplitMatches] makes the parts that can be refreshed, ReadMatches makes one job of their files, and [Conflicts]
// compares what no part can see alone.
//
// # Connectors
//
// The package talks to mail systems through the interfaces [Resolver], [Finder], [Lister], [Inspector], [Confirmer] and [Tracker]
// and performs no I/O of its own. Adapters live under connector/; connector/memconn is a mail system in memory for tests.
package refresh
