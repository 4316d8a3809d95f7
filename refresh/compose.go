package refresh

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"
)

// result composes the rows, once every answer is in.
func (r *run) result(ctx context.Context) *Result {
	res := &Result{
		ID: randomID(), JobID: r.job.ID, JobName: r.job.Name, JobRows: len(r.job.Matches),
		Rows: r.makeRows(),
		Run:  Run{ID: randomID(), Operator: printable(r.opts.Operator), Started: r.started, Library: libraryVersion(), Verify: r.opts.Verify, JobDigest: r.survey.digest.text(&r.job)},
	}
	debug := r.log.Enabled(ctx, slog.LevelDebug)
	for _, s := range r.sides {
		s.tally.expect = s.expect(r.opts.ExpectDomain)
	}
	for k, i := range r.selected {
		for n, s := range r.sides {
			vouched := s.vouches != nil && s.vouches[k]
			if vouched && s.filled {
				continue
			}
			row := &res.Rows[k*len(r.sides)+n]
			s.fill(row, &r.job.Matches[i], r, vouched)
			r.survey.claims.noteAfter(i, row)
			s.tally.add(row)
			if row.Outcome == LookupFailed {
				s.failures++
			}
			if debug {
				logRow(ctx, r.log, row)
			}
		}
	}
	r.survey.claims.rowOf = func(match int, s Side) *Row { return r.row(res, match, s) }
	for n, s := range r.sides {
		s.conclude(r, func(k int) *Row { return &res.Rows[k*len(r.sides)+n] }, ctx.Err() == nil)
	}
	res.Conflicts = r.survey.claims.find()
	r.judgeRun()
	res.Warnings = r.warnings()
	for _, s := range r.sides {
		record := s.record
		if s.side == Source {
			res.Run.Source = &record
		} else {
			res.Run.Target = &record
		}
		if !r.log.Enabled(ctx, slog.LevelInfo) {
			continue
		}
		c := res.Counts(s.side)
		r.log.InfoContext(ctx, "refresh: looked up", "side", s.side, "system", record.System, "rows", c.Total,
			"refreshed", c.ByOutcome[Refreshed], "missing", c.ByOutcome[Missing], "failed", c.ByOutcome[LookupFailed])
	}
	res.Run.Finished = now()
	return res
}

// fillVouched fills the rows that need no answer, while others wait for one. The side is the nth one.
func (s *sideRun) fillVouched(r *run, n int) {
	if s.vouches == nil || s.expect(r.opts.ExpectDomain) != "" {
		return // rows that are not where they are expected are listed in order
	}
	r.filling.Lock()
	defer r.filling.Unlock()
	rows := r.makeRows()
	for k, i := range r.selected {
		if s.vouches[k] {
			row := &rows[k*len(r.sides)+n]
			s.fill(row, &r.job.Matches[i], r, true)
			s.tally.add(row)
		}
	}
	s.filled = true
}

// row returns the row of one side of a match, nil when it was not looked up.
func (r *run) row(res *Result, match int, side Side) *Row {
	k, selected := match, true
	if len(r.selected) < len(r.job.Matches) {
		k, selected = slices.BinarySearch(r.selected, match)
	}
	n := slices.IndexFunc(r.sides, func(s *sideRun) bool { return s.side == side })
	if !selected || n < 0 {
		return nil
	}
	return &res.Rows[k*len(r.sides)+n]
}

func logRow(ctx context.Context, log *slog.Logger, row *Row) {
	if row.Outcome != NotChanged {
		log.DebugContext(ctx, "refresh: row", "key", row.Key, "side", row.Side, "outcome", row.Outcome, "reasons", row.Reasons, "cause", row.Cause, "failure", row.Failure)
	}
}

// fill says what happened to one side of one match and plans what to write.
func (s *sideRun) fill(row *Row, m *Match, r *run, vouched bool) {
	at := m.side(s.side)
	row.Key, row.Side, row.Origin, row.Before, row.Use, row.Part, row.Merge = m.Key, s.side, *at.origin, *at.mailbox, *at.use, m.Part, m.Merge
	row.MarkBefore, row.MarkAfter, row.PreviousBefore = *at.mark, *at.mark, *at.previous
	row.StampBefore, row.StampAfter = *at.stamp, *at.stamp
	switch {
	case vouched:
		row.Outcome = NotChanged
		return
	case row.Origin == Bound:
		s.settleBound(row, at, r)
	case row.Origin == Planned && at.mailbox.ID != "":
		s.settleAccount(row, at, r)
	case row.Origin == Planned:
		row.Outcome = NotCreatedYet
		row.Evidence = s.addressEvidence(at.mailbox.Primary, r.opts.Verify, true)
	case row.Origin == Manual:
		row.Outcome = EnteredManually
		row.Evidence = s.addressEvidence(at.mailbox.Primary, r.opts.Verify, false)
	default:
		row.Outcome = Unmatched
	}
	if row.Replica = printable(row.Replica); row.Replica == s.record.Server {
		row.Replica = ""
	}
}

func (s *sideRun) settleBound(row *Row, at matchSide, r *run) {
	v := s.settle(at, r.opts.AcceptReverted)
	s.take(row, &v)
	switch v.outcome {
	case Missing:
		row.Reasons = ReasonsOf(v.reason)
		row.MarkAfter = s.said.mark(markAgain(row.MarkBefore, v.reason, r.started, v.evidence.DeletionUnknown))
	case Refreshed:
		after, reasons := compare(row.Before, v.mailbox, Bound)
		if reasons != 0 {
			row.After = s.first[s.asked.find(at.mailbox.ID)].keep(&after)
		}
		if row.MarkBefore != nil {
			row.MarkAfter = nil
			reasons |= ReasonsOf(ReasonRestored)
		}
		row.Reasons = reasons
		if reasons == 0 {
			row.Outcome = NotChanged
		}
		row.Evidence = nil
	}
}

// settleAccount handles a planned target whose account is known: whatever is found, its mailbox is not created yet.
func (s *sideRun) settleAccount(row *Row, at matchSide, r *run) {
	v := s.settle(at, r.opts.AcceptReverted)
	s.take(row, &v)
	if v.outcome == LookupFailed {
		return
	}
	row.Outcome = NotCreatedYet
	e := v.evidence
	e.ForwardsTo = Address(printable(string(e.ForwardsTo)))
	switch {
	case v.absent() && v.reason != ReasonNoMailbox && v.reason != ReasonMoved:
		e.Account = AccountGone
	case !v.absent() && v.mailbox.Instance != "" && !v.mailbox.Kind.Elsewhere():
		e.Account = AccountExistsNow
	default:
		e.Account = AccountThere
	}
	row.Evidence = &e
	if v.hasObj {
		if after, reasons := compare(row.Before, v.mailbox, Planned); reasons != 0 {
			row.After = &after
		}
	}
}

// take copies what a verdict says into the row.
func (s *sideRun) take(row *Row, v *verdict) {
	row.Outcome, row.Cause, row.Replica = v.outcome, v.cause, v.replica
	if v.err != nil {
		row.Failure = printable(v.err.Error())
	}
	if bad, ok := errors.AsType[*ValueError](v.err); ok {
		v.evidence.Malformed = printable(bad.Value[:min(len(bad.Value), 256)])
	}
	if !v.evidence.isZero() {
		v.evidence.ForwardsTo = Address(printable(string(v.evidence.ForwardsTo)))
		row.Evidence = s.said.evidence(&v.evidence)
	}
}

func markAgain(was *Mark, reason Reason, at time.Time, deletionUnknown bool) Mark {
	m := Mark{Reason: reason, FirstSeen: at, LastSeen: at, DeletionUnknown: deletionUnknown}
	if was != nil {
		m.FirstSeen = was.FirstSeen
		if m.LastSeen.Before(was.LastSeen) { // the clock went back
			m.LastSeen = was.LastSeen
		}
	}
	return m
}

// writable drops a time that JSON cannot hold, such as "never" in some directories.
func writable(t time.Time) time.Time {
	if y := t.UTC().Year(); y < 1 || y > 9998 {
		return time.Time{}
	}
	return t
}

// printable makes text of a server fit for a result, which is UTF-8.
func printable(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
