package proptest

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

// afterwards does something with the result of a run.
func (h *history) afterwards(d dice, o *outing) {
	if d.chance(10) {
		h.roundTrip(o)
	}
	narrow := 20
	if h.turning {
		narrow = 60
	}
	switch d.weighted(10, 55, 15, narrow) {
	case 0:
		h.note("  dropped")
	case 1:
		before := h.job
		h.applyAll(d, o)
		switch {
		case d.chance(25):
			h.note("  and reverted")
			h.revertAll(d, o, before)
		case d.chance(40):
			h.note("  and refreshed again")
			h.again(o)
		}
	case 2:
		h.note("  applied after hand edits")
		h.staleness(d, o)
	default:
		h.note("  narrowed")
		h.narrow(d, o)
	}
}

// roundTrip writes and reads the job and the result, and goes on with what was read.
func (h *history) roundTrip(o *outing) {
	var first, second bytes.Buffer
	if err := h.job.Write(&first); err != nil {
		h.fail("round trips are exact", "write job: %v", err)
	}
	text := first.String()
	j, err := refresh.ReadJob(&first)
	if err != nil {
		h.fail("round trips are exact", "read job: %v\n%s", err, text)
	}
	if err := j.Write(&second); err != nil || second.String() != text || asJSON(j) != asJSON(h.job) {
		h.fail("round trips are exact", "job: error %v\n%s\nagain\n%s", err, text, second.String())
	}
	first.Reset()
	second.Reset()
	if err := o.res.Write(&first); err != nil {
		h.fail("round trips are exact", "write result: %v", err)
	}
	text = first.String()
	r, err := refresh.ReadResult(&first)
	if err != nil {
		h.fail("round trips are exact", "read result: %v\n%s", err, text)
	}
	if err := r.Write(&second); err != nil || second.String() != text || asJSON(withRows(*r)) != asJSON(withRows(*o.res)) {
		h.fail("round trips are exact", "result: error %v\n%s\nagain\n%s", err, text, second.String())
	}
	h.job, o.res = j, r
}

// withRows makes no rows an empty list: JSON does not tell them apart, and people do not either.
func withRows(r refresh.Result) refresh.Result {
	if r.Rows == nil {
		r.Rows = []refresh.Row{}
	}
	return r
}

// applyAll applies the whole result and takes the job over.
func (h *history) applyAll(d dice, o *outing) {
	before := clone(h.job)
	got, err := h.engine.apply(h.job, o.res)
	if err != nil {
		h.fail("Apply writes what the model writes", "error %v", err)
	}
	h.stats.applied++
	if !reflect.DeepEqual(h.job, before) {
		h.fail("Apply leaves its job alone", "before %s\nafter %s", asJSON(before), asJSON(h.job))
	}
	h.untouched(o, got)
	h.sameJob("Apply writes what the model writes", got, applies(h.job, o.verdicts, o.pins))
	h.checkHistory(h.job, got, refresh.ActionApplied, o.res)
	if err := checkConflicts(got.Conflicts(), existing(got), map[refresh.Side]bool{1: true, 2: true}, partsOf(got)); err != nil {
		h.fail("conflicts are those of the job", "after Apply: %v", err)
	}
	if _, err := h.engine.apply(got, o.res); !errors.Is(err, refresh.ErrAlreadyApplied) {
		h.fail("a result is applied once", "error %v", err)
	}
	if got.State(o.res) != refresh.Applied || h.job.State(o.res) != refresh.Preview {
		h.fail("a result is applied once", "state %s, before %s", got.State(o.res), h.job.State(o.res))
	}
	other := h.job
	other.ID += "-other"
	if _, err := h.engine.apply(other, o.res); !isA[*refresh.WrongJobError](err) {
		h.fail("a result belongs to its job", "error %v", err)
	}
	if err := got.Validate(); err != nil {
		h.fail("valid job", "after Apply: %v", err)
	}
	h.job = got
}

func existing(j refresh.Job) map[string]clash {
	out := map[string]clash{}
	for _, s := range bothSides {
		for name, c := range clashes(j, s) {
			c.state = refresh.ConflictExisting
			out[name] = c
		}
	}
	return out
}

// untouched: rows and sides that the run did not look at are byte for byte the same.
func (h *history) untouched(o *outing, got refresh.Job) {
	if !slices.Equal(keysInOrder(got), keysInOrder(h.job)) {
		h.fail("unselected rows are untouched", "rows %s, were %s", keysInOrder(got), keysInOrder(h.job))
	}
	for i, m := range h.job.Matches {
		was, is := m, got.Matches[i]
		if o.selected[m.Key] {
			// Of a selected row: the sides not asked, and all that is the host's.
			for s := range o.facts {
				p, q := partOf(&was, s), partOf(&is, s)
				*q.box, *q.mark, *q.previous = *p.box, *p.mark, *p.previous
			}
		}
		if !reflect.DeepEqual(was, is) && asJSON(was) != asJSON(is) {
			h.fail("unselected rows are untouched", "was %s\nis  %s", asJSON(m), asJSON(got.Matches[i]))
		}
	}
}

// revertAll takes the result back: the job is as before, its history aside.
func (h *history) revertAll(d dice, o *outing, before refresh.Job) {
	applied := h.job
	if d.chance(40) {
		edited, hit := h.handEdits(d, applied, o)
		got, err := h.engine.revert(edited, o.res)
		h.checkStale(hit, err)
		if err != nil {
			return
		}
		h.job = got
		return
	}
	got, err := h.engine.revert(applied, o.res)
	if err != nil {
		h.fail("Revert undoes Apply", "error %v", err)
	}
	h.stats.reverted++
	x, y := got, before
	x.History, y.History = nil, nil
	if !reflect.DeepEqual(x, y) && asJSON(x) != asJSON(y) {
		h.fail("Revert undoes Apply", "got\n%s\nwant\n%s", asJSON(x), asJSON(y))
	}
	h.checkHistory(applied, got, refresh.ActionReverted, o.res)
	if _, err := h.engine.revert(got, o.res); !errors.Is(err, refresh.ErrNotApplied) {
		h.fail("a result is reverted once", "error %v", err)
	}
	if got.State(o.res) != refresh.Reverted {
		h.fail("a result is reverted once", "state %s", got.State(o.res))
	}
	h.job = got
}

// checkHistory: one more event, which names the result.
func (h *history) checkHistory(before, after refresh.Job, action refresh.Action, r *refresh.Result) {
	n := len(before.History)
	if len(after.History) != n+1 || n > 0 && asJSON(after.History[:n]) != asJSON(before.History) {
		h.fail("the history gains one event", "was %s\nis %s", asJSON(before.History), asJSON(after.History))
	}
	if e := after.History[n]; e.Action != action || e.Result != r.ID || e.Run != r.Run.ID {
		h.fail("the history gains one event", "%s, want %s of %s", asJSON(e), action, r.ID)
	}
}

// again refreshes once more: what was found and applied is not changed.
func (h *history) again(o *outing) {
	for _, l := range o.links {
		if !l.harmless {
			return
		}
	}
	first := o.res
	if !h.perform(o) {
		return
	}
	h.stats.again++
	for i, r := range o.res.Rows {
		was := first.Rows[i]
		found := was.Outcome == refresh.Refreshed || was.Outcome == refresh.NotChanged
		if found && r.Outcome != refresh.NotChanged || was.Outcome == refresh.NotCreatedYet && r.After != nil {
			h.fail("a second run changes nothing", "first %s\nthen  %s", asJSON(was), asJSON(r))
		}
	}
}

// narrow keeps some rows of the plan, applies them and then the rest.
func (h *history) narrow(d dice, o *outing) {
	kept := map[place]bool{}
	percent := pick(d, []int{20, 50, 80})
	perRow := d.chance(50)
	for _, r := range o.res.Rows {
		p := place{r.Key, r.Side}
		throw := newDice(hash(r.Key), o.links[r.Side].seed+uint64(r.Side))
		if perRow {
			throw = newDice(hash(r.Key), 0)
		}
		kept[p] = throw.chance(percent)
	}
	first, err := h.only(o, kept)
	if err != nil {
		return
	}
	job, err := h.engine.apply(h.job, first)
	if err != nil {
		h.fail("a narrowed plan writes only what was kept", "error %v", err)
	}
	h.stats.narrowed++
	part := map[place]verdict{}
	for p, v := range o.verdicts {
		if kept[p] {
			part[p] = v
		}
	}
	want := applies(h.job, part, o.pins)
	h.sameJob("a narrowed plan writes only what was kept", job, want)
	h.checkPlanned("conflicts of a narrowed plan", first.Conflicts, want, o, tolerates(onlyForgets))
	for p := range kept {
		kept[p] = !kept[p]
	}
	rest, err := h.only(o, kept)
	if err != nil {
		h.fail("Only never splits an exchange", "the rest of a plan that was narrowed: %v", err)
	}
	got, err := h.engine.apply(job, rest)
	if err != nil {
		h.fail("the rest applies after the kept part", "error %v", err)
	}
	h.sameJob("the rest applies after the kept part", got, applies(h.job, o.verdicts, o.pins))
	if !d.chance(30) {
		h.job = got
		return
	}
	// The parts can be taken back one by one, in any order.
	order := []*refresh.Result{first, rest}
	if d.chance(50) {
		slices.Reverse(order)
	}
	h.note("  and taken back, the kept part first %t", order[0] == first)
	for _, r := range order {
		if got, err = h.engine.revert(got, r); err != nil {
			h.fail("the parts of a plan can be taken back", "error %v", err)
		}
	}
	back := h.job
	if order[0] == first { // the pin that it wrote was still in use then, and may stay
		back.Source.Pin, back.Target.Pin = got.Source.Pin, got.Target.Pin
	}
	h.sameJob("the parts of a plan can be taken back", got, back)
	h.job = got
}

// checkPlanned compares the conflicts that a plan foretells with those that its application brings about.
func (h *history) checkPlanned(property string, got []refresh.Conflict, after refresh.Job, o *outing, forgets bool) {
	want, asked := map[string]clash{}, map[refresh.Side]bool{}
	for _, s := range bothSides {
		asked[s] = o.facts[s] != nil
		for name, c := range expectClashes(h.job, after, s) {
			if forgets {
				c.members, c.may = slices.Clone(c.members), slices.Clone(c.may)
				for _, m := range c.members {
					if !o.selected[strings.TrimSuffix(m, "*")] {
						c.may = append(c.may, m)
					}
				}
				c.members = slices.DeleteFunc(c.members, func(m string) bool { return slices.Contains(c.may, m) })
			}
			want[name] = c
		}
	}
	if err := checkConflicts(got, want, asked, partsOf(h.job)); err != nil {
		h.fail(property, "%v", err)
	}
}

// only narrows the plan and checks the refusals.
func (h *history) only(o *outing, kept map[place]bool) (*refresh.Result, error) {
	text := asJSON(o.res)
	got, err := h.engine.only(o.res, func(r refresh.Row) bool { return kept[place{r.Key, r.Side}] })
	if now := asJSON(o.res); now != text {
		h.fail("Only leaves its result alone", "was %s\nis %s", text, now)
	}
	var must, may [][]string
	for _, s := range bothSides {
		must = append(must, splits(exchanges(o.res.Rows, s, true), s, kept)...)
		may = append(may, splits(exchanges(o.res.Rows, s, false), s, kept)...)
		h.stats.exchanged += len(exchanges(o.res.Rows, s, true))
	}
	split, isSplit := errors.AsType[*refresh.SplitError](err)
	switch {
	case err == nil && len(must) > 0:
		h.fail("Only never splits an exchange", "kept %v of %s", kept, must)
	case err != nil && !isSplit:
		h.fail("Only never splits an exchange", "error %v", err)
	case isSplit && len(may) == 0:
		h.fail("Only refuses nothing but a split", "%v; kept %v", err, kept)
	case isSplit:
		h.stats.splits++
		if !slices.ContainsFunc(may, func(g []string) bool { return subset(split.Keys, g) }) {
			h.fail("Only names the rows of the exchange", "%s, want one of %s", split.Keys, may)
		}
	default:
		for _, r := range got.Rows {
			if !kept[place{r.Key, r.Side}] && r.Writes() {
				h.fail("a narrowed plan writes only what was kept", "row %s", asJSON(r))
			}
		}
	}
	return got, err
}

func subset(a, b []string) bool {
	for _, x := range a {
		if !slices.Contains(b, x) {
			return false
		}
	}
	return true
}

// sameJob compares jobs without their history, and without the order of aliases.
func (h *history) sameJob(property string, got, want refresh.Job) {
	got, want = comparable(got), comparable(want)
	if reflect.DeepEqual(got, want) {
		return
	}
	if x, y := asJSON(got), asJSON(want); x != y {
		for i := range got.Matches {
			if a, b := asJSON(got.Matches[i]), asJSON(want.Matches[i]); a != b {
				h.trace = append(h.trace, "got  "+a, "want "+b)
			}
		}
		h.fail(property, "got\n%s\nwant\n%s", x, y)
	}
}

func comparable(j refresh.Job) refresh.Job {
	j = clone(j)
	j.History = nil
	for i := range j.Matches {
		m := &j.Matches[i]
		slices.Sort(m.Source.Aliases)
		slices.Sort(m.Target.Aliases)
		for _, p := range []*refresh.Previous{m.SourcePrevious, m.TargetPrevious} {
			if p != nil {
				slices.Sort(p.Mailbox.Aliases)
			}
		}
	}
	return j
}
