package match

import "github.com/readdress-go/readdress/refresh"

// Apply binds the rows of the accepted offers to their mailboxes and returns the new job. accept is asked for each offer that has a mailbox, in
// order; nil accepts all of them. It writes all or nothing: an error is a *[StaleError] that names rows that have changed or have gone since, or
// whose mailbox another row has by now, a *[refresh.WrongJobError] or a *[refresh.WrongDirectoryError]. Rows that are not accepted do not
// matter to it.
//
// The address that the operator entered is not lost: where it is not the mailbox's primary address (an alias, or the login), it becomes the
// row's address in use ([refresh.Match].SourceUse, TargetUse), unless one is set already. So the migration goes on working with what it has
// worked with, and a refresh says when that address is lost.
//
// A side that is not pinned to a directory, and has no ID so far, is pinned to the one that was asked.
func (e *Enrolment) Apply(job refresh.Job, accept func(Offer) bool) (refresh.Job, error) {
	if e.JobID != job.ID {
		return refresh.Job{}, &refresh.WrongJobError{Want: e.JobID, Got: job.ID}
	}
	w, err := write(job)
	if err != nil {
		return refresh.Job{}, err
	}
	for _, o := range e.Offers {
		if o.State != Offered || o.Mailbox == nil || accept != nil && !accept(o) {
			continue
		}
		m := w.row(o.Key, o.Side, o.Before)
		if m == nil {
			continue
		}
		bound, err := m.Bind(o.Side, *o.Mailbox)
		if err != nil {
			return refresh.Job{}, err
		}
		keepUse(&bound, o.Side, o.Before.Mailbox.Primary)
		*m = bound
	}
	for _, x := range []struct {
		side refresh.Side
		pin  string
	}{{refresh.Source, e.SourcePin}, {refresh.Target, e.TargetPin}} {
		if err := w.pin(x.side, x.pin, job); err != nil {
			return refresh.Job{}, err
		}
	}
	return w.finish()
}

// keepUse makes an address that a row was entered with the one in use, where it is the mailbox's own and not its primary one.
func keepUse(m *refresh.Match, s refresh.Side, entered refresh.Address) {
	mb, use := &m.Source, &m.SourceUse
	if s == refresh.Target {
		mb, use = &m.Target, &m.TargetUse
	}
	if *use == "" && entered != "" && !entered.Same(mb.Primary) && owns(mb, entered) {
		*use = entered
	}
}

// owns reports whether an address reaches the mailbox, or signs in to it.
func owns(m *refresh.Mailbox, a refresh.Address) bool { return m.Holds(a) || signsInBy(m, a) }
