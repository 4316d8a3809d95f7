package proptest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// outing is one call of Refresh and what is known about it.
type outing struct {
	opts     refresh.Options
	selected map[string]bool
	links    map[refresh.Side]link
	recs     map[refresh.Side]*recorder
	facts    map[refresh.Side]*facts
	ended    bool // the context ended
	res      *refresh.Result
	err      error
	verdicts map[place]verdict // the one of the allowed verdicts that came true
	pins     map[refresh.Side]string
}

// runStep refreshes and does something with the result.
func (h *history) runStep(d dice) {
	o := h.draw(d)
	if d.chance(3) {
		h.wrongDirectory(d, o)
		return
	}
	if d.chance(10) {
		h.check(o)
	}
	if !h.perform(o) {
		return
	}
	h.afterwards(d, o)
}

// check calls Check, which must foretell the refusals of Refresh without a look-up.
func (h *history) check(o *outing) {
	o.recs = map[refresh.Side]*recorder{}
	unreachable := false
	for s, l := range o.links {
		if l.s.cancelSoon {
			return
		}
		o.recs[s] = h.connect(l)
		unreachable = unreachable || !l.inspectable(h.madeUp)
	}
	_, o.err = refresh.Check(context.Background(), h.job, sidesOf(o.recs), &o.opts)
	o.res = nil
	switch want := h.refusals(o); {
	case len(want) > 0 && !unreachable:
		h.refused(o, want)
	case (o.err != nil) != (unreachable || len(want) > 0):
		h.fail("Check foretells refusals", "error %v, unreachable %t, skip pin check %t, wanted %s", o.err, unreachable, o.opts.SkipPinCheck, want)
	}
	for s, r := range o.recs {
		if r.first != nil {
			h.fail("Check foretells refusals", "the %s side was asked", s)
		}
	}
}

func sidesOf(recs map[refresh.Side]*recorder) refresh.Sides {
	var sides refresh.Sides
	if r := recs[refresh.Source]; r != nil {
		sides.Source = r
	}
	if r := recs[refresh.Target]; r != nil {
		sides.Target = r
	}
	return sides
}

// draw decides on options and links.
func (h *history) draw(d dice) *outing {
	o := &outing{links: map[refresh.Side]link{}, selected: map[string]bool{}}
	percent, throw := pick(d, []int{100, 100, 60, 30}), d.Uint64()
	if h.turning && d.chance(50) {
		percent = 100
	}
	for _, m := range h.job.Matches {
		// Each row has its own throw, so that leaving rows out of a history changes nothing for the others.
		o.selected[m.Key] = newDice(throw, hash(m.Key)).chance(percent)
	}
	o.opts = refresh.Options{
		Verify: d.chance(30), Full: d.chance(20), AcceptReverted: d.chance(15), Operator: pick(d, []string{"", "op"}),
		SkipPinCheck: d.chance(85), ConfirmAfter: pick(d, []time.Duration{-1, -1, 0, time.Minute}),
	}
	if d.chance(15) {
		o.opts.ExpectDomain = pick(d, domains)
	}
	which := d.weighted(70, 15, 15)
	for i, s := range bothSides {
		if l := h.drawLink(d, s, nil); which == 0 || which == i+1 {
			o.links[s] = l
		}
	}
	return o
}

// perform calls Refresh and checks the result against the model. It reports whether there is a result to go on with.
func (h *history) perform(o *outing) bool {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	o.recs = map[refresh.Side]*recorder{}
	for s, l := range o.links {
		l.s.cancel = cancel
		o.recs[s] = h.connect(l)
		h.note("  %s", l)
	}
	h.note("  selected %v, verify %t, accept reverted %t, confirm after %s", trueKeys(o.selected), o.opts.Verify, o.opts.AcceptReverted, o.opts.ConfirmAfter)

	var order []string
	early, fell := 0, "" // what the callbacks saw; a callback must not panic
	opts := o.opts
	opts.Select = func(m refresh.Match) bool {
		for _, r := range o.recs {
			early += r.calls()
		}
		order = append(order, m.Key)
		return o.selected[m.Key]
	}
	var last refresh.Progress
	opts.Progress = func(p refresh.Progress) {
		if p.Source.Done < last.Source.Done || p.Target.Done < last.Target.Done || p.Source.Done > p.Source.Total || p.Target.Done > p.Target.Total {
			fell = fmt.Sprintf("%+v after %+v", p, last)
		}
		last = p
	}
	before := clone(h.job)
	o.res, o.err = h.engine.refresh(ctx, h.job, sidesOf(o.recs), &opts)
	o.ended = ctx.Err() != nil
	h.stats.runs++
	if early > 0 {
		h.fail("Select runs once per row in order", "%d calls were made before all rows were selected", early)
	}
	if fell != "" {
		h.fail("progress never falls", "%s", fell)
	}
	if !reflect.DeepEqual(h.job, before) {
		h.fail("Refresh leaves the job alone", "before %s\nafter %s", asJSON(before), asJSON(h.job))
	}
	if want := h.refusals(o); len(want) > 0 || o.err != nil && !o.ended {
		h.refused(o, want)
		return false
	}
	if keys := keysInOrder(h.job); !slices.Equal(order, keys) {
		h.fail("Select runs once per row in order", "%s, want %s", order, keys)
	}
	if o.ended {
		h.stats.cancelled++
	}
	switch {
	case o.res == nil:
		h.fail("a run that ended has a partial result", "no result, error %v", o.err)
	case o.err != nil && (!o.res.Partial || !errors.Is(o.err, errCancelled)):
		h.fail("a run that ended has a partial result", "partial %t, error %v", o.res.Partial, o.err)
	case o.err == nil && o.res.Partial:
		h.fail("a run that ended has a partial result", "partial without an error")
	}
	h.gather(o)
	h.checkResult(o)
	return true
}

// gather collects the facts of a run.
func (h *history) gather(o *outing) {
	o.facts, o.pins = map[refresh.Side]*facts{}, map[refresh.Side]string{}
	for s, r := range o.recs {
		f := &facts{
			asked: true, inspected: r.inspected, directory: r.directory, inspectErr: r.inspectErr, first: r.first, second: r.second, finds: r.finds, findErr: r.findErr,
			canFind: r.Info().Can.Has(refresh.CanFind), started: o.res.Run.Started, cancelled: o.ended,
			verify: o.opts.Verify, acceptReverted: o.opts.AcceptReverted, wrong: h.wrong,
		}
		if r.inspected && r.inspectErr == nil {
			o.pins[s] = r.directory.Pin
		}
		o.facts[s] = f
		for _, c := range []*round{r.first, r.second} {
			if c == nil || !h.loud {
				continue
			}
			for _, id := range c.asked() {
				h.note("    %s %s (confirm %t): %s", s, id, c.confirm, describe(c.said(id)))
			}
		}
	}
}

func describe(r reply) string {
	text := " twice"
	if !r.twice {
		text = ""
	}
	if r.lookup.Replica() != "" {
		text += " from " + r.lookup.Replica()
	}
	if m, ok := r.lookup.Mailbox(); ok {
		return "found " + asJSON(m) + text
	}
	if a, ok := r.lookup.Absence(); ok {
		if a.Account != nil {
			text += ", account " + asJSON(a.Account)
		}
		return "absent: " + a.Reason.String() + ", proof " + a.Proof.String() + text + map[bool]string{true: ", sight"}[a.Sight]
	}
	return "failed: " + r.lookup.Err().Error() + text
}

// refusals returns the kinds of error that the run must be refused with: any one of them.
func (h *history) refusals(o *outing) []string {
	var out []string
	for s, l := range o.links {
		can := o.recs[s].Info().Can
		switch {
		case !can.Has(refresh.CanResolve):
			out = append(out, "unsupported")
		case !can.Has(refresh.CanInspect) && h.job.Endpoint(s).Pin != "" && !o.opts.SkipPinCheck:
			out = append(out, "pin")
		case l.credentials(h.madeUp):
			out = append(out, "reconfigure")
		}
	}
	if slices.Contains(out, "unsupported") {
		return []string{"unsupported"} // before any traffic
	}
	if o.ended && slices.Contains(out, "reconfigure") && o.res != nil {
		return nil // the context ended first
	}
	return out
}

func (h *history) refused(o *outing, want []string) {
	h.stats.refused++
	got := ""
	switch {
	case o.err == nil:
	case isA[*refresh.UnsupportedError](o.err):
		got = "unsupported"
	case isA[*refresh.PinError](o.err):
		got = "pin"
	case isA[*refresh.ReconfigureError](o.err):
		got = "reconfigure"
	case isA[*refresh.WrongDirectoryError](o.err):
		got = "wrong directory"
	default:
		got = o.err.Error()
	}
	if !slices.Contains(want, got) {
		h.fail("refusals", "error %v (%s), want one of %q", o.err, got, want)
	}
	if o.res != nil {
		h.fail("refusals", "a result comes with the refusal %v", o.err)
	}
	for s, r := range o.recs {
		if r.first != nil {
			h.fail("refusals", "the %s side was asked before the refusal %v", s, o.err)
		}
		if got == "unsupported" && (r.traffic > 0 || !errors.Is(o.err, errors.ErrUnsupported)) {
			h.fail("refusals", "%d calls before the refusal, error %v", r.traffic, o.err)
		}
	}
}

// wrongDirectory runs with a job that belongs to another directory.
func (h *history) wrongDirectory(d dice, o *outing) {
	for s, l := range o.links {
		l.s, l.memory = sabotage{}, memconn.Faults{}
		o.links[s] = l
		if h.worlds[s].pin == "" {
			return
		}
	}
	was := h.job
	defer func() { h.job = was }()
	h.job = clone(was)
	h.note("  the job belongs to another directory")
	h.job.Source.Pin, h.job.Target.Pin = "elsewhere", "elsewhere"
	o.recs = map[refresh.Side]*recorder{}
	for s, l := range o.links {
		o.recs[s] = h.connect(l)
	}
	o.res, o.err = h.engine.refresh(context.Background(), h.job, sidesOf(o.recs), &o.opts)
	h.stats.runs++
	h.refused(o, []string{"wrong directory"})
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func keysInOrder(j refresh.Job) []string {
	var out []string
	for _, m := range j.Matches {
		out = append(out, m.Key)
	}
	return out
}

func trueKeys(m map[string]bool) []string {
	var out []string
	for _, k := range keysOf(m) {
		if m[k] {
			out = append(out, k)
		}
	}
	return out
}
