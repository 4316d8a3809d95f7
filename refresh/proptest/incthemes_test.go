package proptest

import (
	"errors"
	"slices"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// theme plays a series of steps that chance alone seldom brings about: a row is away, or holds something else, while the cursor
// moves on, and comes back; several results of one job are applied, in any order; a replica that lags answers.
func (h *incHistory) theme(d dice) {
	if len(h.job.Matches) == 0 {
		h.note("  nothing")
		return
	}
	s, row := h.side(d), h.job.Matches[d.IntN(len(h.job.Matches))]
	switch d.weighted(20, 20, 10, 10, 40) {
	case 0:
		h.themeMany(d, row, s)
	case 1:
		h.themeReplica(d, row, s)
	case 2:
		h.themeStamped(d, row, s)
	case 3:
		h.themeEdited(d, row, s)
	default:
		h.themeAway(d, row, s)
	}
}

// fail refreshes without an answer for one mailbox, so that its row has no stamp afterwards.
func (h *incHistory) failOne(d dice, row refresh.Match, s refresh.Side) {
	o := h.drawCompared(d, true)
	h.failing(o, row, s)
	h.outcome(d, h.refresh(o), applyIt)
}

func (h *incHistory) failing(o *incRun, row refresh.Match, s refresh.Side) {
	if id := row.Mailbox(s).ID; id != "" {
		o.clean = false
		o.links[s].memory.FailIDs = map[refresh.ID]error{id: errors.New("busy")}
	}
}

// themeAway disturbs a row, lets its mailbox change, refreshes, applies, and undoes the disturbance.
func (h *incHistory) themeAway(d dice, row refresh.Match, s refresh.Side) {
	id := row.Mailbox(s).ID
	var o *incRun
	back := func() {}
	acts := []func(){
		func() { back = h.disturb(d, row, s) },
		func() { h.change(d, s, id) },
		func() {
			o = h.drawCompared(d, false)
			if d.chance(50) {
				o.avoid = row.Key
			} else {
				h.failing(o, row, s)
			}
			h.refresh(o)
		},
		func() {
			if o != nil {
				h.outcome(d, o, applyIt)
			}
		},
	}
	if d.chance(50) {
		acts[0], acts[1] = acts[1], acts[0]
	}
	if d.chance(30) { // the result is made before
		acts[0], acts[1], acts[2] = acts[1], acts[2], acts[0]
	}
	for range 1 + d.weighted(75, 25) {
		for _, act := range acts {
			if d.chance(92) {
				act()
			}
		}
		if d.chance(90) {
			back()
		}
	}
}

// themeMany makes several results of one job and applies them in any order.
func (h *incHistory) themeMany(d dice, row refresh.Match, s refresh.Side) {
	if d.chance(50) {
		h.failOne(d, row, s)
	}
	anyRow := func() refresh.ID { return pick(d, h.job.Matches).Mailbox(s).ID }
	if d.chance(50) && len(h.job.Matches) > 0 {
		h.change(d, s, anyRow())
	}
	var made []*incRun
	for range d.between(2, 3) {
		o := h.drawCompared(d, false)
		if d.chance(25) {
			o = h.drawFaulty(d)
		}
		if part := d.IntN(3); part == 0 {
			o.avoid, o.percent = row.Key, 100
		} else if part == 1 {
			o.alone = row.Key
		}
		made = append(made, h.refresh(o))
		if d.chance(50) {
			h.change(d, s, row.Mailbox(s).ID)
		} else if d.chance(30) && len(h.job.Matches) > 0 {
			h.change(d, s, anyRow())
		}
	}
	d.Shuffle(len(made), func(i, j int) { made[i], made[j] = made[j], made[i] })
	for _, o := range made {
		h.outcome(d, o, applyIt)
	}
	for len(h.applied) > 0 && d.chance(30) {
		h.revert(h.applied[len(h.applied)-1-d.IntN(min(len(h.applied), 3))])
	}
}

// themeStamped applies a result that writes a stamp and leaves the cursor where it is, and after it one that was made of the same job,
// cannot know of that stamp, and moves the cursor.
func (h *incHistory) themeStamped(d dice, row refresh.Match, s refresh.Side) {
	h.failOne(d, row, s)
	if other := pick(d, h.job.Matches); other.Key != row.Key {
		h.change(d, s, other.Mailbox(s).ID)
	}
	alone, others := h.drawCompared(d, true), h.drawCompared(d, true)
	alone.alone, others.avoid = row.Key, row.Key
	h.refresh(alone)
	h.change(d, s, row.Mailbox(s).ID)
	h.refresh(others)
	h.outcome(d, alone, applyIt)
	h.outcome(d, others, applyIt)
}

// themeEdited edits a row whose mailbox changed and could not be looked up, applies the result, and undoes the edit.
func (h *incHistory) themeEdited(d dice, row refresh.Match, s refresh.Side) {
	h.change(d, s, row.Mailbox(s).ID)
	o := h.drawCompared(d, true)
	h.failing(o, row, s)
	h.refresh(o)
	now := clone(h.job)
	n := slices.IndexFunc(now.Matches, func(m refresh.Match) bool { return m.Key == row.Key })
	if h.note("  %s", h.editField(d, &now.Matches[n], s)); now.Validate() != nil {
		return
	}
	h.byHost(now)
	h.outcome(d, o, applyIt)
	now = clone(h.job)
	undo{s, row}.write(&now)
	if now.Validate() == nil {
		h.note("  and back")
		h.byHost(now)
	}
}

// themeReplica lets a replica lag, which then answers for a row whose stamp is gone.
func (h *incHistory) themeReplica(d dice, row refresh.Match, s refresh.Side) {
	w, id := h.worlds[s], row.Mailbox(s).ID
	if d.chance(90) {
		w.lag("dc2")
		h.series[s].note()
		h.note("  %s: lag dc2", s)
	}
	if d.chance(90) {
		h.change(d, s, id)
	}
	if d.chance(70) {
		h.failOne(d, row, s)
	}
	o := h.drawCompared(d, false)
	o.clean = false
	l := &o.links[s]
	switch d.IntN(3) {
	case 0:
		l.replica, l.s.nameless, l.manner.elsewhere = "dc1", false, map[refresh.ID]bool{id: true}
	case 1:
		l.replica, l.memory.Breaks = "dc1", []memconn.Break{{FailOver: "dc2", After: d.IntN(2)}}
	default:
		l.replica, l.s.nameless, o.opts.Full = "dc2", d.chance(50), d.chance(70)
		if d.chance(30) {
			l.s.without |= refresh.CanInspect
			o.opts.SkipPinCheck = true
		}
		if d.chance(50) {
			o.alone = row.Key
		}
	}
	h.outcome(d, h.refresh(o), applyIt)
	if d.chance(30) {
		w.sync("dc2")
		h.series[s].note()
		h.note("  %s: sync dc2", s)
	}
}

// change changes an object, if it is there.
func (h *incHistory) change(d dice, s refresh.Side, id refresh.ID) {
	w := h.worlds[s]
	if o, ok := w.now[id]; ok && o.status == there {
		m := w.box(id)
		if m.Primary = w.fresh(d); d.chance(30) {
			m.DisplayName = "Changed"
		}
		w.set(m)
		h.note("  %s: %s is %s now", s, id, m.Primary)
	} else {
		h.note("  %s: %s", s, h.happen(d, s))
	}
	h.series[s].note()
}

// disturb changes a row by hand, or takes it away, and returns what undoes that. The stamps are left alone.
func (h *incHistory) disturb(d dice, row refresh.Match, s refresh.Side) (back func()) {
	key, was, now := row.Key, h.job, clone(h.job)
	n := slices.IndexFunc(now.Matches, func(m refresh.Match) bool { return m.Key == key })
	if n < 0 {
		return func() {}
	}
	undoing := func(change func(j *refresh.Job)) func() {
		return func() {
			j := clone(h.job)
			if change(&j); j.Validate() == nil {
				h.note("  and back")
				h.byHost(j)
			}
		}
	}
	putBack := func() {
		if got, err := h.job.Restore([]refresh.Match{row}); err == nil {
			h.note("  restored")
			if h.job = got; h.fault.restored != nil {
				h.fault.restored(h, row)
			}
		}
	}
	if d.chance(50) {
		putBack = undoing(func(j *refresh.Job) {
			if _, there := j.Match(key); !there {
				j.Matches = append(j.Matches, row)
			}
		})
	}
	switch d.IntN(6) {
	case 0:
		h.note("  %s", h.editField(d, &now.Matches[n], s))
	case 1:
		w := h.worlds[s]
		if p := partOf(&now.Matches[n], s); *p.origin == refresh.Bound {
			*p.box = w.box(w.ids[d.IntN(len(w.ids))])
			h.note("  rematch %s %s to %s", key, s, p.box.ID)
		}
	case 2:
		h.note("  %s", h.editState(d, &now.Matches[n], s))
	case 3:
		h.note("  %s removed", key)
		now.Matches = slices.Delete(now.Matches, n, n+1)
		back = putBack
	case 4:
		now.Matches[n].SourceMark = &refresh.Mark{Reason: refresh.ReasonGone, FirstSeen: longAgo, LastSeen: longAgo}
		if got, removed, err := now.Prune(refresh.Limit{MaxShare: 1}, nil); err == nil && now.Validate() == nil {
			h.note("  %d rows pruned", len(removed))
			now, back = got, putBack
		}
	default: // the host makes a copy, and goes back to it
		h.note("  a copy is made")
		return func() {
			h.note("  and back to the copy")
			h.byHost(was)
		}
	}
	if now.Validate() != nil {
		h.note("  which is not valid")
		return func() {}
	}
	h.byHost(now)
	if back == nil {
		back = undoing(func(j *refresh.Job) {
			for i := range j.Matches {
				if m := &j.Matches[i]; m.Key == key {
					p, q := partOf(m, s), partOf(&row, s)
					*p.box, *p.origin, *p.mark, *p.previous = *q.box, *q.origin, *q.mark, *q.previous
				}
			}
		})
	}
	return back
}

// byHost makes the host's job the one that goes on.
func (h *incHistory) byHost(now refresh.Job) {
	if h.fault.edited != nil {
		now = h.fault.edited(h, h.job, now)
	}
	h.job = now
}
