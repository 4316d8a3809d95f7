package proptest

import (
	"slices"

	"github.com/readdress-go/readdress/refresh"
)

// mergesMarks moves the cursor to that of any part although the parts moved it to different ones.
func mergesMarks(j refresh.Job, parts ...*refresh.Result) (*refresh.Result, error) {
	return mergedMoving(j, parts, false)
}

// mergesLess moves the cursor to where all parts moved it although rows that they leave out rely on the old one.
func mergesLess(j refresh.Job, parts ...*refresh.Result) (*refresh.Result, error) {
	return mergedMoving(j, parts, true)
}

func mergedMoving(j refresh.Job, parts []*refresh.Result, agreed bool) (*refresh.Result, error) {
	got, err := refresh.Merge(j, parts...)
	if err != nil {
		return got, err
	}
	return altered(got, func(s refresh.Side, run *refresh.SideRun) {
		var to []refresh.Cursor
		for _, p := range parts {
			x := p.Run.Side(s)
			if x == nil {
				continue
			}
			if x.Restarted || x.Epoch != run.Epoch {
				return
			}
			if !slices.ContainsFunc(to, func(c refresh.Cursor) bool { return sameCursor(c, x.Cursor) }) {
				to = append(to, x.Cursor)
			}
		}
		if (len(to) == 1) == agreed {
			run.Cursor = to[len(to)-1]
		}
	}), nil
}

// mergesLate takes what the parts say of changes for true whatever became of the job since.
func mergesLate(j refresh.Job, parts ...*refresh.Result) (*refresh.Result, error) {
	type place struct {
		key  string
		side refresh.Side
	}
	saw := map[place]refresh.Row{}
	fit := make([]*refresh.Result, len(parts))
	for i, p := range parts {
		c := *altered(p, func(s refresh.Side, run *refresh.SideRun) {
			run.CursorBefore, run.EpochBefore = j.Endpoint(s).Cursor, j.Endpoint(s).Epoch
		})
		c.Rows = slices.Clone(p.Rows)
		for k := range c.Rows {
			row := &c.Rows[k]
			saw[place{row.Key, row.Side}] = *row
			m, _ := j.Match(row.Key)
			row.StampBefore = *stampOf(&m, row.Side)
		}
		fit[i] = &c
	}
	got, err := refresh.Merge(j, fit...)
	if err != nil {
		return nil, err
	}
	for i := range got.Rows { // of the copies
		row := &got.Rows[i]
		was := saw[place{row.Key, row.Side}]
		row.StampBefore, row.StampAfter = was.StampBefore, was.StampAfter
	}
	return got, nil
}

// mergesConflicts keeps the conflicts that each part saw.
func mergesConflicts(j refresh.Job, parts ...*refresh.Result) (*refresh.Result, error) {
	got, err := refresh.Merge(j, parts...)
	if err != nil {
		return got, err
	}
	c := *got
	c.Conflicts = nil
	for _, p := range parts {
		c.Conflicts = append(c.Conflicts, p.Conflicts...)
	}
	return &c, nil
}
