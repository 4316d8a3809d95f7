package refresh

import "github.com/readdress-go/readdress/internal/enum"

// Result is what a refresh found and the plan of what applying it will write: a preview until [Job.Apply].
// Treat it as immutable. Reading it from several goroutines is safe.
type Result struct {
	// ID names this plan and is random; [Result.Only] gives the narrowed plan its own.
	ID string `json:"id"`
	// JobID is the ID of the job that the result was made from.
	JobID   string `json:"jobId"`
	JobName string `json:"jobName,omitempty"` // the Job.Name
	// JobRows is the number of rows of the job, selected or not.
	JobRows int `json:"jobRows"`
	// State says whether the result is applied. Refresh makes a preview; a host that saves a result after
	// applying it sets State to [Job.State].
	State State `json:"state"`
	// Partial: the context ended before the run did; rows without an answer are LookupFailed.
	Partial bool `json:"partial,omitempty"`
	Run     Run  `json:"run"` // who looked when, where and how
	// Warnings are what concerns the run or many rows at once.
	Warnings []Warning `json:"warnings,omitempty"`
	// Conflicts lists addresses and targets that several mailboxes or rows hold after Apply, and those
	// that Apply resolves.
	Conflicts []Conflict `json:"conflicts,omitempty"`
	// Rows holds one row for each selected match and asked side, in the order of the job, source before target.
	Rows []Row `json:"rows"`
}

// State says whether a result is applied. The zero State is [Preview].
type State uint8

// The states.
const (
	Preview  State = iota // nothing is written yet
	Applied               // the plan was carried out
	Reverted              // it was carried out and undone
)

var stateWords = []string{"preview", "applied", "reverted"}

// String returns "preview", "applied" or "reverted".
func (s State) String() string { return enum.String(stateWords, s) }

// MarshalText writes the state as its word.
func (s State) MarshalText() ([]byte, error) { return enum.Text("state", stateWords, s) }

// UnmarshalText reads the state's word; any other word is an error.
func (s *State) UnmarshalText(b []byte) error { return enum.Parse("state", stateWords, b, s) }

// Counts are the rows of one side by outcome and, within it, by reason or cause.
type Counts struct {
	Total     int
	ByOutcome map[Outcome]int
	// ByReason counts reasons; a Refreshed row may count under several. ByCause counts failed look-ups.
	ByReason map[Reason]int
	ByCause  map[Cause]int
}

// Counts counts the rows of one side. The outcomes add up to Total, the number of selected rows; a side that was
// not asked has none.
func (r *Result) Counts(s Side) Counts {
	c := Counts{ByOutcome: map[Outcome]int{}, ByReason: map[Reason]int{}, ByCause: map[Cause]int{}}
	quiet := 0 // the most usual rows; a map is slow for millions
	for i := range r.Rows {
		row := &r.Rows[i]
		if row.Side != s {
			continue
		}
		c.Total++
		if row.Outcome == NotChanged && row.Reasons == 0 && row.Cause == 0 {
			quiet++
			continue
		}
		c.ByOutcome[row.Outcome]++
		for _, reason := range row.Reasons.List() {
			c.ByReason[reason]++
		}
		if row.Cause != 0 {
			c.ByCause[row.Cause]++
		}
	}
	if quiet > 0 {
		c.ByOutcome[NotChanged] += quiet
	}
	return c
}
