package report_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/internal/golden"
	"github.com/readdress-go/readdress/refresh"
	"github.com/readdress-go/readdress/report"
)

func TestDiff(t *testing.T) {
	manual := refresh.Row{Key: "k", Side: refresh.Source, Origin: refresh.Manual, Outcome: refresh.EnteredManually, Before: refresh.Mailbox{Primary: "a@old.example"}}
	gone := missing("k", refresh.Source, "mona", refresh.ReasonGone, refresh.Evidence{})
	soft := missing("k", refresh.Source, "mona", refresh.ReasonSoftDeleted, refresh.Evidence{})
	fail := failed("k", refresh.Source, "mona", refresh.CauseNoAnswer, "no answer")
	move := moved("k", refresh.Source, "mona")
	done := bound("k", refresh.Source, refresh.NotChanged, *move.After)
	rematched := done
	rematched.Before.ID = "id-other"
	otherGone := gone
	otherGone.Before.ID = "id-other"
	edited := move
	edited.Before.DisplayName = "Mona M."
	again := bound("k", refresh.Source, refresh.Refreshed, *move.After)
	newer := person("mona", "newest.example")
	again.After = &newer
	reordered := move
	after := *move.After
	after.Aliases = append([]refresh.Address{"z@x.example"}, after.Aliases...)
	reordered.After = &after
	swapped := reordered
	turned := after
	turned.Aliases = []refresh.Address{after.Aliases[1], after.Aliases[0]}
	swapped.After = &turned
	lost := lostEarlier(refresh.Source, refresh.NotChanged)
	none := refresh.Row{Key: "k", Side: refresh.Target, Outcome: refresh.Unmatched}
	matched := bound("k", refresh.Target, refresh.NotChanged, person("mona", "new.example"))
	for _, tc := range []struct {
		name, reason string
		a, b         *refresh.Row
		want         report.Trend
	}{
		{"healed", "the mailbox is back", &gone, &done, report.Healed},
		{"healed with changes", "it needs nobody, whatever is written", &fail, &move, report.Healed},
		{"newly missing", "", &done, &gone, report.Worsened},
		{"newly failed", "an outage in the second run", &move, &fail, report.Worsened},
		{"newly lost", "the row is not changed, but its address in use is lost", &done, &lost, report.Worsened},
		{"still missing", "", &gone, &gone, report.Persisted},
		{"still manual", "", &manual, &manual, report.Persisted},
		{"gone now", "it was still to be restored", &soft, &gone, report.Turned},
		{"known now", "an outage hid it", &fail, &gone, report.Turned},
		{"settled", "the first result was applied", &move, &done, report.Settled},
		{"pending", "it was not", &move, &move, report.Pending},
		{"pending, other order", "the order of aliases is no difference", &reordered, &swapped, report.Pending},
		{"pending and more", "there is an alias more to write", &move, &reordered, report.Changed},
		{"changed again", "renamed after the first", &move, &again, report.Changed},
		{"changed since", "nothing was to do before", &done, &again, report.Changed},
		{"matched", "it had no target before", &none, &matched, report.Changed},
		{"another mailbox", "the row was matched to it in between", &done, &rematched, report.Changed},
		{"another mailbox that is gone, too", "the row was matched to it in between", &gone, &otherGone, report.Turned},
		{"the same change to something else", "the job was edited in between", &move, &edited, report.Changed},
		{"same", "nothing is to tell", &done, &done, report.Same},
		{"added", "only the later one looked", nil, &done, report.Added},
		{"dropped", "only the earlier one looked", &done, nil, report.Dropped},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a, b := newResult(refresh.Applied), newResult(refresh.Preview)
			if tc.a != nil {
				a = newResult(refresh.Applied, *tc.a)
			}
			if tc.b != nil {
				b = newResult(refresh.Preview, *tc.b)
			}
			d, err := report.Diff(a, b)
			if err != nil {
				t.Fatal(err)
			}
			got := report.Same
			if len(d.Rows) == 1 {
				got = d.Rows[0].Trend
			}
			if got != tc.want || len(d.Rows)+d.SameSource+d.SameTarget != 1 {
				t.Errorf("%v, want %v: %s", got, tc.want, tc.reason)
			}
		})
	}
}

// TestDiffConflicts: what a refresh resolves stands no more, and is neither new nor ended by the next one.
func TestDiffConflicts(t *testing.T) {
	conflict := func(s refresh.ConflictState) []refresh.Conflict {
		if s == 0 {
			return nil
		}
		return []refresh.Conflict{{Kind: refresh.SharedAddress, State: s, Side: refresh.Source, Address: "a@new.example", Members: []refresh.Member{{Key: "1"}, {Key: "2"}}}}
	}
	for _, tc := range []struct {
		name, reason string
		a, b         refresh.ConflictState
		made, ended  int
	}{
		{"new", "it was not there", 0, refresh.ConflictNew, 1, 0},
		{"still there", "nothing to tell", refresh.ConflictNew, refresh.ConflictExisting, 0, 0},
		{"gone", "somebody ended it in between", refresh.ConflictNew, 0, 0, 1},
		{"ended by the later one", "it stands no more", refresh.ConflictExisting, refresh.ConflictResolved, 0, 1},
		{"ended by the earlier one", "it did not stand", refresh.ConflictResolved, 0, 0, 0},
		{"back", "the earlier one ended it", refresh.ConflictResolved, refresh.ConflictNew, 1, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a, b := newResult(refresh.Applied), newResult(refresh.Preview)
			a.Conflicts, b.Conflicts = conflict(tc.a), conflict(tc.b)
			d, err := report.Diff(a, b)
			if err != nil || len(d.NewConflicts) != tc.made || len(d.EndedConflicts) != tc.ended {
				t.Errorf("%d new, %d ended, %v: %s", len(d.NewConflicts), len(d.EndedConflicts), err, tc.reason)
			}
		})
	}
}

// twoRefreshes returns a difference with every trend.
func twoRefreshes(t testing.TB) *report.Difference {
	t.Helper()
	a, b := everything(refresh.Applied), everything(refresh.Preview)
	b.ID, b.Run.ID = "d00dd00dd00dd00dd00dd00dd00dd00d", "feedfeedfeedfeedfeedfeedfeedfeed"
	b.Run.Started, b.Run.Finished = when.AddDate(0, 0, 1), when.AddDate(0, 0, 1)
	b.Conflicts = b.Conflicts[:len(b.Conflicts)-1]
	b.Conflicts = append(b.Conflicts, refresh.Conflict{Kind: refresh.SharedAddress, State: refresh.ConflictNew, Side: refresh.Source, Address: "new@new.example", Members: []refresh.Member{{Key: "source-01"}, {Key: "source-06"}}})
	for i := range b.Rows {
		row := &b.Rows[i]
		switch row.Key {
		case "source-01", "source-04": // settled
			row.Outcome, row.Before, row.After, row.Reasons = refresh.NotChanged, *row.After, nil, 0
		case "source-06": // newly missing
			was := row.Before
			*row = missing(row.Key, row.Side, "nils", refresh.ReasonSoftDeleted, refresh.Evidence{})
			row.Before = was
		case "source-07", "target-32": // healed
			*row = bound(row.Key, row.Side, refresh.NotChanged, row.Before)
		case "source-15": // another reason
			row.Outcome, row.Cause, row.Failure, row.Reasons = refresh.Missing, 0, "", refresh.ReasonsOf(refresh.ReasonMoved)
		case "source-05": // changed
			after := *row.After
			after.DisplayName = "Dora Dahl-Berg"
			row.After = &after
		case "target-26": // matched anew
			row.Before.ID = "id-another"
			after := *row.After
			after.ID = "id-another"
			row.After = &after
		case "target-50":
			row.Key = "target-99"
		}
	}
	d, err := report.Diff(a, b)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[report.Trend]bool{}
	for _, s := range []refresh.Side{refresh.Source, refresh.Target} {
		sum := 0
		for trend, n := range d.Counts(s) {
			seen[trend] = seen[trend] || n > 0
			sum += n
		}
		if want := b.Counts(s).Total; sum != want && s == refresh.Source {
			t.Errorf("%s: %d rows, want %d", s, sum, want)
		}
	}
	for _, trend := range report.Trends() {
		if !seen[trend] {
			t.Errorf("no row is %s", trend)
		}
	}
	return d
}

func TestDiffGolden(t *testing.T) {
	d := twoRefreshes(t)
	for name, write := range map[string]func(*bytes.Buffer) error{
		"diff.txt":  func(b *bytes.Buffer) error { return d.Text(b, nil) },
		"diff.csv":  func(b *bytes.Buffer) error { return d.CSV(b, nil) },
		"diff.json": func(b *bytes.Buffer) error { return d.Write(b) },
		"diff.html": func(b *bytes.Buffer) error { return d.HTML(b, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
			golden.Check(t, name, withoutScript(b.String()))
		})
	}
}

func TestDiffJSON(t *testing.T) {
	d := twoRefreshes(t)
	var b bytes.Buffer
	if err := d.Write(&b); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	got, err := report.ReadDifference(&b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, got); diff != "" {
		t.Errorf("it does not come back (-want +got):\n%s", diff)
	}
	for _, tc := range []struct{ name, reason, old, new, want string }{
		{"another file", "a result, say", quotedDiffName, `"readdress-result"`, "this is no readdress difference"},
		{"a later version", "its meaning is not known", `"version":1`, `"version":2`, "use a newer release"},
		{"no version", "", `"version":1`, `"version":null`, "version of the difference is missing"},
		{"unknown word", "", `"trend":"healed"`, `"trend":"cured"`, "rows[0].trend: unknown trend: want one of same, "},
		{"unknown member", "", `"trend":"healed"`, `"tendency":"healed"`, "tendency"},
		{"no verdict at all", "nobody looked", `"rows":[`, `"rows":[{"key":"1","side":"source","trend":"healed"},`, "rows[0]: both verdicts are missing"},
		{"no side", "", `"rows":[`, `"rows":[{"key":"1","trend":"healed"},`, "side"},
		{"no verdicts", "", `,"earlier":{"outcome":"refreshed"`, `,"earlier":{"outcome":"refreshed","x":1`, "x"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			broken := strings.Replace(text, tc.old, tc.new, 1)
			if broken == text {
				t.Fatal("nothing is broken: this test shows nothing")
			}
			_, err := report.ReadDifference(strings.NewReader(broken))
			if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), "rows[5]", "rows[0]"), tc.want) && !strings.Contains(err.Error(), "unknown trend") {
				t.Errorf("error %v, want one that says %q", err, tc.want)
			}
		})
	}
}

const quotedDiffName = `"readdress-difference"`

func TestDiffRefuses(t *testing.T) {
	r := newResult(refresh.Preview)
	other := newResult(refresh.Preview)
	other.JobID = "another"
	if _, err := report.Diff(nil, r); err == nil {
		t.Error("no earlier result, and no error")
	}
	if _, err := report.Diff(r, nil); err == nil {
		t.Error("no later result, and no error")
	}
	if _, err := report.Diff(r, other); err == nil {
		t.Error("two jobs, and no error")
	} else if wrong, ok := errors.AsType[*refresh.WrongJobError](err); !ok || wrong.Want != r.JobID || wrong.Got != "another" {
		t.Errorf("error %v", err)
	}
	var none *report.Difference
	if err := none.Text(&bytes.Buffer{}, nil); err == nil {
		t.Error("no difference, and no error")
	}
}
