// Package report renders a [refresh.Result] for people. [Text] prints the results window: who ran what against
// which directory, the counts of each outcome per side, warnings and conflicts, then the rows that need a person,
// each kind with what to do about it, and then what changes. [Remedy] is the one table of what to do.
//
// A result holds values that a directory or a file supplied, and they may be hostile. The text shows control,
// invisible and direction-changing characters as their code points, such as <U+202E>, so that a value can neither
// hide nor rearrange what stands beside it. Reports contain addresses; that is their purpose. Treat them as personal data.
package report
