package refresh_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// renamedCrowd is a crowd whose sides were both renamed, and the result of refreshing it.
func renamedCrowd(t *testing.T, n int) (world, *refresh.Result) {
	t.Helper()
	w := crowd(n)
	w.source.SwitchDomain("old.example", "moved.example", memconn.KeepOld)
	w.target.SwitchDomain("new.example", "moved.example", memconn.DropOld)
	sides, _, _ := w.connect(nil)
	return w, run(t, w.job, sides, &refresh.Options{Operator: "olga"})
}

func TestApplyWritesWhatWasFound(t *testing.T) {
	w := crowd(1)
	id := w.job.Matches[0].Source.ID
	found := w.source.Update(id, func(m *refresh.Mailbox) {
		m.Primary, m.Aliases, m.Login, m.DisplayName = "n@moved.example", []refresh.Address{"a@moved.example"}, "n", "N"
		m.Kind, m.Anchor = refresh.KindShared, "anchor"
	})
	m := &w.job.Matches[0]
	m.Source.Instance = "" // to be learned
	m.SourceUse, m.Part, m.Merge, m.Ext = "use@old.example", "archive", true, json.RawMessage(`{"a":1}`)
	m.SourceStamp = 7
	sides, _, _ := w.connect(nil)
	r := run(t, w.job, sides, nil)
	want := *m
	want.Source = found
	want.SourceStamp = 0 // it vouched for what was there before
	want.SourcePrevious = &refresh.Previous{Mailbox: m.Source, Replica: "main"}
	same(t, "addresses, login, name, kind, anchor and a learned instance; never key, pairing, origin, use, part, merge or the host's own data", want, apply(t, w.job, r).Matches[0])
}

func TestSecondRunIsContent(t *testing.T) {
	w, r := renamedCrowd(t, 5)
	same(t, "first", map[refresh.Outcome]int{refresh.Refreshed: 5}, r.Counts(refresh.Source).ByOutcome)
	sides, _, _ := w.connect(nil)
	again := run(t, apply(t, w.job, r), sides, nil)
	for _, s := range bothSides {
		same(t, "second", map[refresh.Outcome]int{refresh.NotChanged: 5}, again.Counts(s).ByOutcome)
	}
}

func TestHistory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, r := renamedCrowd(t, 2)
		same(t, "a preview", refresh.Preview, w.job.State(r))
		start := time.Now().UTC()
		time.Sleep(time.Minute)
		j := apply(t, w.job, r)
		same(t, "applied", refresh.Applied, j.State(r))
		e := refresh.Event{Action: refresh.ActionApplied, Result: r.ID, Run: r.Run.ID, Operator: "olga", At: start.Add(time.Minute), Rows: 4}
		same(t, "who did what when, and to how many row sides", []refresh.Event{e}, j.History)

		_, err := j.Apply(r)
		is(t, err, refresh.ErrAlreadyApplied)
		_, err = w.job.Revert(r)
		is(t, err, refresh.ErrNotApplied)

		back, err := j.Revert(r)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "reverted", refresh.Reverted, back.State(r))
		same(t, "the job is as it was, its history excepted", w.job, back, ignoreHistory)
		undone := e
		undone.Action = refresh.ActionReverted
		same(t, "both events", []refresh.Event{e, undone}, back.History)
		_, err = back.Revert(r)
		is(t, err, refresh.ErrNotApplied)
		same(t, "it may be applied again", j, apply(t, back, r), ignoreHistory)
	})
}

func TestHistoryIsBounded(t *testing.T) {
	w, r := renamedCrowd(t, 1)
	j := w.job
	for range refresh.MaxHistory {
		j.History = append(j.History, refresh.Event{Action: refresh.ActionApplied, Result: "old", At: day1})
	}
	j = apply(t, j, r)
	same(t, "the oldest events are dropped", refresh.MaxHistory, len(j.History))
	same(t, "the latest is there", r.ID, j.History[refresh.MaxHistory-1].Result)
	same(t, "State reads the history", refresh.Applied, j.State(r))
}

func TestWrongJob(t *testing.T) {
	w, r := renamedCrowd(t, 1)
	other := w.job
	other.ID = "another job"
	for name, do := range map[string]func(*refresh.Result) (refresh.Job, error){"Apply": other.Apply, "Revert": other.Revert} {
		out, err := do(r)
		same(t, name+" names both", &refresh.WrongJobError{Want: "job", Got: "another job"}, as[*refresh.WrongJobError](t, err))
		same(t, name+" writes nothing", other, out)
	}
}

func TestStale(t *testing.T) {
	const n = 6
	refreshed := func(t *testing.T) (refresh.Job, *refresh.Result) { // rows 0 to 3 are written on the source, row 4 is marked, row 5 is not changed
		w := crowd(n)
		for i := range 4 {
			w.source.Rename(w.job.Matches[i].Source.ID, refresh.Address("n"+w.job.Matches[i].Key+"@moved.example"), memconn.DropOld)
		}
		w.source.Purge(w.job.Matches[4].Source.ID)
		return w.job, run(t, w.job, refresh.Sides{Source: w.source.Connect(nil)}, nil)
	}
	edit := func(i int, f func(*refresh.Match)) func(*refresh.Job) {
		return func(j *refresh.Job) { f(&j.Matches[i]) }
	}
	const changed, rebound = "its mailbox was changed", "another mailbox is bound to it"
	tests := []struct {
		name, reason string
		edit         func(*refresh.Job)
		want         []refresh.StaleRow
	}{
		{"nothing", "it applies", func(*refresh.Job) {}, nil},
		{"primary edited", "what it saw is not there", edit(0, func(m *refresh.Match) { m.Source.Primary = "x@x.example" }), []refresh.StaleRow{{"0", refresh.Source, changed}}},
		{"alias added", "what it saw is not there", edit(0, func(m *refresh.Match) { m.Source.Aliases = []refresh.Address{"x@x.example"} }), []refresh.StaleRow{{"0", refresh.Source, changed}}},
		{"name edited", "what it saw is not there", edit(0, func(m *refresh.Match) { m.Source.DisplayName = "x" }), []refresh.StaleRow{{"0", refresh.Source, changed}}},
		{"rematched", "another mailbox", edit(1, func(m *refresh.Match) { m.Source.ID = "another" }), []refresh.StaleRow{{"1", refresh.Source, rebound}}},
		{"made manual", "another origin", edit(1, func(m *refresh.Match) { m.SourceOrigin, m.Source.ID = refresh.Manual, "" }), []refresh.StaleRow{{"1", refresh.Source, "it is manual now, not bound"}}},
		{"marked meanwhile", "another refresh was applied", edit(2, func(m *refresh.Match) {
			m.SourceMark = &refresh.Mark{Reason: refresh.ReasonGone, FirstSeen: day1, LastSeen: day1}
		}), []refresh.StaleRow{{"2", refresh.Source, "another refresh was applied to it"}}},
		{"the mark of a missing row changed", "another refresh was applied", edit(4, func(m *refresh.Match) {
			m.SourceMark = &refresh.Mark{Reason: refresh.ReasonGone, FirstSeen: day1, LastSeen: day1}
		}), []refresh.StaleRow{{"4", refresh.Source, "another refresh was applied to it"}}},
		{"previous changed", "another refresh was applied", edit(2, func(m *refresh.Match) { m.SourcePrevious = &refresh.Previous{Replica: "dc9"} }), []refresh.StaleRow{{"2", refresh.Source, "another refresh was applied to it"}}},
		{"stamped meanwhile", "a stamp is nothing that the result saw and builds on", edit(2, func(m *refresh.Match) { m.SourceStamp = 7 }), nil},
		{"removed", "the row is no longer there", func(j *refresh.Job) { j.Matches = slices.Delete(j.Matches, 3, 4) }, []refresh.StaleRow{{"3", refresh.Source, "the row is no longer in the job"}}},
		{"several", "exactly these rows, in order", func(j *refresh.Job) {
			j.Matches[0].Source.Login, j.Matches[2].Source.ID = "x", "another"
			j.Matches = slices.Delete(j.Matches, 3, 4)
		}, []refresh.StaleRow{{"0", refresh.Source, changed}, {"2", refresh.Source, rebound}, {"3", refresh.Source, "the row is no longer in the job"}}},
		{"the other side edited", "a side that was not touched never makes it stale", edit(0, func(m *refresh.Match) { m.Target.Primary, m.Target.ID = "x@x.example", "x" }), nil},
		{"the host's own fields edited", "they are not the result's", edit(0, func(m *refresh.Match) {
			m.SourceUse, m.Part, m.Merge, m.Ext = "x@x.example", "archive", true, json.RawMessage(`1`)
		}), nil},
		{"a row that is not changed edited", "nothing is written there", edit(5, func(m *refresh.Match) { m.Source.Primary = "x@x.example" }), nil},
		{"a row that is not changed removed", "nothing is written there", func(j *refresh.Job) { j.Matches = j.Matches[:5] }, nil},
		{"rows reversed", "rows are found by key", func(j *refresh.Job) { slices.Reverse(j.Matches) }, nil},
		{"rows added", "rows are found by key", func(j *refresh.Job) {
			j.Matches = slices.Insert(j.Matches, 0, one(refresh.Source, "new", refresh.Bound, anna))
		}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			original, r := refreshed(t)
			j := deepCopy(t, original)
			tt.edit(&j)
			before := deepCopy(t, j)
			out, err := j.Apply(r)
			if tt.want != nil {
				same(t, tt.reason, tt.want, as[*refresh.StaleError](t, err).Rows)
				same(t, "nothing is written", before, out)
				same(t, "nothing is written to the job either", before, j)
				return
			}
			if err != nil {
				t.Fatalf("%s: %v", tt.reason, err)
			}
			for i := range 4 {
				key := original.Matches[i].Key
				same(t, "written by key", refresh.Address("n"+key+"@moved.example"), matchOf(t, out, key).Source.Primary)
			}
			same(t, "and marked", true, matchOf(t, out, "4").SourceMark != nil)
		})
	}
}

func TestStaleAtRevert(t *testing.T) {
	w, r := renamedCrowd(t, 8)
	j := apply(t, w.job, r)
	for i := range 7 {
		j.Matches[i].Source.DisplayName = "edited"
	}
	before := deepCopy(t, j)
	out, err := j.Revert(r)
	e := as[*refresh.StaleError](t, err)
	same(t, "all seven", 7, len(e.Rows))
	same(t, "nothing is written", before, out)
	if text := err.Error(); !strings.Contains(text, "7 rows") || !strings.Contains(text, `"4"`) || strings.Contains(text, `"5"`) || strings.Contains(text, "@") {
		t.Errorf("the text counts the rows and names the first five: %s", text)
	}
}

// A mark says whether the deletion was seen: one that is surer, or less sure, is another mark.
func TestMarksOfUnknownDeletion(t *testing.T) {
	w := crowd(2)
	w.source.Delete(w.job.Matches[0].Source.ID, day1, day30)
	blind := w.source.Connect(&memconn.ConnOptions{Faults: memconn.Faults{HideDeleted: true}})
	r := run(t, w.job, refresh.Sides{Source: blind}, nil)
	j := apply(t, w.job, r)
	same(t, "gone, for all that this reader may see", true, j.Matches[0].SourceMark.DeletionUnknown)
	surer := *j.Matches[0].SourceMark
	surer.DeletionUnknown = false
	j.Matches[0].SourceMark = &surer
	_, err := j.Revert(r)
	same(t, "somebody saw more meanwhile", []refresh.StaleRow{{Key: "0", Side: refresh.Source, Reason: "another refresh was applied to it"}}, as[*refresh.StaleError](t, err).Rows)
}

func TestLaterResultMakesTheFormerStale(t *testing.T) {
	w, first := renamedCrowd(t, 2)
	sides, _, _ := w.connect(nil)
	second := run(t, w.job, sides, nil)
	j := apply(t, w.job, first)
	_, err := j.Apply(second)
	same(t, "both saw the same; one is applied", 4, len(as[*refresh.StaleError](t, err).Rows))

	w.source.Rename(w.job.Matches[0].Source.ID, "third@moved.example", memconn.DropOld)
	third := run(t, j, sides, nil)
	later := apply(t, j, third)
	_, err = later.Revert(first)
	same(t, "a row that a later result wrote is not reverted under it", []refresh.StaleRow{{"0", refresh.Source, "its mailbox was changed"}}, as[*refresh.StaleError](t, err).Rows)
	back, err := later.Revert(third)
	if err != nil {
		t.Fatal(err)
	}
	if back, err = back.Revert(first); err != nil {
		t.Fatal(err)
	}
	same(t, "in the reverse order all is as it was", w.job, back, ignoreHistory)
}

func TestSwapsAndCycles(t *testing.T) {
	w := crowd(5)
	id := func(i int) refresh.ID { return w.job.Matches[i].Source.ID }
	w.source.Swap(id(0), id(1))
	w.source.Swap(id(2), id(3))
	w.source.Swap(id(3), id(4))
	sides, _, _ := w.connect(nil)
	r := run(t, w.job, sides, nil)
	j := apply(t, w.job, r)
	var got []refresh.Address
	for _, m := range j.Matches {
		got = append(got, m.Source.Primary)
	}
	same(t, "a swap and a cycle of three, in one set", []refresh.Address{"u1@old.example", "u0@old.example", "u3@old.example", "u4@old.example", "u2@old.example"}, got)
	same(t, "which makes no conflict", 0, len(r.Conflicts))
	back, err := j.Revert(r)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "and back", w.job, back, ignoreHistory)
}

func TestPin(t *testing.T) {
	unpinned := func(t *testing.T) (world, *refresh.Result) {
		w := crowd(2)
		w.job.Source.Pin, w.job.Target.Pin = "", ""
		w.source.SwitchDomain("old.example", "moved.example", memconn.DropOld)
		sides, _, _ := w.connect(nil)
		return w, run(t, w.job, sides, nil)
	}
	revert := func(t *testing.T, j refresh.Job, r *refresh.Result) refresh.Job {
		out, err := j.Revert(r)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	t.Run("written and taken back", func(t *testing.T) {
		w, r := unpinned(t)
		j := apply(t, w.job, r)
		same(t, "written", []string{w.source.Pin(), w.target.Pin()}, []string{j.Source.Pin, j.Target.Pin})
		same(t, "taken back", w.job, revert(t, j, r), ignoreHistory)
	})
	t.Run("a pin that was there is not taken back", func(t *testing.T) {
		w, r := renamedCrowd(t, 1)
		same(t, "the job is as it was", w.job, revert(t, apply(t, w.job, r), r), ignoreHistory)
	})
	t.Run("a later result relies on it", func(t *testing.T) {
		w, r := unpinned(t)
		j := apply(t, w.job, r)
		w.target.SwitchDomain("new.example", "moved.example", memconn.DropOld)
		sides, _, _ := w.connect(nil)
		later := run(t, j, sides, &refresh.Options{Select: refresh.SelectKeys("nobody")})
		j = apply(t, j, later)
		same(t, "so it stays", w.source.Pin(), revert(t, j, r).Source.Pin)
	})
	t.Run("an earlier result relies on it", func(t *testing.T) {
		w, r := unpinned(t)
		half, err := r.Only(func(row refresh.Row) bool { return row.Key == "0" })
		if err != nil {
			t.Fatal(err)
		}
		rest, err := r.Only(func(row refresh.Row) bool { return row.Key != "0" })
		if err != nil {
			t.Fatal(err)
		}
		before := apply(t, w.job, half)
		after := apply(t, before, rest)
		same(t, "Revert(Apply(rest)) is the job before", before, revert(t, after, rest), ignoreHistory)
	})
	t.Run("a later result relied on it and is reverted", func(t *testing.T) {
		w, r := unpinned(t)
		j := apply(t, w.job, r)
		later := run(t, j, refresh.Sides{Source: w.source.Connect(nil)}, nil)
		j = revert(t, apply(t, j, later), later)
		same(t, "nobody relies on it any more", w.job, revert(t, j, r), ignoreHistory)
	})
	t.Run("rows pruned and restored since", func(t *testing.T) {
		w, r := unpinned(t)
		j := apply(t, w.job, r)
		j.Matches[1].SourceMark = &refresh.Mark{Reason: refresh.ReasonGone, FirstSeen: day1, LastSeen: day1}
		j, rows, err := j.Prune(refresh.Limit{MaxShare: 1}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if j, err = j.Restore(rows); err != nil {
			t.Fatal(err)
		}
		j.Matches[1].SourceMark = nil
		same(t, "that relies on no pin", w.job, revert(t, j, r), ignoreHistory)
	})
	t.Run("reverted, pinned by hand, applied again", func(t *testing.T) {
		w, r := unpinned(t)
		j := revert(t, apply(t, w.job, r), r)
		j.Source.Pin = w.source.Pin()
		back := revert(t, apply(t, j, r), r)
		same(t, "the last Apply wrote one pin only", []string{w.source.Pin(), ""}, []string{back.Source.Pin, back.Target.Pin})
	})
	t.Run("pinned meanwhile to the same directory", func(t *testing.T) {
		w, r := unpinned(t)
		j := w.job
		j.Source.Pin = w.source.Pin()
		same(t, "it applies", w.source.Pin(), apply(t, j, r).Source.Pin)
	})
	t.Run("pinned by hand meanwhile, then reverted", func(t *testing.T) {
		w, r := unpinned(t)
		j := w.job
		j.Source.Pin = w.source.Pin()
		same(t, "a pin that the host wrote is not taken back", j, revert(t, apply(t, j, r), r), ignoreHistory)
	})
	for _, side := range bothSides {
		t.Run("re-pinned meanwhile on the "+side.String(), func(t *testing.T) {
			w, r := unpinned(t)
			j := deepCopy(t, w.job)
			endpointOf(&j, side).Pin = "another"
			before := deepCopy(t, j)
			out, err := j.Apply(r)
			same(t, "the result belongs to another directory", &refresh.WrongDirectoryError{Side: side, Want: "another", Got: w.system(side).Pin()}, as[*refresh.WrongDirectoryError](t, err))
			same(t, "nothing is written", before, out)
		})
		t.Run("pinned, re-pinned meanwhile on the "+side.String(), func(t *testing.T) {
			w, r := renamedCrowd(t, 1)
			endpointOf(&w.job, side).Pin = "another"
			_, err := w.job.Apply(r)
			as[*refresh.WrongDirectoryError](t, err)
		})
	}
	t.Run("not inspected, re-pinned meanwhile", func(t *testing.T) {
		w := crowd(1)
		w.job.Source.Pin = ""
		r := run(t, w.job, refresh.Sides{Source: w.source.Connect(&memconn.ConnOptions{Without: refresh.CanInspect})}, nil)
		w.job.Source.Pin = "another"
		_, err := w.job.Apply(r)
		same(t, "what the run reached is not known", "not known", as[*refresh.WrongDirectoryError](t, err).Got)
	})
	t.Run("a one-sided result does not mind the other pin", func(t *testing.T) {
		w := crowd(1)
		r := run(t, w.job, refresh.Sides{Source: w.source.Connect(nil)}, nil)
		w.job.Target.Pin = "another"
		apply(t, w.job, r)
	})
}

// A result that went through its file is worth as much as the one in memory.
func TestApplyAResultFromAFile(t *testing.T) {
	w, r := renamedCrowd(t, 3)
	w.source.Delete(w.job.Matches[2].Source.ID, day1, day30)
	file := &strings.Builder{}
	if err := r.Write(file); err != nil {
		t.Fatal(err)
	}
	read, err := refresh.ReadResult(strings.NewReader(file.String()))
	if err != nil {
		t.Fatal(err)
	}
	j := apply(t, w.job, read)
	same(t, "the same job", apply(t, w.job, r), j, ignoreHistory)
	back, err := j.Revert(r)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "reverted with the one in memory", w.job, back, ignoreHistory)
}

func TestReplicaOfThePrevious(t *testing.T) {
	c := &script{resolve: answers(lookups{"anna": refresh.Found(renamedAnna).On("dc2")}), inspect: reaches(refresh.Directory{Server: "dc1"})}
	j := jobOf(one(refresh.Source, "1", refresh.Bound, anna))
	same(t, "the server that answered", &refresh.Previous{Mailbox: anna, Replica: "dc2"}, apply(t, j, run(t, j, refresh.Sides{Source: c}, nil)).Matches[0].SourcePrevious)
	c.resolve = answers(lookups{"anna": refresh.Found(renamedAnna)})
	same(t, "the server that was inspected", &refresh.Previous{Mailbox: anna, Replica: "dc1"}, apply(t, j, run(t, j, refresh.Sides{Source: c}, nil)).Matches[0].SourcePrevious)
}
