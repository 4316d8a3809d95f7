package proptest

import (
	"errors"
	"slices"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// facts are what one side of a run was asked to do and told, as the recorder wrote it down.
type facts struct {
	asked      bool // the side takes part in the run
	inspected  bool
	directory  refresh.Directory
	inspectErr error
	first      *round
	second     *round
	finds      map[string]refresh.Finding
	findErr    error
	canFind    bool

	started        time.Time
	cancelled      bool // the context ended during the run
	verify         bool
	acceptReverted bool

	wrong switches
}

// switches make the model wrong on purpose, for the test of the test.
type switches struct {
	believeUnproven, believeOnce, writeEmpty, learnOnPlanned, forgetMark bool
}

// verdict is one allowed judgement of one side of one row.
type verdict struct {
	outcome  refresh.Outcome
	reasons  refresh.Reasons
	may      refresh.Reasons // of the reasons, those that may be left out
	causes   []refresh.Cause // of LookupFailed; empty allows any
	after    *refresh.Mailbox
	mark     *refresh.Mark // as Apply leaves it
	replica  string        // that a written value was read from
	account  refresh.AccountState
	instance refresh.ID
	writes   bool // Apply has something to write
}

// reading is what one answer means for one row.
type reading struct {
	state    readState
	reason   refresh.Reason // of an absence
	causes   []refresh.Cause
	after    refresh.Mailbox
	instance refresh.ID
	found    bool // the answer was Found, whatever it means
}

type readState int

const (
	readFailed readState = iota
	readFound
	readAbsent
	readReplaced
)

// judge returns every judgement of one side of a row that the design allows.
func (f *facts) judge(m refresh.Match, s refresh.Side) []verdict {
	box, origin, mark := m.Mailbox(s), m.Origin(s), m.Mark(s)
	switch {
	case origin == refresh.None:
		return []verdict{{outcome: refresh.Unmatched, mark: mark}}
	case origin == refresh.Manual:
		return []verdict{{outcome: refresh.EnteredManually, mark: mark}}
	case origin == refresh.Planned && box.ID == "":
		return []verdict{{outcome: refresh.NotCreatedYet, mark: mark}}
	}
	var out []verdict
	if f.inspected && f.inspectErr != nil && !errors.Is(f.inspectErr, refresh.ErrForbidden) {
		return append(out, failed(mark))
	}
	said := f.first.said(box.ID)
	for _, r := range f.read(m, s, said.lookup, false) {
		out = append(out, f.verdicts(m, s, r, said.lookup)...)
	}
	if said.twice || f.cancelled {
		out = append(out, failed(mark))
	}
	return out
}

func failed(mark *refresh.Mark, causes ...refresh.Cause) verdict {
	return verdict{outcome: refresh.LookupFailed, causes: causes, mark: mark}
}

// verdicts turns a reading into judgements. An absence is looked at a second time.
func (f *facts) verdicts(m refresh.Match, s refresh.Side, r reading, l refresh.Lookup) []verdict {
	mark, planned := m.Mark(s), m.Origin(s) == refresh.Planned
	switch r.state {
	case readFailed:
		return []verdict{failed(mark, r.causes...)}
	case readReplaced:
		return []verdict{{outcome: refresh.Replaced, instance: r.instance, mark: mark}}
	case readFound:
		return []verdict{f.found(m, s, r, l)}
	}
	if f.wrong.believeOnce {
		return []verdict{f.missing(m, s, r, l)}
	}
	var out []verdict
	again := f.second.said(m.Mailbox(s).ID)
	for _, r2 := range f.read(m, s, again.lookup, true) {
		switch {
		case r2.state == readFailed && r2.found && len(r2.causes) > 0:
			out = append(out, failed(mark, append([]refresh.Cause{refresh.CauseReplicasDisagree}, r2.causes...)...))
		case r2.state == readFailed:
			out = append(out, failed(mark, r2.causes...))
		case r2.state == readAbsent && r2.reason == r.reason && !planned:
			out = append(out, f.missing(m, s, r, again.lookup), f.missing(m, s, r, l))
		case r2.state == readAbsent && r2.reason == r.reason && (r.reason == refresh.ReasonNoMailbox || r.reason == refresh.ReasonMoved):
			out = append(out, f.stillThere(m, s, again.lookup), f.stillThere(m, s, l))
		case r2.state == readAbsent && r2.reason == r.reason:
			out = append(out, verdict{outcome: refresh.NotCreatedYet, account: refresh.AccountGone, mark: mark})
		default:
			out = append(out, failed(mark, refresh.CauseReplicasDisagree))
		}
	}
	if again.twice {
		out = append(out, failed(mark))
	}
	return out
}

// stillThere judges a planned target whose account is there, as the answer states, without a mailbox.
func (f *facts) stillThere(m refresh.Match, s refresh.Side, l refresh.Lookup) verdict {
	v := verdict{outcome: refresh.NotCreatedYet, account: refresh.AccountThere, mark: m.Mark(s), replica: f.replica(l)}
	if a, _ := l.Absence(); a.Account != nil {
		account := *a.Account
		account.Aliases = normal(account.Primary, account.Aliases)
		if after := f.merged(m, s, account); !sameMailbox(m.Mailbox(s), after) {
			v.after = &after
		}
	}
	return v
}

func (f *facts) missing(m refresh.Match, s refresh.Side, r reading, l refresh.Lookup) verdict {
	a, _ := l.Absence()
	mark := &refresh.Mark{Reason: r.reason, FirstSeen: f.started, LastSeen: f.started, DeletionUnknown: a.DeletionUnknown}
	if was := m.Mark(s); was != nil {
		mark.FirstSeen = was.FirstSeen
	}
	return verdict{outcome: refresh.Missing, reasons: refresh.ReasonsOf(r.reason), mark: mark}
}

func (f *facts) found(m refresh.Match, s refresh.Side, r reading, l refresh.Lookup) verdict {
	box := m.Mailbox(s)
	v := verdict{outcome: refresh.NotChanged, replica: f.replica(l)}
	if !sameMailbox(box, r.after) {
		v.outcome, v.after = refresh.Refreshed, &r.after
		v.reasons, v.may = reasons(box, r.after)
	}
	if m.Origin(s) == refresh.Planned {
		found, _ := l.Mailbox()
		v.outcome, v.reasons, v.mark, v.account = refresh.NotCreatedYet, 0, m.Mark(s), refresh.AccountThere
		if found.Instance != "" && !found.Kind.Elsewhere() {
			v.account = refresh.AccountExistsNow
		}
		return v
	}
	if m.Mark(s) != nil {
		v.outcome = refresh.Refreshed
		v.reasons |= refresh.ReasonsOf(refresh.ReasonRestored)
	}
	if f.wrong.forgetMark {
		v.mark = m.Mark(s)
	}
	return v
}

// replica names the server that gave an answer, "" where that is not known.
func (f *facts) replica(l refresh.Lookup) string {
	if l.Replica() != "" {
		return l.Replica()
	}
	return f.directory.Server
}

// sight reports whether a round read an Instance of another object of the side. What another replica or another round
// read may count, and so may an object that was answered twice, against the contract.
func (f *facts) sight(id refresh.ID, again bool) likely {
	round := f.first
	if again {
		round = f.second
	}
	sure := excluded
	if f.first.shows(id) || f.second.shows(id) {
		sure = possible
	}
	at := round.said(id).lookup.Replica()
	for _, other := range round.answered() {
		said := round.said(other)
		m, ok := said.lookup.Mailbox()
		switch {
		case !ok || other == id || m.ID != other || m.Instance == "":
		case said.twice || said.lookup.Replica() != at:
			sure = max(sure, possible)
		default:
			return certain
		}
	}
	return sure
}

// shows reports whether a round read the Instance of another object.
func (c *round) shows(id refresh.ID) bool {
	return slices.ContainsFunc(c.answered(), func(other refresh.ID) bool {
		m, ok := c.said(other).lookup.Mailbox()
		return ok && other != id && m.Instance != ""
	})
}

// causeOf sorts the errors of connectors as the documentation of the causes says.
func causeOf(err error) refresh.Cause {
	if _, ok := errors.AsType[*refresh.ValueError](err); ok {
		return refresh.CauseMalformed
	}
	for cause, of := range map[refresh.Cause]error{
		refresh.CauseNoAnswer: refresh.ErrNoAnswer, refresh.CauseNotVisible: refresh.ErrNotVisible, refresh.CauseOutOfScope: refresh.ErrOutOfScope,
		refresh.CauseMailboxUnknown: refresh.ErrMailboxUnknown, refresh.CauseReplicasDisagree: refresh.ErrReplicasDisagree,
	} {
		if errors.Is(err, of) {
			return cause
		}
	}
	return refresh.CauseFailed
}

// applies returns the job with the verdicts carried out: what Apply must do. The key of a verdict is its row's.
func applies(job refresh.Job, verdicts map[place]verdict, pins map[refresh.Side]string) refresh.Job {
	out := clone(job)
	for i := range out.Matches {
		for _, s := range bothSides {
			v, ok := verdicts[place{out.Matches[i].Key, s}]
			if !ok || !v.writes {
				continue
			}
			p := partOf(&out.Matches[i], s)
			if v.after != nil {
				*p.previous = &refresh.Previous{Mailbox: *p.box, Replica: v.replica}
				*p.box = *v.after
				p.box.Aliases = slices.Clone(v.after.Aliases)
			}
			*p.mark = clonePtr(v.mark)
		}
	}
	if out.Source.Pin == "" {
		out.Source.Pin = pins[refresh.Source]
	}
	if out.Target.Pin == "" {
		out.Target.Pin = pins[refresh.Target]
	}
	return out
}

// place names one side of one row.
type place struct {
	key  string
	side refresh.Side
}

var bothSides = []refresh.Side{refresh.Source, refresh.Target}
