package match

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/readdress-go/readdress/refresh"
)

// WritePairs writes the pairs of a job as CSV (RFC 4180, UTF-8), a row a line, in the order of the job. It holds what a person pairs, not all that
// the job stores; [ReadPairs] reads it back into the job.
func WritePairs(w io.Writer, job refresh.Job, opts *PairsOptions) error {
	o := opts.orZero()
	columns := o.Columns
	if columns == nil {
		columns = pairColumns
	}
	if err := checkColumns(columns); err != nil {
		return err
	}
	if err := job.Validate(); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.Comma = o.Comma
	if err := out.Write(columns); err != nil {
		return fmt.Errorf("match: writing pairs: %w", err)
	}
	line := make([]string, len(columns))
	for i := range job.Matches {
		for c, name := range columns {
			line[c] = cell(pairValue(&job.Matches[i], name))
		}
		if err := out.Write(line); err != nil {
			return fmt.Errorf("match: writing pairs: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("match: writing pairs: %w", err)
	}
	return nil
}

func checkColumns(columns []string) error {
	for i, name := range columns {
		switch {
		case !slices.Contains(pairColumns, name):
			return fmt.Errorf("match: writing pairs: column %d is none of a file of pairs", i+1)
		case slices.Contains(columns[:i], name):
			return fmt.Errorf("match: writing pairs: the column %s is there twice", name)
		}
	}
	if !slices.Contains(columns, colKey) {
		return errors.New("match: writing pairs: the column key is missing")
	}
	return nil
}

// pairValue is what a row has in a column.
func pairValue(m *refresh.Match, column string) string {
	switch column {
	case colKey:
		return m.Key
	case colPart:
		return m.Part
	case colMerge:
		return yesNo(m.Merge)
	case colSource:
		return string(m.Source.Primary)
	case colSourceID:
		return string(m.Source.ID)
	case colSourceUse:
		return string(m.SourceUse)
	case colTarget:
		return string(m.Target.Primary)
	case colTargetID:
		return string(m.Target.ID)
	case colTargetUse:
		return string(m.TargetUse)
	case colPlanned:
		return yesNo(m.TargetOrigin == refresh.Planned)
	}
	return ""
}
