package refresh

import (
	"time"

	"github.com/readdress-go/readdress/internal/enum"
)

// Lookup is what a connector says of one ID: found, not found, or failed. Make one with [Found], [NotFound] or
// [Failed]. The zero Lookup means "no answer", and counts as failed.
type Lookup struct {
	state    lookupState
	mailbox  Mailbox
	unread   bool // the instance was not asked for
	replica  string
	forwards Address
	licensed Tri
	absence  *Absence
	err      error
}

type lookupState uint8

const (
	lookupNone lookupState = iota
	lookupFound
	lookupAbsent
	lookupFailed
)

// Found says that the object with the asked ID is there. Report what was read; the engine judges whether it is
// still the mailbox that the job means: an empty Instance, a [KindMailUser] or [KindRemote] are not the connector's to interpret.
// An empty Login, DisplayName, Anchor or [KindUnknown] means "not known" and never overwrites a stored value.
func Found(m Mailbox) Lookup { return Lookup{state: lookupFound, mailbox: m} }

// NotFound says that the mailbox is proven not to be there. The proof is part of the answer: see [Absence].
func NotFound(a Absence) Lookup { return Lookup{state: lookupAbsent, absence: &a} }

// Failed says that the question could not be answered. The error decides the cause that people see: see [Cause].
// Failed(nil) is "no answer".
func Failed(err error) Lookup {
	if err == nil {
		err = ErrNoAnswer
	}
	return Lookup{state: lookupFailed, err: err}
}

// On returns l with the name of the replica (server) that answered. Answers of an unnamed replica are taken
// to come from the server that Inspect named.
func (l Lookup) On(replica string) Lookup { l.replica = replica; return l }

// ForwardingTo returns l with the address that the object sends mail on to (targetAddress), as evidence of a move.
func (l Lookup) ForwardingTo(a Address) Lookup { l.forwards = a; return l }

// Licensed returns l with whether the account has a licence that includes a mailbox, as evidence of why it has none. It decides
// nothing: a shared mailbox needs no licence, and a licence is no mailbox.
func (l Lookup) Licensed(t Tri) Lookup { l.licensed = t; return l }

// WithoutInstance returns l as an answer that says nothing about the mailbox's instance, because reading it costs a question for each
// mailbox or the system does not tell it: what the job holds of it is kept. A replaced or removed mailbox is not noticed
// then. It has no effect where the mailbox has an Instance.
func (l Lookup) WithoutInstance() Lookup {
	l.unread = l.state == lookupFound && l.mailbox.Instance == ""
	return l
}

// Mailbox returns the mailbox of a Found answer.
func (l Lookup) Mailbox() (Mailbox, bool) { return l.mailbox, l.state == lookupFound }

// Absence returns the proof of a NotFound answer.
func (l Lookup) Absence() (Absence, bool) {
	if l.state != lookupAbsent {
		return Absence{}, false
	}
	return *l.absence, true
}

// Err returns the error of a Failed answer, [ErrNoAnswer] for the zero Lookup, and nil otherwise.
func (l Lookup) Err() error {
	switch l.state {
	case lookupFound, lookupAbsent:
		return nil
	case lookupFailed:
		return l.err
	}
	return ErrNoAnswer
}

// Replica returns the name given to [Lookup.On].
func (l Lookup) Replica() string { return l.replica }

// ForwardsTo returns the address given to [Lookup.ForwardingTo].
func (l Lookup) ForwardsTo() Address { return l.forwards }

// Licence returns what was given to [Lookup.Licensed].
func (l Lookup) Licence() Tri { return l.licensed }

// Absence is a proven absence and its evidence. An absence without a [Proof] is not believed.
type Absence struct {
	// Reason is ReasonGone, ReasonSoftDeleted, ReasonNoMailbox or ReasonMoved; empty means ReasonGone.
	Reason Reason
	// Proof says what the absence rests on; the zero Proof is none.
	Proof Proof
	// Sight: in the same run, connection and scope the connector saw some mailbox object. [ProofEmptyScope] is
	// believed only with it, because a reader without rights sees an empty directory, not an error.
	Sight bool
	// DeletedAt and RestorableUntil are set where the system tells them.
	DeletedAt, RestorableUntil time.Time
	// DeletionUnknown: the reader may not look at deleted objects, so gone and soft-deleted cannot be told apart.
	DeletionUnknown bool
	// UsersOnly: only users could be asked for, so a group with this ID may be there. It is believed only of a mailbox that the job knows
	// as a user's, by its Kind or its Login.
	UsersOnly bool
	// ForwardsTo is where mail to a moved mailbox goes.
	ForwardsTo Address
	// Account is the account that is still there although its mailbox is not, where it was read.
	Account *Mailbox
}

// Proof is what an absence rests on. The zero Proof is none, and is not believed.
type Proof uint8

// The proofs.
const (
	ProofNone       Proof = iota
	ProofTombstone        // a tombstone or an entry among the deleted objects
	ProofDirectRead       // "no such object" to a direct read, after a complete answer that left it out
	ProofEmptyScope       // a complete, well-formed, empty answer over the whole scope, from a reader who saw another object (Sight)
	ProofStated           // the system says so of an object that is there (no mailbox, moved)
)

var proofWords = []string{"", "tombstone", "direct-read", "empty-scope", "stated"}

// String returns the proof's word, such as "tombstone".
func (p Proof) String() string { return enum.String(proofWords, p) }

// MarshalText writes the proof as its word.
func (p Proof) MarshalText() ([]byte, error) { return enum.Text("proof", proofWords, p) }

// UnmarshalText reads the proof's word; any other word is an error.
func (p *Proof) UnmarshalText(b []byte) error { return enum.Parse("proof", proofWords, b, p) }

// Finding is what a connector says of one address: the objects that hold it, perhaps none, or an error. Make one
// with [Hits] or [FindFailed]. The zero Finding means "no answer".
type Finding struct {
	answered bool
	hits     []Mailbox
	err      error
}

// Hits says which objects hold the address, after a complete answer: none, one or several. Say none only where a
// mailbox would have been seen, over everything in which it could live; otherwise answer [FindFailed].
func Hits(m ...Mailbox) Finding { return Finding{answered: true, hits: m} }

// FindFailed says that the address could not be looked for. FindFailed(nil) is "no answer".
func FindFailed(err error) Finding { return Finding{err: err} }

// Mailboxes returns the objects that hold the address; ok is false when there was no complete answer.
func (f Finding) Mailboxes() (hits []Mailbox, ok bool) { return f.hits, f.answered }

// Err returns why there is no answer, nil when there is one.
func (f Finding) Err() error {
	if f.answered {
		return nil
	}
	if f.err == nil {
		return ErrNoAnswer
	}
	return f.err
}
