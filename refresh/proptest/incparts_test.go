package proptest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

const (
	mergeProperty  = "the parts merged equal the whole"
	serverProperty = "a merged row was read from the server that it was read from"
)

// partsStep refreshes the job in parts, merges their results, and does something with what comes of it.
func (h *incHistory) partsStep(d dice) {
	var o *incRun
	switch {
	case d.chance(50):
		o = h.compareParts(d, h.drawCompared(d, d.chance(50)))
	case d.chance(80) || len(h.job.Matches) == 0:
		o = h.looseParts(d)
	default:
		o = h.outdatedParts(d)
	}
	h.outcome(d, o, fate(d.weighted(75, 15, 10)))
}

// compareParts refreshes the whole and the parts at the same moment, merges the parts and compares. The merged run is returned.
func (h *incHistory) compareParts(d dice, o *incRun) *incRun {
	h.fault.meddle(h)
	marks := h.takeMarks(o)
	whole := *o
	whole.conns, whole.opts.Full = [3]*tracked{}, d.chance(20)
	if o.percent < 100 {
		whole.opts.Marks = marks // else it lacks the witnesses that are not selected
	}
	want, err := h.perform(&whole)
	if err != nil {
		h.fail(mergeProperty, "the whole: %v", err)
	}
	var results []*refresh.Result
	for _, part := range h.split(d) {
		p := *o
		p.conns, p.part, p.opts.Marks = [3]*tracked{}, &part, h.carried(d, marks)
		if h.look(&p); p.err != nil {
			h.fail(mergeProperty, "a part: %v", p.err)
		}
		results = append(results, p.res)
	}
	if h.merge(d, o, results); o.err != nil {
		h.fail(mergeProperty, "%v", o.err)
	}
	got := o.res
	if len(want.Rows) != len(got.Rows) {
		h.fail(mergeProperty, "%d rows, of the whole %d", len(got.Rows), len(want.Rows))
	}
	for i := range want.Rows {
		a, b := &got.Rows[i], &want.Rows[i]
		if noWitness(a, b) {
			h.stats.unwitnessed++
			return o
		}
		if !sameAgain(a, b) {
			h.fail(mergeProperty, "%s %s\n merged:    %s\n the whole: %s", a.Key, a.Side, asJSON(a), asJSON(b))
		}
	}
	if !reflect.DeepEqual(got.Conflicts, want.Conflicts) || !reflect.DeepEqual(got.Warnings, want.Warnings) {
		h.fail(mergeProperty, "conflicts and warnings\n merged:    %s\n the whole: %s", asJSON([]any{got.Conflicts, got.Warnings}), asJSON([]any{want.Conflicts, want.Warnings}))
	}
	for _, s := range bothSides {
		_, known := h.series[s].point(o.links[s].replica, cursorOf(marks, s))
		h.comparePath(s, got, want, whole.opts.Full, o.percent == 100 && known)
	}
	return o
}

// noWitness reports whether a part lacked what the whole has: an answer that shows that instances can be read. The marks name
// three mailboxes for that; where all of them are gone, too, the part does not know, and says so.
func noWitness(merged, whole *refresh.Row) bool {
	return merged.Cause == refresh.CauseMailboxUnknown && whole.Reasons == refresh.ReasonsOf(refresh.ReasonNoMailbox)
}

// sameAgain is sameRow for rows of which one may have been read from a file, where no aliases are nil.
func sameAgain(a, b *refresh.Row) bool {
	if sameRow(a, b) {
		return true
	}
	x, y := *a, *b
	x.StampAfter, y.StampAfter = 0, 0
	return asJSON(x) == asJSON(y)
}

func cursorOf(m *refresh.Marks, s refresh.Side) refresh.Cursor {
	at := m.Source
	if s == refresh.Target {
		at = m.Target
	}
	if at == nil {
		return refresh.Cursor{}
	}
	return at.Cursor
}

// comparePath compares where the cursor of one side goes and what the rows' stamps say.
func (h *incHistory) comparePath(s refresh.Side, got, want *refresh.Result, full, all bool) {
	run, was := got.Run.Side(s), want.Run.Side(s)
	if run == nil || was == nil {
		if run != was {
			h.fail(mergeProperty, "%s: asked %t, of the whole %t", s, run != nil, was != nil)
		}
		return
	}
	for i := range got.Rows {
		if r := &got.Rows[i]; r.Side == s && healthy(r) && r.StampAfter != 0 && r.StampAfter != r.StampBefore && r.StampAfter != forge(run.Epoch, r.Now()) {
			h.fail(mergeProperty, "%s %s: the stamp is of another epoch", r.Key, s)
		}
	}
	if full || strings.HasPrefix(was.Why, "rows that were refreshed before") {
		return // which part holds these rows, only that part can tell
	}
	if run.Path != was.Path || run.Why != was.Why {
		h.fail(mergeProperty, "%s: %s (%s), of the whole %s (%s)", s, run.Path, run.Why, was.Path, was.Why)
	}
	if all && movedOn(was) && !movedOn(run) {
		h.fail(mergeProperty, "%s: the cursor stays, and that of the whole moves", s)
	}
}

// movedOn reports whether Apply moves the cursor of a side.
func movedOn(s *refresh.SideRun) bool {
	return s.Restarted || !sameCursor(s.Cursor, s.CursorBefore)
}

// sameCursor compares cursors of which one may have been read from a file.
func sameCursor(a, b refresh.Cursor) bool { return a.Token == b.Token && a.Taken.Equal(b.Taken) }

// looseParts refreshes parts at their own moments, as a host with several processes does: some fail, some are left out, some
// have other marks or none, and the job may go on before they are merged.
func (h *incHistory) looseParts(d dice) *incRun {
	h.fault.meddle(h)
	marks := h.takeMarks(h.drawCompared(d, true))
	parts := h.split(d)
	left := -1
	if d.chance(30) {
		left = d.IntN(len(parts))
	}
	var results []*refresh.Result
	for i, part := range parts {
		if i == left {
			h.note("    a part is left out")
			continue
		}
		o := h.drawCompared(d, d.chance(60))
		if d.chance(30) {
			o = h.drawFaulty(d)
		}
		o.part, o.opts.Marks = &part, h.carried(d, marks)
		switch d.weighted(70, 20, 10) {
		case 1:
			h.note("    with marks of its own")
			o.opts.Marks = h.takeMarks(h.drawCompared(d, true))
		case 2:
			h.note("    without marks")
			o.opts.Marks = nil
		}
		if h.look(o); o.res != nil {
			results = append(results, o.res)
		}
		if d.chance(40) {
			s := h.side(d)
			h.note("    meanwhile %s: %s", s, h.happen(d, s))
		}
	}
	if d.chance(25) {
		h.goOn(d)
	}
	o := &incRun{}
	h.merge(d, o, results)
	return o
}

// outdatedParts refreshes the parts of a job that is newer than the one they are merged into.
func (h *incHistory) outdatedParts(d dice) *incRun {
	older, s := h.job, h.side(d)
	h.change(d, s, pick(d, h.job.Matches).Mailbox(s).ID)
	h.outcome(d, h.refresh(h.drawCompared(d, true)), applyIt)
	marks := h.takeMarks(h.drawCompared(d, true))
	var results []*refresh.Result
	for _, part := range h.split(d) {
		o := h.drawCompared(d, true)
		o.part, o.opts.Marks = &part, marks
		results = append(results, h.look(o).res)
	}
	if d.chance(90) {
		h.note("    and back to the copy")
		h.stats.late++
		h.job = older
	}
	o := &incRun{}
	h.merge(d, o, results)
	return o
}

// goOn lets the job go on before its parts are merged.
func (h *incHistory) goOn(d dice) {
	h.note("    the job goes on")
	h.stats.late++
	for range d.between(1, 2) {
		switch d.IntN(5) {
		case 0:
			h.byHand(d)
		case 3:
			if len(h.older) > 0 {
				h.note("    and back to a copy")
				h.job = clone(h.older[len(h.older)-1])
			}
		case 1:
			if len(h.applied) > 0 {
				h.revert(h.applied[len(h.applied)-1])
			}
		case 2:
			if len(h.shelf) > 0 {
				h.apply(h.shelf[d.IntN(len(h.shelf))])
			}
		default:
			h.outcome(d, h.refresh(h.drawCompared(d, false)), applyIt)
		}
	}
}

// split divides the job.
func (h *incHistory) split(d dice) []refresh.Job {
	parts, err := refresh.Split(h.job, d.between(1, 5))
	if err != nil {
		h.fail("a job can be split", "%v", err)
	}
	h.note("    %d parts", len(parts))
	for i := range parts {
		if d.chance(15) {
			parts[i] = h.reread(parts[i])
		}
	}
	return parts
}

// takeMarks takes the marks over connections like those of a run.
func (h *incHistory) takeMarks(o *incRun) *refresh.Marks {
	p := *o
	marks, err := refresh.TakeMarks(context.Background(), h.job, h.connectAll(&p, func(error) {}))
	if err != nil {
		h.fail("marks can be taken", "%v", err)
	}
	h.note("    marks %s", lazy{marks})
	return marks
}

// carried sends marks to another process.
func (h *incHistory) carried(d dice, m *refresh.Marks) *refresh.Marks {
	if d.chance(70) {
		return m
	}
	b, err := json.Marshal(m)
	if err != nil {
		h.fail("marks can be written", "%v", err)
	}
	out := new(refresh.Marks)
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(out); err != nil {
		h.fail("marks can be read", "%v", err)
	}
	return out
}

// merge merges results in any order, some of them from their files, and looks for every row in the whole.
func (h *incHistory) merge(d dice, o *incRun, results []*refresh.Result) {
	if len(results) == 0 {
		return
	}
	d.Shuffle(len(results), func(i, j int) { results[i], results[j] = results[j], results[i] })
	for i := range results {
		if d.chance(10) {
			results[i] = h.saved(results[i])
		}
	}
	o.res, o.err = h.fault.merging()(h.job, results...)
	if o.err != nil {
		h.note("    not merged: %v", o.err)
		h.stats.unmerged++
		return
	}
	h.stats.merged++
	if h.loud {
		h.describe(o)
	}
	n := 0
	for _, r := range results {
		n += len(r.Rows)
	}
	if n != len(o.res.Rows) {
		h.fail(mergeProperty, "%d rows, %d in the parts", len(o.res.Rows), n)
	}
	for _, r := range results {
		for i := range r.Rows {
			h.held(o.res, r, &r.Rows[i])
		}
	}
	for _, s := range bothSides {
		if run := o.res.Run.Side(s); run != nil && movedOn(run) {
			h.stats.mergedMoved++
		}
	}
}

// held looks for a row of a part in the whole: with the same contents, and read from the same server.
func (h *incHistory) held(whole, part *refresh.Result, row *refresh.Row) {
	k := slices.IndexFunc(whole.Rows, func(r refresh.Row) bool { return r.Key == row.Key && r.Side == row.Side })
	if k < 0 {
		h.fail(mergeProperty, "%s %s is lost", row.Key, row.Side)
	}
	got := whole.Rows[k]
	server := cmp.Or(got.Replica, whole.Run.Side(row.Side).Server)
	if was := cmp.Or(row.Replica, part.Run.Side(row.Side).Server); server != was {
		h.fail(serverProperty, "%s %s was read from %q, merged from %q", row.Key, row.Side, was, server)
	}
	if got.Replica = row.Replica; !sameAgain(&got, row) || got.StampAfter != 0 && got.StampAfter != row.StampAfter {
		h.fail(mergeProperty, "%s %s\n merged:  %s\n in part: %s", row.Key, row.Side, asJSON(got), asJSON(row))
	}
}
