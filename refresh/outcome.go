package refresh

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/readdress-go/readdress/internal/enum"
)

// Outcome is what happened to one side of one row. The zero Outcome has no word: every selected row has one
// outcome for each asked side.
type Outcome uint8

// The outcomes.
const (
	Refreshed       Outcome = iota + 1 // found, and Apply writes something
	NotChanged                         // found, and Apply writes nothing
	Missing                            // the mailbox is proven not to be there
	EnteredManually                    // there is no ID to look up
	NotCreatedYet                      // the target is planned
	Unmatched                          // there is no target
	Replaced                           // the account now has another mailbox
	LookupFailed                       // no trustworthy answer
)

// Outcomes lists every outcome in the order in which reports show them.
func Outcomes() []Outcome {
	return []Outcome{Refreshed, NotChanged, Missing, Replaced, LookupFailed, EnteredManually, NotCreatedYet, Unmatched}
}

var outcomeWords = []string{"", "refreshed", "not-changed", "missing", "entered-manually", "not-created-yet", "unmatched", "replaced", "lookup-failed"}

// String returns the outcome's word, such as "not-changed".
func (o Outcome) String() string { return enum.String(outcomeWords, o) }

// MarshalText writes the outcome as its word.
func (o Outcome) MarshalText() ([]byte, error) { return enum.Text("outcome", outcomeWords, o) }

// UnmarshalText reads the outcome's word; any other word is an error.
func (o *Outcome) UnmarshalText(b []byte) error { return enum.Parse("outcome", outcomeWords, b, o) }

// Severity says how much an outcome needs a person.
type Severity uint8

// The severities, in rising order.
const (
	SeveritySame    Severity = iota // nothing happened and nothing needs to
	SeverityOK                      // done
	SeverityWarning                 // a person should look
	SeverityError                   // a person must act
)

var severityWords = []string{"same", "ok", "warning", "error"}

// String returns "same", "ok", "warning" or "error".
func (s Severity) String() string { return enum.String(severityWords, s) }

// MarshalText writes the severity as its word.
func (s Severity) MarshalText() ([]byte, error) { return enum.Text("severity", severityWords, s) }

// UnmarshalText reads the severity's word; any other word is an error.
func (s *Severity) UnmarshalText(b []byte) error { return enum.Parse("severity", severityWords, b, s) }

// Severity returns how much the outcome needs a person.
func (o Outcome) Severity() Severity {
	switch o {
	case Refreshed:
		return SeverityOK
	case NotChanged, Unmatched:
		return SeveritySame
	case EnteredManually, NotCreatedYet:
		return SeverityWarning
	}
	return SeverityError
}

// Reason refines an outcome: what a refresh writes, or why a mailbox is missing. The zero Reason has no word.
type Reason uint8

// The reasons of [Refreshed] (several may hold) and of [Missing] (exactly one).
const (
	ReasonPrimary  Reason = iota + 1 // the primary address changed
	ReasonAliases                    // aliases came or went
	ReasonSpelling                   // an address or login is spelled differently
	ReasonLogin                      // the sign-in name changed
	ReasonDetails                    // name, kind or anchor changed, or the instance was learned
	ReasonRestored                   // the mailbox was marked missing and is back

	ReasonGone        // the object is gone
	ReasonSoftDeleted // the object is deleted and can still be restored
	ReasonNoMailbox   // the account is there, its mailbox was removed
	ReasonMoved       // the account is there, its mailbox lives elsewhere now
)

var reasonWords = []string{"", "primary", "aliases", "spelling", "login", "details", "restored", "gone", "soft-deleted", "no-mailbox", "moved"}

// String returns the reason's word, such as "soft-deleted".
func (r Reason) String() string { return enum.String(reasonWords, r) }

// MarshalText writes the reason as its word.
func (r Reason) MarshalText() ([]byte, error) { return enum.Text("reason", reasonWords, r) }

// UnmarshalText reads the reason's word; any other word is an error.
func (r *Reason) UnmarshalText(b []byte) error { return enum.Parse("reason", reasonWords, b, r) }

// Absent reports whether r is a reason of [Missing].
func (r Reason) Absent() bool { return ReasonGone <= r && r <= ReasonMoved }

// Reasons is a set of reasons. In JSON it is an array of words in a fixed order.
type Reasons uint16

// ReasonsOf returns the set of the given reasons.
func ReasonsOf(rs ...Reason) Reasons {
	var set Reasons
	for _, r := range rs {
		set |= 1 << r
	}
	return set
}

// Has reports whether r is in the set.
func (s Reasons) Has(r Reason) bool { return s&(1<<r) != 0 }

// List returns the reasons in their fixed order.
func (s Reasons) List() []Reason {
	var out []Reason
	for r := ReasonPrimary; r <= ReasonMoved; r++ {
		if s.Has(r) {
			out = append(out, r)
		}
	}
	return out
}

// String lists the reasons, such as "primary, aliases".
func (s Reasons) String() string {
	var words []string
	for _, r := range s.List() {
		words = append(words, r.String())
	}
	return strings.Join(words, ", ")
}

// MarshalJSON writes the set as an array of words.
func (s Reasons) MarshalJSON() ([]byte, error) { return json.Marshal(s.List()) }

// UnmarshalJSON reads an array of words; an unknown or repeated word is an error.
func (s *Reasons) UnmarshalJSON(b []byte) error {
	var list []*string // not []Reason, which JSON could also give as base64
	if err := json.Unmarshal(b, &list); err != nil {
		return err
	}
	set := Reasons(0)
	for _, word := range list {
		if word == nil {
			return errors.New("a reason is empty")
		}
		var r Reason
		if err := r.UnmarshalText([]byte(*word)); err != nil {
			return err
		}
		if set.Has(r) {
			return errors.New("the reason " + r.String() + " is repeated")
		}
		set |= 1 << r
	}
	*s = set
	return nil
}

// Cause says why a look-up failed. The zero Cause has no word.
type Cause uint8

// The causes of [LookupFailed] and the errors that lead to them.
const (
	CauseNoAnswer         Cause = iota + 1 // no answer came: ErrNoAnswer
	CauseFailed                            // any other error; Row.Failure says which
	CauseNotVisible                        // the reader may be unable to see it: ErrNotVisible, or an absence without proof
	CauseOutOfScope                        // it may live where nobody looked: ErrOutOfScope
	CauseMailboxUnknown                    // the account is there, and whether its mailbox is could not be told: ErrMailboxUnknown
	CauseReplicasDisagree                  // two servers gave different answers: ErrReplicasDisagree, or an absence not confirmed
	CauseMalformed                         // the directory holds a value that is not usable: *ValueError
	CauseStale                             // the answer is the former value, read from another replica: reverted or stale
)

var causeWords = []string{"", "no-answer", "failed", "not-visible", "out-of-scope", "mailbox-state-unknown", "replicas-disagree", "malformed-value", "reverted-or-stale"}

// String returns the cause's word, such as "not-visible".
func (c Cause) String() string { return enum.String(causeWords, c) }

// MarshalText writes the cause as its word.
func (c Cause) MarshalText() ([]byte, error) { return enum.Text("cause", causeWords, c) }

// UnmarshalText reads the cause's word; any other word is an error.
func (c *Cause) UnmarshalText(b []byte) error { return enum.Parse("cause", causeWords, b, c) }

// causeOf sorts a connector's error into the causes that people see.
func causeOf(err error) Cause {
	if _, ok := errors.AsType[*ValueError](err); ok {
		return CauseMalformed
	}
	for _, c := range []struct {
		err   error
		cause Cause
	}{
		{ErrNotVisible, CauseNotVisible}, {ErrOutOfScope, CauseOutOfScope}, {ErrMailboxUnknown, CauseMailboxUnknown},
		{ErrReplicasDisagree, CauseReplicasDisagree}, {ErrNoAnswer, CauseNoAnswer},
	} {
		if errors.Is(err, c.err) {
			return c.cause
		}
	}
	return CauseFailed
}
