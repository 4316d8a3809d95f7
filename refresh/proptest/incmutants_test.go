package proptest

import (
	"cmp"
	"context"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/readdress-go/readdress/refresh"
)

// mutant is what is broken on purpose. The engine has no hooks for it: jobs and results are altered from outside, and
// connectors break their contract. The zero mutant is none.
type mutant struct {
	before   func(h *incHistory)                                                          // alters the job before a run
	after    func(h *tracked, r *refresh.Result, s *refresh.SideRun, rows []*refresh.Row) // alters one side of a result
	apply    func(refresh.Job, *refresh.Result) (refresh.Job, error)                      // in place of Apply
	revert   func(refresh.Job, *refresh.Result) (refresh.Job, error)                      // in place of Revert
	only     func(*refresh.Result, func(refresh.Row) bool) (*refresh.Result, error)       // in place of Only
	merge    func(refresh.Job, ...*refresh.Result) (*refresh.Result, error)               // in place of Merge
	edited   func(h *incHistory, was, now refresh.Job) refresh.Job                        // alters a job after an edit by hand
	restored func(h *incHistory, row refresh.Match)                                       // alters the job after Restore
	breach   breach
}

func (m mutant) meddle(h *incHistory) {
	if m.before != nil {
		h.job = clone(h.job)
		m.before(h)
	}
}

func (m mutant) spoil(o *incRun) {
	if m.after == nil || o.res == nil {
		return
	}
	for _, s := range bothSides {
		run := o.res.Run.Side(s)
		if run == nil {
			continue
		}
		var rows []*refresh.Row
		for i := range o.res.Rows {
			if o.res.Rows[i].Side == s {
				rows = append(rows, &o.res.Rows[i])
			}
		}
		m.after(o.conns[s], o.res, run, rows)
	}
}

func (m mutant) applying() func(refresh.Job, *refresh.Result) (refresh.Job, error) {
	if m.apply != nil {
		return m.apply
	}
	return refresh.Job.Apply
}

func (m mutant) reverting() func(refresh.Job, *refresh.Result) (refresh.Job, error) {
	if m.revert != nil {
		return m.revert
	}
	return refresh.Job.Revert
}

func (m mutant) narrowing() func(*refresh.Result, func(refresh.Row) bool) (*refresh.Result, error) {
	if m.only != nil {
		return m.only
	}
	return (*refresh.Result).Only
}

func (m mutant) merging() func(refresh.Job, ...*refresh.Result) (*refresh.Result, error) {
	if m.merge != nil {
		return m.merge
	}
	return refresh.Merge
}

// TestIncrementalCanFail runs the histories of TestIncremental against incremental refreshes that are broken on purpose. Each
// must turn the property red.
func TestIncrementalCanFail(t *testing.T) {
	for _, tt := range []struct {
		name     string
		m        mutant
		property string // empty for that of TestIncremental
	}{
		{"advance the cursor although a row failed", mutant{after: failedKeepStamps}, ""},
		{"take the mark after resolving", mutant{after: marksLate}, ""},
		{"trust a stamp after a hand edit", mutant{edited: trustsEdits}, ""},
		{"forget unselected rows", mutant{after: forgetsUnselected}, ""},
		{"ignore the seal", mutant{before: func(h *incHistory) { reseal(&h.job) }}, ""},
		{"keep stamps of rows that another replica answered", mutant{after: stampsReplicas}, ""},
		{"stamp in a full run that does not move the cursor", mutant{after: stampsInFull}, ""},
		{"move the cursor after a run that ended early", mutant{after: movesWhenPartial}, ""},
		{"begin an epoch without dropping the old stamps", mutant{apply: keepsOldStamps}, ""},
		{"write the stamps of a late result", mutant{apply: appliesLate}, ""},
		{"tell a late result by the cursor alone", mutant{apply: fitsByCursor}, ""},
		{"leave the stamp of a row that was edited before Apply", mutant{apply: leavesEdited}, ""},
		{"revert and keep the moved cursor", mutant{revert: revertsNoCursor}, ""},
		{"narrow and keep the moved cursor", mutant{only: narrowsNoCursor}, ""},
		{"restore rows with their stamps", mutant{restored: restoresStamps}, ""},
		{"advance the cursor although the marks of the parts differ", mutant{merge: mergesMarks}, ""},
		{"advance the cursor although a part is left out", mutant{merge: mergesLess}, ""},
		{"merge into a job that has gone on", mutant{merge: mergesLate}, ""},
		{"merge without a look at conflicts across parts", mutant{merge: mergesConflicts}, mergeProperty},
		{"the directory does not tell what is gone", mutant{breach: breach{silentOnGone: true}}, ""},
		{"the directory skips changes between pages", mutant{breach: breach{skipsPages: true}}, ""},
		{"a replica takes the cursor of another one", mutant{breach: breach{anyReplica: true}}, ""},
	} {
		property := cmp.Or(tt.property, incProperty)
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				others := map[string]bool{}
				for i := range uint64(*incCountFlag) {
					v := runInc(plan{seed: incSeedOf(i)}, tt.m, newIncStats(), false)
					if v != nil && v.property == property {
						t.Logf("history %d found it", i)
						return
					}
					if v != nil {
						others[v.property] = true
					}
				}
				t.Errorf("no history found it: want a break of %q, got %q", property, keysOf(others))
			})
		})
	}
}

// moves reports whether Apply moves the cursor of a side within its epoch.
func moves(s *refresh.SideRun) bool { return !s.Restarted && s.Cursor != s.CursorBefore }

func healthy(r *refresh.Row) bool {
	return r.Origin == refresh.Bound && (r.Outcome == refresh.Refreshed || r.Outcome == refresh.NotChanged)
}

func failedKeepStamps(_ *tracked, _ *refresh.Result, s *refresh.SideRun, rows []*refresh.Row) {
	for _, r := range rows {
		if r.Outcome == refresh.LookupFailed && moves(s) {
			r.StampAfter = r.StampBefore
		}
	}
}

func marksLate(t *tracked, _ *refresh.Result, s *refresh.SideRun, _ []*refresh.Row) {
	if s.Restarted || moves(s) {
		s.Cursor = t.here()
	}
}

func forgetsUnselected(t *tracked, r *refresh.Result, s *refresh.SideRun, _ []*refresh.Row) {
	if s.Path == refresh.PathIncremental && !r.Partial && len(s.Failovers) == 0 {
		s.Cursor = t.given
	}
}

func stampsReplicas(_ *tracked, _ *refresh.Result, s *refresh.SideRun, rows []*refresh.Row) {
	for _, r := range rows {
		if r.Replica != "" && healthy(r) {
			r.StampAfter = forge(s.Epoch, r.Now())
		}
	}
}

func stampsInFull(_ *tracked, _ *refresh.Result, s *refresh.SideRun, rows []*refresh.Row) {
	for _, r := range rows {
		if s.Path == refresh.PathFull && healthy(r) && r.StampAfter == 0 {
			r.StampAfter = forge(s.Epoch, r.Now())
		}
	}
}

func movesWhenPartial(t *tracked, r *refresh.Result, s *refresh.SideRun, _ []*refresh.Row) {
	if r.Partial && s.Path == refresh.PathIncremental && !t.given.IsZero() {
		s.Cursor = t.given
	}
}

func trustsEdits(h *incHistory, was, now refresh.Job) refresh.Job {
	for i := range now.Matches {
		m := &now.Matches[i]
		old, ok := was.Match(m.Key)
		for _, s := range bothSides {
			if stamp := stampOf(m, s); ok && *stamp != 0 && *stamp == forge(was.Endpoint(s).Epoch, old.Mailbox(s)) && m.Origin(s) == refresh.Bound {
				*stamp = forge(was.Endpoint(s).Epoch, m.Mailbox(s))
			}
		}
	}
	reseal(&now)
	return now
}

func keepsOldStamps(j refresh.Job, r *refresh.Result) (refresh.Job, error) {
	got, err := j.Apply(r)
	if err != nil {
		return got, err
	}
	got = clone(got)
	for i := range got.Matches {
		m := &got.Matches[i]
		for _, s := range bothSides {
			if run := r.Run.Side(s); run != nil && run.Restarted && *stampOf(m, s) != 0 && *stampOf(m, s) == forge(run.EpochBefore, m.Mailbox(s)) {
				*stampOf(m, s) = forge(run.Epoch, m.Mailbox(s))
			}
		}
	}
	reseal(&got)
	return got, nil
}

// altered is a copy of a result with other records of its sides.
func altered(r *refresh.Result, change func(s refresh.Side, run *refresh.SideRun)) *refresh.Result {
	c := *r
	for _, s := range bothSides {
		run := clonePtr(r.Run.Side(s))
		if run == nil {
			continue
		}
		if change(s, run); s == refresh.Source {
			c.Run.Source = run
		} else {
			c.Run.Target = run
		}
	}
	return &c
}

func appliesLate(j refresh.Job, r *refresh.Result) (refresh.Job, error) {
	return j.Apply(altered(r, func(s refresh.Side, run *refresh.SideRun) {
		if e := j.Endpoint(s); e.Cursor != run.CursorBefore && e.Epoch == run.Epoch {
			run.Cursor, run.CursorBefore, run.EpochBefore, run.SealBefore, run.Restarted = e.Cursor, e.Cursor, e.Epoch, e.Seal, false
		}
	}))
}

func fitsByCursor(j refresh.Job, r *refresh.Result) (refresh.Job, error) {
	return j.Apply(altered(r, func(s refresh.Side, run *refresh.SideRun) { run.SealBefore = j.Endpoint(s).Seal }))
}

func leavesEdited(j refresh.Job, r *refresh.Result) (refresh.Job, error) {
	got, err := j.Apply(r)
	if err != nil {
		return got, err
	}
	got = clone(got)
	for _, row := range r.Rows {
		for i := range got.Matches {
			if m := &got.Matches[i]; m.Key == row.Key && !row.Writes() && !m.Mailbox(row.Side).Equal(row.Before) {
				old, _ := j.Match(row.Key)
				*stampOf(m, row.Side) = *stampOf(&old, row.Side)
			}
		}
	}
	reseal(&got)
	return got, nil
}

func revertsNoCursor(j refresh.Job, r *refresh.Result) (refresh.Job, error) {
	got, err := j.Revert(r)
	if err == nil && got.Source.Epoch == j.Source.Epoch {
		got.Source.Cursor = j.Source.Cursor
	}
	if err == nil && got.Target.Epoch == j.Target.Epoch {
		got.Target.Cursor = j.Target.Cursor
	}
	return got, err
}

func narrowsNoCursor(r *refresh.Result, keep func(refresh.Row) bool) (*refresh.Result, error) {
	got, err := r.Only(keep)
	if err != nil {
		return got, err
	}
	return altered(got, func(s refresh.Side, run *refresh.SideRun) { run.Cursor = r.Run.Side(s).Cursor }), nil
}

func restoresStamps(h *incHistory, row refresh.Match) {
	h.job = clone(h.job)
	for i := range h.job.Matches {
		if m := &h.job.Matches[i]; m.Key == row.Key {
			m.SourceStamp, m.TargetStamp = row.SourceStamp, row.TargetStamp
		}
	}
	reseal(&h.job)
}

func stampOf(m *refresh.Match, s refresh.Side) *refresh.Stamp {
	if s == refresh.Target {
		return &m.TargetStamp
	}
	return &m.SourceStamp
}

// forger is a directory that has one mailbox and whose changes are always known: the engine stamps what one likes.
type forger struct{ m refresh.Mailbox }

func (f forger) Info() refresh.Info {
	return refresh.Info{Can: refresh.CanResolve | refresh.CanInspect | refresh.CanTrack}
}

func (f forger) Inspect(context.Context) (refresh.Directory, error) {
	return refresh.Directory{Pin: "forger"}, nil
}

func (f forger) Resolve(_ context.Context, _ []refresh.ID, answer func(int, refresh.Lookup)) error {
	answer(0, refresh.Found(f.m))
	return nil
}

func (f forger) Mark(context.Context) (refresh.Cursor, error) {
	return refresh.Cursor{Token: "forged"}, nil
}

func (f forger) Changes(context.Context, refresh.Cursor) (refresh.ChangePage, error) {
	return refresh.ChangePage{Next: refresh.Cursor{Token: "forged"}}, nil
}

// forge returns the stamp of a mailbox in an epoch.
func forge(epoch string, m refresh.Mailbox) refresh.Stamp {
	j := refresh.Job{ID: "forged", Source: refresh.Endpoint{Pin: "forger", Cursor: refresh.Cursor{Token: "forged"}, Epoch: epoch}}
	j.Matches = []refresh.Match{{Key: "forged", Source: m, SourceOrigin: refresh.Bound}}
	r, err := refresh.Refresh(context.Background(), j, refresh.Sides{Source: forger{m}}, &refresh.Options{MaxAge: -1})
	if err != nil || r.Rows[0].Outcome != refresh.NotChanged || r.Run.Source.Path != refresh.PathIncremental {
		return 0
	}
	return r.Rows[0].StampAfter
}

// reseal makes the seals fit whatever the job holds.
func reseal(j *refresh.Job) {
	for _, s := range bothSides {
		c := refresh.Job{ID: "forged", Matches: slices.Clone(j.Matches)}
		sides := refresh.Sides{Source: forger{}}
		if s == refresh.Target {
			sides = refresh.Sides{Target: forger{}}
		}
		r, err := refresh.Refresh(context.Background(), c, sides, &refresh.Options{Select: func(refresh.Match) bool { return false }})
		if err != nil {
			continue // an invalid job
		}
		if c, err = c.Apply(r); err == nil && s == refresh.Source {
			j.Source.Seal = c.Source.Seal
		} else if err == nil {
			j.Target.Seal = c.Target.Seal
		}
	}
}
