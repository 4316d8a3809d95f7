package proptest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// staleness edits the job between the refresh and its application.
func (h *history) staleness(d dice, o *outing) {
	edited, hit := h.handEdits(d, h.job, o)
	got, err := h.engine.apply(edited, o.res)
	h.checkStale(hit, err)
	if err != nil {
		h.job = edited
		return
	}
	h.sameJob("edits of untouched rows survive", got, applies(edited, o.verdicts, o.pins))
	h.job = got
}

// handEdits returns the job with edits by a host, and the places that the result writes to and that were edited.
func (h *history) handEdits(d dice, job refresh.Job, o *outing) (refresh.Job, map[place]bool) {
	out, hit := clone(job), map[place]bool{}
	touch := d.chance(60)
	var removed []string
	for i := range o.res.Rows {
		r := &o.res.Rows[i]
		if !d.chance(30) || r.Writes() && !touch || r.Writes() && len(hit) > 2 {
			continue
		}
		n := slices.IndexFunc(out.Matches, func(m refresh.Match) bool { return m.Key == r.Key })
		m := &out.Matches[n]
		what := editSide(d, m, r.Side)
		h.note("    edit %s %s: %s, written by the plan %t", r.Key, r.Side, what, r.Writes())
		if what != "" && r.Writes() {
			hit[place{r.Key, r.Side}] = true
		}
	}
	for i := range out.Matches {
		if d.chance(15) {
			out.Matches[i].Ext = json.RawMessage(`{"edited":true}`)
		}
	}
	if touch && d.chance(15) && len(out.Matches) > 1 {
		n := d.IntN(len(out.Matches))
		removed = append(removed, out.Matches[n].Key)
		out.Matches = slices.Delete(out.Matches, n, n+1)
	}
	for i := range o.res.Rows {
		if r := &o.res.Rows[i]; slices.Contains(removed, r.Key) && r.Writes() {
			hit[place{r.Key, r.Side}] = true
		}
	}
	if d.chance(20) {
		h.added++
		out.Matches = append(out.Matches, refresh.Match{
			Key: fmt.Sprintf("added%d", h.added), Source: refresh.Mailbox{Primary: "added@old.example"}, SourceOrigin: refresh.Manual,
		})
	}
	if d.chance(20) {
		d.Shuffle(len(out.Matches), func(i, j int) { out.Matches[i], out.Matches[j] = out.Matches[j], out.Matches[i] })
	}
	h.note("    removed %s, %d rows then", removed, len(out.Matches))
	return out, hit
}

// editSide changes what a host may change by hand on one side of a row. It returns what it did.
func editSide(d dice, m *refresh.Match, s refresh.Side) string {
	p := partOf(m, s)
	if *p.origin == refresh.None {
		return ""
	}
	switch d.IntN(4) {
	case 0:
		p.box.Primary = refresh.Address("edited-" + string(p.box.Primary))
		return "primary"
	case 1:
		p.box.DisplayName += " edited"
		return "name"
	case 2:
		p.box.Aliases = append(p.box.Aliases, refresh.Address("edited-alias-"+m.Key+"@old.example"))
		return "alias"
	}
	if *p.origin != refresh.Bound {
		return ""
	}
	*p.mark = &refresh.Mark{Reason: refresh.ReasonGone, FirstSeen: longAgo, LastSeen: longAgo.Add(time.Duration(d.IntN(1e6)) * time.Second)}
	return "mark"
}

// checkStale: exactly the edited rows that the plan writes are stale.
func (h *history) checkStale(hit map[place]bool, err error) {
	stale, ok := errors.AsType[*refresh.StaleError](err)
	if len(hit) == 0 {
		if err != nil {
			h.fail("rows that are not written are never stale", "error %v", err)
		}
		return
	}
	h.stats.stale++
	if !ok {
		h.fail("edited rows are stale", "error %v, want %v", err, hit)
	}
	got := map[place]bool{}
	for _, r := range stale.Rows {
		got[place{r.Key, r.Side}] = true
	}
	if len(got) != len(hit) || len(stale.Rows) != len(got) {
		h.fail("edited rows are stale", "got %v, want %v", got, hit)
	}
	for p := range hit {
		if !got[p] {
			h.fail("edited rows are stale", "got %v, want %v", got, hit)
		}
	}
}

// edit is what a host does to the job between runs.
func (h *history) edit(d dice) {
	switch d.IntN(3) {
	case 0:
		h.accept(d)
	case 1:
		h.bind(d)
	default:
		h.prune(d)
	}
}

// accept makes another instance the stored one of a bound row.
func (h *history) accept(d dice) {
	for i, m := range h.job.Matches {
		for _, s := range bothSides {
			now, ok := h.worlds[s].now[m.Mailbox(s).ID]
			if !ok || m.Origin(s) != refresh.Bound || m.Mailbox(s).Instance == "" || now.mailbox.Instance == "" || now.mailbox.Instance == m.Mailbox(s).Instance {
				continue
			}
			got, err := h.job.Accept(s, m.Key, now.mailbox.Instance)
			if err != nil {
				h.fail("Accept writes the instance", "error %v", err)
			}
			want := clone(h.job)
			partOf(&want.Matches[i], s).box.Instance = now.mailbox.Instance
			*partOf(&want.Matches[i], s).mark = nil                                      // a person has seen this mailbox
			*partOf(&want.Matches[i], s).previous = *partOf(&got.Matches[i], s).previous // its own affair
			h.sameJob("Accept writes the instance", got, want)
			h.note("  accept %s of %s %s", now.mailbox.Instance, s, m.Key)
			h.job = got
			return
		}
	}
}

// bind binds a side without an ID to an object.
func (h *history) bind(d dice) {
	for i, m := range h.job.Matches {
		s := pick(d, bothSides)
		ids := h.worlds[s].among(d, 1, 1, there)
		if m.Mailbox(s).ID != "" || ids == nil || h.worlds[s].now[ids[0]].mailbox.Primary == "" {
			continue
		}
		got, err := m.Bind(s, h.worlds[s].box(ids[0]))
		if err != nil {
			h.fail("Bind binds", "error %v", err)
		}
		h.note("  bind %s %s to %s", s, m.Key, ids[0])
		h.job = clone(h.job)
		h.job.Matches[i] = got
		return
	}
}

// prune removes the rows whose source is gone, and puts them back in most cases.
func (h *history) prune(d dice) {
	limit := refresh.Limit{MaxShare: 1, MaxRows: 1000, SoftDeleted: d.chance(50)}
	var want, rest []refresh.Match
	for _, m := range h.job.Matches {
		gone := m.SourceMark != nil && (m.SourceMark.Reason == refresh.ReasonGone && (!m.SourceMark.DeletionUnknown || limit.SoftDeleted) || m.SourceMark.Reason == refresh.ReasonSoftDeleted && limit.SoftDeleted)
		if gone && m.Merge {
			gone = false
		} else if gone {
			want = append(want, m)
		}
		if !gone {
			rest = append(rest, m)
		}
	}
	got, removed, err := h.job.Prune(limit, func(m refresh.Match) bool { return m.Merge })
	if err != nil || asJSON(removed) != asJSON(want) && len(want) > 0 || len(removed) != len(want) || asJSON(got.Matches) != asJSON(rest) && len(rest) > 0 {
		h.fail("Prune removes the rows whose source is gone", "error %v, removed %s, want %s", err, asJSON(removed), asJSON(want))
	}
	h.note("  prune %d rows", len(removed))
	if len(rest) > 2 && d.chance(30) {
		h.job = got
		return
	}
	back, err := got.Restore(removed)
	if err != nil || asJSON(back.Matches) != asJSON(append(slices.Clone(rest), want...)) {
		h.fail("Restore puts pruned rows back", "error %v, %s", err, asJSON(back.Matches))
	}
	h.job = back
}
