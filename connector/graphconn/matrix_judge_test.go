package graphconn_test

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

// verdict is what is wrong with a reply.
type verdict struct {
	missing  int      // who is there and was called gone
	problems []string // everything else
	whole    bool     // everything was answered
	errs     []error  // that the reply holds
}

func (v *verdict) problem(format string, args ...any) {
	if len(v.problems) < 4 {
		v.problems = append(v.problems, fmt.Sprintf(format, args...))
	}
}

func (v *verdict) String() string {
	out := v.problems
	if v.missing > 0 {
		out = append(out, fmt.Sprintf("%d who are there were called gone", v.missing))
	}
	return strings.Join(out, "; ")
}

func (v *verdict) failed(err error) {
	v.whole = false
	v.errs = append(v.errs, err)
}

// judge holds a reply against the truth.
func (x *cell) judge(r matrixReply, s state) verdict {
	v := verdict{whole: r.err == nil}
	if r.err != nil {
		v.errs = append(v.errs, r.err)
	}
	if r.breach != nil {
		v.problem("%v", r.breach)
	}
	lies := x.fault.lies != nil && x.fault.lies(x)
	x.judgeLookups(r, lies, &v)
	x.judgeInstances(r, lies, &v)
	x.judgeFindings(r, lies, &v)
	x.judgeEntries(r, lies, &v)
	if r.err == nil && r.directory != nil && (r.directory.Pin != x.world.s.TenantID() || len(r.directory.Domains) != 2) && !lies {
		v.problem("inspected as %v", r.directory)
	}
	if r.err == nil && r.cursor != nil && r.cursor.Token == "" {
		v.problem("a cursor without a token")
	}
	if r.err == nil && !lies {
		for _, id := range s.changed {
			if !slices.Contains(r.named, id) {
				v.problem("the change of one that is %d was not told", x.world.fate[id])
			}
		}
	}
	x.judgeRows(r.result, lies, &v)
	return v
}

func (x *cell) judgeLookups(r matrixReply, lies bool, v *verdict) {
	for i, l := range r.lookups {
		id := r.ids[i]
		m, found := l.Mailbox()
		a, absent := l.Absence()
		f := x.world.fate[id]
		switch {
		case absent:
			x.judgeAbsence(f, a.Reason, a.DeletionUnknown, a.UsersOnly, lies, v)
		case found && f != lives:
			v.problem("one that is %d was found", f)
		case found && !lies && !sameMailbox(m, x.world.truth[id]):
			v.problem("found %v, not %v", m, x.world.truth[id])
		case found:
		case f == grouping && errors.Is(l.Err(), refresh.ErrOutOfScope):
		case l.Err() == refresh.ErrNoAnswer && r.err != nil:
		default:
			v.failed(l.Err())
		}
	}
}

// judgeAbsence holds an absence against the truth.
func (x *cell) judgeAbsence(f fate, reason refresh.Reason, deletionUnknown, usersOnly, lies bool, v *verdict) {
	switch {
	case f == lives && !lies, f == grouping && !usersOnly && !lies:
		v.missing++
	case lies, f == grouping:
	case f == buried && reason != refresh.ReasonSoftDeleted && !deletionUnknown:
		v.problem("one that can be restored is %s", reason)
	case (f == purged || f == unknown) && reason != refresh.ReasonGone:
		v.problem("one that is gone is %s", reason)
	}
}

func sameMailbox(got, want refresh.Mailbox) bool {
	if got.Instance == "" {
		want.Instance = ""
	}
	for _, m := range []*refresh.Mailbox{&got, &want} {
		m.Aliases = slices.Clone(m.Aliases)
		slices.SortFunc(m.Aliases, func(a, b refresh.Address) int { return cmp.Compare(a, b) })
	}
	return reflect.DeepEqual(got, want)
}

func (x *cell) judgeInstances(r matrixReply, lies bool, v *verdict) {
	for i, got := range r.instances {
		want := x.world.truth[r.ids[i]].Instance
		switch {
		case r.failures[i] != nil:
			v.failed(r.failures[i])
		case got != want && !lies:
			v.problem("the instance is %q, not %q", got, want)
		}
	}
}

func (x *cell) judgeFindings(r matrixReply, lies bool, v *verdict) {
	for i, f := range r.findings {
		hits, ok := f.Mailboxes()
		holder := x.world.holder[x.world.addrs[i]]
		switch {
		case !ok && f.Err() == refresh.ErrNoAnswer && r.err != nil:
		case !ok:
			v.failed(f.Err())
		case lies:
		case holder == "" && len(hits) > 0:
			v.problem("an address of nobody was found")
		case holder != "" && (len(hits) != 1 || !sameMailbox(hits[0], x.world.truth[holder])):
			v.problem("an address is that of %v, not of %s", hits, holder)
		}
	}
}

func (x *cell) judgeEntries(r matrixReply, lies bool, v *verdict) {
	if x.op.name != "List" {
		return
	}
	seen := map[refresh.ID]bool{}
	for _, e := range r.entries {
		truth, there := x.world.truth[e.ID]
		switch {
		case seen[e.ID]:
			v.problem("an entry was listed twice")
		case lies:
		case !there || !sameMailbox(e.Mailbox, truth):
			v.problem("listed %v, not %v", e.Mailbox, truth)
		}
		seen[e.ID] = true
	}
	if r.err == nil && !lies && len(seen) != len(x.world.truth) {
		v.problem("%d entries without an error, not %d", len(seen), len(x.world.truth))
	}
}

// judgeRows holds the plan of a run against the truth.
func (x *cell) judgeRows(res *refresh.Result, lies bool, v *verdict) {
	if res == nil {
		return
	}
	for _, w := range res.Warnings {
		if w.Code == refresh.WarnConnector {
			v.problem("%s", w.Text)
		}
	}
	for _, row := range res.Rows {
		id, now := row.Before.ID, row.Before
		if row.After != nil {
			now = *row.After
		}
		f := x.world.fate[id]
		deletionUnknown := row.Evidence != nil && row.Evidence.DeletionUnknown
		switch {
		case row.Outcome == refresh.Missing:
			reason := row.Reasons.List()[0]
			x.judgeAbsence(f, reason, deletionUnknown, false, lies, v)
		case row.Outcome == refresh.LookupFailed:
			if row.After != nil {
				v.problem("a failed look-up writes")
			}
			switch {
			case f == grouping && row.Cause == refresh.CauseOutOfScope:
			case row.Cause == refresh.CauseReplicasDisagree: // what was said once was not said again
				v.whole = v.whole && f != lives
			default:
				v.failed(errors.New(row.Failure))
			}
		case row.Outcome == refresh.Replaced && lies:
		case row.Outcome != refresh.NotChanged && row.Outcome != refresh.Refreshed:
			v.problem("a row is %s", row.Outcome)
		case f != lives:
			if row.Outcome != refresh.NotChanged || !lies {
				v.problem("one that is %d is %s", f, row.Outcome)
			}
		case !lies && !sameMailbox(now, x.world.truth[id]):
			v.problem("a row is %s as %v, not %v", row.Outcome, now, x.world.truth[id])
		}
	}
}
