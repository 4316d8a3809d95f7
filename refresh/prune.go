package refresh

import (
	"fmt"
	"math"
	"slices"
)

// Limit bounds how much [Job.Prune] removes, so that one bad refresh cannot empty a job. The zero Limit allows 10% of
// the job's rows and 50 rows; both bounds hold.
type Limit struct {
	MaxShare float64 // of all rows, above 0 to 1; zero means 0.1
	MaxRows  int     // zero means 50
	// SoftDeleted also removes rows whose source can still be restored, or could be for all that the reader may see.
	SoftDeleted bool
}

// Prune returns the job without the rows whose source was proven gone, and the removed rows. It goes by the marks
// ([Match].SourceMark) that the last refresh that could tell left: refresh and apply first. A
// row that keep picks stays; a nil keep picks none. When either bound of limit is exceeded nothing is removed, and
// the error is a *[PruneLimitError]. [Job.Restore] takes it back.
func (j Job) Prune(limit Limit, keep func(Match) bool) (Job, []Match, error) {
	if limit.MaxShare < 0 || limit.MaxShare > 1 || math.IsNaN(limit.MaxShare) || limit.MaxRows < 0 {
		return j, nil, fmt.Errorf("refresh: prune: the limit must be a share of 0 to 1 and a number of rows of 0 or more, not %v and %d", limit.MaxShare, limit.MaxRows)
	}
	if limit.MaxShare == 0 {
		limit.MaxShare = 0.1
	}
	if limit.MaxRows == 0 {
		limit.MaxRows = 50
	}
	var gone, rest []Match
	for _, m := range j.Matches {
		mark := m.SourceMark
		prunable := mark != nil && (mark.Reason == ReasonGone && !mark.DeletionUnknown ||
			limit.SoftDeleted && (mark.Reason == ReasonGone || mark.Reason == ReasonSoftDeleted))
		if prunable && (keep == nil || !keep(m)) {
			gone = append(gone, m)
		} else {
			rest = append(rest, m)
		}
	}
	if len(gone) == 0 {
		return j, nil, nil
	}
	share := limit.MaxShare*float64(len(j.Matches)) + 1e-6 // 29% of 100 rows is 28.999… in binary
	if len(gone) > limit.MaxRows || float64(len(gone)) > share {
		return j, nil, &PruneLimitError{Rows: len(gone), Of: len(j.Matches), Limit: limit}
	}
	out := j
	out.Matches = rest
	for _, m := range gone {
		out.Source.reseal(m.Key, m.SourceStamp, 0)
		out.Target.reseal(m.Key, m.TargetStamp, 0)
	}
	out.History = j.note(Event{Action: ActionPruned, Rows: len(gone)})
	return out, gone, nil
}

// Restore returns the job with pruned rows put back at its end. They are looked up in the next run, because nobody looked
// for changes of theirs meanwhile. A key that the job holds is an *[InvalidError].
func (j Job) Restore(rows []Match) (Job, error) {
	if len(rows) == 0 {
		return j, nil
	}
	out := j
	out.Matches = slices.Concat(j.Matches, rows)
	for i := len(j.Matches); i < len(out.Matches); i++ {
		out.Matches[i].SourceStamp, out.Matches[i].TargetStamp = 0, 0
	}
	if err := out.Validate(); err != nil {
		return j, err
	}
	out.History = j.note(Event{Action: ActionRestored, Rows: len(rows)})
	return out, nil
}
