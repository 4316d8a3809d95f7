package refresh

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"
)

// result composes the rows, once every answer is in.
func (r *run) result(ctx context.Context) *Result {
	res := &Result{
		ID: randomID(), JobID: r.job.ID, JobName: r.job.Name, JobRows: len(r.job.Matches),
		Rows: make([]Row, 0, len(r.selected)*len(r.sides)),
		Run:  Run{ID: randomID(), Operator: printable(r.opts.Operator), Started: r.started, Library: libraryVersion(), Verify: r.opts.Verify},
	}
	debug := r.log.Enabled(ctx, slog.LevelDebug)
	for k, i := range r.selected {
		for _, s := range r.sides {
			res.Rows = append(res.Rows, s.row(&r.job.Matches[i], r, s.vouches != nil && s.vouches[k]))
			if debug {
				logRow(ctx, r.log, &res.Rows[len(res.Rows)-1])
			}
		}
	}
	for n, s := range r.sides {
		s.conclude(r, func(k int) *Row { return &res.Rows[k*len(r.sides)+n] }, ctx.Err() == nil)
	}
	res.Conflicts = conflictsOf(r.job.Matches, res.Rows)
	r.judgeRun(res)
	res.Warnings = r.warnings()
	for _, s := range r.sides {
		record := s.record
		if s.side == Source {
			res.Run.Source = &record
		} else {
			res.Run.Target = &record
		}
		c := res.Counts(s.side)
		r.log.InfoContext(ctx, "refresh: looked up", "side", s.side, "system", record.System, "rows", c.Total,
			"refreshed", c.ByOutcome[Refreshed], "missing", c.ByOutcome[Missing], "failed", c.ByOutcome[LookupFailed])
	}
	res.Run.Finished = now()
	return res
}

func logRow(ctx context.Context, log *slog.Logger, row *Row) {
	if row.Outcome != NotChanged {
		log.DebugContext(ctx, "refresh: row", "key", row.Key, "side", row.Side, "outcome", row.Outcome, "reasons", row.Reasons, "cause", row.Cause, "failure", row.Failure)
	}
}

// row says what happened to one side of one match and plans what to write.
func (s *sideRun) row(m *Match, r *run, vouched bool) Row {
	at := m.side(s.side)
	row := Row{
		Key: m.Key, Side: s.side, Origin: *at.origin, Before: *at.mailbox, Use: *at.use, Part: m.Part, Merge: m.Merge,
		MarkBefore: *at.mark, MarkAfter: *at.mark, PreviousBefore: *at.previous,
		StampBefore: *at.stamp, StampAfter: *at.stamp,
	}
	switch {
	case vouched:
		row.Outcome = NotChanged
	case row.Origin == Bound:
		s.settleBound(&row, at, r)
	case row.Origin == Planned && at.mailbox.ID != "":
		s.settleAccount(&row, at, r)
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
	return row
}

func (s *sideRun) settleBound(row *Row, at matchSide, r *run) {
	v := s.settle(at, r.opts.AcceptReverted)
	row.take(v)
	switch v.outcome {
	case Missing:
		row.Reasons = ReasonsOf(v.reason)
		row.MarkAfter = markAgain(row.MarkBefore, v.reason, r.started)
		row.MarkAfter.DeletionUnknown = v.evidence.DeletionUnknown
	case Refreshed:
		after, reasons := compare(row.Before, v.mailbox, Bound)
		if reasons != 0 {
			row.After = &after
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
	row.take(v)
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
func (row *Row) take(v verdict) {
	row.Outcome, row.Cause, row.Replica = v.outcome, v.cause, v.replica
	if v.err != nil {
		row.Failure = printable(v.err.Error())
	}
	if bad, ok := errors.AsType[*ValueError](v.err); ok {
		v.evidence.Malformed = printable(bad.Value[:min(len(bad.Value), 256)])
	}
	if !v.evidence.isZero() {
		e := v.evidence
		e.ForwardsTo = Address(printable(string(e.ForwardsTo)))
		row.Evidence = &e
	}
}

func (e Evidence) isZero() bool {
	return e.Hits == nil && len(e.HitIDs) == 0 && e.HitsFailure == "" && e.DomainAccepted == Unknown && e.Account == 0 &&
		e.DeletedAt.IsZero() && e.RestorableUntil.IsZero() && !e.DeletionUnknown && e.Proof == ProofNone &&
		e.ForwardsTo == "" && e.Instance == "" && e.Malformed == "" && e.Seen == nil
}

func markAgain(was *Mark, reason Reason, at time.Time) *Mark {
	m := &Mark{Reason: reason, FirstSeen: at, LastSeen: at}
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
