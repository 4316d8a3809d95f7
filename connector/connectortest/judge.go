package connectortest

import (
	"errors"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/readdress-go/readdress/refresh"
)

// present judges the answer for an object that is there.
func (p *probe) present(t *tally[refresh.Lookup], i int, want refresh.Mailbox) {
	if absence, absent := t.got[i].Absence(); absent {
		p.breaks(rulePresent, "%s: object %s is there and was answered with NotFound (%s)", t.where, want.ID, absence.Proof)
		return
	}
	got, found := t.got[i].Mailbox()
	switch {
	case !found && t.times[i] == 0:
		p.breaks(ruleFound, "%s: object %s was not answered; the call returned: %v", t.where, want.ID, t.err)
	case !found:
		p.breaks(ruleFound, "%s: the look-up of object %s failed: %v", t.where, want.ID, t.got[i].Err())
	case got.ID == want.ID && !got.Equal(want):
		p.breaks(ruleFound, "%s: object %s was read wrongly (-want +got):\n%s", t.where, want.ID, differ{want, got})
	}
}

// doubtful judges the answer for an object that is there, in trouble: it may be found or not answered, but never absent.
func (p *probe) doubtful(r rule, t *tally[refresh.Lookup], i int, want refresh.Mailbox) (found bool) {
	if absence, absent := t.got[i].Absence(); absent {
		p.breaks(r, "%s: object %s is there and was answered with NotFound (%s)", t.where, want.ID, absence.Proof)
	}
	got, found := t.got[i].Mailbox()
	if found && got.ID == want.ID && !got.Equal(want) {
		p.breaks(r, "%s: object %s was read wrongly (-want +got):\n%s", t.where, want.ID, differ{want, got})
	}
	return found
}

// absent judges the answer for an ID without an object: not found or failed.
func (p *probe) absent(t *tally[refresh.Lookup], i int, what string, id refresh.ID) {
	if m, found := t.got[i].Mailbox(); found {
		p.breaks(ruleAbsent, "%s: %s ID %s was answered with object %s", t.where, what, id, m.ID)
	}
	p.proofs.add(t.got[i])
}

// proofs counts what a connector says of IDs without an object.
type proofs struct{ asked, proven int }

func (s *proofs) add(l refresh.Lookup) {
	s.asked++
	if _, absent := l.Absence(); absent {
		s.proven++
	}
}

// neverProven is what a person should know of a connector that passes and is of little use.
func (s *proofs) neverProven() string {
	if s.asked == 0 || s.proven > 0 {
		return ""
	}
	return "no absence was proven: the look-up of every ID without an object failed. That breaks no rule, but with this connector a refresh never tells that a mailbox is missing"
}

// ends judges what a call returned whose context has ended: an error with the cause, unless it had answered everything.
func ends[A any](p *probe, t *tally[A], cause error, before bool) {
	switch {
	case t.err == nil && (before || t.holes() > 0):
		p.breaks(ruleCancel, "%s: it returned no error although its context had ended (%d of %d not answered)", t.where, t.holes(), len(t.got))
	case t.err != nil && !errors.Is(t.err, cause):
		p.breaks(ruleCancel, "%s: its error does not wrap context.Cause: %v", t.where, t.err)
	}
}

// hits judges the answer for an address that the given objects hold.
func (p *probe) hits(t *tally[refresh.Finding], i int, addr refresh.Address, want ...refresh.Mailbox) {
	got, ok := t.got[i].Mailboxes()
	r := ruleHits
	if len(want) == 0 {
		r = ruleNoHits
	}
	if !ok {
		p.breaks(r, "%s: %q got no answer: %v; the call returned: %v", t.where, addr, t.got[i].Err(), t.err)
		return
	}
	if want, got := sorted(want), sorted(got); !slices.EqualFunc(want, got, refresh.Mailbox.Equal) {
		p.breaks(r, "%s: wrong holders of %q (-want +got):\n%s", t.where, addr, differ{want, got})
	}
}

// noHits judges answers in trouble for addresses that are held: "nobody" is wrong, and so is any wrong holder.
func (p *probe) noHits(r rule, t *tally[refresh.Finding], i int, want refresh.Mailbox) (ok bool) {
	got, ok := t.got[i].Mailboxes()
	if ok && !slices.ContainsFunc(got, want.Equal) {
		p.breaks(r, "%s: an address that object %s holds was answered with %d other hits", t.where, want.ID, len(got))
	}
	return ok
}

// complete judges a list that ended without an error.
func (p *probe) complete(r rule, l listed, want []refresh.Mailbox) {
	if l.err != nil {
		return
	}
	missing := 0
	for _, m := range want {
		got, ok := l.by[m.ID]
		switch {
		case !ok:
			missing++
		case !got.Equal(m):
			p.breaks(r, "List: object %s was read wrongly (-want +got):\n%s", m.ID, differ{m, got})
		}
	}
	if missing > 0 {
		p.breaks(r, "List: it ended without an error and left out %d of %d objects", missing, len(want))
	}
}

func sorted(ms []refresh.Mailbox) []refresh.Mailbox {
	out := slices.Clone(ms)
	slices.SortFunc(out, func(a, b refresh.Mailbox) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return out
}

// differ prints a difference when it is needed: most are not printed.
type differ struct{ want, got any }

func (d differ) String() string { return diff(d.want, d.got) }

// fields is a mailbox without its method Equal, so that a difference names the fields.
type fields refresh.Mailbox

func diff(want, got any) string {
	return cmp.Diff(want, got,
		cmp.Transformer("fields", func(m refresh.Mailbox) fields { return fields(m) }),
		cmpopts.EquateEmpty(),
		cmpopts.SortSlices(func(a, b refresh.Address) bool { return a < b }))
}

func isValueError(err error) bool { _, ok := errors.AsType[*refresh.ValueError](err); return ok }

// describe puts a look-up into words.
func describe(l refresh.Lookup) string {
	if m, ok := l.Mailbox(); ok {
		return "found, object " + string(m.ID)
	}
	if a, ok := l.Absence(); ok {
		return "NotFound, " + a.Reason.String() + ", proof " + a.Proof.String()
	}
	return "failed: " + l.Err().Error()
}
