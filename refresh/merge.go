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
// A side's cursor moves only when every part moved it to the same mark, and covers every row that still relies on the old one. It stays,
// and no stamp is written, when the job's cursor or a row's stamp is not what the parts saw. Where parts ran at different servers,
// the side's record names none, and each row its own.
func Merge(job Job, parts ...*Result) (*Result, error) {
	if len(parts) == 0 {
		return nil, errNoResult
	}
	at := make(map[string]int, len(job.Matches))
	for i := range job.Matches {
		at[job.Matches[i].Key] = i
	}
	m := &merger{job: &job, at: at, rows: make([][2]*Row, len(job.Matches)), from: make([][2]int32, len(job.Matches))}
	for i, p := range parts {
		if p == nil {
			return nil, errNoResult
		}
		if p.JobID != job.ID {
			return nil, &WrongJobError{Want: p.JobID, Got: job.ID}
		}
		if job.State(p) == Applied {
			return nil, ErrAlreadyApplied
		}
		if err := m.add(i, p, at); err != nil {
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
	from [][2]int32 // the parts that hold them
	n    int
}

func (m *merger) add(part int, p *Result, at map[string]int) error {
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
		*slot, m.from[k][row.Side.index()] = row, int32(part)
		m.n++
	}
	return nil
}

func (m *merger) result(parts []*Result) (*Result, error) {
	first := parts[0]
	out := &Result{
		ID: randomID(), JobID: m.job.ID, JobName: m.job.Name, JobRows: len(m.job.Matches), Rows: make([]Row, 0, m.n),
		Run: Run{ID: randomID(), Operator: first.Run.Operator, Started: first.Run.Started, Finished: first.Run.Finished, Library: libraryVersion(), Verify: first.Run.Verify, JobDigest: m.job.Digest()},
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
		for n, row := range m.rows[k] {
			if row == nil {
				continue
			}
			out.Rows = append(out.Rows, *row)
			m.name(&out.Rows[len(out.Rows)-1], parts[m.from[k][n]], out)
			if x := &out.Rows[len(out.Rows)-1]; mixed[x.Side.index()] && x.StampAfter != x.StampBefore {
				x.StampAfter = 0 // of an epoch that this result does not begin
			}
		}
	}
	out.Conflicts = conflictsOf(m.job.Matches, out.Rows)
	out.Warnings = m.warnings(out, parts)
	return out, nil
}

// name keeps the server that answered for a row.
func (m *merger) name(row *Row, part, whole *Result) {
	if was := part.Run.Side(row.Side).Server; was != whole.Run.Side(row.Side).Server {
		row.Replica = cmp.Or(row.Replica, was)
	}
}

var errParts = errors.New("refresh: merge: the parts reached different directories")

// side merges the records of one side. epochs says that the parts began different ones.
func (m *merger) side(s Side, parts []*Result) (out *SideRun, epochs bool, err error) {
	same, servers, asked, restarted := true, true, 0, false
	for _, p := range parts {
		run := p.Run.Side(s)
		if run == nil {
			continue
		}
		asked += run.Asked
		servers = servers && (out == nil || run.Server == out.Server)
		restarted = restarted || run.Restarted
		if out == nil {
			x := *run
			x.Failovers = slices.Clone(run.Failovers)
			out = &x
			continue
		}
		if run.PinBefore != out.PinBefore || run.Pin != out.Pin && (run.PinBefore == "" || run.Pin != "" && out.Pin != "") {
			return nil, false, errParts
		}
		out.Pin = cmp.Or(out.Pin, run.Pin) // of a pinned job a part that could not check it has none
		if run.Since.Before(out.Since) {
			out.Since = run.Since // the last full look at every row
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
	if out.Asked = asked; !servers {
		out.Server = "" // each row names its own
	}
	e := m.job.endpoint(s)
	out.CursorBefore, out.EpochBefore, out.SinceBefore, out.SealBefore = e.Cursor, e.Epoch, e.Since, e.Seal
	late := !out.Restarted && m.late(s, parts)
	if !same || late || !out.Restarted && out.moved() && m.leavesOut(s) {
		out.stay()
	}
	return out, late || !same && restarted, nil
}

// late reports whether the endpoint, or the stamp of a row, is not what some part saw: then nothing that the parts vouch for holds here.
func (m *merger) late(s Side, parts []*Result) bool {
	e := m.job.endpoint(s)
	for _, p := range parts {
		if run := p.Run.Side(s); run != nil && (!run.CursorBefore.same(e.Cursor) || run.EpochBefore != e.Epoch) {
			return true
		}
	}
	for k := range m.rows {
		if row := m.rows[k][s.index()]; row != nil && row.StampBefore != *m.job.Matches[k].side(s).stamp {
			return true
		}
	}
	return false
}

// leavesOut reports whether a row that is in no part has a stamp, so that the old cursor may still be needed for it.
func (m *merger) leavesOut(s Side) bool {
	for k := range m.rows {
		if m.rows[k][s.index()] == nil && *m.job.Matches[k].side(s).stamp != 0 {
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
			case w.Code == WarnSuspicious || w.Code == WarnAliasesLost || w.Code == WarnNoIdentity:
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
			if row := &out.Rows[i]; row.Side == s {
				t.add(row)
			}
		}
		all = append(all, t.warnings(s)...)
	}
	slices.SortStableFunc(all, func(a, b Warning) int { return cmp.Compare(a.Side, b.Side) })
	return all
}
