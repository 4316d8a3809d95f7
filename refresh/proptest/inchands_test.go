package proptest

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/readdress-go/readdress/refresh"
)

// byHand is what a host does to its own job: it may write to any field of any row, and it leaves the stamps alone.
func (h *incHistory) byHand(d dice) {
	was := h.job
	h.job = clone(was)
	what := ""
	for what == "" {
		what = h.handEdit(d)
	}
	if err := h.job.Validate(); err != nil {
		h.note("  %s: not valid", what)
		h.job = was
		return
	}
	h.note("  %s", what)
	for _, m := range h.job.Matches {
		for _, s := range bothSides {
			if old, ok := was.Match(m.Key); ok && !sameText(old.Mailbox(s), m.Mailbox(s)) {
				h.undo = append(h.undo, undo{s, old})
			}
		}
	}
	now := h.job
	h.job = was
	h.byHost(now)
}

func (h *incHistory) handEdit(d dice) string {
	j := &h.job
	if len(j.Matches) == 0 {
		return h.anotherRow(d)
	}
	if len(h.undo) > 0 && d.chance(30) {
		return h.undoEdit(d)
	}
	n, s := d.IntN(len(j.Matches)), h.side(d)
	m := &j.Matches[n]
	p := partOf(m, s)
	switch d.weighted(22, 12, 12, 12, 8, 8, 8, 5, 8, 5, 4, 6, 4, 4, 2) {
	case 0:
		return h.editField(d, m, s)
	case 1: // rematch
		if *p.origin != refresh.Bound {
			return "nothing"
		}
		to := h.worlds[s].ids[d.IntN(len(h.worlds[s].ids))]
		if d.chance(60) {
			*p.box = h.worlds[s].box(to)
		} else {
			p.box.ID = to
		}
		return fmt.Sprintf("rematch %s %s to %s", m.Key, s, to)
	case 2: // undo, or rematch back: the values of an older copy, without its stamp
		old, ok := h.olderRow(d, m.Key)
		if !ok {
			return "nothing"
		}
		q := partOf(&old, s)
		*p.box, *p.origin, *p.mark, *p.previous = *q.box, *q.origin, *q.mark, *q.previous
		return fmt.Sprintf("the former values of %s %s: %s", m.Key, s, lazy{*p.box})
	case 3: // a row of an older copy, with its stamps
		old, ok := h.olderRow(d, m.Key)
		if !ok {
			return "nothing"
		}
		*m = old
		return fmt.Sprintf("the former row %s", m.Key)
	case 4:
		h.gone = append(h.gone, *m)
		j.Matches = slices.Delete(j.Matches, n, n+1)
		return "remove a row: " + h.gone[len(h.gone)-1].Key
	case 5: // a removed row, with its stamps
		if len(h.gone) == 0 {
			return "nothing"
		}
		k := d.IntN(len(h.gone))
		if _, taken := j.Match(h.gone[k].Key); taken {
			return "nothing"
		}
		j.Matches = append(j.Matches, h.gone[k])
		h.gone = slices.Delete(h.gone, k, k+1)
		return "put back " + j.Matches[len(j.Matches)-1].Key
	case 6:
		h.added++
		c := *m
		c.Key = fmt.Sprintf("c%d", h.added)
		j.Matches = append(j.Matches, c)
		return fmt.Sprintf("copy %s as %s", m.Key, c.Key)
	case 7:
		return h.anotherRow(d)
	case 8:
		return h.editState(d, m, s)
	case 9:
		m.SourceUse, m.Part, m.Merge, m.Ext = use(d, m.Source), pick(d, []string{"", "archive"}), d.chance(30), json.RawMessage(`{"edited":true}`)
		return "use, part, merge and ext of " + m.Key
	case 10: // two rows trade their mailboxes, perhaps with the stamps
		o := &j.Matches[d.IntN(len(j.Matches))]
		q := partOf(o, s)
		*p.box, *q.box = *q.box, *p.box
		*p.origin, *q.origin = *q.origin, *p.origin
		*p.mark, *q.mark = *q.mark, *p.mark
		if d.chance(50) && s == refresh.Source {
			m.SourceStamp, o.SourceStamp = o.SourceStamp, m.SourceStamp
		} else if d.chance(50) {
			m.TargetStamp, o.TargetStamp = o.TargetStamp, m.TargetStamp
		}
		return fmt.Sprintf("%s and %s trade their %s", m.Key, o.Key, s)
	case 11:
		return h.editEndpoint(d, s)
	case 12:
		d.Shuffle(len(j.Matches), func(a, b int) { j.Matches[a], j.Matches[b] = j.Matches[b], j.Matches[a] })
		return "another order of the rows"
	case 13: // the whole job from a copy
		if len(h.older) == 0 {
			return "nothing"
		}
		h.job = clone(h.older[d.IntN(len(h.older))])
		return "the job from a copy"
	}
	return h.bindByHand(d, m, s)
}

// undo remembers one side of a row before it was edited.
type undo struct {
	side refresh.Side
	row  refresh.Match
}

// undoEdit writes what a row held before an edit, and leaves its stamp as it is now.
func (h *incHistory) undoEdit(d dice) string {
	k := d.IntN(len(h.undo))
	u := h.undo[k]
	h.undo = slices.Delete(h.undo, k, k+1)
	return u.write(&h.job)
}

// write puts the former values back.
func (u undo) write(j *refresh.Job) string {
	for i := range j.Matches {
		if m := &j.Matches[i]; m.Key == u.row.Key {
			p, q := partOf(m, u.side), partOf(&u.row, u.side)
			*p.box, *p.origin, *p.mark, *p.previous = *q.box, *q.origin, *q.mark, *q.previous
			return fmt.Sprintf("undo the edit of %s %s: %s", m.Key, u.side, lazy{*p.box})
		}
	}
	return "nothing"
}

// olderRow finds a row in a copy that the host kept.
func (h *incHistory) olderRow(d dice, key string) (refresh.Match, bool) {
	if len(h.older) == 0 {
		return refresh.Match{}, false
	}
	return clone(h.older[d.IntN(len(h.older))]).Match(key)
}

func (h *incHistory) anotherRow(d dice) string {
	h.added++
	m := makeMatch(d, h.worlds, d.IntN(8), d.chance(60))
	if h.small {
		m = sourceOnly(m, h.worlds[refresh.Source].box(h.worlds[refresh.Source].ids[0]))
	}
	m.Key = fmt.Sprintf("n%d", h.added)
	h.job.Matches = append(h.job.Matches, m)
	return fmt.Sprintf("a new row: %s", lazy{m})
}

// editField changes a field that Apply writes.
func (h *incHistory) editField(d dice, m *refresh.Match, s refresh.Side) string {
	b := partOf(m, s).box
	switch d.IntN(8) {
	case 0:
		b.Primary = h.worlds[s].fresh(d)
	case 1:
		b.Primary = respell(d, b.Primary)
	case 2:
		b.Login = pick(d, []string{"", "by-hand"})
	case 3:
		b.DisplayName = "By Hand"
	case 4:
		b.Kind = pick(d, kinds)
	case 5:
		b.Anchor = "by-hand"
	case 6:
		b.Instance = pick(d, []refresh.ID{"", "by-hand"})
	default:
		b.Aliases = append(b.Aliases, h.worlds[s].fresh(d))
		if d.chance(40) {
			b.Aliases = nil
		}
	}
	return fmt.Sprintf("edit %s %s: %s", m.Key, s, lazy{*b})
}

// editState changes what is known of a mailbox beside its values.
func (h *incHistory) editState(d dice, m *refresh.Match, s refresh.Side) string {
	p := partOf(m, s)
	switch d.IntN(4) {
	case 0:
		*p.mark = nil
	case 1:
		*p.mark = &refresh.Mark{Reason: pick(d, []refresh.Reason{refresh.ReasonGone, refresh.ReasonMoved}), FirstSeen: longAgo, LastSeen: longAgo}
	case 2:
		*p.previous = nil
	default:
		was := h.worlds[s].box(h.worlds[s].ids[0])
		if now, ok := h.worlds[s].now[p.box.ID]; ok {
			was = now.mailbox
		}
		*p.previous = &refresh.Previous{Mailbox: was, Replica: pick(d, replicas)}
	}
	return fmt.Sprintf("mark and previous of %s %s: %s %s", m.Key, s, lazy{*p.mark}, lazy{*p.previous})
}

func (h *incHistory) editEndpoint(d dice, s refresh.Side) string {
	e, other := &h.job.Source, &h.job.Target
	if s == refresh.Target {
		e, other = other, e
	}
	switch d.IntN(4) {
	case 0:
		e.Cursor = refresh.Cursor{}
	case 1:
		e.Cursor = other.Cursor
	case 2:
		e.Cursor.Token = "garbage"
	default:
		e.Pin = ""
	}
	return fmt.Sprintf("%s endpoint: %s", s, lazy{*e})
}

// bindByHand binds a side, or takes its binding away.
func (h *incHistory) bindByHand(d dice, m *refresh.Match, s refresh.Side) string {
	p := partOf(m, s)
	if *p.origin == refresh.Bound {
		*p.origin, p.box.ID, *p.mark = refresh.Manual, "", nil
		return fmt.Sprintf("%s %s is manual now", m.Key, s)
	}
	w := h.worlds[s]
	b := w.box(w.ids[d.IntN(len(w.ids))])
	got, err := m.Bind(s, b)
	if err != nil {
		return "nothing"
	}
	*m = got
	return fmt.Sprintf("bind %s %s to %s", m.Key, s, b.ID)
}
