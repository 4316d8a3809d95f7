package refresh

import "iter"

// Readiness says whether a row is ready for the next delta migration.
type Readiness struct {
	State ReadyState
	Why   []string // such as "source missing: gone"; empty when Ready
}

// ReadyState is the verdict of a [Readiness]. The zero ReadyState has no word.
type ReadyState uint8

// The verdicts.
const (
	Ready      ReadyState = iota + 1 // migrate
	Unverified                       // not known to be wrong: entered manually, not created yet, or the look-up failed
	Blocked                          // migrating would fail or go wrong
)

var readyWords = []string{"", "ready", "unverified", "blocked"}

// String returns "ready", "unverified" or "blocked".
func (r ReadyState) String() string { return enumString(readyWords, r) }

// Rescan yields the matches of job, as it is after Apply, that the result looked at.
func (r *Result) Rescan(job Job) iter.Seq2[Match, Readiness] { panic("being built") }
