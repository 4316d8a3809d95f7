package refresh

// Row is what happened to one side of one match, and what Apply writes there.
type Row struct {
	// Key is the match's: the host's own name for it, never an address.
	Key  string `json:"key"`
	Side Side   `json:"side"` // the side of the match that the row is about
	// Origin and Merge are the match's.
	Origin  Origin  `json:"origin,omitempty"`
	Outcome Outcome `json:"outcome"` // what happened
	Merge   bool    `json:"merge,omitempty"`
	// Reasons refines [Refreshed] and [Missing].
	Reasons Reasons `json:"reasons,omitempty"`
	// Cause and Failure say why a look-up failed.
	Cause   Cause  `json:"cause,omitempty"`
	Failure string `json:"failure,omitempty"`
	// Before is what the job held. After is what Apply writes; nil means that Apply leaves the mailbox as it is.
	Before Mailbox  `json:"before,omitzero"`
	After  *Mailbox `json:"after,omitempty"`
	// Part is the match's; Use is the address that the host works with where it is not the primary one.
	Part string  `json:"part,omitempty"`
	Use  Address `json:"use,omitempty"`
	// Evidence is what else is known, for people; nil when there is nothing.
	Evidence *Evidence `json:"evidence,omitempty"`
	// Replica is the server that answered, where it is not the one the run started on.
	Replica string `json:"replica,omitempty"`
	// MarkBefore is the mark of an earlier absence that the job held, MarkAfter the one that Apply leaves.
	MarkBefore *Mark `json:"markBefore,omitempty"`
	MarkAfter  *Mark `json:"markAfter,omitempty"`
	// PreviousBefore and StampBefore are what the job held beside the mailbox, so that Revert restores it. StampAfter is what Apply leaves.
	PreviousBefore *Previous `json:"previousBefore,omitempty"`
	StampBefore    Stamp     `json:"stampBefore,omitempty"`
	StampAfter     Stamp     `json:"stampAfter,omitempty"`
}

// ID returns the identity that was looked up, empty when there is none.
func (r *Row) ID() ID { return r.Before.ID }

// Now returns the mailbox as it is after Apply.
func (r *Row) Now() Mailbox {
	if r.After != nil {
		return *r.After
	}
	return r.Before
}

// Writes reports whether Apply writes anything to this side of the match that people care for. Stamps do not count.
func (r *Row) Writes() bool { return r.After != nil || !sameMark(r.MarkBefore, r.MarkAfter) }

func (r *Row) touches() bool { return r.Writes() || r.StampAfter != r.StampBefore }

func sameMark(a, b *Mark) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Reason == b.Reason && a.FirstSeen.Equal(b.FirstSeen) && a.LastSeen.Equal(b.LastSeen) && a.DeletionUnknown == b.DeletionUnknown
}
