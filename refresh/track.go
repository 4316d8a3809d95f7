package refresh

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
)

// plan is how one side of a run is looked up.
type plan struct {
	tracker Tracker // nil when changes are not used
	changed *idSet  // nil when no changes were read
	mark    Cursor  // taken before any look-up; zero when there is none
	lost    bool    // the job's cursor is of no more use, and every stamp with it
	aged    bool    // what rows were not looked at since is too old to wait for them: the next epoch begins without them
}

// maxSlack bounds how many more changes than rows are worth following.
const maxSlack = 100_000

// maxIdlePages bounds the pages of changes in a row that name nothing new.
const maxIdlePages = 10_000

// track decides on the path of a side and reads what changed. Whatever fails here makes the path a full one.
func (s *sideRun) track(ctx context.Context, r *run) {
	t, ok := As[Tracker](s.conn)
	s.marked = r.opts.Marks.side(s.side)
	switch {
	case s.failed != nil:
		return
	case !ok:
		s.record.Why = "the connector does not tell what changed"
		return
	case s.record.Pin == "":
		s.record.Why = "which directory this is was not verified"
		return
	}
	s.plan.tracker = t
	if s.marked != nil {
		if s.marked.Pin != s.record.Pin {
			s.record.Why = "the marks are of another directory"
			s.plan.tracker = nil
			return
		}
		defer s.adoptMark(ctx)
	}
	if s.record.Why = s.whyFull(r); s.record.Why == "" {
		err := s.readChanges(ctx, len(r.job.Matches), r.survey.seed)
		if err == nil {
			s.record.Path = PathIncremental
			return
		}
		s.plan.changed = nil
		s.plan.lost = errors.Is(err, ErrCursorExpired)
		s.record.Why = "what changed could not be read: " + printable(err.Error())
		if s.plan.lost {
			s.record.Why = "the cursor has expired"
		}
	}
	if s.marked != nil {
		return // taken before any part began
	}
	mark, err := t.Mark(ctx)
	if err != nil {
		s.record.Why += "; no mark could be taken: " + printable(err.Error())
		return
	}
	s.plan.mark = mark
}

// adoptMark makes the mark of all parts this one's, if the replica that answers here knows it: another one may know less.
func (s *sideRun) adoptMark(ctx context.Context) {
	s.plan.mark = Cursor{}
	if s.marked.Cursor.IsZero() {
		return
	}
	if _, err := s.plan.tracker.Changes(ctx, s.marked.Cursor); err == nil {
		s.plan.mark = s.marked.Cursor
	}
}

// whyFull says why changes since the job's cursor are not enough, "" when they are.
func (s *sideRun) whyFull(r *run) string {
	maxAge := r.opts.MaxAge
	if maxAge == 0 {
		maxAge = defaultMaxAge
	}
	age := r.started.Sub(s.endpoint.Since)
	sum, ok := readSeal(s.endpoint.Seal)
	switch {
	case s.endpoint.Cursor.IsZero() || s.endpoint.Epoch == "":
		return "the job has no cursor yet"
	case !ok || sum != r.survey.seal[s.side.index()]:
		s.plan.lost = true
		return "rows that were refreshed before were removed, put back or copied by hand"
	case r.opts.Full:
		return "asked for"
	case maxAge > 0 && (age > maxAge || age < -maxAge):
		s.plan.aged = true
		return fmt.Sprintf("the last full look is older than %v", maxAge)
	}
	return ""
}

// readChanges reads every page of changes. The last page's cursor is as good as a mark taken before.
func (s *sideRun) readChanges(ctx context.Context, rows int, seed maphash.Seed) error {
	s.plan.changed = newIDSet(seed)
	idle := 0
	for since := s.endpoint.Cursor; ; {
		known := s.plan.changed.len()
		page, err := s.plan.tracker.Changes(ctx, since)
		if err == nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		for _, id := range page.IDs {
			s.plan.changed.add(id)
		}
		if s.plan.changed.len() > rows+maxSlack {
			return errors.New("more changed than is worth following")
		}
		if idle++; s.plan.changed.len() > known {
			idle = 0
		}
		if idle > maxIdlePages {
			return errors.New("the pages of changes do not come to an end")
		}
		since = page.Next
		if !page.More {
			s.plan.mark = since
			return nil
		}
	}
}

// vouched reports whether a row needs no look-up: its stamp is valid and its mailbox did not change.
func (s *sideRun) vouched(matches []Match, i int) bool {
	tag := s.stamped[i]
	return tag != 0 && !(s.plan.changed.mayHold(tag) && s.plan.changed.holds(matches[i].side(s.side).mailbox.ID))
}

// conclude decides whether the endpoint's cursor moves on, and stamps the rows of the side.
// row gives its row for each selected match.
func (s *sideRun) conclude(r *run, row func(k int) *Row, complete bool) {
	e, steady := &s.record, complete && s.failed == nil && len(s.record.Failovers) == 0
	moves := steady && !s.plan.mark.IsZero() && !s.mostFailed()
	switch {
	case e.Path == PathIncremental:
		moves = moves && !s.overlooks(r)
	case e.Epoch != "" && !s.plan.lost && !s.plan.aged && s.leavesOut(r):
		moves = false // of rows that were not selected, the old cursor is still needed
	case moves:
		e.Epoch, e.Since, e.Restarted = s.newEpoch(), r.started, true
		if taken := s.plan.mark.Taken; s.marked != nil && !taken.IsZero() && taken.Before(r.started) {
			e.Since = taken // the parts together look at everything from then on
		}
	}
	if moves {
		e.Cursor = s.plan.mark
	}
	epoch := e.Epoch
	if !steady || e.Path == PathFull && !moves {
		epoch = "" // nobody said that the replica that answered knows all that the one of the old cursor does
	}
	for k := range r.selected {
		if s.vouches == nil || !s.vouches[k] {
			x := row(k)
			x.StampAfter = s.stampAfter(x, epoch, moves)
		}
	}
}

// newEpoch names an epoch, for all parts of a split job the same one.
func (s *sideRun) newEpoch() string {
	if s.marked != nil && s.marked.Epoch != "" {
		return s.marked.Epoch
	}
	return randomID()
}

// stampAfter is the stamp that Apply writes.
func (s *sideRun) stampAfter(row *Row, epoch string, moves bool) Stamp {
	switch {
	case row.Origin != Bound:
		return 0
	case row.Outcome == Refreshed, row.Outcome == NotChanged:
		switch {
		case epoch == "" && row.After == nil && row.Outcome == NotChanged && !s.plan.lost:
			return row.StampBefore // no worse than before
		case epoch == "" || row.Replica != "": // another replica than that of the mark may know less
			return 0
		}
		now := row.Now()
		return stampOf(epoch, &now)
	case row.Outcome == Missing, moves:
		return 0
	}
	return row.StampBefore // the cursor stays where it was, too
}

// mostFailed reports whether so many look-ups failed that something other than the rows is wrong.
func (s *sideRun) mostFailed() bool {
	return s.failures >= suspiciousRows && 2*s.failures >= s.asked.len()
}

// overlooks reports whether a row that was not selected has changed, so that the old cursor is still needed for it. What has a
// stamp that is not valid may have changed, too: undoing an edit by hand makes the stamp valid again.
func (s *sideRun) overlooks(r *run) bool {
	if len(r.selected) == len(r.job.Matches) || s.plan.changed.len() == 0 {
		return false
	}
	return s.unselected(r, func(i int) bool {
		at := r.job.Matches[i].side(s.side)
		return *at.stamp != 0 && (s.plan.changed.holds(at.mailbox.ID) || s.stamped[i] == 0)
	})
}

// leavesOut reports whether a row that was not selected has a stamp that is valid.
func (s *sideRun) leavesOut(r *run) bool {
	return s.unselected(r, func(i int) bool { return s.stamped[i] != 0 })
}

// unselected reports whether some row that was not selected is such.
func (s *sideRun) unselected(r *run, such func(match int) bool) bool {
	next := 0
	for i := range r.job.Matches {
		if next < len(r.selected) && r.selected[next] == i {
			next++
			continue
		}
		if such(i) {
			return true
		}
	}
	return false
}
