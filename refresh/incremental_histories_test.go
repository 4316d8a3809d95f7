package refresh_test

import (
	"testing"

	"github.com/readdress-go/readdress/refresh"
)

// TestIncrementalEqualsFull holds single histories to the property that refresh/proptest holds random ones to: an incremental
// run finds what a full one finds at the same moment. In each of them mailbox a is renamed, and the row of a is away or holds
// something else while the cursor moves on.
func TestIncrementalEqualsFull(t *testing.T) {
	a, b, c := box("a", "a@old.example"), box("b", "b@old.example"), box("c", "c@old.example")
	anew, bnew := box("a", "a@new.example"), box("b", "b@new.example")
	byHand := func(t *testing.T, j refresh.Job, m refresh.Mailbox) refresh.Job {
		return edit(t, j, "a", func(row *refresh.Match) { row.Source = m })
	}
	failed := func(t *testing.T, l *ledger, j refresh.Job) *refresh.Result { // a alone changed, and its look-up failed
		l.put(anew)
		l.failing = lookups{"a": refresh.Failed(errOutage)}
		defer l.sound()
		return l.look(t, j, nil)
	}
	for _, tt := range []struct {
		name, reason string
		history      func(t *testing.T, l *ledger, j refresh.Job) refresh.Job
	}{
		{"renamed", "the change is told", func(t *testing.T, l *ledger, j refresh.Job) refresh.Job {
			l.put(anew)
			return j
		}},
		{"an edit that is undone, unselected meanwhile", "an edit breaks a stamp only until it is undone", func(t *testing.T, l *ledger, j refresh.Job) refresh.Job {
			l.put(anew)
			j = l.sync(t, byHand(t, j, box("a", "by.hand@old.example")), selecting("b", "c"))
			return byHand(t, j, a)
		}},
		{"a rematch that is undone, unselected meanwhile", "the changes of the first mailbox count, too", func(t *testing.T, l *ledger, j refresh.Job) refresh.Job {
			l.put(anew)
			j = l.sync(t, byHand(t, j, c), selecting("b", "c"))
			return byHand(t, j, a)
		}},
		{"a mark that is taken back, unselected meanwhile", "it breaks a stamp, too", func(t *testing.T, l *ledger, j refresh.Job) refresh.Job {
			l.put(anew)
			j = edit(t, j, "a", func(m *refresh.Match) { m.SourceMark = &refresh.Mark{Reason: refresh.ReasonGone} })
			j = l.sync(t, j, selecting("b", "c"))
			return edit(t, j, "a", func(m *refresh.Match) { m.SourceMark = nil })
		}},
		{"two results of one job", "the second one cannot know of the stamp that the first one wrote", func(t *testing.T, l *ledger, j refresh.Job) refresh.Job {
			j = edit(t, j, "a", func(m *refresh.Match) { m.SourceStamp = 0 })
			j = l.sync(t, j, &refresh.Options{Select: selecting("b").Select, Full: true}) // the seal fits again
			l.put(bnew)
			first := l.look(t, j, selecting("a")) // b changed: the cursor stays
			l.put(anew)
			second := l.look(t, j, selecting("b", "c"))
			return apply(t, apply(t, j, first), second)
		}},
		{"a result applied to an older copy of the job", "the copy holds older values under older stamps", func(t *testing.T, l *ledger, j refresh.Job) refresh.Job {
			older := j
			l.put(anew)
			l.put(bnew)
			j = l.sync(t, j, selecting("a")) // b changed: the cursor stays
			return apply(t, older, l.look(t, j, nil))
		}},
		{"an edit before Apply that is undone after", "the plan takes the stamp away, and the edited row keeps none either", func(t *testing.T, l *ledger, j refresh.Job) refresh.Job {
			r := failed(t, l, j)
			j = apply(t, byHand(t, j, box("a", "by.hand@old.example")), r)
			return byHand(t, j, a)
		}},
		{"a row removed before Apply and put back after", "the plan takes the stamp away, and the seal remembers", func(t *testing.T, l *ledger, j refresh.Job) refresh.Job {
			r := failed(t, l, j)
			row := matchOf(t, j, "a")
			return plus(apply(t, without(j, "a"), r), row)
		}},
		{"a row put back by hand twice after it was pruned", "two old stamps do not cancel each other out", func(t *testing.T, l *ledger, j refresh.Job) refresh.Job {
			prune := func(j refresh.Job) refresh.Job {
				t.Helper()
				j = edit(t, j, "a", func(m *refresh.Match) { m.SourceMark = &refresh.Mark{Reason: refresh.ReasonGone} })
				out, rows, err := j.Prune(refresh.Limit{MaxShare: 1}, nil)
				if err != nil || len(rows) != 1 {
					t.Fatalf("pruned %d rows, error %v", len(rows), err)
				}
				return out
			}
			row := matchOf(t, j, "a")
			l.put(anew)
			j = l.sync(t, prune(j), nil)
			return plus(prune(plus(j, row)), row)
		}},
		{"a full run of some rows at another replica", "the cursor says nothing of what that one knows", func(t *testing.T, l *ledger, j refresh.Job) refresh.Job {
			j = apply(t, j, failed(t, l, j)) // the cursor moves on
			l.server, l.failing = "dc2", lookups{"a": refresh.Found(a)}
			j = l.sync(t, j, &refresh.Options{Select: selecting("a").Select, Full: true})
			l.sound()
			l.server = "dc1"
			return j
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := newLedger(a, b, c)
			j := tt.history(t, l, l.sync(t, l.rows(), nil))
			got := l.look(t, j, nil)
			want := l.look(t, j, &refresh.Options{Full: true})
			same(t, tt.reason, outcomes(want), outcomes(got))
			same(t, "a was renamed", refresh.Refreshed, rowOf(t, want, refresh.Source, "a").Outcome)
		})
	}
}
