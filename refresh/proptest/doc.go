// Package proptest tests package refresh against an independent model, over thousands of random histories.
// It has tests only and nothing to import.
//
// # Histories
//
// A history is a job of 3 to 12 rows, a directory for each side and a series of steps: events in the directories
// (renames, swaps, cycles, domain switches, deletions, replaced mailboxes, lagging replicas, lost rights, …), edits by
// the host, and runs. A run refreshes with random options and faults, then applies, reverts, narrows or drops the
// result. Each history comes from one seed, each of its steps from a seed of its own, so that a failing history can
// be made smaller by leaving rows and steps out.
//
// The directories are those of connector/memconn. Beside them the test keeps its own record of what is true, which is
// what a [github.com/readdress-go/readdress/refresh.Missing] is held against. One history in four asks a connector
// that makes its answers up instead: there the answers are the truth.
//
// # The model
//
// The model is written from the design's text, not from the engine's code: plain loops over plain maps, no care for
// speed. It reads what was answered through a recorder, so it needs no opinion about connectors. Where the text
// leaves a choice the model allows each of them.
//
// # Incremental refresh
//
// TestIncremental has histories of its own: of directories that tell their changes, and of jobs that are edited by hand, pruned,
// copied, restarted and refreshed in part, with results that are applied late, to older copies, narrowed or reverted in any order.
// Its first property needs no model: an incremental run and a full one at the same moment give the same rows. Its second one neither: a
// job that is refreshed in parts and merged gives what the whole gives. Parts that run at their own moments, with other marks, or not
// at all, and jobs that go on before they are merged, must not harm the first property. It fails, too, when too few runs were
// incremental ones that saved look-ups, or too few were merged.
//
// # The test of the test
//
// TestCanFail runs the same histories against engines, models and connectors that are broken on purpose, and fails
// unless the property that is named for each turns red. Connectors that lie within the contract (an absence without a
// proof, a stale answer, silence) are part of the ordinary histories: the engine must not believe them. TestIncrementalCanFail does the same for
// TestIncremental.
//
// # To run one history again
//
//	go test ./refresh/proptest -run TestHistories -proptest.seed=1 -proptest.history=4711
package proptest
