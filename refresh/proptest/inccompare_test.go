package proptest

import (
	"reflect"

	"github.com/readdress-go/readdress/refresh"
)

const incProperty = "incremental equals full"

// compare refreshes twice at the same moment, incrementally where that can be and in full, and compares the rows. The
// incremental run is returned.
func (h *incHistory) compare(o *incRun) *incRun {
	h.fault.meddle(h)
	full := *o
	full.opts.Full = true
	full.conns = [3]*tracked{}
	want, wantErr := h.perform(&full)
	o.res, o.err = h.perform(o)
	h.fault.spoil(o)
	h.stats.runs += 2
	if h.loud {
		h.describe(o)
	}
	if o.err != nil || wantErr != nil {
		h.fail(incProperty, "error %v, in full %v", o.err, wantErr)
	}
	h.stats.compared++
	if len(want.Rows) != len(o.res.Rows) {
		h.fail(incProperty, "%d rows, in full %d", len(o.res.Rows), len(want.Rows))
	}
	for i := range want.Rows {
		a, b := &o.res.Rows[i], &want.Rows[i]
		h.stats.rows++
		if !sameRow(a, b) {
			h.fail(incProperty, "%s %s\n incremental: %s\n in full:     %s", a.Key, a.Side, asJSON(a), asJSON(b))
		}
	}
	if !reflect.DeepEqual(o.res.Conflicts, want.Conflicts) || !reflect.DeepEqual(o.res.Warnings, want.Warnings) {
		h.fail(incProperty, "conflicts and warnings\n incremental: %s\n in full:     %s",
			asJSON([]any{o.res.Conflicts, o.res.Warnings}), asJSON([]any{want.Conflicts, want.Warnings}))
	}
	h.count(o.res, want)
	return o
}

// sameRow compares everything that a row says, stamps excepted.
func sameRow(a, b *refresh.Row) bool {
	return a.Key == b.Key && a.Side == b.Side && a.Origin == b.Origin && a.Outcome == b.Outcome && a.Reasons == b.Reasons &&
		a.Cause == b.Cause && a.Failure == b.Failure && sameText(a.Before, b.Before) && samePtr(a.After, b.After) &&
		a.Use == b.Use && a.Part == b.Part && a.Merge == b.Merge && a.Replica == b.Replica &&
		samePtr(a.MarkBefore, b.MarkBefore) && samePtr(a.MarkAfter, b.MarkAfter) && samePtr(a.PreviousBefore, b.PreviousBefore) &&
		samePtr(a.Evidence, b.Evidence)
}

func samePtr[T any](a, b *T) bool { return a == b || reflect.DeepEqual(a, b) }

// count counts what incremental runs saved.
func (h *incHistory) count(r, want *refresh.Result) {
	for _, s := range bothSides {
		now, full := r.Run.Side(s), want.Run.Side(s)
		if now == nil {
			continue
		}
		h.stats.sides++
		h.stats.why[now.Why]++
		if now.Path == refresh.PathIncremental {
			h.stats.incremental++
			h.stats.asked += now.Asked
			h.stats.askedFull += full.Asked
			if now.Asked < full.Asked {
				h.stats.saved++
			}
			if now.Asked > full.Asked {
				h.fail("an incremental run asks no more than a full one", "%d, in full %d", now.Asked, full.Asked)
			}
		}
	}
}
