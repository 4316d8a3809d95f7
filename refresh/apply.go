package refresh

import (
	"cmp"
	"fmt"
	"slices"
)

// Apply returns the job with everything that r writes: addresses, login, display name, kind, anchor, a learned
// instance, marks and stamps, all as one set, so that swapped addresses come out right. Pairing, origin, key, use,
// part and the host's own data are never written.
//
// It writes all or nothing. It refuses a result made for another job (*[WrongJobError]) or applied already
// ([ErrAlreadyApplied]), one whose rows no longer hold what it saw (*[StaleError]), and one made against another
// directory than the job is pinned to now (*[WrongDirectoryError]). Rows that r does not write never make it stale.
func (j Job) Apply(r *Result) (Job, error) {
	if r == nil {
		return j, errNoResult
	}
	if j.ID != r.JobID {
		return j, &WrongJobError{Want: r.JobID, Got: j.ID}
	}
	if j.State(r) == Applied {
		return j, ErrAlreadyApplied
	}
	return j.rewrite(r, ActionApplied)
}

// Revert returns the job as it was before r was applied, its history excepted. It refuses like [Job.Apply]:
// [ErrNotApplied] when the history does not say that r is applied, *[StaleError] when a row that r wrote was
// changed since.
func (j Job) Revert(r *Result) (Job, error) {
	if r == nil {
		return j, errNoResult
	}
	if j.ID != r.JobID {
		return j, &WrongJobError{Want: r.JobID, Got: j.ID}
	}
	if j.State(r) != Applied {
		return j, ErrNotApplied
	}
	return j.rewrite(r, ActionReverted)
}

// State says whether r is applied to the job, by the job's history.
func (j Job) State(r *Result) State {
	for i := len(j.History) - 1; i >= 0; i-- {
		if e := &j.History[i]; e.Result == r.ID {
			if e.Action == ActionReverted {
				return Reverted
			}
			return Applied
		}
	}
	return Preview
}

// held is everything that Apply and Revert exchange on one side of a row.
type held struct {
	mailbox  Mailbox
	mark     *Mark
	previous *Previous
	stamp    Stamp
}

func (row *Row) heldBefore() held {
	return held{row.Before, row.MarkBefore, row.PreviousBefore, row.StampBefore}
}

func (row *Row) heldAfter(server string) held {
	h := held{row.Now(), row.MarkAfter, row.PreviousBefore, row.StampAfter}
	if row.After != nil {
		h.previous = &Previous{Mailbox: row.Before, Replica: row.Replica}
		if h.previous.Replica == "" {
			h.previous.Replica = server
		}
	}
	return h
}

func (j Job) rewrite(r *Result, action Action) (Job, error) {
	out := j
	out.Matches = slices.Clone(j.Matches)
	var pinned []Side
	for _, s := range []Side{Source, Target} {
		run := r.Run.Side(s)
		switch {
		case run == nil:
		case action == ActionReverted:
			out.endpoint(s).unpin(run, j.pinnedBy(r, s))
		default:
			wrote, err := out.endpoint(s).pin(s, run)
			if err != nil {
				return j, err
			}
			if wrote {
				pinned = append(pinned, s)
			}
		}
	}
	var stale []StaleRow
	written := 0
	find := j.finder()
	stamps := j.stamper(r, action)
	for i := range r.Rows {
		row := &r.Rows[i]
		if !row.touches() {
			continue
		}
		server := ""
		if run := r.Run.Side(row.Side); run != nil {
			server = run.Server
		}
		saw, write := row.heldBefore(), row.heldAfter(server)
		if action == ActionReverted {
			saw, write = write, saw
		}
		n := find(row.Key)
		if n < 0 {
			if row.Writes() {
				stale = append(stale, StaleRow{row.Key, row.Side, "the row is no longer in the job"})
			}
			stamps.put(row, saw.stamp, write.stamp) // should the host put it back, the seal says that its stamp is an old one
			continue
		}
		at := out.Matches[n].side(row.Side)
		if why := differs(at, row.Origin, saw); why != "" {
			if row.Writes() {
				stale = append(stale, StaleRow{row.Key, row.Side, why})
			}
			*at.stamp = stamps.put(row, *at.stamp, 0) // no reason to refuse, and nothing to vouch for here
			continue
		}
		*at.mailbox, *at.mark, *at.previous = write.mailbox, write.mark, write.previous
		*at.stamp = stamps.put(row, *at.stamp, write.stamp)
		if row.Writes() {
			written++
		}
	}
	if stale != nil {
		return j, &StaleError{Rows: stale}
	}
	stamps.finish(&out)
	out.History = j.note(Event{Action: action, Result: r.ID, Run: r.Run.ID, Operator: r.Run.Operator, Rows: written, Pinned: pinned})
	return out, nil
}

// differs says how a row side no longer holds what a result saw, "" when it does.
func differs(at matchSide, origin Origin, saw held) string {
	switch {
	case *at.origin != origin:
		return fmt.Sprintf("it is %s now, not %s", *at.origin, origin)
	case at.mailbox.ID != saw.mailbox.ID:
		return "another mailbox is bound to it"
	case !at.mailbox.Equal(saw.mailbox) || !slices.Equal(at.mailbox.Aliases, saw.mailbox.Aliases):
		return "its mailbox was changed"
	case !sameMark(*at.mark, saw.mark), !samePrevious(*at.previous, saw.previous):
		return "another refresh was applied to it"
	}
	return ""
}

func samePrevious(a, b *Previous) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Replica == b.Replica && a.Mailbox.Equal(b.Mailbox)
}

// pin pins the endpoint to the directory that the run reached, unless it is pinned already.
func (e *Endpoint) pin(s Side, run *SideRun) (wrote bool, err error) {
	if run.PinBefore == "" && run.Pin != "" && e.Pin == "" {
		e.Pin = run.Pin
		return true, nil
	}
	if e.Pin != run.PinBefore && e.Pin != run.Pin {
		return false, &WrongDirectoryError{Side: s, Want: e.Pin, Got: cmp.Or(run.Pin, run.PinBefore, "not known")}
	}
	return false, nil
}

// unpin takes back the pin that applying the result wrote.
func (e *Endpoint) unpin(run *SideRun, wrote bool) {
	if wrote && e.Pin == run.Pin {
		e.Pin = ""
	}
}

// pinnedBy reports whether applying r pinned the side and no other result that was applied since, and still is, relies on that.
func (j Job) pinnedBy(r *Result, s Side) bool {
	pinned := false
	since := make(map[string]bool)
	for _, e := range j.History {
		switch {
		case e.Action == ActionReverted:
			delete(since, e.Result)
		case e.Action != ActionApplied:
		case e.Result == r.ID:
			pinned = slices.Contains(e.Pinned, s)
			clear(since)
		default:
			since[e.Result] = true
		}
	}
	return pinned && len(since) == 0
}

// finder finds matches by key. Results are in the order of the job, so the next match is tried before a map is built.
func (j Job) finder() func(key string) int {
	next := 0
	var all map[string]int
	return func(key string) int {
		for ; next < len(j.Matches) && all == nil; next++ {
			if j.Matches[next].Key == key {
				return next
			}
		}
		if all == nil {
			all = make(map[string]int, len(j.Matches))
			for i := range j.Matches {
				all[j.Matches[i].Key] = i
			}
		}
		if i, ok := all[key]; ok {
			return i
		}
		return -1
	}
}
