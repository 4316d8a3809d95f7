package refresh

import (
	"encoding/json"
	"fmt"
	"time"
)

// Match pairs one source mailbox with one target mailbox: a row of a job.
// Like [Mailbox], treat it as immutable: copies of a job share its pointers and slices.
type Match struct {
	// Key is the host's own name for the row: unique in the job, opaque, and never an address, because errors print it.
	Key string `json:"key"`

	// Source and Target are the mailboxes of the pair as the job knows them. SourceOrigin and TargetOrigin say how it came by them.
	Source       Mailbox `json:"source,omitzero"`
	Target       Mailbox `json:"target,omitzero"`
	SourceOrigin Origin  `json:"sourceOrigin,omitempty"`
	TargetOrigin Origin  `json:"targetOrigin,omitempty"`

	// SourceUse and TargetUse are the addresses (or logins) that the host's migration works with;
	// empty means the primary address. Refresh never changes them; it reports when one is lost.
	SourceUse Address `json:"sourceUse,omitempty"`
	TargetUse Address `json:"targetUse,omitempty"`

	// Part tells apart several rows of one person, such as "archive".
	Part string `json:"part,omitempty"`
	// Merge declares that this row shares its target with other rows on purpose.
	Merge bool `json:"merge,omitempty"`

	// SourceMark and TargetMark say that the mailbox was proven missing; nil means that it was not.
	SourceMark *Mark `json:"sourceMark,omitempty"`
	TargetMark *Mark `json:"targetMark,omitempty"`

	// SourceStamp and TargetStamp vouch for the stored values in an incremental refresh.
	SourceStamp Stamp `json:"sourceStamp,omitempty"`
	TargetStamp Stamp `json:"targetStamp,omitempty"`

	// SourcePrevious and TargetPrevious hold what the last applied refresh replaced.
	SourcePrevious *Previous `json:"sourcePrevious,omitempty"`
	TargetPrevious *Previous `json:"targetPrevious,omitempty"`

	// Ext is the host's own data: any JSON value, kept and written in compact form.
	Ext json.RawMessage `json:"ext,omitempty"`
}

// Mark remembers that a mailbox was proven missing.
type Mark struct {
	Reason    Reason    `json:"reason"`    // ReasonGone, ReasonSoftDeleted, ReasonNoMailbox or ReasonMoved
	FirstSeen time.Time `json:"firstSeen"` // start of the first run that proved it
	LastSeen  time.Time `json:"lastSeen"`  // start of the latest run that proved it
	// DeletionUnknown: the reader could not look among deleted objects, so what is gone may still be restorable.
	DeletionUnknown bool `json:"deletionUnknown,omitempty"`
}

// Previous is what one side of a match held before the last applied refresh wrote to it.
type Previous struct {
	Mailbox Mailbox `json:"mailbox"` // the values that were replaced
	// Replica is the server that the present value was read from, where known.
	Replica string `json:"replica,omitempty"`
}

// Mailbox returns the mailbox of one side.
func (m Match) Mailbox(s Side) Mailbox {
	if s == Target {
		return m.Target
	}
	return m.Source
}

// Origin returns the origin of one side.
func (m Match) Origin(s Side) Origin {
	if s == Target {
		return m.TargetOrigin
	}
	return m.SourceOrigin
}

// Use returns the address that the host works with on one side, the primary address when none is set.
func (m Match) Use(s Side) Address {
	use, primary := m.SourceUse, m.Source.Primary
	if s == Target {
		use, primary = m.TargetUse, m.Target.Primary
	}
	if use != "" {
		return use
	}
	return primary
}

// Mark returns the missing mark of one side, nil when there is none.
func (m Match) Mark(s Side) *Mark {
	if s == Target {
		return m.TargetMark
	}
	return m.SourceMark
}

// Bind returns m with one side bound to mailbox mb, whose identity is now known. It turns Manual, Planned and
// None into Bound and clears what belonged to the former state. It refuses a mailbox without an ID, a side
// that is bound already, and a planned target whose account has another ID: re-pairing is the host's decision,
// made by assigning the fields.
func (m Match) Bind(s Side, mb Mailbox) (Match, error) {
	at := m.side(s)
	switch {
	case s != Source && s != Target:
		return m, fmt.Errorf("refresh: bind row %q: no such side", m.Key)
	case mb.ID == "":
		return m, &InvalidError{What: "job", Key: m.Key, Field: s.String() + ".id", Problem: "is empty; bind needs the mailbox's immutable ID"}
	case *at.origin == Bound:
		return m, &InvalidError{What: "job", Key: m.Key, Field: s.String() + "Origin", Problem: "is bound already; assign the fields to re-pair the row"}
	case *at.origin == Planned && at.mailbox.ID != "" && at.mailbox.ID != mb.ID:
		return m, &InvalidError{What: "job", Key: m.Key, Field: s.String() + ".id", Problem: "differs from the ID of the planned account; assign the fields to re-pair the row"}
	}
	bound := m
	at = bound.side(s)
	*at.mailbox, *at.origin = mb, Bound
	*at.mark, *at.stamp, *at.previous = nil, 0, nil
	if err := bound.validate(); err != nil {
		return m, err
	}
	return bound, nil
}

// matchSide gives access to the fields of one side, so that the engine is written once for both.
type matchSide struct {
	mailbox  *Mailbox
	origin   *Origin
	use      *Address
	mark     **Mark
	stamp    *Stamp
	previous **Previous
}

func (m *Match) side(s Side) matchSide {
	if s == Target {
		return matchSide{&m.Target, &m.TargetOrigin, &m.TargetUse, &m.TargetMark, &m.TargetStamp, &m.TargetPrevious}
	}
	return matchSide{&m.Source, &m.SourceOrigin, &m.SourceUse, &m.SourceMark, &m.SourceStamp, &m.SourcePrevious}
}
