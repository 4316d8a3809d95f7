package refresh

import "github.com/readdress-go/readdress/internal/enum"

// Origin says how a side of a match came by its mailbox. The zero Origin is [None].
type Origin uint8

// The origins.
const (
	None    Origin = iota // there is no mailbox yet: the source waits for a target
	Bound                 // the mailbox is known by its immutable ID
	Manual                // an address was typed in or imported; there is no ID
	Planned               // the target is still to be created; it may carry the ID of its account
)

var originWords = []string{"none", "bound", "manual", "planned"}

// String returns "none", "bound", "manual" or "planned".
func (o Origin) String() string { return enum.String(originWords, o) }

// MarshalText writes the origin as its word.
func (o Origin) MarshalText() ([]byte, error) { return enum.Text("origin", originWords, o) }

// UnmarshalText reads the origin's word; any other word is an error.
func (o *Origin) UnmarshalText(b []byte) error { return enum.Parse("origin", originWords, b, o) }
