package report

import (
	"io"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// diffCell is one cell of a line, with the name of its column.
type diffCell struct{ column, text string }

// CSV writes the difference as [CSV] writes a result: one line for each row that has something to tell, guarded and separated as
// [Options] say. The columns are job, key, side, change (the [Trend]), outcome and reason of the earlier and the later refresh, severity, identity,
// rematched, primary address after the earlier and after the later one, name, remedy, error, the records of both runs, and last format.
func (d *Difference) CSV(w io.Writer, opts *Options) error {
	if d == nil {
		return errNoDifference
	}
	var columns []csvColumn[[]diffCell]
	for i, c := range d.cells(&DiffRow{Earlier: &Verdict{}}, diffCase{}) {
		columns = append(columns, csvColumn[[]diffCell]{name: c.column, text: func(line *[]diffCell) (string, bool) { return (*line)[i].text, true }})
	}
	c, err := newCSVWriter(w, opts.orDefaults().CSV, diffFormat, columns)
	if err != nil {
		return err
	}
	for i := range d.Rows {
		line := d.cells(&d.Rows[i], d.caseOf(&d.Rows[i]))
		if err := c.line(&line); err != nil {
			return err
		}
	}
	return c.flush()
}

// cells returns a line, in the order of its columns.
func (d *Difference) cells(row *DiffRow, c diffCase) []diffCell {
	was, is := row.addresses()
	line := []diffCell{
		{"job", d.JobName}, {"key", row.Key}, {"side", row.Side.String()}, {"change", row.Trend.String()},
		{"outcome_before", row.Earlier.outcome()}, {"reason_before", row.Earlier.reason()},
		{"outcome_after", row.Later.outcome()}, {"reason_after", row.Later.reason()},
		{"severity", c.severity().String()}, {"identity", string(row.last().ID)}, {"rematched", yes(row.Rematched)},
		{"primary_before", string(was)}, {"primary_after", string(is)}, {"name", row.last().Name}, {"remedy", c.remedy()}, {"error", row.last().Failure},
		{"job_id", d.JobID},
	}
	line = append(line, d.Earlier.cells("_before", row.Side)...)
	return append(line, d.Later.cells("_after", row.Side)...)
}

func (v *Verdict) outcome() string {
	if v == nil {
		return ""
	}
	return v.Outcome.String()
}

// reason is what a [Record] has as its reason.
func (v *Verdict) reason() string {
	if v == nil {
		return ""
	}
	s, _ := joinReasons(&Record{Reasons: v.Reasons, Cause: v.Cause, Detail: v.Detail})
	return s
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

// cells is the record of a run and one side of it.
func (r *DiffRun) cells(which string, s refresh.Side) []diffCell {
	var side refresh.SideRun
	if run := r.Run.Side(s); run != nil {
		side = *run
	}
	out := []diffCell{
		{"state", r.State.String()}, {"result", r.Result}, {"job_digest", r.Run.JobDigest}, {"run", r.Run.ID}, {"operator", r.Run.Operator},
		{"started", csvTime(r.Run.Started)}, {"finished", csvTime(r.Run.Finished)}, {"library", r.Run.Library},
		{"system", side.System}, {"directory", side.Directory}, {"pin", side.Pin}, {"server", side.Server}, {"account", side.Account}, {"path", side.Path.String()},
	}
	for i := range out {
		out[i].column += which
	}
	return out
}

// csvTime is a time in UTC, "" for none.
func csvTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
