package report

import (
	"errors"
	"fmt"

	"github.com/readdress-go/readdress/refresh"
)

// Difference is what changed from one refresh of a job to a later one: what healed, what is newly missing, what still
// has to be done. Its formats are [Difference.Text], [Difference.CSV], [Difference.HTML] and, as JSON, [Difference.Write].
// Treat it as immutable.
type Difference struct {
	JobID   string  `json:"jobId"`
	JobName string  `json:"jobName,omitempty"`
	Earlier DiffRun `json:"earlier"`
	Later   DiffRun `json:"later"`
	// SameSource and SameTarget count the rows of which there is nothing to tell.
	SameSource int `json:"sameSource"`
	SameTarget int `json:"sameTarget"`
	// NewConflicts stand in the later result alone, EndedConflicts in the earlier one; those that a result itself resolves count for neither.
	NewConflicts   []refresh.Conflict `json:"newConflicts,omitempty"`
	EndedConflicts []refresh.Conflict `json:"endedConflicts,omitempty"`
	// Rows are all others, in the order of the later result, and then those that only the earlier one has.
	Rows []DiffRow `json:"rows"`
}

// DiffRun is the record of one of the two refreshes.
type DiffRun struct {
	Result  string        `json:"result"`
	State   refresh.State `json:"state"`
	Partial bool          `json:"partial,omitempty"`
	JobRows int           `json:"jobRows"`
	Run     refresh.Run   `json:"run"`
}

// DiffRow is one side of one row that has something to tell.
type DiffRow struct {
	Key   string       `json:"key"`
	Side  refresh.Side `json:"side"`
	Trend Trend        `json:"trend"`
	// Rematched: the row is matched to another mailbox than in the earlier refresh.
	Rematched bool `json:"rematched,omitempty"`
	// Earlier and Later are what the two refreshes said; nil: that one did not look at the row.
	Earlier *Verdict `json:"earlier,omitempty"`
	Later   *Verdict `json:"later,omitempty"`
}

// Verdict is what one refresh said of one side of a row.
type Verdict struct {
	Outcome refresh.Outcome `json:"outcome"`
	Reasons refresh.Reasons `json:"reasons,omitempty"`
	Cause   refresh.Cause   `json:"cause,omitempty"`
	Detail  Detail          `json:"detail,omitempty"`
	Failure string          `json:"failure,omitempty"`
	ID      refresh.ID      `json:"id,omitempty"`
	Name    string          `json:"name,omitempty"`
	// Before is the primary address that the job held, Primary that which it holds once the result is applied.
	Before  refresh.Address `json:"before,omitempty"`
	Primary refresh.Address `json:"primary,omitempty"`
}

// Diff compares an earlier refresh of a job with a later one. Both may be previews, applied or reverted. It is an error if a
// result is nil or the two are of different jobs (*[refresh.WrongJobError]). The results are not changed.
func Diff(earlier, later *refresh.Result) (*Difference, error) {
	if earlier == nil || later == nil {
		return nil, errors.New("report: there are no two results to compare")
	}
	if earlier.JobID != later.JobID {
		return nil, fmt.Errorf("report: the results are of different jobs: %w", &refresh.WrongJobError{Want: earlier.JobID, Got: later.JobID})
	}
	d := &Difference{JobID: later.JobID, JobName: later.JobName, Earlier: diffRun(earlier), Later: diffRun(later), Rows: []DiffRow{}}
	was := make(map[conflictMember]*refresh.Row, len(earlier.Rows))
	for i := range earlier.Rows {
		row := &earlier.Rows[i]
		was[conflictMember{row.Side, row.Key}] = row
	}
	for i := range later.Rows {
		row := &later.Rows[i]
		k := conflictMember{row.Side, row.Key}
		d.add(was[k], row)
		delete(was, k)
	}
	for i := range earlier.Rows {
		if row := &earlier.Rows[i]; was[conflictMember{row.Side, row.Key}] == row {
			d.add(row, nil)
		}
	}
	d.NewConflicts = without(later.Conflicts, earlier.Conflicts)
	d.EndedConflicts = without(earlier.Conflicts, later.Conflicts)
	return d, nil
}

func diffRun(r *refresh.Result) DiffRun {
	return DiffRun{Result: r.ID, State: r.State, Partial: r.Partial, JobRows: r.JobRows, Run: r.Run}
}

func (d *Difference) add(a, b *refresh.Row) {
	row := DiffRow{Trend: trendOf(a, b), Earlier: verdictOf(a), Later: verdictOf(b)}
	if row.Key, row.Side = keyOf(a, b); row.Trend == Same {
		if row.Side == refresh.Source {
			d.SameSource++
		} else {
			d.SameTarget++
		}
		return
	}
	row.Rematched = rematched(a, b)
	d.Rows = append(d.Rows, row)
}

func keyOf(a, b *refresh.Row) (string, refresh.Side) {
	if b != nil {
		return b.Key, b.Side
	}
	return a.Key, a.Side
}

func rematched(a, b *refresh.Row) bool {
	return a != nil && b != nil && a.Before.ID != "" && b.Before.ID != "" && a.Before.ID != b.Before.ID
}

// trendOf compares what two refreshes said of one side of a row.
func trendOf(a, b *refresh.Row) Trend {
	switch {
	case a == nil:
		return Added
	case b == nil:
		return Dropped
	}
	was, is := caseOf(a), caseOf(b)
	needed, needs := was.severity() >= refresh.SeverityWarning, is.severity() >= refresh.SeverityWarning
	switch {
	case !needed && needs:
		return Worsened
	case needed && !needs:
		return Healed
	case needed && was == is && !rematched(a, b):
		return Persisted
	case needed:
		return Turned
	case rematched(a, b):
		return Changed
	case b.Outcome == refresh.Refreshed && a.Outcome == refresh.Refreshed && sameMailbox(a.Now(), b.Now()) && sameMailbox(a.Before, b.Before):
		return Pending
	case b.Outcome == refresh.Refreshed:
		return Changed
	case a.Outcome == refresh.Refreshed && b.Outcome == refresh.NotChanged:
		return Settled
	case a.Outcome != b.Outcome:
		return Changed
	}
	return Same
}

// sameMailbox compares what Apply writes, but for the order of aliases.
func sameMailbox(a, b refresh.Mailbox) bool {
	return a.ID == b.ID && a.Instance == b.Instance && a.Anchor == b.Anchor && a.Login == b.Login && a.DisplayName == b.DisplayName && a.Kind == b.Kind &&
		a.Primary == b.Primary && len(aliasChanges(a.Aliases, b.Aliases)) == 0
}

func verdictOf(row *refresh.Row) *Verdict {
	if row == nil {
		return nil
	}
	now := row.Now()
	return &Verdict{
		Outcome: row.Outcome, Reasons: row.Reasons, Cause: row.Cause, Detail: caseOf(row).Detail, Failure: row.Failure,
		ID: row.Before.ID, Name: now.DisplayName, Before: row.Before.Primary, Primary: now.Primary,
	}
}

// caseOn returns the case of a verdict on one side.
func (v *Verdict) caseOn(s refresh.Side, run refresh.Run) Case {
	c := Case{Side: s, Outcome: v.Outcome, Cause: v.Cause, Detail: v.Detail}
	for _, r := range v.Reasons.List() {
		if r.Absent() {
			c.Reason = r
		}
	}
	if of := run.Side(s); of != nil {
		c.System = SystemOf(of.System)
	}
	return c
}

// without returns the conflicts of a that stand after Apply and do not in b.
func without(a, b []refresh.Conflict) []refresh.Conflict {
	type name struct {
		kind    refresh.ConflictKind
		side    refresh.Side
		address refresh.Address
		id      refresh.ID
	}
	of := func(c *refresh.Conflict) name { return name{c.Kind, c.Side, c.Address, c.ID} }
	there := map[name]bool{}
	for i := range b {
		if b[i].State != refresh.ConflictResolved {
			there[of(&b[i])] = true
		}
	}
	var out []refresh.Conflict
	for i := range a {
		if a[i].State != refresh.ConflictResolved && !there[of(&a[i])] {
			out = append(out, a[i])
		}
	}
	return out
}

// Counts counts the rows of one side by trend.
func (d *Difference) Counts(s refresh.Side) map[Trend]int {
	n := map[Trend]int{Same: d.SameSource}
	if s == refresh.Target {
		n[Same] = d.SameTarget
	}
	for i := range d.Rows {
		if d.Rows[i].Side == s {
			n[d.Rows[i].Trend]++
		}
	}
	return n
}
