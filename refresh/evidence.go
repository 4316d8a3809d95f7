package refresh

import (
	"slices"
	"time"

	"github.com/readdress-go/readdress/internal/enum"
)

// Evidence is what a run learned beside an outcome. Every zero field means "not known" or "not asked".
type Evidence struct {
	// Hits is the number of objects that hold the address ([Options].Verify), and HitIDs are their IDs; nil means not asked.
	Hits   *int `json:"hits,omitempty"`
	HitIDs []ID `json:"hitIds,omitempty"`
	// HitsFailure says why the address could not be looked for.
	HitsFailure string `json:"hitsFailure,omitempty"`
	// DomainAccepted: whether the directory accepts the domain of the planned address.
	DomainAccepted Tri `json:"domainAccepted,omitempty"`
	// Account is the state of a planned target's account.
	Account AccountState `json:"account,omitempty"`
	// DeletedAt, RestorableUntil and DeletionUnknown concern a deleted object.
	DeletedAt       time.Time `json:"deletedAt,omitzero"`        // when it was deleted
	RestorableUntil time.Time `json:"restorableUntil,omitzero"`  // when it is purged
	DeletionUnknown bool      `json:"deletionUnknown,omitempty"` // the reader could not look among deleted objects
	// Proof is what a [Missing] outcome rests on.
	Proof Proof `json:"proof,omitempty"`
	// ForwardsTo is where mail to a moved mailbox goes.
	ForwardsTo Address `json:"forwardsTo,omitempty"`
	// Licensed: whether an account without a mailbox has a licence that includes one.
	Licensed Tri `json:"licensed,omitempty"`
	// Instance is the mailbox found in place of the stored one ([Replaced]); pass it to [Job.Accept].
	Instance ID `json:"instance,omitempty"`
	// Malformed is the value that a [ValueError] of a failed look-up is about, as UTF-8 and cut to 256 bytes.
	Malformed string `json:"malformed,omitempty"`
	// Seen is the former value that a stale replica answered with.
	Seen *Mailbox `json:"seen,omitempty"`
}

func (e *Evidence) isZero() bool { return e.same(&Evidence{}) }

// same reports whether both say the same and share what they point to.
func (e *Evidence) same(o *Evidence) bool {
	return e.Hits == o.Hits && slices.Equal(e.HitIDs, o.HitIDs) && e.HitsFailure == o.HitsFailure && e.DomainAccepted == o.DomainAccepted &&
		e.Account == o.Account && e.DeletedAt == o.DeletedAt && e.RestorableUntil == o.RestorableUntil &&
		e.DeletionUnknown == o.DeletionUnknown && e.Proof == o.Proof && e.ForwardsTo == o.ForwardsTo && e.Licensed == o.Licensed &&
		e.Instance == o.Instance && e.Malformed == o.Malformed && e.Seen == o.Seen
}

// shared is what was said of the last row for which there was something to say. Where a whole department is gone, many rows say the same.
type shared struct {
	lastMark     *Mark
	lastEvidence *Evidence
}

func (s *shared) mark(m Mark) *Mark {
	if s.lastMark == nil || *s.lastMark != m {
		own := m
		s.lastMark = &own
	}
	return s.lastMark
}

func (s *shared) evidence(e *Evidence) *Evidence {
	if s.lastEvidence == nil || !s.lastEvidence.same(e) {
		own := *e
		s.lastEvidence = &own
	}
	return s.lastEvidence
}

// AccountState is the state of a planned target's account. The zero AccountState has no word.
type AccountState uint8

// The states of an account.
const (
	AccountThere     AccountState = iota + 1 // the account is there, no mailbox was seen
	AccountExistsNow                         // the account has a mailbox now: bind it
	AccountGone                              // the account is proven not to be there
)

var accountWords = []string{"", "there", "exists-now", "gone"}

// String returns "there", "exists-now" or "gone".
func (a AccountState) String() string { return enum.String(accountWords, a) }

// MarshalText writes the state as its word.
func (a AccountState) MarshalText() ([]byte, error) {
	return enum.Text("account state", accountWords, a)
}

// UnmarshalText reads the state's word; any other word is an error.
func (a *AccountState) UnmarshalText(b []byte) error {
	return enum.Parse("account state", accountWords, b, a)
}
