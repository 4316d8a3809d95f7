package proptest

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// checkResult holds a result against the model and against what is true.
func (h *history) checkResult(o *outing) {
	h.checkAsked(o)
	h.checkCoverage(o)
	o.verdicts = map[place]verdict{}
	for i := range o.res.Rows {
		row := &o.res.Rows[i]
		m, _ := h.job.Match(row.Key)
		h.checkSafety(row)
		h.checkTruth(o, m, row)
		h.checkVerdict(o, m, row)
		h.checkEvidence(o, m, row)
	}
	h.checkAskedAgain(o)
	h.checkWarnings(o)
	h.checkPlanned("conflicts are those of the job", o.res.Conflicts, applies(h.job, o.verdicts, o.pins), o, false)
	for _, c := range o.res.Conflicts {
		h.stats.conflicts[c.State.String()]++
	}
	h.checkMembers(o)
}

// checkAsked: one call with each ID of the selected rows once.
func (h *history) checkAsked(o *outing) {
	for s, f := range o.facts {
		want := map[refresh.ID]bool{}
		for _, m := range h.job.Matches {
			if id := m.Mailbox(s).ID; o.selected[m.Key] && id != "" {
				want[id] = true
			}
		}
		asked := f.first.asked()
		switch {
		case f.first == nil && (o.ended || f.inspectErr != nil || len(want) == 0):
		case !slices.Equal(asked, keysOf(want)):
			h.fail("each ID is asked once", "%s: asked %s, want %s", s, asked, keysOf(want))
		}
		if run := o.res.Run.Side(s); run == nil || run.Asked != len(want) && f.first != nil {
			h.fail("each ID is asked once", "%s: the record of the run says %+v, want %d asked", s, run, len(want))
		}
		if o.recs[s].extra > 0 {
			h.fail("each ID is asked once", "%s: %d calls beyond the first and its confirmation", s, o.recs[s].extra)
		}
	}
	for _, s := range bothSides {
		if o.facts[s] == nil && o.res.Run.Side(s) != nil {
			h.fail("each ID is asked once", "%s: the run says that it was asked", s)
		}
	}
}

// checkAskedAgain: only absences are asked again, and all of them.
func (h *history) checkAskedAgain(o *outing) {
	for s, f := range o.facts {
		may, witnesses := map[refresh.ID]bool{}, false
		for _, m := range h.job.Matches {
			id := m.Mailbox(s).ID
			if !o.selected[m.Key] || id == "" {
				continue
			}
			for _, r := range f.read(m, s, f.first.said(id).lookup, false) {
				if stale := slices.Contains(r.causes, refresh.CauseStale); r.state == readAbsent || stale {
					may[id] = true
					witnesses = witnesses || r.reason == refresh.ReasonNoMailbox || stale
				}
			}
		}
		asked := f.second.asked()
		if len(slices.Compact(slices.Clone(asked))) != len(asked) {
			h.fail("each ID is asked once", "%s: %s in the second round", s, asked)
		}
		for _, id := range asked {
			// An absence that is inferred from a missing Instance needs another object that shows one.
			m, _ := f.first.said(id).lookup.Mailbox()
			if !may[id] && !(witnesses && m.Instance != "") {
				h.fail("only absences are asked again", "%s: %s", s, id)
			}
		}
		if f.second != nil && f.first != nil && !o.ended {
			pause := o.opts.ConfirmAfter
			switch {
			case f.second.confirm || pause < 0:
				pause = 0
			case pause == 0:
				pause = time.Second
			}
			if got := f.second.began.Sub(f.first.ended); got != pause || f.second.confirm != o.recs[s].Info().Can.Has(refresh.CanConfirm) {
				h.fail("only absences are asked again", "%s: after %s, by Confirm %t; want a pause of %s", s, got, f.second.confirm, pause)
			}
		}
	}
}

// checkCoverage: one outcome for each selected row and asked side, in the job's order, and counts that add up.
func (h *history) checkCoverage(o *outing) {
	var want []refresh.Row
	per := map[refresh.Side]int{}
	for _, m := range h.job.Matches {
		for _, s := range bothSides {
			if o.selected[m.Key] && o.facts[s] != nil {
				want = append(want, refresh.Row{
					Key: m.Key, Side: s, Origin: m.Origin(s), Before: m.Mailbox(s), MarkBefore: m.Mark(s), PreviousBefore: previousOf(m, s),
				})
				per[s]++
			}
		}
	}
	var got []refresh.Row
	for _, r := range o.res.Rows {
		got = append(got, refresh.Row{
			Key: r.Key, Side: r.Side, Origin: r.Origin, Before: r.Before, MarkBefore: r.MarkBefore, PreviousBefore: r.PreviousBefore,
		})
	}
	if !reflect.DeepEqual(got, want) {
		h.fail("one outcome per selected row and asked side", "got\n%v\nwant\n%v", lazyAll(got), lazyAll(want))
	}
	for _, s := range bothSides {
		c, sum := o.res.Counts(s), 0
		for _, out := range refresh.Outcomes() {
			sum += c.ByOutcome[out]
		}
		if sum != per[s] || c.Total != per[s] {
			h.fail("counts add up", "%s: %d by outcome, total %d, want %d", s, sum, c.Total, per[s])
		}
	}
	if o.res.JobID != h.job.ID || o.res.JobRows != len(h.job.Matches) {
		h.fail("counts add up", "job %s with %d rows, want %s with %d", o.res.JobID, o.res.JobRows, h.job.ID, len(h.job.Matches))
	}
}

// checkSafety: what needs a person is never written, and only proven absence leaves a mark.
func (h *history) checkSafety(r *refresh.Row) {
	h.stats.rows[r.Outcome.String()]++
	switch r.Outcome {
	case refresh.LookupFailed, refresh.Replaced, refresh.EnteredManually, refresh.Unmatched:
		if r.After != nil || !sameMark(r.MarkAfter, r.MarkBefore) || r.StampAfter != r.StampBefore || r.Writes() {
			h.fail("failed and replaced rows are not written", "row %s", asJSON(r))
		}
	case refresh.Missing:
		if r.After != nil || r.MarkAfter == nil {
			h.fail("a missing row is only marked", "row %s", asJSON(r))
		}
	case refresh.NotChanged:
		if r.Writes() {
			h.fail("not changed writes nothing", "row %s", asJSON(r))
		}
	case refresh.Refreshed:
		if !r.Writes() || r.Reasons == 0 {
			h.fail("refreshed writes something for a reason", "row %s", asJSON(r))
		}
	}
}

// checkTruth holds a row against the record of what is true in the directories.
func (h *history) checkTruth(o *outing, m refresh.Match, r *refresh.Row) {
	if h.madeUp {
		return
	}
	w, f, l, id := h.worlds[r.Side], o.facts[r.Side], o.links[r.Side], r.Before.ID
	gone := r.Evidence != nil && r.Evidence.Account == refresh.AccountGone
	if r.Outcome == refresh.Missing || gone {
		first, second := f.first.said(id), f.second.said(id)
		reason := refresh.ReasonGone
		if list := r.Reasons.List(); r.Outcome == refresh.Missing && len(list) == 1 {
			reason = list[0]
		} else if a, ok := first.lookup.Absence(); gone && ok && a.Reason != 0 {
			reason = a.Reason
		}
		for _, said := range []reply{first, second} {
			ok := false
			for _, v := range w.views(said.lookup.Replica()) {
				ok = ok || v.absent(id, reason, l.memory.HideDeleted)
			}
			if !ok {
				h.fail("missing is true", "%s %s is reported %s as %s; at replica %q it is %s: %s", r.Side, r.Key, r.Outcome, reason, said.lookup.Replica(),
					statusWords[w.now[id].status], asJSON(w.now[id].mailbox))
			}
		}
		// Never without the right to see, the scope to look in, or the answer itself.
		_, fails := l.memory.FailIDs[id]
		outside := l.scope != nil && !l.scope(w.now[id].mailbox)
		if l.memory.NothingVisible || fails || l.memory.SilentIDs[id] || outside || l.memory.Outage != nil ||
			reason == refresh.ReasonNoMailbox && (l.memory.HideInstances || w.noInsts) {
			h.fail("missing is provable", "%s %s: %s", r.Side, r.Key, l)
		}
	}
	found := r.Outcome == refresh.Refreshed || r.Outcome == refresh.NotChanged
	if o, ok := w.now[id]; found && len(w.lagging) == 0 {
		if !ok || o.status != there {
			h.fail("found is true", "%s %s is %s, and the directory has it as %s", r.Side, r.Key, r.Outcome, statusWords[o.status])
		}
		now := r.Now()
		if now.Primary != o.mailbox.Primary || !slices.Equal(folds(now.Aliases), folds(normal(now.Primary, o.mailbox.Aliases))) {
			h.fail("each row ends with what the directory says of its ID", "%s %s: %s, want %s", r.Side, r.Key, asJSON(now), asJSON(o.mailbox))
		}
	}
	h.checkSound(l, f, m, r)
}

// checkSound: without any fault nothing fails.
func (h *history) checkSound(l link, f *facts, m refresh.Match, r *refresh.Row) {
	w, id := h.worlds[r.Side], r.Before.ID
	o, known := w.now[id]
	if id == "" || !l.sound() || len(w.lagging) > 0 || f.cancelled || previousOf(m, r.Side) != nil || m.Origin(r.Side) != refresh.Bound {
		return
	}
	want := []refresh.Outcome{refresh.Refreshed, refresh.NotChanged}
	switch {
	case known && o.status == there && o.mailbox.Kind.Elsewhere() && (!r.Before.Kind.Elsewhere() || l.s.stated):
		want = []refresh.Outcome{refresh.Missing}
	case known && o.status == there && l.s.stated && o.mailbox.Instance == "" && !o.mailbox.Kind.Elsewhere():
		want = []refresh.Outcome{refresh.Missing}
		if r.Before.Instance == "" {
			want = []refresh.Outcome{refresh.LookupFailed} // the row never knew of the mailbox that went
		}
	case known && o.status == there && r.Before.Instance != "" && o.mailbox.Instance == "":
		want = []refresh.Outcome{refresh.Missing, refresh.LookupFailed} // by sight
	case known && o.status == there && r.Before.Instance != "" && o.mailbox.Instance != r.Before.Instance:
		want = []refresh.Outcome{refresh.Replaced}
	case known && o.status == there && o.mailbox.Primary == "":
		want = []refresh.Outcome{refresh.LookupFailed}
	case known && (o.status == softDeleted || o.status == tombstoned) || w.direct && (!known || o.status == erased):
		want = []refresh.Outcome{refresh.Missing}
	case !known || o.status == erased:
		want = []refresh.Outcome{refresh.Missing, refresh.LookupFailed} // by sight
	}
	if !slices.Contains(want, r.Outcome) {
		h.fail("without faults the outcome is what is true", "%s %s is %s, want one of %s; the directory has %s %s", r.Side, r.Key, r.Outcome, want,
			statusWords[o.status], asJSON(o.mailbox))
	}
}

// checkVerdict: the outcome is one that the model allows.
func (h *history) checkVerdict(o *outing, m refresh.Match, r *refresh.Row) {
	allowed := o.facts[r.Side].judge(m, r.Side)
	for _, v := range allowed {
		if v.allows(r) {
			v.writes = v.after != nil || !sameMark(v.mark, m.Mark(r.Side))
			o.verdicts[place{r.Key, r.Side}] = v
			return
		}
	}
	var texts []string
	for _, v := range allowed {
		texts = append(texts, v.String())
	}
	h.fail("outcomes are the model's", "%s %s: got %s\nwant %s", r.Side, r.Key, asJSON(r), strings.Join(texts, "\n  or "))
}

func (v verdict) allows(r *refresh.Row) bool {
	account := refresh.AccountState(0)
	if r.Evidence != nil {
		account = r.Evidence.Account
	}
	switch {
	case v.outcome != r.Outcome, !sameMark(v.mark, r.MarkAfter), v.account != account:
		return false
	case v.outcome == refresh.LookupFailed && len(v.causes) > 0 && !slices.Contains(v.causes, r.Cause):
		return false
	case (v.outcome == refresh.LookupFailed) != (r.Cause != 0):
		return false
	case v.outcome != refresh.NotCreatedYet && (v.reasons^r.Reasons)&^v.may != 0:
		return false
	case (v.after == nil) != (r.After == nil):
		return false
	}
	return v.after == nil || sameMailbox(*v.after, *r.After)
}

func (v verdict) String() string {
	text := v.outcome.String()
	if v.reasons != 0 {
		text += " (" + v.reasons.String() + ")"
	}
	for _, c := range v.causes {
		text += " " + c.String()
	}
	if v.after != nil {
		text += " after " + asJSON(*v.after)
	}
	if v.mark != nil {
		text += " mark " + asJSON(v.mark)
	}
	if v.account != 0 {
		text += " account " + v.account.String()
	}
	return text
}

// checkEvidence: what is said beside an outcome.
func (h *history) checkEvidence(o *outing, m refresh.Match, r *refresh.Row) {
	e := refresh.Evidence{}
	if r.Evidence != nil {
		e = *r.Evidence
	}
	v, f := o.verdicts[place{r.Key, r.Side}], o.facts[r.Side]
	switch {
	case r.Outcome == refresh.Replaced && e.Instance != v.instance:
		h.fail("evidence", "%s %s: replaced by %q, want %q", r.Side, r.Key, e.Instance, v.instance)
	case r.Outcome == refresh.Missing && e.Proof == refresh.ProofNone:
		h.fail("evidence", "%s %s is missing without a proof", r.Side, r.Key)
	}
	if v.after != nil {
		replica := ""
		if v.replica != f.directory.Server {
			replica = v.replica
		}
		if r.Replica != replica {
			h.fail("evidence", "%s %s: replica %q, want %q", r.Side, r.Key, r.Replica, replica)
		}
	}
	if m.Mailbox(r.Side).ID != "" || m.Origin(r.Side) == refresh.None {
		return
	}
	finding, found := f.finds[m.Mailbox(r.Side).Primary.Fold()]
	if !o.opts.Verify && (found || e.Hits != nil) {
		h.fail("evidence", "%s %s: looked for by address although Verify is off", r.Side, r.Key)
	}
	if found && !o.ended {
		switch hits, ok := finding.Mailboxes(); {
		case ok && (e.Hits == nil || *e.Hits != len(hits)):
			h.fail("evidence", "%s %s: %s, want %d hits", r.Side, r.Key, asJSON(e), len(hits))
		case !ok && (e.Hits != nil || e.HitsFailure == ""):
			h.fail("evidence", "%s %s: %s, want a failure", r.Side, r.Key, asJSON(e))
		}
	} else if o.opts.Verify && f.canFind && !o.ended && f.inspectErr == nil && o.recs[r.Side].findErr == nil {
		h.fail("evidence", "%s %s: not looked for although Verify is on", r.Side, r.Key)
	}
	if r.Origin == refresh.Planned && o.opts.Verify && f.inspected && f.inspectErr == nil {
		if want := f.directory.Accepts(m.Target.Primary.Domain()); e.DomainAccepted != want {
			h.fail("evidence", "%s %s: domain accepted %s, want %s", r.Side, r.Key, e.DomainAccepted, want)
		}
	}
}

// checkMembers: a row that was not looked up has no outcome in a conflict.
func (h *history) checkMembers(o *outing) {
	outcomes := map[place]refresh.Outcome{}
	for _, r := range o.res.Rows {
		outcomes[place{r.Key, r.Side}] = r.Outcome
	}
	for _, c := range o.res.Conflicts {
		for _, m := range c.Members {
			if want := outcomes[place{m.Key, c.Side}]; m.Outcome != want {
				h.fail("conflicts are those of the job", "member %s of %s: outcome %s, want %s", m.Key, asJSON(c), m.Outcome, want)
			}
		}
	}
}

func lazyAll(rows []refresh.Row) []lazy {
	var out []lazy
	for _, r := range rows {
		out = append(out, lazy{r})
	}
	return out
}

func sameMark(a, b *refresh.Mark) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}

func folds(list []refresh.Address) []string {
	var out []string
	for _, a := range list {
		out = append(out, a.Fold())
	}
	slices.Sort(out)
	return out
}

// sound reports whether nothing goes wrong on a link.
func (l link) sound() bool {
	s := l.s
	return l.harmless && l.memory.Outage == nil && !l.memory.RejectCredentials && !l.memory.NothingVisible && !l.memory.HideDeleted &&
		!l.memory.HideInstances && len(l.memory.FailIDs)+len(l.memory.SilentIDs)+len(l.memory.Breaks) == 0 && l.scope == nil &&
		len(s.unproven)+len(s.wrong)+len(s.zero)+len(s.twice)+len(s.thin)+len(s.recant)+len(s.perjuries) == 0 && !errors.Is(s.inspectErr, refresh.ErrForbidden)
}
