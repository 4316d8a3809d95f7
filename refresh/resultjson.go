package refresh

import (
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"math/bits"
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
		if err := strictjson.UnmarshalValid(raw, &row); err != nil {
			return err
		}
		if field, problem := row.check(); problem != "" {
			return row.invalid(field, problem)
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
	if err := unfaithful("result", resultHeaderOf(r)); err != nil {
		return err
	}
	for i := range r.Conflicts {
		if len(r.Conflicts[i].Members) < 2 {
			return bad(0, "", fmt.Sprintf("conflicts[%d].members", i), "has fewer than two; a conflict is between rows")
		}
	}
	return r.validateRows()
}

// validateRows holds every row to its rules, and all rows to having keys of their own.
func (r *Result) validateRows() error {
	last, err := len(r.Rows), error(nil)
	for i := range r.Rows {
		if err = r.checkRow(i); err != nil {
			last = i
			break
		}
	}
	// Of a million keys only hashes are kept. Rows that share one are looked at closely.
	seed, same := maphash.MakeSeed(), newRepeats(last, 1)
	for i := range r.Rows[:last] {
		row := &r.Rows[i]
		same.add(maphash.String(seed, row.Key)^uint64(row.Side)<<61, i)
	}
	seen := map[sideKey]bool{}
	for _, i := range same.rows() {
		row := &r.Rows[i]
		if k := (sideKey{row.Side, row.Key}); seen[k] {
			return &InvalidError{What: "result", Row: i + 1, Key: row.Key, Field: "key", Problem: "is there twice on this side; every row has one outcome"}
		} else {
			seen[k] = true
		}
	}
	return err
}

func (r *Result) checkRow(i int) error {
	row := &r.Rows[i]
	if field, problem := row.check(); problem != "" {
		return inRow(row.invalid(field, problem), i)
	}
	if r.Run.Side(row.Side) == nil {
		return &InvalidError{What: "result", Row: i + 1, Key: row.Key, Field: "side", Problem: fmt.Sprintf("is %s, but run.%s is missing", row.Side, row.Side)}
	}
	return nil
}

func (row *Row) invalid(field, problem string) *InvalidError {
	e := &InvalidError{What: "result", Key: row.Key, Field: field, Problem: problem}
	if checkKey(row.Key) != "" {
		e.Key = ""
	}
	return e
}

// check returns the field at fault, by its JSON name, and what is wrong with it. A row that passes keeps a valid job
// valid when it is applied.
func (row *Row) check() (field, problem string) {
	if problem := checkKey(row.Key); problem != "" {
		return "key", problem
	}
	switch {
	case row.Side != Source && row.Side != Target:
		return "side", "is missing; expected source or target"
	case row.Outcome == 0 || int(row.Outcome) >= len(outcomeWords):
		return "outcome", "is missing"
	case row.After != nil && row.After.ID != row.Before.ID:
		return "after.id", "differs from before.id; a refresh never changes an identity"
	case row.After != nil && row.Outcome != Refreshed && row.Outcome != NotCreatedYet:
		return "after", "is set, but a row that is " + row.Outcome.String() + " writes no mailbox"
	case !utf8.ValidString(row.Failure):
		return "failure", "is not UTF-8"
	case !utf8.ValidString(row.Replica):
		return "replica", "is not UTF-8"
	case !utf8.ValidString(row.Part):
		return "part", "is not UTF-8"
	}
	if field, problem := row.checkWhy(); problem != "" {
		return field, problem
	}
	now := row.Now()
	before := matchSide{&row.Before, &row.Origin, &row.Use, &row.MarkBefore, &row.StampBefore, &row.PreviousBefore}
	after := matchSide{&now, &row.Origin, &row.Use, &row.MarkAfter, &row.StampAfter, &row.PreviousBefore}
	if field, problem := before.check(&beforeFields, false); problem != "" {
		return field, problem
	}
	if field, problem := after.check(&afterFields, false); problem != "" {
		return field, problem
	}
	switch {
	case !sameMark(row.MarkBefore, row.MarkAfter) && row.Outcome != Missing && row.Outcome != Refreshed:
		return "markAfter", "differs from markBefore, but a row that is " + row.Outcome.String() + " changes no mark"
	case row.StampBefore != row.StampAfter && row.StampAfter != 0 && row.Outcome != Refreshed && row.Outcome != NotChanged:
		return "stampAfter", "differs from stampBefore, but a row that is " + row.Outcome.String() + " gets no stamp"
	}
	return row.Evidence.check()
}

var (
	absentReasons  = ReasonsOf(ReasonGone, ReasonSoftDeleted, ReasonNoMailbox, ReasonMoved)
	refreshReasons = ReasonsOf(ReasonPrimary, ReasonAliases, ReasonSpelling, ReasonLogin, ReasonDetails, ReasonRestored)
)

// checkWhy holds reasons and cause to the outcome that they refine.
func (row *Row) checkWhy() (field, problem string) {
	absent := row.Reasons & absentReasons
	switch {
	case row.Reasons&^(absentReasons|refreshReasons) != 0:
		return "reasons", "contains an unknown reason"
	case row.Outcome == Missing && (absent != row.Reasons || bits.OnesCount16(uint16(absent)) != 1):
		return "reasons", "is not one of gone, soft-deleted, no-mailbox or moved, but the row is missing"
	case row.Outcome != Missing && absent != 0:
		return "reasons", "says why a mailbox is missing, but the row is " + row.Outcome.String()
	case row.Outcome == LookupFailed && (row.Cause == 0 || int(row.Cause) >= len(causeWords)):
		return "cause", "is missing, but the look-up failed"
	case row.Outcome != LookupFailed && row.Cause != 0:
		return "cause", "is set, but the row is " + row.Outcome.String()
	}
	return "", ""
}

func (e *Evidence) check() (field, problem string) {
	if e == nil {
		return "", ""
	}
	if e, ok := errors.AsType[*strictjson.Error](strictjson.Faithful(e)); ok {
		return "evidence." + e.Path, e.Problem
	}
	if e.Seen != nil {
		if field, problem := checkMailbox(e.Seen); problem != "" {
			return "evidence.seen." + field, problem
		}
	}
	return "", ""
}
