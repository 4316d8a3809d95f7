package refresh

import "time"

// Run is the audit record of one refresh.
type Run struct {
	ID       string    `json:"id"` // random
	Operator string    `json:"operator,omitempty"`
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished"`
	Library  string    `json:"library"` // version of this library
	// JobDigest is [Job.Digest] of the job that the run was about, empty where an earlier version of the library ran.
	JobDigest string   `json:"jobDigest,omitempty"`
	Verify    bool     `json:"verify,omitempty"`
	Source    *SideRun `json:"source,omitempty"` // nil: the side was not asked
	Target    *SideRun `json:"target,omitempty"`
}

// Side returns the record of one side, nil when it was not asked.
func (r Run) Side(s Side) *SideRun {
	if s == Target {
		return r.Target
	}
	return r.Source
}

// SideRun is the audit record of one side of a refresh.
type SideRun struct {
	System    string `json:"system,omitempty"`
	Directory string `json:"directory,omitempty"` // the directory's name
	Server    string `json:"server,omitempty"`    // empty where merged parts had different ones; each row names its own
	Account   string `json:"account,omitempty"`   // Endpoint.Account
	// Pin is the directory reached; PinBefore is what the job held. Apply writes Pin where PinBefore is empty.
	Pin       string `json:"pin,omitempty"`
	PinBefore string `json:"pinBefore,omitempty"`
	// Path is how the side was refreshed, and Why the reason for it.
	Path Path   `json:"path"`
	Why  string `json:"why,omitempty"`
	// Asked is the number of distinct IDs looked up.
	Asked    int       `json:"asked"`
	LastSync time.Time `json:"lastSync,omitzero"`
	// Failovers lists the changes of replica during the run.
	Failovers []Failover `json:"failovers,omitempty"`
	// Where incremental refresh stands, as in [Endpoint]: what Apply writes, and what the job held. Restarted: a new epoch began.
	Cursor       Cursor    `json:"cursor,omitzero"`
	Epoch        string    `json:"epoch,omitempty"`
	Since        time.Time `json:"since,omitzero"`
	Restarted    bool      `json:"restarted,omitempty"`
	CursorBefore Cursor    `json:"cursorBefore,omitzero"`
	EpochBefore  string    `json:"epochBefore,omitempty"`
	SinceBefore  time.Time `json:"sinceBefore,omitzero"`
	SealBefore   string    `json:"sealBefore,omitempty"`
}

// Failover records that a connector went on at another replica.
type Failover struct {
	From string    `json:"from"`
	To   string    `json:"to"`
	Why  string    `json:"why,omitempty"`
	At   time.Time `json:"at"`
}

// Path is how a side was refreshed. The zero Path is [PathFull].
type Path uint8

// The paths.
const (
	PathFull        Path = iota // every row was looked up
	PathIncremental             // only changes and rows without a valid stamp were looked up
)

var pathWords = []string{"full", "incremental"}

// String returns "full" or "incremental".
func (p Path) String() string { return enumString(pathWords, p) }

// MarshalText writes the path as its word.
func (p Path) MarshalText() ([]byte, error) { return enumText("path", pathWords, p) }

// UnmarshalText reads the path's word; any other word is an error.
func (p *Path) UnmarshalText(b []byte) error { return enumParse("path", pathWords, b, p) }
