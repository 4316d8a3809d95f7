package refresh

import "github.com/readdress-go/readdress/internal/enum"

// Side tells the two ends of a migration apart. The zero Side means "no side".
type Side uint8

// The two sides of a job.
const (
	Source Side = iota + 1 // where the mail comes from
	Target                 // where the mail goes to
)

var sideWords = []string{"", "source", "target"}

// String returns "source" or "target".
func (s Side) String() string { return enum.String(sideWords, s) }

// MarshalText writes the side as its word.
func (s Side) MarshalText() ([]byte, error) { return enum.Text("side", sideWords, s) }

// UnmarshalText reads the side's word; any other word is an error.
func (s *Side) UnmarshalText(b []byte) error { return enum.Parse("side", sideWords, b, s) }

// Tri is a fact that may be unknown. The zero Tri is unknown.
type Tri uint8

// The three answers.
const (
	Unknown Tri = iota // not asked, or no answer
	No                 // it is not so
	Yes                // it is so
)

var triWords = []string{"unknown", "no", "yes"}

// String returns "unknown", "no" or "yes".
func (t Tri) String() string { return enum.String(triWords, t) }

// MarshalText writes the fact as its word.
func (t Tri) MarshalText() ([]byte, error) { return enum.Text("answer", triWords, t) }

// UnmarshalText reads the fact's word; any other word is an error.
func (t *Tri) UnmarshalText(b []byte) error { return enum.Parse("answer", triWords, b, t) }
