package proptest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/readdress-go/readdress/refresh"
)

// TestCanFail breaks the engine, the model or the connectors on purpose, and fails unless a history finds it.
func TestCanFail(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		s    subject
		want []string // properties, any of which may be the first to break
	}{
		{"a row is lost", refreshing(func(r *refresh.Result) { r.Rows = r.Rows[1:] }), []string{"one outcome per selected row and asked side"}},
		{"a failed look-up is missing", refreshing(everyRow(failedIsMissing)), []string{"missing is true", "missing is provable", "outcomes are the model's"}},
		{"a failed look-up is written", refreshing(everyRow(failedIsWritten)), []string{"failed and replaced rows are not written"}},
		{"a manual row is written", refreshing(everyRow(manualIsWritten)), []string{"failed and replaced rows are not written"}},
		{"values go to the wrong row", refreshing(rotateAfter), []string{"each row ends with what the directory says of its ID", "outcomes are the model's"}},
		{"a mark is forgotten", refreshing(everyRow(func(r *refresh.Row) { r.MarkAfter = nil })), []string{"a missing row is only marked", "outcomes are the model's", "failed and replaced rows are not written"}},
		{"conflicts are dropped", refreshing(func(r *refresh.Result) { r.Conflicts = nil }), []string{"conflicts are those of the job"}},
		{"a conflict is invented", refreshing(inventConflict), []string{"conflicts are those of the job"}},
		{"Refresh writes into the job", with(func(e *engine) { e.refresh = writesIntoTheJob }), []string{"Refresh leaves the job alone"}},
		{"Refresh ignores the selection", with(func(e *engine) { e.refresh = ignoresSelect }), []string{"Select runs once per row in order", "one outcome per selected row and asked side", "each ID is asked once"}},
		{"Refresh believes absence without a proof", between(believeAll), []string{"missing is true", "missing is provable", "outcomes are the model's"}},
		{"Refresh reads silence as absence", between(silenceIsAbsence), []string{"missing is true", "missing is provable", "outcomes are the model's"}},
		{"Refresh does not ask again", between(neverAgain), []string{"missing is true", "missing is provable", "outcomes are the model's", "only absences are asked again"}},
		{"Refresh applies stale answers", with(func(e *engine) { e.refresh = acceptsReverted }), []string{"outcomes are the model's"}},
		{"Apply forgets the marks", with(func(e *engine) { e.apply = forgetsMarks }), []string{"Apply writes what the model writes"}},
		{"Apply writes beside its rows", with(func(e *engine) { e.apply = writesBeside }), []string{"unselected rows are untouched"}},
		{"Apply writes the host's data", with(func(e *engine) { e.apply = writesExt }), []string{"unselected rows are untouched"}},
		{"Apply works twice", with(func(e *engine) { e.apply = appliesTwice }), []string{"a result is applied once"}},
		{"Apply overwrites edits", with(func(e *engine) { e.apply = overwrites }), []string{"edited rows are stale"}},
		{"Apply finds everything stale", with(func(e *engine) { e.apply = allStale }), []string{"rows that are not written are never stale", "edited rows are stale"}},
		{"Revert forgets the marks", with(func(e *engine) { e.revert = revertsNoMarks }), []string{"Revert undoes Apply", "the parts of a plan can be taken back"}},
		{"Only splits", with(func(e *engine) { e.only = splitting }), []string{"Only never splits an exchange"}},
		{"Only refuses everything", with(func(e *engine) { e.only = refusing }), []string{"Only refuses nothing but a split"}},
		{"Only keeps everything", with(func(e *engine) { e.only = keepsAll }), []string{"a narrowed plan writes only what was kept"}},
		{"the model believes absence without a proof", subject{engine: theEngine(), wrong: switches{believeUnproven: true}}, []string{"outcomes are the model's"}},
		{"the model asks once", subject{engine: theEngine(), wrong: switches{believeOnce: true}}, []string{"outcomes are the model's"}},
		{"the model writes what is not known", subject{engine: theEngine(), wrong: switches{writeEmpty: true}}, []string{"outcomes are the model's"}},
		{"the model learns instances of planned targets", subject{engine: theEngine(), wrong: switches{learnOnPlanned: true}}, []string{"outcomes are the model's"}},
		{"the model keeps the mark of what is found", subject{engine: theEngine(), wrong: switches{forgetMark: true}}, []string{"outcomes are the model's"}},
		{"connectors forge proofs", subject{engine: theEngine(), lying: true}, []string{"missing is true"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				others := map[string]bool{} // what a history breaks first depends on the seed
				for i := range uint64(1000) {
					v := run(plan{seed: seedOf(i)}, tt.s, newStats(), false)
					if v == nil {
						continue
					}
					if slices.Contains(tt.want, v.property) {
						return
					}
					others[v.property] = true
				}
				t.Errorf("no history found it: want a break of one of %q, got %q", tt.want, keysOf(others))
			})
		})
	}
}

func with(change func(*engine)) subject {
	e := theEngine()
	change(&e)
	return subject{engine: e}
}

// refreshing spoils the results of Refresh.
func refreshing(spoil func(*refresh.Result)) subject {
	return with(func(e *engine) {
		e.refresh = func(ctx context.Context, j refresh.Job, s refresh.Sides, o *refresh.Options) (*refresh.Result, error) {
			r, err := refresh.Refresh(ctx, j, s, o)
			if r != nil && len(r.Rows) > 0 {
				c := *r
				c.Rows = slices.Clone(r.Rows)
				spoil(&c)
				r = &c
			}
			return r, err
		}
	})
}

func everyRow(spoil func(*refresh.Row)) func(*refresh.Result) {
	return func(r *refresh.Result) {
		for i := range r.Rows {
			spoil(&r.Rows[i])
		}
	}
}

func failedIsMissing(r *refresh.Row) {
	if r.Outcome == refresh.LookupFailed {
		r.Outcome, r.Cause, r.Reasons = refresh.Missing, 0, refresh.ReasonsOf(refresh.ReasonGone)
		r.MarkAfter = &refresh.Mark{Reason: refresh.ReasonGone, FirstSeen: longAgo, LastSeen: longAgo}
	}
}

func failedIsWritten(r *refresh.Row) {
	if r.Outcome == refresh.LookupFailed {
		r.After = &refresh.Mailbox{ID: r.Before.ID, Primary: "wrong@new.example"}
	}
}

func manualIsWritten(r *refresh.Row) {
	if r.Outcome == refresh.EnteredManually {
		r.After = &refresh.Mailbox{Primary: "wrong@new.example"}
	}
}

// rotateAfter passes the values to write around the rows of a side, keeping the IDs.
func rotateAfter(r *refresh.Result) {
	var written []*refresh.Row
	for i := range r.Rows {
		if r.Rows[i].After != nil && r.Rows[i].Outcome == refresh.Refreshed && r.Rows[i].Side == r.Rows[0].Side {
			written = append(written, &r.Rows[i])
		}
	}
	for i := range written {
		if i > 0 {
			a, b := *written[i-1].After, *written[i].After
			a.Primary, b.Primary = b.Primary, a.Primary
			written[i-1].After, written[i].After = &a, &b
		}
	}
}

func inventConflict(r *refresh.Result) {
	r.Conflicts = append(slices.Clone(r.Conflicts), refresh.Conflict{
		Kind: refresh.SharedAddress, State: refresh.ConflictNew, Side: r.Rows[0].Side, Address: "invented@old.example",
	})
}

func writesIntoTheJob(ctx context.Context, j refresh.Job, s refresh.Sides, o *refresh.Options) (*refresh.Result, error) {
	r, err := refresh.Refresh(ctx, j, s, o)
	for i := range j.Matches {
		if n := len(j.Matches[i].Source.Aliases); n > 1 {
			a := j.Matches[i].Source.Aliases
			a[0], a[n-1] = a[n-1], a[0]
		}
	}
	return r, err
}

func ignoresSelect(ctx context.Context, j refresh.Job, s refresh.Sides, o *refresh.Options) (*refresh.Result, error) {
	c := *o
	c.Select = nil
	return refresh.Refresh(ctx, j, s, &c)
}

func acceptsReverted(ctx context.Context, j refresh.Job, s refresh.Sides, o *refresh.Options) (*refresh.Result, error) {
	c := *o
	c.AcceptReverted = true
	return refresh.Refresh(ctx, j, s, &c)
}

func forgetsMarks(j refresh.Job, r *refresh.Result) (refresh.Job, error) {
	got, err := j.Apply(r)
	got = clone(got)
	for i := range got.Matches {
		if m, ok := j.Match(got.Matches[i].Key); ok {
			got.Matches[i].SourceMark, got.Matches[i].TargetMark = m.SourceMark, m.TargetMark
		}
	}
	return got, err
}

func writesBeside(j refresh.Job, r *refresh.Result) (refresh.Job, error) {
	got, err := j.Apply(r)
	got = clone(got)
	looked := map[string]bool{}
	for _, row := range r.Rows {
		looked[row.Key] = true
	}
	for i := range got.Matches {
		if m := &got.Matches[i]; !looked[m.Key] {
			m.Source.Login = "wrong"
		}
	}
	return got, err
}

func writesExt(j refresh.Job, r *refresh.Result) (refresh.Job, error) {
	got, err := j.Apply(r)
	got = clone(got)
	for i := range got.Matches {
		got.Matches[i].Ext = nil
	}
	return got, err
}

func appliesTwice(j refresh.Job, r *refresh.Result) (refresh.Job, error) {
	got, err := j.Apply(r)
	if errors.Is(err, refresh.ErrAlreadyApplied) {
		return j, nil
	}
	return got, err
}

func overwrites(j refresh.Job, r *refresh.Result) (refresh.Job, error) {
	got, err := j.Apply(r)
	if isA[*refresh.StaleError](err) {
		return j, nil
	}
	return got, err
}

func allStale(j refresh.Job, r *refresh.Result) (refresh.Job, error) {
	edited := slices.ContainsFunc(j.Matches, func(m refresh.Match) bool { return string(m.Ext) == `{"edited":true}` })
	if edited {
		return j, &refresh.StaleError{Rows: []refresh.StaleRow{{Key: j.Matches[0].Key, Side: refresh.Source}}}
	}
	return j.Apply(r)
}

func revertsNoMarks(j refresh.Job, r *refresh.Result) (refresh.Job, error) {
	got, err := j.Revert(r)
	got = clone(got)
	for i := range got.Matches {
		if m, ok := j.Match(got.Matches[i].Key); ok {
			got.Matches[i].SourceMark, got.Matches[i].TargetMark = m.SourceMark, m.TargetMark
		}
	}
	return got, err
}

func splitting(r *refresh.Result, keep func(refresh.Row) bool) (*refresh.Result, error) {
	got, err := r.Only(keep)
	if isA[*refresh.SplitError](err) {
		return r, nil
	}
	return got, err
}

func refusing(r *refresh.Result, keep func(refresh.Row) bool) (*refresh.Result, error) {
	return nil, &refresh.SplitError{Side: refresh.Source, Keys: []string{"r0"}}
}

func keepsAll(r *refresh.Result, _ func(refresh.Row) bool) (*refresh.Result, error) {
	return r.Only(func(refresh.Row) bool { return true })
}
