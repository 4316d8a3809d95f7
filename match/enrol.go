package match

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

// EnrolOptions adjust [Enrol]. Nil and the zero value work.
type EnrolOptions struct {
	// Select picks the rows to enrol; nil picks all. It runs once per row, in order, before any I/O.
	Select func(refresh.Match) bool
	// SkipPinCheck asks a side of a pinned job whose connector cannot tell which directory it reaches.
	SkipPinCheck bool
}

// Enrolment is what [Enrol] found: a proposal, of which nothing is written before [Enrolment.Apply]. It is plain data, with stable JSON.
type Enrolment struct {
	JobID string `json:"jobId"`
	// Offers holds one for each selected side of a row that has an address and no identity, in the order of the job, source before target.
	Offers []Offer `json:"offers"`
	// Warnings are those of [refresh.Check] about the sides that were asked.
	Warnings []refresh.Warning `json:"warnings,omitempty"`
	// SourcePin and TargetPin are the directories that were asked, where the job does not say which they are.
	SourcePin string `json:"sourcePin,omitempty"`
	TargetPin string `json:"targetPin,omitempty"`
}

// Enrol looks for rows of origin [refresh.Manual] by their addresses, on every side that has a connector, so that they get an identity while their
// addresses are still right: before the switch. Each side is asked in one call of [refresh.Finder], each distinct address once: a row's primary
// address, and the one in use where it is another.
//
// A row is offered a mailbox when all its addresses were answered for, exactly one object holds some of them, that object can be a mailbox of
// the row, no other row of the side has it by ID or would be offered it, as the same part and not merged. Otherwise its offer says why not. An
// address that was not answered for, for whatever reason, is [NotAnswered] and never [Nobody].
//
// The refusals are those of [refresh.Check]: an invalid job, a wrong directory, rejected credentials, a side that cannot resolve identities, no
// side at all. They come before any look-up, without an Enrolment. A side that cannot be reached leaves its rows NotAnswered. When ctx
// ends, its cause comes together with what was found.
func Enrol(ctx context.Context, job refresh.Job, sides refresh.Sides, opts *EnrolOptions) (*Enrolment, error) {
	if opts == nil {
		opts = &EnrolOptions{}
	}
	if err := job.Validate(); err != nil {
		return nil, err
	}
	if sides.Source == nil && sides.Target == nil {
		return nil, refresh.ErrNoSide
	}
	e := &Enrolment{JobID: job.ID, Offers: make([]Offer, 0)}
	var rows [2][]int // of Offers, for each side
	for i := range job.Matches {
		m := &job.Matches[i]
		if opts.Select != nil && !opts.Select(*m) {
			continue
		}
		for _, at := range sidesOf(sides) {
			if m.Origin(at.side) == refresh.Manual {
				rows[index(at.side)] = append(rows[index(at.side)], len(e.Offers))
				e.Offers = append(e.Offers, Offer{Key: m.Key, Side: at.side, Before: heldBy(m, at.side)})
			}
		}
	}
	asked, failed := make([]*inquiry, 2), make([]error, 2)
	for _, at := range sidesOf(sides) { // every refusal before any look-up
		pin, warned, down, err := reach(ctx, job, at.side, at.conn, &refresh.Options{SkipPinCheck: opts.SkipPinCheck})
		if err != nil {
			return nil, err
		}
		e.Warnings = append(e.Warnings, warned...)
		if failed[index(at.side)] = down; at.side == refresh.Source {
			e.SourcePin = pin
		} else {
			e.TargetPin = pin
		}
	}
	for _, at := range sidesOf(sides) {
		q := &inquiry{}
		for _, n := range rows[index(at.side)] {
			for _, a := range e.Offers[n].addresses() {
				q.want(a)
			}
		}
		if err := failed[index(at.side)]; err != nil {
			q.fail(err)
		} else {
			q.ask(ctx, at.conn)
		}
		asked[index(at.side)] = q
	}
	for i := range e.Offers {
		e.Offers[i].judge(asked[index(e.Offers[i].Side)])
	}
	e.refuseHeld(job)
	if ctx.Err() != nil {
		return e, fmt.Errorf("match: the enrolment ended early: %w", context.Cause(ctx))
	}
	return e, nil
}

// asking is one side with its connector.
type asking struct {
	side refresh.Side
	conn refresh.Connector
}

func sidesOf(s refresh.Sides) []asking {
	var out []asking
	if s.Source != nil {
		out = append(out, asking{refresh.Source, s.Source})
	}
	if s.Target != nil {
		out = append(out, asking{refresh.Target, s.Target})
	}
	return out
}

// index is the place of a side in an array of two.
func index(s refresh.Side) int { return int(s - refresh.Source) }

// addresses are those by which a row is looked for.
func (o *Offer) addresses() []refresh.Address {
	out := []refresh.Address{o.Before.Mailbox.Primary}
	if use := o.Before.Use; use != "" && use.Check() == nil && !use.Same(out[0]) {
		out = append(out, use)
	}
	return out
}

// judge decides what one row is offered. In doubt it is nothing.
func (o *Offer) judge(q *inquiry) {
	var all []refresh.Mailbox
	for _, a := range o.addresses() {
		hits, err := q.of(a)
		if err != nil {
			o.unanswered(err)
			return
		}
		if len(all) == 0 && len(hits) > 0 {
			o.By = a
		}
		all = addHits(all, hits)
	}
	switch len(all) {
	case 0:
		o.State, o.Reason = Nobody, "nobody holds the address"
		return
	case 1:
	default:
		o.list(all)
		o.State, o.Reason = Several, fmt.Sprintf("%d objects hold the row's addresses", len(all))
		return
	}
	hit := all[0]
	o.State, o.Mailbox, o.ByLogin = Offered, &hit, !hit.Holds(o.By)
	if why := unfit(&o.Before.Mailbox, &hit, o.By); why != "" {
		o.refuse(Unfit, "%s", why)
	}
}

func (o *Offer) unanswered(err error) {
	o.State, o.By = NotAnswered, ""
	if errors.Is(err, errCannotFind) {
		o.State = NotSearchable
	}
	o.Reason = "not answered: " + strings.ToValidUTF8(err.Error(), "\uFFFD")
}

// refuseHeld takes back what another row of the side holds by ID, and what several rows would be offered.
func (e *Enrolment) refuseHeld(job refresh.Job) {
	byKey := make(map[string]*refresh.Match, len(job.Matches))
	for i := range job.Matches {
		byKey[job.Matches[i].Key] = &job.Matches[i]
	}
	for _, s := range []refresh.Side{refresh.Source, refresh.Target} {
		held, wanted := holdingOf(job.Matches, s, nil), make(holding)
		for i := range e.Offers {
			o := &e.Offers[i]
			if o.Side != s || o.State != Offered {
				continue
			}
			if _, err := byKey[o.Key].Bind(s, *o.Mailbox); err != nil {
				o.refuse(Unfit, "what was found cannot be stored: %v", err)
				continue
			}
			k, ok := claimOf(byKey[o.Key], s, o.Mailbox.ID)
			if !ok {
				continue
			}
			if rows := held[k]; len(rows) > 0 {
				for _, r := range rows {
					o.Rows = append(o.Rows, job.Matches[r].Key)
				}
				o.refuse(HeldAlready, "row %q has this mailbox already", o.Rows[0])
				continue
			}
			wanted[k] = append(wanted[k], i)
		}
		for _, rivals := range wanted {
			if len(rivals) < 2 {
				continue
			}
			keys := make([]string, len(rivals))
			for n, i := range rivals {
				keys[n] = e.Offers[i].Key
			}
			for _, i := range rivals {
				o := &e.Offers[i]
				o.Rows = slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return k == o.Key })
				o.refuse(OfferedTwice, "%d rows would be offered this mailbox", len(rivals))
			}
		}
	}
}

// Counts returns how many offers of a side there are of each state.
func (e *Enrolment) Counts(s refresh.Side) map[OfferState]int {
	n := make(map[OfferState]int)
	for i := range e.Offers {
		if e.Offers[i].Side == s {
			n[e.Offers[i].State]++
		}
	}
	return n
}
