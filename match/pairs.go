package match

import (
	"fmt"
	"slices"
	"strings"
)

// The columns of a file of pairs, in the order in which they are written.
//
//	key             the row's key
//	part, merge     as in [refresh.Match]; merge is "yes" or "no", and blank is "no"
//	source          the source's primary address
//	source_id       its immutable ID, blank where there is none
//	source_use      the address in use, blank for the primary one
//	target          the target's primary address, blank for no target
//	target_id       its immutable ID, blank where there is none
//	target_use      the address in use, blank for the primary one
//	target_planned  "yes" where the target is still to be created, else "no" or blank
//
// A cell that begins with = + - @ or ' has one ' before it, so that no spreadsheet takes it for a formula. A cell that begins with a quotation
// mark is text in the quotes and escapes of Go and JSON; text with control characters is written like that.
const (
	colKey       = "key"
	colPart      = "part"
	colMerge     = "merge"
	colSource    = "source"
	colSourceID  = "source_id"
	colSourceUse = "source_use"
	colTarget    = "target"
	colTargetID  = "target_id"
	colTargetUse = "target_use"
	colPlanned   = "target_planned"
)

var pairColumns = []string{colKey, colPart, colMerge, colSource, colSourceID, colSourceUse, colTarget, colTargetID, colTargetUse, colPlanned}

// PairsColumns returns the columns of a file of pairs, in the order in which [WritePairs] writes them.
func PairsColumns() []string { return slices.Clone(pairColumns) }

// PairsOptions adjust [ReadPairs] and [WritePairs]. Nil and the zero value work.
type PairsOptions struct {
	// Comma separates the cells; zero means ",". Some spreadsheets want ";".
	Comma rune
	// Add makes ReadPairs add rows for keys that the job does not have; otherwise such a key is an error.
	Add bool
	// Columns are those that WritePairs writes; nil means all. The key must be among them.
	Columns []string
}

func (o *PairsOptions) orZero() PairsOptions {
	var x PairsOptions
	if o != nil {
		x = *o
	}
	if x.Comma == 0 {
		x.Comma = ','
	}
	return x
}

// PairsError says what is wrong with a file of pairs. Nothing was read from it.
type PairsError struct {
	Problems []PairsProblem // at most 20, in the order of the file
	More     int            // how many there are beyond these
}

// PairsProblem is one thing that is wrong. It names the place and no content but the row's key.
type PairsProblem struct {
	Line   int    // from 1; where the cell begins
	Column string // empty for the whole line
	Key    string // the row's, where the job has it
	Text   string
}

const mostProblems = 20

// Error lists the first few problems.
func (e *PairsError) Error() string {
	var b strings.Builder
	b.WriteString("match: nothing read from the file of pairs")
	for i, p := range e.Problems {
		if i == 5 {
			break
		}
		b.WriteString("; " + p.String())
	}
	if more := len(e.Problems) - 5 + e.More; more > 0 {
		fmt.Fprintf(&b, "; and %d more problems", more)
	}
	return b.String()
}

// String names the place and the problem.
func (p PairsProblem) String() string {
	s := fmt.Sprintf("line %d", p.Line)
	if p.Key != "" {
		s += fmt.Sprintf(" (key %q)", p.Key)
	}
	if p.Column != "" {
		s += ", column " + p.Column
	}
	return s + ": " + p.Text
}

func (e *PairsError) add(p PairsProblem) {
	if len(e.Problems) == mostProblems {
		e.More++
		return
	}
	e.Problems = append(e.Problems, p)
}
