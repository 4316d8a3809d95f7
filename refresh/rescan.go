package refresh

import (
	"iter"

	"github.com/readdress-go/readdress/internal/enum"
)

// Readiness says whether a row is ready for the next delta migration, which a host runs after a refresh.
type Readiness struct {
	State ReadyState
	Why   []string // such as "source missing: gone"; empty when Ready
}

// ReadyState is the verdict of a [Readiness]. The zero ReadyState has no word.
type ReadyState uint8

// The verdicts.
const (
	Ready      ReadyState = iota + 1 // migrate
	Unverified                       // nothing is known to be wrong: entered manually, not created yet, the look-up failed, or an address in use that the mailbox does not list
	Blocked                          // migrating would fail or go wrong: missing, replaced, moved, no target, a conflict, a lost address in use
)

var readyWords = []string{"", "ready", "unverified", "blocked"}

// String returns "ready", "unverified" or "blocked".
func (r ReadyState) String() string { return enum.String(readyWords, r) }

// Rescan yields every row of job that the result looked at, in the order of the job, with its readiness. Pass the
// job that [Job.Apply] returned, so that the matches carry the new addresses: a result holds no matches itself. A side that was not asked
// is judged by what the job knows of it. A conflict blocks the rows that take part in it, unless all others in it are missing or no longer in job.
func (r *Result) Rescan(job Job) iter.Seq2[Match, Readiness] {
	return func(yield func(Match, Readiness) bool) {
		clash := r.clashes(job)
		rows := make(map[sideKey]*Row, len(r.Rows))
		for i := range r.Rows {
			rows[sideKey{r.Rows[i].Side, r.Rows[i].Key}] = &r.Rows[i]
		}
		for i := range job.Matches {
			m := &job.Matches[i]
			state := Readiness{}
			for _, s := range []Side{Source, Target} {
				if row := rows[sideKey{s, m.Key}]; row != nil {
					state.judge(row, clash[sideKey{s, m.Key}])
				}
			}
			if state.State == 0 {
				continue // not of this result
			}
			for _, s := range []Side{Source, Target} {
				if rows[sideKey{s, m.Key}] == nil {
					state.judgeUnasked(m, s)
				}
			}
			if !yield(*m, state) {
				return
			}
		}
	}
}

// judgeUnasked judges a side that the run did not ask by what the job knows of it.
func (r *Readiness) judgeUnasked(m *Match, s Side) {
	at := func(state ReadyState, why string) {
		r.State = max(r.State, state)
		r.Why = append(r.Why, s.String()+" "+why)
	}
	switch mark := m.Mark(s); {
	case mark != nil:
		at(Blocked, "missing when it was last looked up: "+mark.Reason.String())
	case m.Origin(s) == None:
		at(Blocked, "unmatched: there is no target")
	case m.Origin(s) == Manual:
		at(Unverified, "entered manually")
	case m.Origin(s) == Planned:
		at(Unverified, "not created yet")
	}
}

type sideKey struct {
	side Side
	key  string
}

// clashes returns the rows that stand in a conflict after Apply together with another row of job that is not missing.
func (r *Result) clashes(job Job) map[sideKey]ConflictKind {
	if len(r.Conflicts) == 0 {
		return nil
	}
	there := make(map[string]bool, len(job.Matches))
	for i := range job.Matches {
		there[job.Matches[i].Key] = true
	}
	out := make(map[sideKey]ConflictKind)
	for _, c := range r.Conflicts {
		if c.State == ConflictResolved {
			continue
		}
		live := 0
		for _, m := range c.Members {
			if m.Outcome != Missing && there[m.Key] {
				live++
			}
		}
		if live > 1 {
			for _, m := range c.Members {
				out[sideKey{c.Side, m.Key}] = c.Kind
			}
		}
	}
	return out
}

func (r *Readiness) judge(row *Row, clash ConflictKind) {
	at := func(s ReadyState, why string) {
		r.State = max(r.State, s)
		if why != "" {
			r.Why = append(r.Why, row.Side.String()+" "+why)
		}
	}
	switch row.Outcome {
	case Refreshed, NotChanged:
		at(Ready, "")
	case Missing:
		at(Blocked, "missing: "+row.Reasons.String())
	case Replaced:
		at(Blocked, "replaced: the account has another mailbox")
	case Unmatched:
		at(Blocked, "unmatched: there is no target")
	case EnteredManually:
		at(Unverified, "entered manually")
	case NotCreatedYet:
		if row.Evidence != nil && row.Evidence.Account == AccountGone {
			at(Blocked, "not created yet, and its account is gone")
		} else {
			at(Unverified, "not created yet")
		}
	default:
		at(Unverified, "look-up failed: "+row.Cause.String())
	}
	if clash != 0 {
		at(Blocked, "conflict: "+clash.String())
	}
	if s, why := row.useProblem(); why != "" {
		at(s, why)
	}
}

// useProblem says what is wrong with the address in use after Apply. A plan that changes nothing may follow one that
// lost the address, so what the last applied refresh replaced counts as well.
func (row *Row) useProblem() (ReadyState, string) {
	now, found := row.Now(), row.Outcome == Refreshed || row.Outcome == NotChanged
	switch {
	case row.Use == "" || !found && row.Outcome != NotCreatedYet || answersTo(&now, row.Use):
		return 0, ""
	case answersTo(&row.Before, row.Use), row.PreviousBefore != nil && answersTo(&row.PreviousBefore.Mailbox, row.Use):
		return Blocked, "address in use lost"
	case found:
		return Unverified, "address in use unknown: the mailbox does not list it"
	}
	return 0, ""
}

// answersTo reports whether use is an address or the login of the mailbox.
func answersTo(m *Mailbox, use Address) bool {
	return m.Holds(use) || Address(m.Login).Same(use)
}
