package proptest

import (
	"bytes"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// incHistory is a history of a job that is refreshed incrementally: everything that may happen to the job, to its results
// and to the directories between two runs.
type incHistory struct {
	plan
	fault  mutant
	worlds [3]*world
	series [3]*series
	stated bool   // the connectors say "no mailbox" and "moved" themselves
	roams  int    // percent of the connections that are to the second replica
	gentle bool   // the job is up to date at first, and mailboxes change without becoming unhealthy
	small  bool   // few rows, with a source alone
	bent   [9]int // how much of each kind of step there is

	job     refresh.Job
	older   []refresh.Job     // copies that the host kept
	shelf   []*refresh.Result // not applied yet
	applied []*refresh.Result
	gone    []refresh.Match // rows that were pruned or removed by hand, as they were
	undo    []undo          // edits by hand that may be undone
	added   int

	loud  bool
	trace []string
	stats *incStats
}

func (h *incHistory) fail(property, format string, args ...any) {
	panic(&violation{property: property, detail: fmt.Sprintf(format, args...), trace: h.trace, job: h.job})
}

func (h *incHistory) note(format string, args ...any) {
	if h.loud {
		h.trace = append(h.trace, fmt.Sprintf(format, args...))
	}
}

// runInc runs a history and returns the property that did not hold, nil when all did.
func runInc(p plan, m mutant, st *incStats, loud bool) (v *violation) {
	h := &incHistory{plan: p, fault: m, stats: st, loud: loud}
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *violation:
			v = r
		default:
			v = &violation{property: "no panic", detail: fmt.Sprintf("%v\n%s", r, debug.Stack()), trace: h.trace, job: h.job}
		}
	}()
	h.begin()
	n := p.incSteps()
	for i := range n {
		time.Sleep(time.Minute) // of the bubble's clock
		if !p.skipSteps[i] {
			h.step(newDice(p.seed, hash("inc step")+uint64(i)), i)
		}
	}
	time.Sleep(time.Minute)
	h.note("at the end")
	for _, s := range bothSides {
		if err := h.worlds[s].agrees(); err != nil {
			h.fail("the fake agrees", "%v", err)
		}
	}
	h.compare(h.drawCompared(newDice(p.seed, hash("inc end")), true))
	st.histories++
	return nil
}

func (p plan) incSteps() int { return newDice(p.seed, hash("inc steps")).between(4, 14) }

func (h *incHistory) begin() {
	d := newDice(h.seed, hash("inc begin"))
	for _, s := range bothSides {
		h.worlds[s] = smallWorld(newDice(h.seed, hash("inc world")+uint64(s)), s)
		h.series[s] = newSeries(h.worlds[s])
	}
	h.stated = d.chance(20)
	h.roams = pick(d, []int{0, 0, 0, 10, 40})
	h.job = refresh.Job{ID: "job", Source: refresh.Endpoint{Pin: h.worlds[refresh.Source].pin}, Target: refresh.Endpoint{Pin: h.worlds[refresh.Target].pin}}
	if d.chance(10) {
		h.job.Source.Pin = ""
	}
	h.gentle, h.bent = d.chance(60), pick(d, bents)
	h.small = h.gentle && d.chance(60)
	current, rows := h.gentle || d.chance(30), d.between(2, 6)
	if h.small {
		rows = d.between(2, 3)
	}
	for i := range rows {
		m := makeMatch(newDice(h.seed, hash("inc row")+uint64(i)), h.worlds, i, current)
		if h.small {
			m = sourceOnly(m, h.worlds[refresh.Source].box(h.worlds[refresh.Source].ids[i%2]))
		}
		if !h.skipRows[i] {
			h.job.Matches = append(h.job.Matches, m)
		}
	}
	for _, m := range h.job.Matches {
		h.note("row %s", lazy{m})
	}
	if d.chance(85) { // most histories start from a job that was refreshed
		o := h.drawCompared(d, true)
		h.outcome(d, h.refresh(o), applyIt)
	}
}

// side picks a side of which there is something in the job.
func (h *incHistory) side(d dice) refresh.Side {
	if h.small {
		return refresh.Source
	}
	return pick(d, bothSides)
}

func sourceOnly(m refresh.Match, source refresh.Mailbox) refresh.Match {
	return refresh.Match{Key: m.Key, Source: source, SourceOrigin: refresh.Bound, Part: m.Part}
}

// smallWorld is a directory of few objects.
func smallWorld(d dice, side refresh.Side) *world {
	w := &world{side: side, now: snapshot{}, lagging: map[string]snapshot{}, direct: d.chance(30), noInsts: d.chance(15)}
	w.pin = "pin-" + side.String()
	if d.chance(2) {
		w.pin = ""
	}
	w.system = memconn.New(side.String(), &memconn.Options{System: "Memory", Replicas: replicas, DirectRead: w.direct, NoInstances: w.noInsts})
	w.system.SetPin(w.pin)
	for range d.between(2, 6) {
		w.create(d)
	}
	return w
}

// bents are how much there is of events, runs, edits by hand, results applied late, reverts, prunes, acceptances, themes and runs in parts.
var bents = [][9]int{
	{34, 32, 14, 6, 5, 5, 4, 0, 2}, {25, 35, 5, 20, 15, 0, 0, 0, 2}, {22, 30, 40, 5, 3, 0, 0, 0, 2}, {25, 30, 15, 5, 5, 15, 5, 0, 2},
	{20, 20, 6, 3, 3, 3, 3, 30, 2}, {15, 10, 3, 3, 3, 2, 2, 60, 2}, {30, 12, 8, 4, 6, 3, 3, 4, 30},
}

// step does the next thing.
func (h *incHistory) step(d dice, i int) {
	switch d.weighted(h.bent[:]...) {
	case 0:
		for range 1 + d.weighted(70, 20, 10) {
			s := h.side(d)
			h.note("step %d: %s: %s", i, s, h.happen(d, s))
		}
	case 1:
		h.note("step %d: run", i)
		h.runStep(d)
	case 2:
		h.note("step %d: by hand", i)
		h.byHand(d)
	case 3:
		if len(h.shelf) > 0 {
			k := d.IntN(len(h.shelf))
			r := h.shelf[k]
			h.shelf = slices.Delete(h.shelf, k, k+1)
			h.note("step %d: apply a result late", i)
			h.apply(r)
		}
	case 4:
		if len(h.applied) > 0 {
			h.revert(h.applied[d.IntN(len(h.applied))])
		}
	case 5:
		h.prune(d)
	case 6:
		h.accept(d)
	case 7:
		h.note("step %d: a theme", i)
		h.theme(d)
	default:
		h.note("step %d: in parts", i)
		h.partsStep(d)
	}
	if d.chance(4) {
		h.restart()
	}
	if d.chance(20) {
		h.older = append(h.older, h.job)
	}
	if d.chance(2) {
		h.note("step %d: eight days pass", i)
		time.Sleep(8 * 24 * time.Hour)
	}
}

var incEvents = allEvents()

var gentle = []string{"rename", "respell", "relogin", "details", "aliases", "rotate", "delete", "undelete", "lag", "sync"}

// happen makes something happen in a directory, and the directory write it down.
func (h *incHistory) happen(d dice, s refresh.Side) string {
	if d.chance(3) {
		h.series[s].forget()
		return "forgets its changes"
	}
	events := incEvents
	weights := make([]int, len(events))
	for k, e := range events {
		weights[k] = e.weight
		if h.gentle && d.chance(90) && !slices.Contains(gentle, e.name) {
			weights[k] = 0
		}
	}
	what := events[d.weighted(weights...)].do(d, h.worlds[s])
	h.series[s].note()
	return what
}

// restart sends the job through its file.
func (h *incHistory) restart() {
	h.job = h.reread(h.job)
	h.note("  restarted")
}

func (h *incHistory) reread(job refresh.Job) refresh.Job {
	var b bytes.Buffer
	if err := job.Write(&b); err != nil {
		h.fail("a job can be written", "%v", err)
	}
	job, err := refresh.ReadJob(&b)
	if err != nil {
		h.fail("a job can be read", "%v", err)
	}
	return job
}

// apply applies a result, unless it does not fit any more.
func (h *incHistory) apply(r *refresh.Result) {
	got, err := h.fault.applying()(h.job, r)
	if err != nil {
		h.note("    not applied: %v", err)
		h.stats.refused++
		return
	}
	h.stats.applied++
	h.note("    applied %s", lazy{[]any{r.Run.Source, r.Run.Target}})
	h.job, h.applied = got, append(h.applied, r)
	h.valid("Apply")
}

// revert takes a result back, whatever was applied since.
func (h *incHistory) revert(r *refresh.Result) {
	got, err := h.fault.reverting()(h.job, r)
	if err != nil {
		h.note("  not reverted: %v", err)
		return
	}
	h.stats.reverted++
	h.note("  reverted %s", lazy{[]any{r.Run.Source, r.Run.Target}})
	h.job = got
	h.valid("Revert")
}

func (h *incHistory) valid(after string) {
	if err := h.job.Validate(); err != nil {
		h.fail("the job stays valid", "after %s: %v", after, err)
	}
}

// prune removes rows whose source is gone; they may come back at once or later.
func (h *incHistory) prune(d dice) {
	got, removed, err := h.job.Prune(refresh.Limit{MaxShare: 1, MaxRows: 100, SoftDeleted: d.chance(50)}, nil)
	if err != nil {
		h.fail("Prune prunes", "%v", err)
	}
	h.note("  pruned %d rows", len(removed))
	h.job, h.gone = got, append(h.gone, removed...)
	if len(h.gone) == 0 || d.chance(50) {
		return
	}
	k := d.IntN(len(h.gone))
	if _, taken := h.job.Match(h.gone[k].Key); taken {
		return
	}
	if h.job, err = h.job.Restore(h.gone[k : k+1]); err != nil {
		h.fail("Restore restores", "%v", err)
	}
	h.note("  restored %s", h.gone[k].Key)
	if h.fault.restored != nil {
		h.fault.restored(h, h.gone[k])
	}
	h.gone = slices.Delete(h.gone, k, k+1)
}

// accept makes the instance that the directory shows the stored one.
func (h *incHistory) accept(d dice) {
	for _, m := range h.job.Matches {
		for _, s := range bothSides {
			now, ok := h.worlds[s].now[m.Mailbox(s).ID]
			if !ok || m.Origin(s) != refresh.Bound || now.mailbox.Instance == "" || d.chance(40) && now.mailbox.Instance == m.Mailbox(s).Instance {
				continue
			}
			got, err := h.job.Accept(s, m.Key, now.mailbox.Instance)
			if err != nil {
				h.fail("Accept accepts", "%v", err)
			}
			h.note("  accepted %s of %s %s", now.mailbox.Instance, s, m.Key)
			h.job = got
			return
		}
	}
}
