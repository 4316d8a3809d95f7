package report

import (
	"fmt"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

func (p *page) header(r *refresh.Result) {
	title := "Refresh"
	if r.JobName != "" {
		title += ` of job "` + p.safe(r.JobName) + `"`
	}
	p.in(bold, func() { p.prose(0, "", title) })
	p.in(bold, func() { p.state(r) })
	p.blank()
	p.said(0, "Job", r.JobID)
	p.optional(0, "  digest", r.Run.JobDigest)
	p.note(0, "Rows", selected(r))
	p.said(0, "Result", r.ID)
	p.run(r.Run)
	for _, s := range []refresh.Side{refresh.Source, refresh.Target} {
		p.side(sideLabel(s), r.Run.Side(s))
	}
}

// state says what became of the result.
func (p *page) state(r *refresh.Result) {
	switch r.State {
	case refresh.Preview:
		p.prose(0, "", "PREVIEW: nothing is written to the job until this result is applied.")
	case refresh.Applied:
		p.prose(0, "", "APPLIED: the job holds the new values listed here.")
	case refresh.Reverted:
		p.prose(0, "", "REVERTED: this result was applied and taken back. The job holds the former values listed here.")
	}
	if r.Partial {
		p.prose(0, "", "PARTIAL: the run was ended before it was complete. Rows without an answer count as look-up failed.")
	}
}

func selected(r *refresh.Result) string {
	n := 0
	for _, s := range askedSides(r) {
		n = max(n, r.Counts(s).Total)
	}
	return fmt.Sprintf("%d selected of %d", n, r.JobRows)
}

func (p *page) run(run refresh.Run) {
	p.said(0, "Run", run.ID)
	p.optional(0, "By", run.Operator)
	when := ""
	if !run.Started.IsZero() {
		when = stamp(run.Started)
		if run.Finished.After(run.Started) {
			when += ", took " + run.Finished.Sub(run.Started).Round(time.Millisecond).String()
		}
	}
	p.note(0, "When", when)
	p.optional(0, "Library", run.Library)
}

func (p *page) side(label string, s *refresh.SideRun) {
	if s == nil {
		p.field(0, label, "not asked")
		return
	}
	system := s.System
	if system == "" {
		system = "(system not named)"
	}
	p.field(0, label, system)
	p.optional(2, "directory", s.Directory)
	p.said(2, "identity", s.Pin)
	p.optional(2, "server", s.Server)
	p.optional(2, "account", s.Account)
	asked := fmt.Sprintf("%s, %s", plural(s.Asked, "mailbox", "mailboxes"), s.Path)
	if s.Why != "" {
		asked += ": " + s.Why
	}
	p.said(2, "looked up", asked)
	if !s.LastSync.IsZero() {
		p.note(2, "last sync", stamp(s.LastSync))
	}
	for _, f := range s.Failovers {
		p.change(2, "failover", f.From, f.To)
		p.note(4, "at", stamp(f.At))
		p.said(4, "why", f.Why)
	}
}
