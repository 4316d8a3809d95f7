package match

import "github.com/readdress-go/readdress/refresh"

// Apply gives the rows of the accepted proposals their targets and returns the new job. accept is asked for each proposal that has a mailbox, in
// order; nil accepts all of them. It writes all or nothing: an error is a *[StaleError] that names rows that have changed or have gone since, or
// whose target another row has by now, a *[refresh.WrongJobError] or a *[refresh.WrongDirectoryError]. Every other row stays as it is.
//
// A row that gets another target than it had loses what belonged to the former one: mark, stamp, previous value, and the address in use unless it
// is the new one's own ([Proposal].UseDropped). An address that was entered and is the target's own, but not its primary one, becomes the address in use
// as in [Enrolment.Apply].
func (r *Rematching) Apply(job refresh.Job, accept func(Proposal) bool) (refresh.Job, error) {
	if r.JobID != job.ID {
		return refresh.Job{}, &refresh.WrongJobError{Want: r.JobID, Got: job.ID}
	}
	w, err := write(job)
	if err != nil {
		return refresh.Job{}, err
	}
	for _, p := range r.Proposals {
		if p.Mailbox == nil || accept != nil && !accept(p) {
			continue
		}
		m := w.row(p.Key, refresh.Target, p.Before)
		if m == nil {
			continue
		}
		if !p.Source.same(heldBy(m, refresh.Source)) {
			w.refuse(p.Key, refresh.Source, "the row was changed")
			continue
		}
		paired, err := p.adopt(*m)
		if err != nil {
			return refresh.Job{}, err
		}
		*m = paired
	}
	if err := w.pin(refresh.Target, r.TargetPin, job); err != nil {
		return refresh.Job{}, err
	}
	return w.finish()
}

// adopt is the row with the proposed target.
func (p *Proposal) adopt(m refresh.Match) (refresh.Match, error) {
	entered := m.Target.Primary
	if m.TargetUse != "" && !owns(p.Mailbox, m.TargetUse) {
		m.TargetUse = ""
	}
	manual := m.TargetOrigin == refresh.Manual
	m.Target, m.TargetOrigin = *p.Mailbox, refresh.Bound
	m.TargetMark, m.TargetStamp, m.TargetPrevious = nil, 0, nil
	if manual {
		keepUse(&m, refresh.Target, entered)
	}
	return m, check(&m)
}
