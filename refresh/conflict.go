package refresh

import "github.com/readdress-go/readdress/internal/enum"

// Conflict is an address that several mailboxes of a side hold, or a target that several rows share. A job with
// conflicts is valid: nothing is dropped, a person decides.
type Conflict struct {
	Kind  ConflictKind  `json:"kind"`  // what is shared
	State ConflictState `json:"state"` // how it relates to the refresh
	Side  Side          `json:"side"`  // where the address or target is
	// Address is the folded address that is shared; empty for a shared target that has an ID.
	Address Address  `json:"address,omitempty"`
	ID      ID       `json:"id,omitempty"` // the shared target
	Members []Member `json:"members"`      // the rows, two or more
}

// Member is a row that takes part in a conflict.
type Member struct {
	Key string `json:"key"`          // the row's
	ID  ID     `json:"id,omitempty"` // the mailbox's
	// Holder stands for the mailbox where there is no ID: the folded primary address.
	Holder Address `json:"holder,omitempty"`
	// Part and Merge are the match's.
	Part  string `json:"part,omitempty"`
	Merge bool   `json:"merge,omitempty"`
	// Outcome is empty for a row that was not looked up in this run.
	Outcome Outcome `json:"outcome,omitempty"`
	// Primary: the address is the row's primary address.
	Primary bool `json:"primary,omitempty"`
}

// ConflictKind is the kind of a conflict. The zero ConflictKind has no word.
type ConflictKind uint8

// The kinds of conflict.
const (
	SharedAddress ConflictKind = iota + 1 // two different mailboxes of a side hold one address
	SharedTarget                          // two rows go to one target: same part, no merge declared
)

var conflictWords = []string{"", "shared-address", "shared-target"}

// String returns "shared-address" or "shared-target".
func (c ConflictKind) String() string { return enum.String(conflictWords, c) }

// MarshalText writes the kind as its word.
func (c ConflictKind) MarshalText() ([]byte, error) { return enum.Text("conflict", conflictWords, c) }

// UnmarshalText reads the kind's word; any other word is an error.
func (c *ConflictKind) UnmarshalText(b []byte) error {
	return enum.Parse("conflict", conflictWords, b, c)
}

// ConflictState says how a conflict relates to the refresh. The zero ConflictState has no word.
type ConflictState uint8

// The states of a conflict.
const (
	ConflictNew      ConflictState = iota + 1 // Apply brings it about
	ConflictExisting                          // the job had it before, and has it after
	ConflictResolved                          // Apply ends it
)

var conflictStateWords = []string{"", "new", "existing", "resolved"}

// String returns "new", "existing" or "resolved".
func (c ConflictState) String() string { return enum.String(conflictStateWords, c) }

// MarshalText writes the state as its word.
func (c ConflictState) MarshalText() ([]byte, error) {
	return enum.Text("conflict state", conflictStateWords, c)
}

// UnmarshalText reads the state's word; any other word is an error.
func (c *ConflictState) UnmarshalText(b []byte) error {
	return enum.Parse("conflict state", conflictStateWords, b, c)
}
