package proptest

import "flag"

// strict counts the open questions as failures too.
var strict = flag.Bool("proptest.strict", false, "fail on the known disagreements between engine and model as well")

// The known disagreements between the engine and the model, each with the reading of the design that the model takes.
// Take one out when it is settled; -proptest.strict shows what is left.
//
//   - onlyForgets: the conflicts of a narrowed plan name every row that holds the address. The engine leaves out a row that
//     the run did not look up and that was no member before the plan was narrowed.
//   - mergeNamesOneServer: where parts ran at different servers, Merge says that all rows were read from the first part's.
//   - mergeIsLate: Merge takes what its parts say of changes for true although the job's cursor, or a row's stamp, is not
//     the one that they saw.
const (
	onlyForgets         = true
	mergeNamesOneServer = true
	mergeIsLate         = true
)

// tolerates reports whether an open question is passed over.
func tolerates(open bool) bool { return open && !*strict }
