package match

import (
	"context"
	"errors"
	"fmt"

	"github.com/readdress-go/readdress/refresh"
)

// RematchOptions adjust [Rematch]. Nil and the zero value work.
type RematchOptions struct {
	// Select picks the rows that may be proposed a target; nil picks all that need one. It runs once per row, in order, before any I/O.
	Select func(refresh.Match) bool
	// SkipPinCheck asks a side of a pinned job whose connector cannot tell which directory it reaches.
	SkipPinCheck bool
	// MaxCandidates and Names are those of [Options].
	MaxCandidates int
	Names         *Names
}

// Rematching is what [Rematch] proposes; nothing is written before [Rematching.Apply]. It is plain data.
type Rematching struct {
	JobID string `json:"jobId"`
	// Proposals has one for each selected row that needs a target, in the order of the job.
	Proposals []Proposal `json:"proposals"`
	// Warnings are those of [refresh.Check] about the sides that were asked.
	Warnings []refresh.Warning `json:"warnings,omitempty"`
	// TargetPin is the directory that was listed, where the job does not say which it is.
	TargetPin string `json:"targetPin,omitempty"`
}

// ErrNoTarget: [Rematch] was given no target side.
var ErrNoTarget = errors.New("match: there is no target side to look for targets on: set Sides.Target")

// Rematch proposes targets for the rows that need one: whose target was proven missing, was entered by its address, was planned and exists now, or
// that have none. It looks at no row's target otherwise, and Apply touches no other row.
//
// The target side is listed in full, and everybody on it takes part. What other rows have is taken, as is the target of a row that is not
// selected. The source side is listed, too, where its connector can, or else the rows' sources are read; without a connector they are what
// the job stores. The rules decide as in [Pair], among all sources and targets. Beside them count what the row itself says: an object that
// has the former target's mailbox GUID, or carries its anchor, before all rules; the address that was entered or planned, after them. If that
// address is somebody else's than the rules say, nobody is proposed. The address of a missing target is a suggestion only, because addresses
// are given to others.
//
// A row whose missing target is in the list again is not proposed another one: a refresh heals it. Nor is a row whose source is missing.
//
// The refusals are those of [refresh.Check], [ErrNoTarget], and a target that cannot list. A list that breaks off is an error as well: who is left out
// of it makes others look unique. To go on without the source side, leave it out.
func Rematch(ctx context.Context, job refresh.Job, sides refresh.Sides, rules []Rule, opts *RematchOptions) (*Rematching, error) {
	if opts == nil {
		opts = &RematchOptions{}
	}
	if err := job.Validate(); err != nil {
		return nil, err
	}
	if sides.Target == nil {
		return nil, ErrNoTarget
	}
	if err := checkRules(rowRules(rules)); err != nil {
		return nil, err
	}
	w := &rematch{job: job, selected: make([]bool, len(job.Matches)), gone: make(map[refresh.ID]bool), out: &Rematching{JobID: job.ID, Proposals: make([]Proposal, 0)}}
	for i := range job.Matches {
		w.selected[i] = opts.Select == nil || opts.Select(job.Matches[i])
	}
	check := &refresh.Options{SkipPinCheck: opts.SkipPinCheck}
	pin, warned, failed, err := reach(ctx, job, refresh.Target, sides.Target, check)
	if err = errors.Join(err, failed); err != nil {
		return nil, err
	}
	w.out.TargetPin, w.out.Warnings = pin, warned
	if sides.Source != nil {
		_, warned, failed, err := reach(ctx, job, refresh.Source, sides.Source, check)
		if isA[*refresh.UnsupportedError](err) { // it cannot tell who is who, and need not
			sides.Source, err = nil, nil
		}
		if err = errors.Join(err, failed); err != nil {
			return nil, err
		}
		w.out.Warnings = append(warned, w.out.Warnings...)
	}
	if err := w.list(ctx, sides); err != nil {
		return nil, err
	}
	w.sort()
	if err := w.pair(rules, opts); err != nil {
		return nil, err
	}
	for i := range job.Matches {
		if w.selected[i] && w.needs[i] != NeedNothing {
			w.propose(i)
		}
	}
	w.refuseHeld()
	return w.out, nil
}

// list reads both sides. Of the source it is as much as the connector can.
func (w *rematch) list(ctx context.Context, sides refresh.Sides) error {
	lister, ok := refresh.As[refresh.Lister](sides.Target)
	if !ok {
		return cannotList(sides.Target)
	}
	var err error
	if w.targets, err = listed(ctx, refresh.Target, lister); err != nil {
		return err
	}
	if sides.Source == nil {
		return nil
	}
	if lister, ok := refresh.As[refresh.Lister](sides.Source); ok {
		w.sources, err = listed(ctx, refresh.Source, lister)
		w.read = len(w.sources)
		return err
	}
	return w.resolve(ctx, sides.Source)
}

func cannotList(c refresh.Connector) error {
	e := &refresh.UnsupportedError{
		Side: refresh.Target, System: c.Info().System, Need: refresh.CanList,
		Reason: "it does not tell who is there", Remedy: "pair the rows in a file of pairs and read it with ReadPairs",
	}
	if x, ok := c.(refresh.Explainer); ok {
		if reason, remedy := x.Explain(refresh.CanList); reason != "" && remedy != "" {
			e.Reason, e.Remedy = reason, remedy
		}
	}
	return e
}

// listed reads a list to its end. What has neither an ID nor an address cannot be matched.
func listed(ctx context.Context, s refresh.Side, lister refresh.Lister) ([]refresh.Entry, error) {
	var out []refresh.Entry
	for e, err := range lister.List(ctx) {
		if err != nil {
			return nil, fmt.Errorf("match: listing the %s side: %w", s, err)
		}
		if e.ID != "" || e.Primary != "" || len(e.Aliases) > 0 {
			out = append(out, e)
		}
	}
	if ctx.Err() != nil { // a sequence that stops without a word is not trusted then
		return nil, fmt.Errorf("match: listing the %s side: %w", s, context.Cause(ctx))
	}
	return out, nil
}

// resolve reads the sources of the rows by their IDs, where they cannot be listed.
func (w *rematch) resolve(ctx context.Context, conn refresh.Connector) error {
	resolver, ok := refresh.As[refresh.Resolver](conn)
	if !ok {
		return nil
	}
	var ids []refresh.ID
	asked := make(map[refresh.ID]bool)
	for i := range w.job.Matches {
		if id := w.job.Matches[i].Source.ID; id != "" && !asked[id] {
			asked[id] = true
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	got := make([]refresh.Lookup, len(ids))
	a := &answers[refresh.Lookup]{ctx: ctx, got: got, seen: make([]bool, len(ids)), failed: refresh.Failed}
	a.seal(resolver.Resolve(ctx, append([]refresh.ID(nil), ids...), a.answer))
	if ctx.Err() != nil {
		return fmt.Errorf("match: reading the sources: %w", context.Cause(ctx))
	}
	for i, l := range got {
		if m, found := l.Mailbox(); found && m.ID == ids[i] {
			w.sources = append(w.sources, refresh.Entry{Mailbox: m})
		} else if _, gone := l.Absence(); gone {
			w.gone[ids[i]] = true
		}
	}
	w.read = len(w.sources)
	return nil
}
