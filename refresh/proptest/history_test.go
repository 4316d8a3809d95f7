package proptest

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// engine is what is tested. The test of the test puts broken ones in its place.
type engine struct {
	refresh func(context.Context, refresh.Job, refresh.Sides, *refresh.Options) (*refresh.Result, error)
	apply   func(refresh.Job, *refresh.Result) (refresh.Job, error)
	revert  func(refresh.Job, *refresh.Result) (refresh.Job, error)
	only    func(*refresh.Result, func(refresh.Row) bool) (*refresh.Result, error)
}

func theEngine() engine {
	return engine{refresh.Refresh, refresh.Job.Apply, refresh.Job.Revert, (*refresh.Result).Only}
}

// plan says which history to run: a seed, and what to leave out of it.
type plan struct {
	seed      uint64
	skipRows  map[int]bool
	skipSteps map[int]bool
}

// subject is what the histories are run against.
type subject struct {
	engine engine
	wrong  switches
	lying  bool // the connectors prove absences that are not true
}

// history is one in the making.
type history struct {
	plan
	subject
	worlds [3]*world
	madeUp bool // the connectors make their answers up
	// The job is up to date at first, and most events are rotations: for what swaps and cycles need.
	turning bool
	job     refresh.Job
	added   int  // rows that the host added
	loud    bool // writes the trace
	trace   []string
	stats   *stats
}

// stats count what the histories reached.
type stats struct {
	histories, runs, cancelled, refused, applied, reverted, stale, narrowed, splits, again, exchanged int
	rows                                                                                              map[string]int
	conflicts                                                                                         map[string]int
}

func newStats() *stats { return &stats{rows: map[string]int{}, conflicts: map[string]int{}} }

// violation is a property that did not hold.
type violation struct {
	property string
	detail   string
	trace    []string
	job      refresh.Job
}

func (v *violation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the property %q does not hold: %s\n\nHistory:\n", v.property, v.detail)
	for _, line := range v.trace {
		b.WriteString("  " + line + "\n")
	}
	b.WriteString("Job before the last step:\n")
	for _, m := range v.job.Matches {
		b.WriteString("  " + asJSON(m) + "\n")
	}
	return b.String()
}

// fail ends the history.
func (h *history) fail(property, format string, args ...any) {
	panic(&violation{property: property, detail: fmt.Sprintf(format, args...), trace: h.trace, job: h.job})
}

func (h *history) note(format string, args ...any) {
	if h.loud {
		h.trace = append(h.trace, fmt.Sprintf(format, args...))
	}
}

// steps returns the number of steps of a plan.
func (p plan) steps() int { return newDice(p.seed, hash("steps")).between(3, 12) }

// run runs a history and returns the first property that did not hold, nil when all did.
func run(p plan, s subject, st *stats, loud bool) (v *violation) {
	h := &history{plan: p, subject: s, stats: st, loud: loud}
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
	n := p.steps()
	for i := range n {
		if p.skipSteps[i] {
			continue
		}
		time.Sleep(time.Hour) // of the bubble's clock
		h.step(newDice(p.seed, hash("step")+uint64(i)), i, i == n-1)
	}
	st.histories++
	return nil
}

func (h *history) begin() {
	for _, s := range bothSides {
		h.worlds[s] = newWorld(newDice(h.seed, hash("world")+uint64(s)), s)
	}
	h.madeUp = newDice(h.seed, hash("made up")).chance(25)
	h.turning = !h.madeUp && newDice(h.seed, hash("turning")).chance(25)
	h.job = makeJob(h.seed, h.worlds, h.skipRows, h.turning)
	h.note("seed %d, made up %t, source direct %t no instances %t, target direct %t no instances %t", h.seed, h.madeUp,
		h.worlds[1].direct, h.worlds[1].noInsts, h.worlds[2].direct, h.worlds[2].noInsts)
	for _, m := range h.job.Matches {
		h.note("row %s", lazy{m})
	}
	if err := h.job.Validate(); err != nil {
		h.fail("valid job", "the generator made an invalid job, or Validate is wrong: %v", err)
	}
}

// step does the next thing.
func (h *history) step(d dice, i int, last bool) {
	switch {
	case last || d.chance(28):
		h.note("step %d: run", i)
		h.runStep(d)
	case d.chance(8):
		h.note("step %d: edit", i)
		h.edit(d)
	default:
		w := h.worlds[pick(d, bothSides)]
		events := allEvents()
		weights := make([]int, len(events))
		for k, e := range events {
			weights[k] = e.weight
			if h.turning && e.name == "rotate" {
				weights[k] *= 15
			}
		}
		e := events[d.weighted(weights...)]
		if what := e.do(d, w); what != "" {
			h.note("step %d: %s: %s", i, w.side, what)
		}
		if err := w.agrees(); err != nil {
			h.fail("the fake agrees", "after %q: %v", e.name, err)
		}
	}
}

// lazy is a value that is turned into JSON when it is printed.
type lazy struct{ v any }

func (l lazy) String() string { return asJSON(l.v) }

// asJSON is a text of v to compare and to print.
func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}
