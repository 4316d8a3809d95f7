package proptest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// incRun is one call of Refresh with everything that was drawn for it.
type incRun struct {
	opts     refresh.Options
	sides    [3]bool
	selected uint64 // the throw of the selection
	percent  int
	avoid    string // the key of a row that is not selected
	alone    string // the key of the only row that is
	links    [3]incLink
	part     *refresh.Job // what is refreshed in place of the whole job
	clean    bool         // nothing goes wrong and nothing arrives, so that a second run gives the same

	conns [3]*tracked
	res   *refresh.Result
	err   error
}

// incLink is one side's connection.
type incLink struct {
	replica string
	shuffle uint64
	seed    uint64
	memory  memconn.Faults
	s       sabotage
	manner  manner
}

// what becomes of a result.
type fate int

const (
	applyIt fate = iota
	shelveIt
	dropIt
)

// runStep refreshes and does something with the result.
func (h *incHistory) runStep(d dice) {
	if d.chance(50) {
		o := h.drawCompared(d, false)
		h.outcome(d, h.compare(o), fate(d.weighted(65, 20, 15)))
		return
	}
	h.outcome(d, h.refresh(h.drawFaulty(d)), fate(d.weighted(65, 20, 15)))
}

// drawCompared draws a run in which nothing goes wrong.
func (h *incHistory) drawCompared(d dice, whole bool) *incRun {
	o := &incRun{clean: true, percent: 100, selected: d.Uint64(), sides: [3]bool{true, true, true}}
	o.opts = refresh.Options{Verify: d.chance(25), AcceptReverted: d.chance(15), ConfirmAfter: -1, MaxAge: pick(d, []time.Duration{0, -1, -1, -1, time.Hour})}
	if !whole {
		o.percent = pick(d, []int{100, 60, 30})
		if one := d.weighted(70, 15, 15); one > 0 {
			o.sides[3-one] = false
		}
	}
	if h.small {
		o.sides = [3]bool{refresh.Source: true}
	}
	for _, s := range bothSides {
		o.links[s] = h.drawLink(d)
	}
	return o
}

func (h *incHistory) drawLink(d dice) incLink {
	l := incLink{replica: replicas[d.weighted(100-h.roams, h.roams)], shuffle: d.Uint64(), seed: d.Uint64()}
	l.s.stated, l.s.noisy = h.stated, d.chance(10)
	if d.chance(30) {
		l.s.without = refresh.CanConfirm
	}
	l.manner = manner{back: d.weighted(70, 10, 10, 10), repeat: d.chance(20), stranger: d.chance(10), lazy: d.chance(30)}
	if d.chance(30) {
		l.manner.page = d.between(1, 3)
	}
	if d.chance(30) {
		l.manner.reorder = d.Uint64()
	}
	return l
}

// drawFaulty draws a run in which things go wrong, or changes arrive.
func (h *incHistory) drawFaulty(d dice) *incRun {
	o := h.drawCompared(d, false)
	o.clean, o.opts.Full = false, d.chance(10)
	for _, s := range bothSides {
		l := &o.links[s]
		l.s.nameless = d.chance(10)
		if d.chance(40) {
			l.manner.arrives, l.manner.atPage, l.manner.atAnswer = true, d.weighted(60, 20, 20), d.IntN(5)
		}
		for range d.weighted(30, 50, 20) {
			h.drawTrouble(d, s, l)
		}
	}
	return o
}

func (h *incHistory) drawTrouble(d dice, s refresh.Side, l *incLink) {
	ids := map[refresh.ID]bool{}
	for _, id := range h.worlds[s].ids {
		if d.chance(35) {
			ids[id] = true
		}
	}
	switch d.IntN(22) {
	case 0, 1:
		l.memory.FailIDs = map[refresh.ID]error{}
		for id := range ids {
			l.memory.FailIDs[id] = errors.New("busy")
		}
	case 2, 3:
		l.memory.SilentIDs = ids
	case 4:
		l.memory.HideDeleted = true
	case 5:
		l.memory.NothingVisible = true
	case 6:
		l.memory.Outage = errors.New("connection refused")
	case 7:
		l.memory.ForbidInspect = true
	case 8:
		l.s.without |= refresh.CanInspect
	case 9:
		l.s.without |= refresh.CanTrack
	case 10:
		l.s.cutAfter[d.between(1, 2)], l.s.cutErr = d.between(1, 5), errors.New("cut")
	case 11:
		l.s.cancelAt, l.s.goOn = d.between(1, 8), d.chance(40)
	case 12:
		l.s.cancelSoon = d.chance(50)
	case 13:
		l.s.inspectErr = errors.New("timed out")
	case 14:
		l.s.wrong = map[refresh.ID]refresh.ID{}
		for id := range ids {
			l.s.wrong[id] = "another"
		}
	case 15:
		l.s.zero = ids
	case 16:
		l.manner.markErr = pick(d, []error{refresh.ErrForbidden, errors.New("no mark")})
	case 17:
		l.manner.changesErr, l.manner.failPage = pick(d, []error{refresh.ErrForbidden, refresh.ErrCursorExpired, errors.New("no changes")}), d.between(1, 2)
	case 18, 19:
		l.memory.Breaks = append(l.memory.Breaks, memconn.Break{FailOver: pick(d, replicas), After: d.IntN(4)})
	default:
		l.manner.elsewhere, l.s.nameless = ids, false
	}
}

// connect makes the connector of one side.
func (h *incHistory) connect(d dice, s refresh.Side, l incLink) *tracked {
	w := h.worlds[s]
	t := &tracked{series: h.series[s], manner: l.manner}
	t.conn = w.system.Connect(&memconn.ConnOptions{Replica: l.replica, Shuffle: l.shuffle, Faults: l.memory, CountOnly: true})
	t.saboteur = &saboteur{inner: t.conn, s: l.s, seed: l.seed}
	if w.noInsts {
		t.saboteur.s.stated = false
	}
	if l.manner.elsewhere != nil {
		t.other = w.system.Connect(&memconn.ConnOptions{Replica: replicas[1-slices.Index(replicas, l.replica)], CountOnly: true})
	}
	t.manner.arrive = func() { t.happened = append(t.happened, h.happen(d, s)) }
	t.broken = h.fault.breach
	return t
}

// picks reports whether a row is selected.
func (o *incRun) picks(m refresh.Match) bool {
	if o.alone != "" {
		return m.Key == o.alone
	}
	return m.Key != o.avoid && newDice(o.selected, hash(m.Key)).chance(o.percent)
}

// perform calls Refresh.
func (h *incHistory) perform(o *incRun) (*refresh.Result, error) {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	sides := h.connectAll(o, cancel)
	opts, job := o.opts, h.job
	if o.percent < 100 || o.avoid != "" || o.alone != "" {
		opts.Select = o.picks
	}
	if o.part != nil {
		job = *o.part
	}
	return refresh.Refresh(ctx, job, sides, &opts)
}

// connectAll makes the connectors of the sides that a run asks.
func (h *incHistory) connectAll(o *incRun, cancel context.CancelCauseFunc) (sides refresh.Sides) {
	for _, s := range bothSides {
		if !o.sides[s] {
			continue
		}
		l := o.links[s]
		l.s.cancel = cancel
		o.conns[s] = h.connect(newDice(l.seed, hash("arrive")), s, l)
		if s == refresh.Source {
			sides.Source = o.conns[s]
		} else {
			sides.Target = o.conns[s]
		}
	}
	return sides
}

// refresh makes a run that is not compared.
func (h *incHistory) refresh(o *incRun) *incRun {
	h.fault.meddle(h)
	return h.look(o)
}

// look is refresh with the job as it is.
func (h *incHistory) look(o *incRun) *incRun {
	o.res, o.err = h.perform(o)
	h.fault.spoil(o)
	h.stats.runs++
	if h.loud {
		h.describe(o)
	}
	if o.res == nil && o.err != nil {
		h.stats.refused++
	}
	return o
}

func (h *incHistory) describe(o *incRun) {
	h.note("    %d%% of %d, full %t, verify %t, error %v", o.percent, o.selected, o.opts.Full, o.opts.Verify, o.err)
	for _, s := range bothSides {
		if t := o.conns[s]; t != nil {
			m := o.links[s].memory
			h.note("    %s at %s: %s; outage %v fail%v silent%v breaks%v nothing %t hide %t; %s; told %v, arrived %q", s, o.links[s].replica, t.manner,
				m.Outage, keysOf(m.FailIDs), keysOf(m.SilentIDs), m.Breaks, m.NothingVisible, m.HideDeleted, &t.saboteur.s, t.told, t.happened)
		}
	}
	if o.res != nil {
		for _, s := range bothSides {
			if r := o.res.Run.Side(s); r != nil {
				h.note("      %s: %s (%s), asked %d, cursor %s to %s, restarted %t", s, r.Path, r.Why, r.Asked, r.CursorBefore.Token, r.Cursor.Token, r.Restarted)
			}
		}
		for _, r := range o.res.Rows {
			h.note("      %s %s: %s %s %s %s; stamp %q to %q; %s to %s", r.Key, r.Side, r.Outcome, r.Reasons, r.Cause, r.Replica, r.StampBefore, r.StampAfter, lazy{r.Before}, lazy{r.After})
		}
	}
}

// outcome decides what becomes of a result.
func (h *incHistory) outcome(d dice, o *incRun, f fate) {
	r := o.res
	if r == nil || r.Partial && d.chance(50) {
		return
	}
	if d.chance(15) {
		throw := d.Uint64()
		if less, err := h.fault.narrowing()(r, func(r refresh.Row) bool { return newDice(throw, hash(r.Key)+uint64(r.Side)).chance(60) }); err == nil {
			h.note("    narrowed")
			r = less
		}
	}
	if d.chance(2) {
		r = h.saved(r)
	}
	switch f {
	case applyIt:
		h.apply(r)
		if d.chance(10) {
			h.shelf = append(h.shelf, r) // once more, or to an older copy of the job
		}
	case shelveIt:
		h.shelf = append(h.shelf, r)
		h.note("    put on the shelf")
	}
}

// saved sends a result through its file.
func (h *incHistory) saved(r *refresh.Result) *refresh.Result {
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		h.fail("a result can be written", "%v", err)
	}
	got, err := refresh.ReadResult(&b)
	if err != nil {
		h.fail("a result can be read", "%v", err)
	}
	return got
}
