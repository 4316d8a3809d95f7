package match

import "github.com/readdress-go/readdress/internal/enum"

// Status says how the search for a mailbox's partner ended. The zero Status is [NoCandidate].
type Status uint8

// The ways in which it ends.
const (
	NoCandidate Status = iota // nobody, or suggestions at most
	Matched                   // one on both sides, and nothing contradicts
	Ambiguous                 // several, or one that has several
	Conflict                  // stronger evidence says otherwise
	Blocked                   // one, and a rule refuses the pair
	Pinned                    // by the operator
)

var statusWords = []string{"no-candidate", "matched", "ambiguous", "conflict", "blocked", "pinned"}

// String returns the status's word, such as "no-candidate".
func (s Status) String() string { return enum.String(statusWords, s) }

// MarshalText writes the status as its word.
func (s Status) MarshalText() ([]byte, error) { return enum.Text("status", statusWords, s) }

// UnmarshalText reads the status's word; any other word is an error.
func (s *Status) UnmarshalText(b []byte) error { return enum.Parse("status", statusWords, b, s) }

// Paired reports whether the status means that there is a partner, or that the operator wants none.
func (s Status) Paired() bool { return s == Matched || s == Pinned }
