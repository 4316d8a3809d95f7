package refresh

import (
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/readdress-go/readdress/internal/strictjson"
)

// Write writes the result as one JSON object, a row a line, in UTF-8: the canonical form, from which every report
// can be made. Reading it back gives an equal result.
func (r *Result) Write(w io.Writer) error {
	if err := r.validate(); err != nil {
		return err
	}
	return resultDocument.write(w, resultHeaderOf(r), len(r.Rows), func(i int) any { return &r.Rows[i] })
}

type resultHeader struct {
	ID        string     `json:"id"`
	JobID     string     `json:"jobId"`
	JobName   string     `json:"jobName,omitempty"`
	JobRows   int        `json:"jobRows"`
	State     State      `json:"state"`
	Partial   bool       `json:"partial,omitempty"`
	Run       Run        `json:"run"`
	Warnings  []Warning  `json:"warnings,omitempty"`
	Conflicts []Conflict `json:"conflicts,omitempty"`
}

func resultHeaderOf(r *Result) resultHeader {
	return resultHeader{r.ID, r.JobID, r.JobName, r.JobRows, r.State, r.Partial, r.Run, r.Warnings, r.Conflicts}
}

// ReadResult reads a result that [Result.Write] wrote, of this or any earlier version of the library. It reads all
// or nothing, with errors like those of [ReadJob].
func ReadResult(r io.Reader) (*Result, error) {
	var res Result
	var header struct {
		stamped
		resultHeader
	}
	err := resultDocument.read(r, &header, func(i int, raw []byte) error {
		var row Row
		if err := strictjson.Unmarshal(raw, &row); err != nil {
			return err
		}
		if field, problem := row.check(); problem != "" {
			return &InvalidError{What: "result", Key: row.Key, Field: field, Problem: problem}
		}
		res.Rows = append(res.Rows, row)
		return nil
	})
	if err != nil {
		return nil, err
	}
	h := header.resultHeader
	res.ID, res.JobID, res.JobName, res.JobRows, res.State = h.ID, h.JobID, h.JobName, h.JobRows, h.State
	res.Partial, res.Run, res.Warnings, res.Conflicts = h.Partial, h.Run, h.Warnings, h.Conflicts
	if err := res.validate(); err != nil {
		return nil, err
	}
	return &res, nil
}

// validate holds a result to the rules that Apply and reports rely on.
func (r *Result) validate() error {
	bad := func(row int, key, field, problem string) error {
		return &InvalidError{What: "result", Row: row, Key: key, Field: field, Problem: problem}
	}
	switch {
	case r.ID == "":
		return bad(0, "", "id", "is empty")
	case r.JobID == "":
		return bad(0, "", "jobId", "is empty; expected the ID of the job that the result was made from")
	}
	seen := make(map[sideKey]bool, len(r.Rows))
	for i := range r.Rows {
		row := &r.Rows[i]
		if field, problem := row.check(); problem != "" {
			return bad(i+1, row.Key, field, problem)
		}
		k := sideKey{row.Side, row.Key}
		if seen[k] {
			return bad(i+1, row.Key, "key", "is there twice on this side; every row has one outcome")
		}
		seen[k] = true
		if r.Run.Side(row.Side) == nil {
			return bad(i+1, row.Key, "side", fmt.Sprintf("is %s, but run.%s is missing", row.Side, row.Side))
		}
	}
	return nil
}

func (row *Row) check() (field, problem string) {
	switch {
	case row.Key == "":
		return "key", "is empty"
	case row.Side != Source && row.Side != Target:
		return "side", "is missing; expected source or target"
	case row.Outcome == 0 || int(row.Outcome) >= len(outcomeWords):
		return "outcome", "is missing"
	case row.After != nil && row.After.ID != row.Before.ID:
		return "after.id", "differs from before.id; a refresh never changes an identity"
	case !utf8.ValidString(row.Failure):
		return "failure", "is not UTF-8"
	}
	writes := row.Outcome == Refreshed || row.Outcome == NotCreatedYet
	if row.After != nil && !writes {
		return "after", "is set, but a row that is " + row.Outcome.String() + " writes no mailbox"
	}
	for _, m := range []struct {
		name string
		box  *Mailbox
	}{{"before", &row.Before}, {"after", row.After}} {
		if m.box == nil {
			continue
		}
		if field, problem := checkMailbox(m.box); problem != "" {
			return m.name + "." + field, problem
		}
	}
	return "", ""
}
