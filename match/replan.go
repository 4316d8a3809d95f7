package match

import (
	"context"
	"fmt"

	"github.com/readdress-go/readdress/internal/enum"
	"github.com/readdress-go/readdress/refresh"
)

// ReplanOptions adjust [Replan]. Nil and the zero value work.
type ReplanOptions struct {
	// Select picks the rows to plan anew; nil picks all. It runs once per row, in order, before any I/O. Rows that are planned in a domain are
	// picked by [refresh.SelectAddress].
	Select func(refresh.Match) bool
	// Entry tells what the job does not store of a row's source, such as the names that a pattern may want; nil, or false, for what it stores.
	Entry func(refresh.Match) (refresh.Entry, bool)
	// SkipPinCheck asks a side of a pinned job whose connector cannot tell which directory it reaches.
	SkipPinCheck bool
}

// Replanning is what [Replan] proposes; nothing is written before [Replanning.Apply]. It is plain data, with stable JSON.
type Replanning struct {
	JobID    string            `json:"jobId"`
	Rows     []Replanned       `json:"rows"` // in the order of the job
	Warnings []refresh.Warning `json:"warnings,omitempty"`
}

// Replanned is one row whose target is to be created.
type Replanned struct {
	Key string `json:"key"`
	// Old is the address planned so far, New the one that the template makes: the same where nothing is to be changed, and empty
	// where it makes none, as Reason says.
	Old Planning `json:"old"`
	New Planning `json:"new"`
	// Reason says why there is no new address.
	Reason string `json:"reason,omitempty"`
	Before Held   `json:"before"`
}

// Planning is a planned address and what the target directory says of it.
type Planning struct {
	Address refresh.Address `json:"address,omitempty"`
	State   PlanState       `json:"state"`
	// Accepted says whether the directory accepts the domain.
	Accepted refresh.Tri `json:"accepted"`
	// Holders are the objects that hold the address, at most [MaxHits] of Total.
	Holders []refresh.Mailbox `json:"holders,omitempty"`
	Total   int               `json:"total,omitempty"`
	// Failure says why it is not known who holds the address.
	Failure string `json:"failure,omitempty"`
}

// PlanState sums up what is known of a planned address. The zero PlanState is [PlanUnknown].
type PlanState uint8

// The states of a planned address.
const (
	PlanUnknown  PlanState = iota // the directory did not say, or not everything
	PlanAccepted                  // the domain is accepted, and nobody holds the address
	PlanRefused                   // the domain is not, or no longer, accepted
	PlanExists                    // somebody holds the address now
)

var planWords = []string{"unknown", "accepted", "refused", "exists"}

// String returns the state's word, such as "accepted".
func (p PlanState) String() string { return enum.String(planWords, p) }

// MarshalText writes the state as its word.
func (p PlanState) MarshalText() ([]byte, error) { return enum.Text("plan state", planWords, p) }

// UnmarshalText reads the state's word; any other word is an error.
func (p *PlanState) UnmarshalText(b []byte) error { return enum.Parse("plan state", planWords, b, p) }

// Replan makes new addresses for the rows whose target is planned and has no account yet, for when the target's domain changed, and says of the
// old and the new ones whether the target directory accepts their domains and whether somebody holds them now. A target that is nil, cannot be
// reached or cannot tell leaves that unknown. Targets that are planned for an account are not among the rows: a refresh tells their addresses.
//
// In the template {local} is the local part that was planned so far. No two rows get one address, nor one that another row's target has or
// had planned, and none that somebody is known to hold is silently passed over for another: it is proposed as [PlanExists], because it is
// for a person to say whether it is the mailbox that was planned (then [Rematch] binds it) or somebody else's. Rows that shared an
// address on purpose, as other parts or merged, go on sharing it.
//
// The refusals are those of [refresh.Check], and an unusable template. When ctx ends, its cause comes together with what was found.
func Replan(ctx context.Context, job refresh.Job, t Template, target refresh.Connector, opts *ReplanOptions) (*Replanning, error) {
	if opts == nil {
		opts = &ReplanOptions{}
	}
	if err := job.Validate(); err != nil {
		return nil, err
	}
	if err := t.Check(); err != nil {
		return nil, err
	}
	r := &Replanning{JobID: job.ID, Rows: make([]Replanned, 0)}
	if err := r.plan(job, t, opts); err != nil {
		return nil, err
	}
	if target == nil || len(r.Rows) == 0 {
		return r, nil
	}
	_, warned, failed, err := reach(ctx, job, refresh.Target, target, &refresh.Options{SkipPinCheck: opts.SkipPinCheck})
	if err != nil {
		return nil, err
	}
	r.Warnings = warned
	r.look(ctx, target, failed)
	if ctx.Err() != nil {
		return r, fmt.Errorf("match: planning anew ended early: %w", context.Cause(ctx))
	}
	return r, nil
}
