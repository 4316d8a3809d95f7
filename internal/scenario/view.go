package scenario

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/refresh"
)

// View is a reader with a job of its own, of which one side is asked.
type View struct {
	Reader
	Side refresh.Side
	Conn refresh.Connector
	Job  refresh.Job
	// played is what the runs said after each step.
	played map[string][]string
}

// look refreshes and applies, twice, and says what came out.
func (v *View) look(t *testing.T) []string {
	t.Helper()
	first, then := v.Refresh(t), v.Refresh(t)
	var lines []string
	for i, row := range first.Rows {
		lines = append(lines, rowText(row.Key, OutcomeText(row), OutcomeText(then.Rows[i]), v.Job.Matches[i].Mailbox(v.Side).Addresses()))
	}
	return append(lines, sumText(first.Counts(v.Side), then.Counts(v.Side), len(first.Conflicts)+len(then.Conflicts)))
}

// Refresh refreshes the side and applies the result.
func (v *View) Refresh(t *testing.T) *refresh.Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	sides := refresh.Sides{Source: v.Conn}
	if v.Side == refresh.Target {
		sides = refresh.Sides{Target: v.Conn}
	}
	res, err := refresh.Refresh(ctx, v.Job, sides, &refresh.Options{ConfirmAfter: time.Millisecond, Verify: v.Verify})
	must(t, err)
	if res.Partial || len(res.Rows) != len(v.Job.Matches) {
		t.Fatalf("%s: %d rows of %d, partial %t", v.Account, len(res.Rows), len(v.Job.Matches), res.Partial)
	}
	job, err := v.Job.Apply(res)
	must(t, err)
	v.Job = job
	return res
}

// Want is what a reader's runs must say after each step that the world has.
func (v *View) Want(w *World) map[string][]string {
	out := map[string][]string{}
	state := map[string]expected{}
	for _, x := range story {
		if x.can != nil && !x.can(w) {
			continue
		}
		for key, e := range state { // what was there before is what happens again
			e.now = e.then
			state[key] = e
		}
		for _, e := range x.want {
			if e.addresses == nil {
				e.addresses = state[e.key].addresses
			}
			e.now, e.then = v.told(e.now), v.told(e.then)
			state[e.key] = e
		}
		var lines []string
		first, then := refresh.Counts{ByOutcome: map[refresh.Outcome]int{}}, refresh.Counts{ByOutcome: map[refresh.Outcome]int{}}
		for _, p := range cast {
			e := state[p.key]
			lines = append(lines, rowText(p.key, e.now, e.then, e.addresses))
			tallyOutcome(&first, e.now)
			tallyOutcome(&then, e.then)
		}
		out[x.name] = append(lines, sumText(first, then, 0))
	}
	return out
}

// Compare reports the first step that went otherwise: the ones after it would repeat it.
func (v *View) Compare(t *testing.T, want map[string][]string) {
	t.Helper()
	for _, x := range story {
		if diff := cmp.Diff(want[x.name], v.played[x.name]); diff != "" {
			t.Errorf("%s: %s\nas %s, to whom a deleted mailbox is %q because %s (-want +got):\n%s", x.name, x.reason, v.Account, v.Deleted, v.Why, diff)
			return
		}
	}
}

// told puts what the reader can tell of a deletion in its place.
func (v *View) told(outcome string) string {
	if outcome == wasDeleted {
		return isMissing + v.Deleted
	}
	return outcome
}

// Common is what was played of the steps that every directory has, of the rows that they are about, with one word for
// whatever the reader was told of a deletion.
func (v *View) Common() (lines []string) {
	for _, x := range story {
		if x.can != nil {
			continue
		}
		for _, line := range v.played[x.name] {
			for _, e := range x.want {
				if strings.HasPrefix(line, e.key+": ") {
					lines = append(lines, x.name+": "+strings.ReplaceAll(line, isMissing+v.Deleted, wasDeleted))
				}
			}
		}
	}
	return lines
}
