package match

import (
	"context"
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

// look asks the target directory about the old and the new addresses.
func (r *Replanning) look(ctx context.Context, target refresh.Connector, failed error) {
	var dir refresh.Directory
	q := &inquiry{}
	for i := range r.Rows {
		q.want(r.Rows[i].Old.Address)
		q.want(r.Rows[i].New.Address)
	}
	if failed != nil {
		q.fail(failed)
	} else {
		if inspector, ok := refresh.As[refresh.Inspector](target); ok {
			if d, err := inspector.Inspect(ctx); err == nil {
				dir = d
			}
		}
		q.ask(ctx, target)
	}
	for i := range r.Rows {
		r.Rows[i].Old.judge(q, dir)
		r.Rows[i].New.judge(q, dir)
	}
}

func (p *Planning) judge(q *inquiry, dir refresh.Directory) {
	if p.Address == "" {
		return
	}
	p.Accepted = dir.Accepts(p.Address.Domain())
	hits, err := q.of(p.Address)
	if err != nil {
		p.Failure = strings.ToValidUTF8(err.Error(), "\uFFFD")
	}
	p.Total, p.Holders = len(hits), hits[:min(len(hits), MaxHits)]
	switch {
	case len(hits) > 0:
		p.State = PlanExists
	case p.Accepted == refresh.No:
		p.State = PlanRefused
	case p.Accepted == refresh.Yes && err == nil:
		p.State = PlanAccepted
	}
}

// Apply gives the accepted rows their new addresses and returns the new job. accept is asked for each row that would change, in order; nil accepts
// those whose new address is not known to be refused or to exist. It writes all or nothing: an error is a *[StaleError] that names rows that have
// changed or have gone since, or whose address another row has by now, or a *[refresh.WrongJobError]. An address in use that was the old planned
// one moves along; every other one stays.
func (r *Replanning) Apply(job refresh.Job, accept func(Replanned) bool) (refresh.Job, error) {
	if r.JobID != job.ID {
		return refresh.Job{}, &refresh.WrongJobError{Want: r.JobID, Got: job.ID}
	}
	w, err := write(job)
	if err != nil {
		return refresh.Job{}, err
	}
	for _, row := range r.Rows {
		switch {
		case row.New.Address == "" || row.New.Address == row.Old.Address:
			continue
		case accept == nil && (row.New.State == PlanRefused || row.New.State == PlanExists), accept != nil && !accept(row):
			continue
		}
		if m := w.row(row.Key, refresh.Target, row.Before); m != nil {
			movePlan(m, row.New.Address)
		}
	}
	used := make(goals)
	for i := range w.job.Matches {
		if !w.wrote[index(refresh.Target)][i] {
			used.claim(&w.job.Matches[i], i)
		}
	}
	for i := range w.job.Matches {
		if w.wrote[index(refresh.Target)][i] {
			if _, clash := used.claim(&w.job.Matches[i], i); clash {
				w.refuse(w.job.Matches[i].Key, refresh.Target, "another row has the address by now")
			}
		}
	}
	return w.finish()
}

// movePlan gives a planned target another address.
func movePlan(m *refresh.Match, to refresh.Address) {
	if m.TargetUse.Same(m.Target.Primary) {
		m.TargetUse = to
	}
	var aliases []refresh.Address
	for _, a := range m.Target.Aliases {
		if !a.Same(to) {
			aliases = append(aliases, a)
		}
	}
	m.Target.Primary, m.Target.Aliases = to, aliases
}
