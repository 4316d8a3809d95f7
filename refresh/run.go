package refresh

import (
	"time"

	"github.com/readdress-go/readdress/internal/enum"
)

// Run is the audit record of one refresh.
type Run struct {
	ID       string    `json:"id"`                 // random
	Operator string    `json:"operator,omitempty"` // who ran the refresh, as the host said
	Started  time.Time `json:"started"`            // when it began, to the second
	Finished time.Time `json:"finished"`           // when it ended, to the second
	Library  string    `json:"library"`            // version of the library
	// JobDigest is [Job.Digest] of the job that the run was about, empty where an earlier version of the library ran.
	JobDigest string `json:"jobDigest,omitempty"`
	Verify    bool   `json:"verify,omitempty"` // rows without an identity were looked for by their address
	// Source and Target are the records of the sides, nil where the side was not asked.
	Source *SideRun `json:"source,omitempty"`
	Target *SideRun `json:"target,omitempty"`
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
	System    string `json:"system,omitempty"`    // the kind of system, such as "Active Directory"
	Directory string `json:"directory,omitempty"` // the directory's name
	Server    string `json:"server,omitempty"`    // that which answered; empty where merged parts had different ones, so that each row names its own
	Account   string `json:"account,omitempty"`   // the Endpoint.Account
	// Pin is the directory reached; PinBefore is what the job held. Apply writes Pin where PinBefore is empty.
	Pin       string `json:"pin,omitempty"`
	PinBefore string `json:"pinBefore,omitempty"`
	// Path is how the side was refreshed, and Why the reason for it.
	Path Path   `json:"path"`
	Why  string `json:"why,omitempty"`
	// Asked is the number of distinct IDs looked up.
	Asked    int       `json:"asked"`
	LastSync time.Time `json:"lastSync,omitzero"` // when the directory last took over changes from another one, where known
	// Failovers lists the changes of replica during the run.
	Failovers []Failover `json:"failovers,omitempty"`
	// Cursor, Epoch and Since say where incremental refresh stands, as in [Endpoint]: this is what Apply writes.
	Cursor Cursor    `json:"cursor,omitzero"`
	Epoch  string    `json:"epoch,omitempty"`
	Since  time.Time `json:"since,omitzero"`
	// Restarted: a new epoch began.
	Restarted bool `json:"restarted,omitempty"`
	// CursorBefore, EpochBefore, SinceBefore and SealBefore are what the job held.
	CursorBefore Cursor    `json:"cursorBefore,omitzero"`
	EpochBefore  string    `json:"epochBefore,omitempty"`
	SinceBefore  time.Time `json:"sinceBefore,omitzero"`
	SealBefore   string    `json:"sealBefore,omitempty"`
}

// Failover records that a connector went on at another replica.
type Failover struct {
	From string    `json:"from"`          // the server that was left
	To   string    `json:"to"`            // the server that took over
	Why  string    `json:"why,omitempty"` // the error at the old one
	At   time.Time `json:"at"`            // when it went on
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
func (p Path) String() string { return enum.String(pathWords, p) }

// MarshalText writes the path as its word.
func (p Path) MarshalText() ([]byte, error) { return enum.Text("path", pathWords, p) }

// UnmarshalText reads the path's word; any other word is an error.
func (p *Path) UnmarshalText(b []byte) error { return enum.Parse("path", pathWords, b, p) }
