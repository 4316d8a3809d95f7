package refresh

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
)

// Errors that connectors wrap, so that the engine and people can tell causes apart.
var (
	// ErrNoAnswer: the connector returned without answering.
	ErrNoAnswer = errors.New("no answer")
	// ErrNotVisible: the object was not seen, and the reader may be unable to see it.
	ErrNotVisible = errors.New("not visible")
	// ErrOutOfScope: the search did not cover everything in which the object could live.
	ErrOutOfScope = errors.New("out of scope")
	// ErrMailboxUnknown: the account is there, and whether it has its mailbox could not be told.
	ErrMailboxUnknown = errors.New("mailbox state unknown")
	// ErrReplicasDisagree: two replicas gave different answers.
	ErrReplicasDisagree = errors.New("replicas disagree")
	// ErrCredentials: the server rejected the credentials.
	ErrCredentials = errors.New("credentials rejected")
	// ErrForbidden: the credentials are good, a right is lacking.
	ErrForbidden = errors.New("permission lacking")
	// ErrCursorExpired: the system no longer knows the cursor, or it belongs to another replica.
	ErrCursorExpired = errors.New("cursor expired")
)

// Errors of the engine's own calls.
var (
	// ErrNoSide: neither side was given a connector.
	ErrNoSide = errors.New("refresh: no side to refresh: set Sides.Source, Sides.Target or both")
	// ErrAlreadyApplied: the job's history says that this result is applied.
	ErrAlreadyApplied = errors.New("refresh: this result is already applied to the job")
	// ErrNotApplied: the job's history does not say that this result is applied.
	ErrNotApplied = errors.New("refresh: this result is not applied to the job, so it cannot be reverted")
)

var errNoResult = errors.New("refresh: there is no result")

// InvalidError says where a job or result breaks its own rules, and what is expected there.
type InvalidError struct {
	What    string // "job" or "result"
	Row     int    // counted from 1; 0 outside the rows
	Key     string // the row's key, where known
	Field   string // such as "source.id"; empty for the whole
	Offset  int64  // byte offset in the file; 0 where there is no file
	Problem string // what is wrong and what is expected
	Err     error
}

// Error names the place and the problem; it never contains an address.
func (e *InvalidError) Error() string {
	var b strings.Builder
	b.WriteString("refresh: invalid " + e.What)
	if e.Row > 0 {
		fmt.Fprintf(&b, ", row %d", e.Row)
	}
	if e.Key != "" {
		fmt.Fprintf(&b, " (key %q)", e.Key)
	}
	if e.Field != "" {
		b.WriteString(", field " + e.Field)
	}
	if e.Offset > 0 {
		fmt.Fprintf(&b, ", near byte %d", e.Offset)
	}
	b.WriteString(": " + e.Problem)
	return b.String()
}

// Unwrap returns the cause, if any.
func (e *InvalidError) Unwrap() error { return e.Err }

// ValueError is a value read from a server that cannot be what it should be. Its text, log value and %+v leave
// the value out, because it may be personal or hostile; only reports print it.
type ValueError struct {
	Attr    string // the attribute, such as "proxyAddresses"
	Index   int    // which of its values, from 0; -1 for the attribute as a whole
	Value   string `json:"-"`
	Problem string // what is wrong, without the value
}

// Error names the attribute and the problem, not the value.
func (e *ValueError) Error() string {
	at := e.Attr
	if e.Index >= 0 {
		at = fmt.Sprintf("%s[%d]", e.Attr, e.Index)
	}
	if e.Problem == "" {
		return "malformed value in " + at
	}
	return "malformed value in " + at + ": " + e.Problem
}

// LogValue leaves the value out of logs.
func (e ValueError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// Format leaves the value out of every verb, also where a ValueError is printed that is no pointer.
func (e ValueError) Format(f fmt.State, verb rune) { _, _ = fmt.Fprint(f, e.Error()) }

// UnsupportedError refuses a side that cannot do what the run needs. It is [errors.ErrUnsupported].
type UnsupportedError struct {
	Side           Side
	System         string
	Need           Capability
	Reason, Remedy string
}

// Error says what is not possible, why, and what to do instead.
func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("refresh: the %s side (%s) cannot %s: %s; %s", e.Side, e.System, e.Need, e.Reason, e.Remedy)
}

// Is makes errors.Is(err, errors.ErrUnsupported) true.
func (e *UnsupportedError) Is(target error) bool { return target == errors.ErrUnsupported }

// WrongDirectoryError refuses a connection that reaches another directory than the one the job's IDs belong to.
type WrongDirectoryError struct {
	Side      Side
	Want, Got string // pins
}

// Error names both directories and the remedy.
func (e *WrongDirectoryError) Error() string {
	return fmt.Sprintf("refresh: the %s connection reaches directory %q, but the job's mailboxes belong to %q: connect to the right directory, or make a new job for this one", e.Side, e.Got, e.Want)
}

// PinError refuses a run because the job names its directory and the connector cannot say which one it reaches.
type PinError struct {
	Side   Side
	System string
}

// Error says what is missing and the remedy.
func (e *PinError) Error() string {
	return fmt.Sprintf("refresh: the %s side is pinned to a directory, but the connector (%s) cannot tell which one it reaches: use a connector that can inspect, or set Options.SkipPinCheck", e.Side, e.System)
}

// ReconfigureError refuses a run because the server rejected the connection's credentials.
type ReconfigureError struct {
	Side   Side
	System string
	Err    error
}

// Error says that the connection must be reconfigured first.
func (e *ReconfigureError) Error() string {
	return fmt.Sprintf("refresh: the %s server (%s) rejected the credentials: reconfigure the connection, then refresh: %v", e.Side, e.System, e.Err)
}

// Unwrap returns the server's refusal.
func (e *ReconfigureError) Unwrap() error { return e.Err }

// WrongJobError refuses a result that was made for another job.
type WrongJobError struct{ Want, Got string }

// Error names both jobs.
func (e *WrongJobError) Error() string {
	return fmt.Sprintf("refresh: the result was made for job %s, not for job %s", e.Want, e.Got)
}

// StaleError refuses a result because rows no longer hold what it saw. Nothing was written.
type StaleError struct {
	Rows []StaleRow
}

// StaleRow is one row that changed since the result was made.
type StaleRow struct {
	Key    string
	Side   Side
	Reason string // such as "the mailbox was changed" or "the row is no longer in the job"
}

// Error counts the rows and names the first few keys.
func (e *StaleError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "refresh: nothing written: %d rows changed since the result was made; refresh again. First:", len(e.Rows))
	for i, r := range e.Rows {
		if i == 5 {
			b.WriteString(" …")
			break
		}
		fmt.Fprintf(&b, " %s %q (%s)", r.Side, r.Key, r.Reason)
	}
	return b.String()
}

// SplitError refuses to narrow a plan in a way that would tear addresses exchanged between rows apart.
type SplitError struct {
	Side Side
	Keys []string // the rows that swap or rotate addresses
}

// Error names the rows that belong together.
func (e *SplitError) Error() string {
	return fmt.Sprintf("refresh: rows %q exchange addresses on the %s side: keep all of them or none", e.Keys, e.Side)
}

// PruneLimitError refuses to prune because more rows than expected would go. Nothing was removed.
type PruneLimitError struct {
	Rows, Of int // rows that would go, of the job's rows
	Limit    Limit
}

// Error gives the numbers and the remedy.
func (e *PruneLimitError) Error() string {
	return fmt.Sprintf("refresh: nothing removed: pruning would remove %d of %d rows, more than the limit of %.3g%% or %d rows: look at the missing rows first, then raise the limit", e.Rows, e.Of, e.Limit.MaxShare*100, e.Limit.MaxRows)
}
