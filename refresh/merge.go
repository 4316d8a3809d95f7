package refresh

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// OverlapError says that two parts of a merge hold the same row.
type OverlapError struct {
	Key  string
	Side Side
}

// Error names the row.
func (e *OverlapError) Error() string {
	return fmt.Sprintf("refresh: merge: two parts hold the %s of row %q: merge each row once", e.Side, e.Key)
}

// Merge makes one result of the results of a job's parts (see [Split]), as if the whole had been refreshed at once: rows in
// the order of the job, conflicts across the parts, warnings of the whole. It may hold a part of the rows only. All
// parts must be of this job (*[WrongJobError]), hold different rows (*[OverlapError]) that the job holds (*[StaleError]), and be previews.
//
// A side's cursor moves only when every part moved it to the same mark, and covers every row that still relies on the old one.
func Merge(job Job, parts ...*Result) (*Result, error) {
	if len(parts) == 0 {
		return nil, errNoResult
	}
	at := make(map[string]int, len(job.Matches))
	for i := range job.Matches {
		at[job.Matches[i].Key] = i
	}
	m := &merger{job: &job, at: at, rows: make([][2]*Row, len(job.Matches))}
	for _, p := range parts {
		if p == nil {
			return nil, errNoResult
		}
		if p.JobID != job.ID {
			return nil, &WrongJobError{Want: p.JobID, Got: job.ID}
		}
		if job.State(p) == Applied {
			return nil, ErrAlreadyApplied
		}
		if err := m.add(p, at); err != nil {
			return nil, err
		}
	}
	return m.result(parts)
}

// merger puts rows back in the order of the job.
type merger struct {
	job  *Job
	at   map[string]int // rows of the job by key
	rows [][2]*Row
	n    int
}

func (m *merger) add(p *Result, at map[string]int) error {
	for i := range p.Rows {
		row := &p.Rows[i]
		k, ok := at[row.Key]
		if !ok {
			return &StaleError{Rows: []StaleRow{{row.Key, row.Side, "the row is not in the job"}}}
		}
		slot := &m.rows[k][row.Side.index()]
		if *slot != nil {
			return &OverlapError{Key: row.Key, Side: row.Side}
		}
		*slot = row
		m.n++
	}
	return nil
}

func (m *merger) result(parts []*Result) (*Result, error) {
	first := parts[0]
	out := &Result{
		ID: randomID(), JobID: m.job.ID, JobName: m.job.Name, JobRows: len(m.job.Matches), Rows: make([]Row, 0, m.n),
		Run: Run{ID: randomID(), Operator: first.Run.Operator, Started: first.Run.Started, Finished: first.Run.Finished, Library: libraryVersion(), Verify: first.Run.Verify},
	}
	for _, p := range parts {
		out.Partial = out.Partial || p.Partial
		out.Run.Verify = out.Run.Verify && p.Run.Verify
		if p.Run.Started.Before(out.Run.Started) {
			out.Run.Started = p.Run.Started
		}
		if p.Run.Finished.After(out.Run.Finished) {
			out.Run.Finished = p.Run.Finished
		}
	}
	var mixed [2]bool
	for _, s := range []Side{Source, Target} {
		run, epochs, err := m.side(s, parts)
		if err != nil {
			return nil, err
		}
		mixed[s.index()] = epochs
		if s == Source {
			out.Run.Source = run
		} else {
			out.Run.Target = run
		}
	}
	for k := range m.rows {
		for _, row := range m.rows[k] {
			if row == nil {
				continue
			}
			out.Rows = append(out.Rows, *row)
			if x := &out.Rows[len(out.Rows)-1]; mixed[x.Side.index()] && x.StampAfter != x.StampBefore {
				x.StampAfter = "" // of an epoch that this result does not begin
			}
		}
	}
	out.Conflicts = conflictsOf(m.job.Matches, out.Rows)
	out.Warnings = m.warnings(out, parts)
	return out, nil
}

var errParts = errors.New("refresh: merge: the parts reached different directories")

// side merges the records of one side. epochs says that the parts began different ones.
func (m *merger) side(s Side, parts []*Result) (out *SideRun, epochs bool, err error) {
	same, asked, restarted := true, 0, false
	for _, p := range parts {
		run := p.Run.Side(s)
		if run == nil {
			continue
		}
		asked += run.Asked
		restarted = restarted || run.Restarted
		if out == nil {
			x := *run
			x.Failovers = slices.Clone(run.Failovers)
			out = &x
			continue
		}
		if run.Pin != out.Pin || run.PinBefore != out.PinBefore {
			return nil, false, errParts
		}
		same = same && run.Cursor.same(out.Cursor) && run.Epoch == out.Epoch && run.Restarted == out.Restarted
		out.Failovers = append(out.Failovers, run.Failovers...)
		if run.Path == PathFull && out.Path != PathFull {
			out.Path, out.Why = PathFull, run.Why
		}
	}
	if out == nil {
		return nil, false, nil
	}
	out.Asked = asked
	e := m.job.endpoint(s)
	out.CursorBefore, out.EpochBefore, out.SinceBefore, out.SealBefore = e.Cursor, e.Epoch, e.Since, e.Seal
	if !same || !out.Restarted && out.moved() && m.leavesOut(s) {
		out.stay()
	}
	return out, !same && restarted, nil
}

// leavesOut reports whether a row that is in no part has a stamp, so that the old cursor may still be needed for it.
func (m *merger) leavesOut(s Side) bool {
	for k := range m.rows {
		if m.rows[k][s.index()] == nil && *m.job.Matches[k].side(s).stamp != "" {
			return true
		}
	}
	return false
}

// warnings gives the warnings of the whole: what only shows in many rows together is judged anew.
func (m *merger) warnings(out *Result, parts []*Result) []Warning {
	var all []Warning
	for _, p := range parts {
		for _, w := range p.Warnings {
			switch k := slices.IndexFunc(all, func(x Warning) bool {
				return x.Code == w.Code && x.Side == w.Side && (x.Text == w.Text || w.Code == WarnExpectedDomain)
			}); {
			case w.Code == WarnSuspicious || w.Code == WarnAliasesLost:
			case k < 0:
				w.Keys = slices.Clone(w.Keys)
				all = append(all, w)
			default:
				all[k].Keys = append(all[k].Keys, w.Keys...)
			}
		}
	}
	for i := range all {
		slices.SortFunc(all[i].Keys, func(a, b string) int { return cmp.Compare(m.at[a], m.at[b]) })
		if all[i].Code == WarnExpectedDomain {
			all[i].Text = pendingText(len(all[i].Keys))
		}
	}
	for _, s := range []Side{Source, Target} {
		t := tally{}
		for i := range out.Rows {
			if row := &out.Rows[i]; row.Side == s && row.Origin == Bound {
				t.add(row)
			}
		}
		all = append(all, t.warnings(s)...)
	}
	slices.SortStableFunc(all, func(a, b Warning) int { return cmp.Compare(a.Side, b.Side) })
	return all
}
