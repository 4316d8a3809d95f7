package match

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/readdress-go/readdress/refresh"
)

// PlanOptions adjust [NewPlan]. Nil and the zero value work.
type PlanOptions struct {
	// Create makes the addresses of mailboxes for sources that have no candidate; nil leaves them [Undecided].
	Create *Template
	// CreateAlike also creates for sources that have suggestions only, such as a target of the same name.
	CreateAlike bool
}

// Plan says what becomes of each source of a [Pairing], for a person to look through and change before [Plan.Rows] makes rows of it.
type Plan struct {
	Choices []Choice `json:"choices"`
}

// Choice is what becomes of one source. Change Action, Target and Address as decided; Rows holds them to the rules.
type Choice struct {
	Source *refresh.Entry `json:"source"`
	// Action is what is done, and Status how the search for a target ended.
	Action Action `json:"action"`
	Status Status `json:"status"`
	// Target is that of [Migrate] and [EnableMailbox]; nil for the others.
	Target *refresh.Entry `json:"target,omitempty"`
	// Address is that of [CreateMailbox], and the one that [EnableMailbox] is to give, where it is not the account's.
	Address refresh.Address `json:"address,omitempty"`
	Part    string          `json:"part,omitempty"`
	Merge   bool            `json:"merge,omitempty"`
	// Reason says why it is this action.
	Reason string `json:"reason,omitempty"`
}

// NewPlan proposes an action for each source, in their order: [Migrate] or [EnableMailbox] for who is paired, as the target has a mailbox or not;
// [CreateMailbox] for who has no candidate, where there is a template; [Leave] for whom the operator left alone; and [Undecided] for everybody else.
// No address is planned that another target, listed or planned, has.
func NewPlan(p *Pairing, opts *PlanOptions) (*Plan, error) {
	if opts == nil {
		opts = &PlanOptions{}
	}
	var taken folds
	tellsInstances := false
	if opts.Create != nil {
		if err := opts.Create.Check(); err != nil {
			return nil, err
		}
		taken = make(folds)
	}
	for d := range p.Targets() {
		tellsInstances = tellsInstances || d.Entry.Instance != ""
		taken.addMailbox(&d.Entry.Mailbox)
	}
	plan := &Plan{Choices: make([]Choice, 0)}
	for d := range p.Sources() {
		c := Choice{Source: d.Entry, Status: d.Status, Target: d.Other, Reason: d.Reason}
		switch {
		case d.Other != nil:
			c.Action, c.Reason = actionFor(d.Other, tellsInstances)
		case d.Status == Pinned:
			c.Action = Leave
		case d.Status == NoCandidate && opts.Create != nil && !hasMailbox(d.Entry.Kind):
			c.Reason = "the source is a " + d.Entry.Kind.String() + ", which has no mailbox to migrate"
		case d.Status == NoCandidate && opts.Create != nil && (d.Total == 0 || opts.CreateAlike):
			address, err := opts.Create.Address(d.Entry, taken.has)
			if errors.Is(err, ErrNoAddress) {
				c.Reason = err.Error()
				break
			} else if err != nil {
				return nil, err
			}
			taken.add(address)
			c.Action, c.Address = CreateMailbox, address
		}
		plan.Choices = append(plan.Choices, c)
	}
	return plan, nil
}

// actionFor tells a mailbox from an account without one. Where the directory tells of no target which mailbox it has, the lack of it says nothing.
func actionFor(t *refresh.Entry, tellsInstances bool) (Action, string) {
	switch {
	case t.Kind == refresh.KindMailUser:
		return EnableMailbox, "the target is a mail user, which has no mailbox yet"
	case t.Kind == refresh.KindRemote:
		return Undecided, "the target's mailbox lives in another system"
	case t.Instance == "" && tellsInstances && t.ID != "" && t.Kind != refresh.KindGroup:
		return EnableMailbox, "the target's account has no mailbox yet"
	case t.Instance == "" && t.Primary == "" && t.ID != "":
		return EnableMailbox, "the target's account has no address yet"
	}
	return Migrate, ""
}

// hasMailbox reports whether a recipient of a kind may have a mailbox that somebody migrates.
func hasMailbox(k refresh.Kind) bool {
	return !k.Elsewhere() && k != refresh.KindGroup && k != refresh.KindContact && k != refresh.KindSystem
}

// Counts returns how many sources there are of each action.
func (p *Plan) Counts() map[Action]int {
	n := make(map[Action]int)
	for i := range p.Choices {
		n[p.Choices[i].Action]++
	}
	return n
}

// Rows makes rows of the choices, in their order; who is left has none. The key names the row of the ith choice and must be unique and no address;
// nil numbers them from 1. The errors name the choice's number: an action that lacks what it needs, or one target for two rows of one part
// that are not merged.
func (p *Plan) Rows(key func(i int, c *Choice) string) ([]refresh.Match, error) {
	rows := make([]refresh.Match, 0, len(p.Choices))
	used, at := make(goals), make(map[string]int)
	for i := range p.Choices {
		c := &p.Choices[i]
		if c.Action == Leave {
			continue
		}
		m, err := c.match()
		if err != nil {
			return nil, fmt.Errorf("match: choice %d: %w", i+1, err)
		}
		if m.Key = strconv.Itoa(i + 1); key != nil {
			m.Key = key(i, c)
		}
		if first, twice := at[m.Key]; twice {
			return nil, fmt.Errorf("match: choice %d has the key of choice %d", i+1, first+1)
		}
		at[m.Key] = i
		if err := check(&m); err != nil {
			return nil, fmt.Errorf("match: choice %d: %w", i+1, err)
		}
		if other, clash := used.claim(&m, i); clash {
			return nil, fmt.Errorf("match: choice %d has the target of choice %d: give them different parts, or declare that they are merged", i+1, other+1)
		}
		rows = append(rows, m)
	}
	return rows, nil
}

// match makes the row of a choice, without its key.
func (c *Choice) match() (refresh.Match, error) {
	if c.Source == nil {
		return refresh.Match{}, errors.New("there is no source")
	}
	m := refresh.Match{Source: c.Source.Mailbox, SourceOrigin: knownBy(c.Source.ID), Part: c.Part, Merge: c.Merge}
	needTarget := c.Action == Migrate || c.Action == EnableMailbox
	switch {
	case needTarget && c.Target == nil:
		return m, fmt.Errorf("%s needs a target", c.Action)
	case !needTarget && c.Target != nil && c.Action != Undecided:
		return m, fmt.Errorf("%s has no use for a target", c.Action)
	}
	switch c.Action {
	case Undecided:
	case Migrate:
		m.Target, m.TargetOrigin = c.Target.Mailbox, knownBy(c.Target.ID)
	case EnableMailbox:
		if c.Target.ID == "" {
			return m, fmt.Errorf("%s needs the account's ID", c.Action)
		}
		m.Target, m.TargetOrigin = c.Target.Mailbox, refresh.Planned
		if c.Address != "" {
			m.Target.Primary = c.Address
		}
	case CreateMailbox:
		if c.Address == "" {
			return m, fmt.Errorf("%s needs an address", c.Action)
		}
		m.Target, m.TargetOrigin = refresh.Mailbox{Primary: c.Address}, refresh.Planned
	default:
		return m, fmt.Errorf("unknown action %s", c.Action)
	}
	return m, nil
}

func knownBy(id refresh.ID) refresh.Origin {
	if id == "" {
		return refresh.Manual
	}
	return refresh.Bound
}

// check holds one row to the rules of a job.
func check(m *refresh.Match) error {
	err := refresh.Job{ID: "one row", Matches: []refresh.Match{*m}}.Validate()
	if invalid, ok := errors.AsType[*refresh.InvalidError](err); ok {
		invalid.Row = 0 // the caller knows which one it is
	}
	return err
}
