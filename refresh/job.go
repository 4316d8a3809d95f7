package refresh

import (
	"crypto/rand"
	"encoding/hex"
	"time"

	"github.com/readdress-go/readdress/internal/enum"
)

// Job is a migration job: which source mailbox goes to which target mailbox. It is a plain value. Its methods
// never change the job they are called on; they return a new one, which may share slices and pointers with it.
// Reading a Job from several goroutines is safe.
type Job struct {
	// ID is random, made by [NewJob]; results hold it, so that they are applied to the right job only.
	ID   string `json:"id"`
	Name string `json:"name,omitempty"` // for people
	// Source and Target say which directories the IDs belong to.
	Source Endpoint `json:"source,omitzero"`
	Target Endpoint `json:"target,omitzero"`
	// History lists the results applied to and reverted from this job and the rows pruned, oldest first.
	// It is bounded: of more than [MaxHistory], which is 100, the oldest are dropped.
	History []Event `json:"history,omitempty"`
	// Matches holds the rows. Their order is kept and means nothing.
	Matches []Match `json:"matches"`
}

// Endpoint is one side's connection as the host configured it, without secrets.
type Endpoint struct {
	// System names the kind of system, such as "Active Directory".
	System string `json:"system,omitempty"`
	// Pin identifies the directory (tenant ID, forest, suffix) that the IDs of this side belong to. Apply fills an empty one.
	Pin string `json:"pin,omitempty"`
	// Account is the administrator's account as entered when the connection was configured.
	Account string `json:"account,omitempty"`
	// Cursor, Epoch, Since and Seal are what incremental refresh goes by: up to where changes are known, the unbroken series of runs that the
	// rows' stamps belong to, when that began, and a sum of the stamps. Hosts leave them alone; clearing Cursor makes the next run a full one.
	Cursor Cursor    `json:"cursor,omitzero"`
	Epoch  string    `json:"epoch,omitempty"`
	Since  time.Time `json:"since,omitzero"`
	Seal   string    `json:"seal,omitempty"`
}

// MaxHistory is the greatest number of events that a job keeps.
const MaxHistory = 100

// Event records one change made to a job by a result.
type Event struct {
	Action   Action    `json:"action"`             // what was done
	Result   string    `json:"result,omitempty"`   // the Result.ID
	Run      string    `json:"run,omitempty"`      // the Run.ID
	Operator string    `json:"operator,omitempty"` // who ran the refresh
	At       time.Time `json:"at"`                 // when, to the second
	Rows     int       `json:"rows"`               // rows written, reverted or removed
	// Pinned lists the sides that this event pinned to a directory.
	Pinned []Side `json:"pinned,omitempty"`
}

// Action is what happened to a job. The zero Action has no word.
type Action uint8

// The actions.
const (
	ActionApplied  Action = iota + 1 // a result was applied
	ActionReverted                   // a result was undone
	ActionPruned                     // marked rows were removed
	ActionRestored                   // removed rows were put back
)

var actionWords = []string{"", "applied", "reverted", "pruned", "restored"}

// String returns the action's word, such as "applied".
func (a Action) String() string { return enum.String(actionWords, a) }

// MarshalText writes the action as its word.
func (a Action) MarshalText() ([]byte, error) { return enum.Text("action", actionWords, a) }

// UnmarshalText reads the action's word; any other word is an error.
func (a *Action) UnmarshalText(b []byte) error { return enum.Parse("action", actionWords, b, a) }

// NewJob returns an empty job with a random ID.
func NewJob(name string) Job { return Job{ID: randomID(), Name: name} }

// Endpoint returns the endpoint of one side.
func (j Job) Endpoint(s Side) Endpoint {
	if s == Target {
		return j.Target
	}
	return j.Source
}

func (j *Job) endpoint(s Side) *Endpoint {
	if s == Target {
		return &j.Target
	}
	return &j.Source
}

// Match returns the row with the given key.
func (j Job) Match(key string) (Match, bool) {
	if i := j.index(key); i >= 0 {
		return j.Matches[i], true
	}
	return Match{}, false
}

func (j Job) index(key string) int {
	for i := range j.Matches {
		if j.Matches[i].Key == key {
			return i
		}
	}
	return -1
}

// note returns the history with one more event, never sharing the backing array with the job it came from.
func (j Job) note(e Event) []Event {
	e.At = now()
	keep := j.History
	if len(keep) >= MaxHistory {
		keep = keep[len(keep)-MaxHistory+1:]
	}
	return append(append(make([]Event, 0, len(keep)+1), keep...), e)
}

// now is the present to the second: finer times would differ between a job and its file.
func now() time.Time { return time.Now().UTC().Truncate(time.Second) }

func randomID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return hex.EncodeToString(b[:])
}
