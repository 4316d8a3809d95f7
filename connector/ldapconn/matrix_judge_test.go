package ldapconn_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
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

// judge holds a reply against the truth.
func (x *cell) judge(r matrixReply) verdict {
	var v verdict
	v.whole = r.err == nil
	if r.err != nil {
		v.errs = append(v.errs, r.err)
	}
	if r.breach != nil {
		v.problem("%v", r.breach)
	}
	switch x.op {
	case resolving:
		x.judgeLookups(r, &v)
	case finding:
		x.judgeFindings(r, &v)
	case listing:
		x.judgeEntries(r, &v)
	case refreshing:
		x.judgeRows(r, &v)
	case inspecting:
		d := r.directory
		if r.err == nil && d.Pin != x.world.pin || d.Pin != "" && d.Pin != x.world.pin {
			v.problem("the pin %q is wrong", d.Pin)
		}
		if d.Domains != nil && !slices.Equal(d.Domains, x.world.domain) {
			v.problem("the accepted domains %v are wrong", d.Domains)
		}
	}
	return v
}

func (x *cell) judgeLookups(r matrixReply, v *verdict) {
	for i, l := range r.lookups {
		truth, there := x.world.truth[x.world.ids[i]]
		m, found := l.Mailbox()
		_, absent := l.Absence()
		switch {
		case absent && there:
			v.missing++
		case found && !there:
			v.problem("index %d is gone and was found", i)
		case found && !reflect.DeepEqual(sorted(m), truth):
			v.problem("index %d: found %v, not %v", i, m, truth)
		case !found && !absent:
			v.whole = false
			if l.Err() != refresh.ErrNoAnswer || r.err == nil {
				v.errs = append(v.errs, x.located(l.Err(), l.Replica() != ""))
			}
		}
	}
}

// located is an error about what was read, with the server that the answer or the record names beside it.
func (x *cell) located(err error, named bool) error {
	if _, broke := errors.AsType[*ldapconn.Error](err); broke || !named {
		return err
	}
	return fmt.Errorf("%w, on %s", err, x.world.servers()[0])
}

func (x *cell) judgeFindings(r matrixReply, v *verdict) {
	for i, f := range r.findings {
		holder, held := x.world.holder[string(x.world.addrs[i])]
		hits, ok := f.Mailboxes()
		switch {
		case !ok:
			v.whole = false
			if f.Err() != refresh.ErrNoAnswer || r.err == nil {
				v.errs = append(v.errs, x.located(f.Err(), true)) // what was read of an object is nobody's fault
			}
		case held && len(hits) == 0:
			v.missing++
		case !held && len(hits) > 0:
			v.problem("address %d is nobody's and was found", i)
		case held && (len(hits) != 1 || !reflect.DeepEqual(sorted(hits[0]), x.world.truth[holder])) && !x.fault.lies:
			v.problem("address %d is that of %v, not of %s", i, hits, holder)
		}
	}
}

func (x *cell) judgeEntries(r matrixReply, v *verdict) {
	seen := map[refresh.ID]bool{}
	for _, e := range r.entries {
		truth, there := x.world.truth[e.ID]
		switch {
		case x.fault.lies:
		case there && truth.Primary == "" && e.Primary == "" && x.fault.fault.Do == ldaptest.Unasked: // it is told as what it is
		case !there || truth.Primary == "":
			v.problem("an entry was listed that is not there: %s", e.ID)
		case seen[e.ID]:
			v.problem("an entry was listed twice")
		case !reflect.DeepEqual(sorted(e.Mailbox), truth):
			v.problem("an entry was listed as %v, not as %v", e.Mailbox, truth)
		}
		seen[e.ID] = true
	}
	for id, m := range x.world.truth {
		if r.err == nil && m.Primary != "" && !seen[id] && !x.fault.lies {
			v.missing++
		}
	}
}

// judgeRows holds the plan of a run against the truth.
func (x *cell) judgeRows(r matrixReply, v *verdict) {
	if r.result == nil {
		v.whole = false
		return
	}
	for _, row := range r.result.Rows {
		truth, there := x.world.truth[row.Before.ID]
		now := row.Before
		if row.After != nil {
			now = *row.After
		}
		switch {
		case row.Outcome == refresh.Missing && there && (truth.Primary != "" || !row.Reasons.Has(refresh.ReasonNoMailbox)):
			v.missing++
		case row.Outcome == refresh.Missing:
		case row.Outcome == refresh.LookupFailed:
			v.whole = false
			if row.After != nil {
				v.problem("a failed look-up writes")
			}
			switch {
			case row.Cause == refresh.CauseReplicasDisagree && !there: // one answer knows that it was deleted, and the other one that it is not there
				continue
			case row.Cause == refresh.CauseMailboxUnknown && truth.Primary == "": // no witness was found
				continue
			}
			v.errs = append(v.errs, x.located(errors.New(row.Failure), row.Replica != "" || r.result.Run.Source.Server != ""))
		case row.Outcome != refresh.NotChanged && row.Outcome != refresh.Refreshed:
			v.problem("a row is %s", row.Outcome)
		case !there || !reflect.DeepEqual(sorted(now), truth):
			v.problem("a row is %s as %v, not %v", row.Outcome, now, truth)
		}
	}
}
