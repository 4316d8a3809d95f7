package report

import (
	"cmp"
	"iter"
	"slices"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// Record is one line of a CSV report: one side of one row, with the audit record of its run, so that a line says all
// by itself. It holds what people read of a row, not all that the result holds.
type Record struct {
	Job, Key string // the job's name, the row's key
	Side     refresh.Side
	Outcome  refresh.Outcome
	// Reasons, Cause and Detail refine the outcome. Reasons and Cause are the row's, Detail is that of its [Case].
	Reasons  refresh.Reasons
	Cause    refresh.Cause
	Detail   Detail
	Severity refresh.Severity // that of the case: a lost address in use is an error
	Identity refresh.ID
	// What the job held, and what it holds after Apply, also where nothing is written.
	PrimaryBefore, PrimaryAfter refresh.Address
	LoginBefore, LoginAfter     string
	// The aliases that come and go, sorted; an alias spelled anew comes and goes. Nil where nothing is written.
	AliasesAdded, AliasesRemoved []refresh.Address
	AddressInUse                 refresh.UseState
	Remedy                       string // see [Remedy]
	// Error is why the look-up failed, or why nobody could say who holds the address.
	Error string
	Time  time.Time // when the run finished, in UTC as every time here

	Name  string          // the display name now
	Use   refresh.Address // empty: the primary address is in use
	State refresh.State

	// The audit record of the run and of this side of it.
	Result, JobID, JobDigest, Run, Operator string
	Started, Finished                       time.Time
	Library, System, Directory, Pin         string
	Server                                  string // that answered for this row
	Account                                 string
	Path                                    refresh.Path
}

// Records returns the lines of a CSV report of a result, in the order of its rows. It makes each as it is asked for.
// A nil result has none.
func Records(r *refresh.Result) iter.Seq[Record] {
	return func(yield func(Record) bool) {
		if r == nil {
			return
		}
		sides := [...]Record{recordOf(r, refresh.Source), recordOf(r, refresh.Target)}
		systems := [...]System{systemOf(r, refresh.Source), systemOf(r, refresh.Target)}
		texts := map[Case]string{}
		for i := range r.Rows {
			row, s := &r.Rows[i], 0
			if row.Side == refresh.Target {
				s = 1
			}
			c, rec := caseOf(row), sides[s]
			c.System = systems[s]
			text, ok := texts[c]
			if !ok {
				text = Remedy(c)
				texts[c] = text
			}
			rec.row(row, c, text)
			if !yield(rec) {
				return
			}
		}
	}
}

// recordOf returns what every line of a side has.
func recordOf(r *refresh.Result, s refresh.Side) Record {
	rec := Record{
		Job: r.JobName, Time: utc(r.Run.Finished), State: r.State,
		Result: r.ID, JobID: r.JobID, JobDigest: r.Run.JobDigest, Run: r.Run.ID, Operator: r.Run.Operator,
		Started: utc(r.Run.Started), Finished: utc(r.Run.Finished), Library: r.Run.Library,
	}
	if run := r.Run.Side(s); run != nil {
		rec.System, rec.Directory, rec.Pin, rec.Server, rec.Account, rec.Path = run.System, run.Directory, run.Pin, run.Server, run.Account, run.Path
	}
	return rec
}

// row adds what a row has.
func (rec *Record) row(row *refresh.Row, c Case, remedy string) {
	before, now := &row.Before, &row.Before
	if row.After != nil {
		now = row.After
		rec.AliasesAdded, rec.AliasesRemoved = quickSubtract(now.Aliases, before.Aliases), quickSubtract(before.Aliases, now.Aliases)
	}
	rec.Key, rec.Side, rec.Outcome, rec.Reasons, rec.Cause, rec.Detail, rec.Severity = row.Key, row.Side, row.Outcome, row.Reasons, row.Cause, c.Detail, c.severity()
	rec.Identity, rec.Name, rec.Use, rec.Remedy, rec.Error = row.ID(), now.DisplayName, row.Use, remedy, row.Failure
	rec.PrimaryBefore, rec.PrimaryAfter, rec.LoginBefore, rec.LoginAfter = before.Primary, now.Primary, before.Login, now.Login
	if row.Evidence != nil {
		rec.Error = cmp.Or(row.Failure, row.Evidence.HitsFailure)
	}
	rec.AddressInUse = row.UseState()
	if row.UseLost() {
		rec.AddressInUse = refresh.UseLost
	}
	rec.Server = cmp.Or(row.Replica, rec.Server)
}

// quickSubtract is subtract, made for where there is little to do: millions of rows have one alias or none.
func quickSubtract(a, b []refresh.Address) []refresh.Address {
	switch {
	case len(a) == 0:
		return nil
	case len(a) == 1 && !slices.Contains(b, a[0]):
		return []refresh.Address{a[0]}
	}
	return subtract(a, b)
}

// utc also drops the reading of the monotonic clock, so that equal times are equal values.
func utc(t time.Time) time.Time { return t.UTC().Round(0) }
