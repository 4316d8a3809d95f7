// Package report renders a [refresh.Result] for people. A result is kept as JSON by [refresh.Result.Write]; each form is made from it, at once or
// later from what [refresh.ReadResult] reads:
//
//   - [Text] is the results window, for a terminal or a log.
//   - [HTML] is one page without a network, for whoever decides and whoever does: counts, what needs a person, conflicts, domains, and all rows.
//   - [CSV] has one line for each row and side, for spreadsheets and scripts; [ReadCSV] reads it, and [Records] yields the same without a file.
//   - [Diff] compares two refreshes of a job, and its [Difference] is written in each of these forms.
//
// All say who ran what against which directory, server and account, when, how and with which version, and what the job was ([refresh.Run]).
//
// [Remedy] is the one table of what to do: one text for each side, outcome, reason and kind of system ([Case], [System]). A host that renders
// its own window takes it from there, with [CaseOf] and [Label].
//
// A result holds values that a directory or a file supplied, and they may be hostile. Every form shows control,
// invisible and direction-changing characters as their code points, such as <U+202E>, so that a value can neither
// hide nor rearrange what stands beside it; no page runs and no spreadsheet computes what a value says. Reports contain addresses;
// that is their purpose. Treat them as personal data.
//
// Formats may be called from several goroutines with one result. They hold what they count by, and no copy of the rows.
package report
