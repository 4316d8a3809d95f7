// Package memconn is a mail system in memory: the fake for tests of everything that uses package refresh.
//
// A [System] is the world: it holds mailboxes, and things happen to them. A [Connector] is one connection to it. It
// has every ability of package refresh, tracking on request, and it keeps the same contracts as a real adapter.
//
//	ad := memconn.New("contoso", nil)
//	anna := ad.Put(refresh.Mailbox{Primary: "anna@old.example"})
//	job := refresh.NewJob("contoso to fabrikam")
//	job.Matches = []refresh.Match{{Key: "1", Source: anna, SourceOrigin: refresh.Bound}}
//	ad.SwitchDomain("old.example", "new.example", memconn.DropOld)
//	res, err := refresh.Refresh(ctx, job, refresh.Sides{Source: ad.Connect(nil)}, nil)
//
// # The world
//
// [System.Put] adds a mailbox and mints what it lacks: the ID and the Instance look like GUIDs and come from a
// counter, so that a test gets the same ones every time. Events change the world at once: [System.Rename],
// [System.Swap], [System.SwitchDomain], [System.Delete], [System.Undelete], [System.Purge], [System.Erase],
// [System.Recreate], [System.DisableMailbox], [System.ReplaceMailbox], [System.Move] and [System.Update].
// No clock runs in it: a deleted mailbox stays restorable until the test purges it. [System.RollBack] restores the whole
// system from a [Backup].
//
// An event that cannot happen (an unknown ID, the rename of a deleted mailbox, an unknown replica) is a mistake in
// the test and panics. The text holds IDs, never addresses.
//
// # Replicas
//
// A system with several [Options].Replicas shows every event on all of them at once, except on those that lag:
// [System.Lag] stops a replica in time, [System.Sync] lets it catch up. A connector stays at one replica
// ([ConnOptions].Replica); [Connector.Confirm] asks the next one in the list, or the same one where it is alone.
// Every look-up carries the name of the replica that answered. The pin, the accepted domains and the time of the last
// sync belong to the directory as a whole and do not lag.
//
// # What a connector answers
//
//   - A mailbox that is there: [refresh.Found], as it is stored. So is an account whose mailbox was disabled
//     (Instance "") and one whose mailbox moved away (KindMailUser or KindRemote, with ForwardsTo): the engine judges.
//   - A deleted mailbox: NotFound with [refresh.ProofTombstone], the reason soft-deleted, and the dates.
//   - A purged mailbox: NotFound with [refresh.ProofTombstone], the reason gone.
//   - An erased mailbox, or an ID that never was: NotFound with [refresh.ProofDirectRead] where the system has
//     [Options].DirectRead. Otherwise NotFound with [refresh.ProofEmptyScope] and Sight, but only when the same call
//     sees some mailbox at the same replica: an object that is there, in scope, not failing, with a primary address
//     and a kind that has its mailbox here. Without sight it is [refresh.Failed] with [refresh.ErrNotVisible].
//   - A connector with [ConnOptions].Scope answers [refresh.ErrOutOfScope] for everything that is not in its scope.
//   - A context that ended stops the call with its cause. No absence is answered after that.
//
// Find and List see all objects that are there, of every kind, without the deleted ones. Find says that nobody holds an
// address only to a reader who sees everything: under [Faults].NothingVisible it fails with [refresh.ErrNotVisible],
// and under a Scope, where somebody outside may hold it, with [refresh.ErrOutOfScope].
//
// # What changed
//
// With [Options].Tracking the system numbers its changes. [Connector.Mark] returns where its replica stands, and [Connector.Changes] names every
// object that something happened to since: each event counts, also an Update that changes nothing, a Purge and an Erase; the pin
// and the domains do not. A lagging replica has the changes that it shows. A cursor is readable: the pin (or the name), the replica, how
// often the cursors had to expire, and a number, as in "<pin>/dc1/0/42". It belongs to its directory and replica, and expires with
// [System.ForgetChanges] and [System.RollBack]; every other one is [refresh.ErrCursorExpired]. A reader without the right to see
// deletions, or anything, gets [refresh.ErrForbidden]. Under a Scope the changes of all objects are named.
//
// The contract lets a tracker name an object several times, again later, in any order, on pages, and beside objects that are no
// mailboxes: [Reporting] makes it do so. Tracking has to be asked for, because it changes what a test sees: jobs get cursors and
// stamps, and a second refresh asks only for what changed. A fault that comes between two refreshes is then no change of the system, as in
// real life: set refresh.Options.Full where everything must be asked.
//
// # What goes wrong
//
// [Faults] say what goes wrong at a connection: an outage, rejected credentials, lacking rights, an ID that fails or
// stays silent, a call that breaks off, waits or fails over after some answers, or in which the test changes the system. They may change between
// and during calls ([Connector.SetFaults]); a call keeps those that it began with. Connectors that
// break the contract are not made here: see package connectortest.
//
// All methods are safe for concurrent use. Mailboxes are immutable values: the package shares the alias slices that
// it is given.
package memconn
