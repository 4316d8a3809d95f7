package match

import (
	"fmt"
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

// StaleError refuses what was accepted because rows no longer hold what the proposals were made for. Nothing was written.
type StaleError struct {
	Rows []refresh.StaleRow
}

// Error counts the rows and names the first few keys.
func (e *StaleError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "match: nothing written: %d rows changed since the proposals were made; ask again. First:", len(e.Rows))
	for i, r := range e.Rows {
		if i == 5 {
			b.WriteString(" …")
			break
		}
		fmt.Fprintf(&b, " %s %q (%s)", r.Side, r.Key, r.Reason)
	}
	return b.String()
}

// writing is a job that accepted proposals are written into: all or nothing.
type writing struct {
	job   refresh.Job
	at    map[string]int
	wrote [2]map[int]bool // rows, for each side
	stale []refresh.StaleRow
}

// write begins. The job that it gives has rows of its own.
func write(job refresh.Job) (*writing, error) {
	if err := job.Validate(); err != nil {
		return nil, err
	}
	w := &writing{job: job, at: make(map[string]int, len(job.Matches)), wrote: [2]map[int]bool{{}, {}}}
	w.job.Matches = append([]refresh.Match(nil), job.Matches...)
	for i := range job.Matches {
		w.at[job.Matches[i].Key] = i
	}
	return w, nil
}

// row is the row that a proposal is about, nil where it is not what it was.
func (w *writing) row(key string, s refresh.Side, before Held) *refresh.Match {
	i, ok := w.at[key]
	switch {
	case !ok:
		w.refuse(key, s, "the row is no longer in the job")
		return nil
	case w.wrote[index(s)][i]:
		w.refuse(key, s, "there are two proposals for it")
		return nil
	}
	if now := heldBy(&w.job.Matches[i], s); !before.same(now) {
		w.refuse(key, s, "the row was changed")
		return nil
	}
	w.wrote[index(s)][i] = true
	return &w.job.Matches[i]
}

func (w *writing) refuse(key string, s refresh.Side, why string) {
	w.stale = append(w.stale, refresh.StaleRow{Key: key, Side: s, Reason: why})
}

// finish gives the job, if every row that was written to may keep what it got.
func (w *writing) finish() (refresh.Job, error) {
	for _, s := range []refresh.Side{refresh.Source, refresh.Target} {
		held := holdingOf(w.job.Matches, s, nil)
		for i := range w.job.Matches {
			m := &w.job.Matches[i]
			if !w.wrote[index(s)][i] {
				continue
			}
			if k, ok := claimOf(m, s, m.Mailbox(s).ID); ok && len(held[k]) > 1 {
				w.refuse(m.Key, s, "another row has the mailbox by now")
			}
		}
	}
	if len(w.stale) > 0 {
		return refresh.Job{}, &StaleError{Rows: w.stale}
	}
	return w.job, nil
}

// pin writes which directory IDs were taken from, where the job does not say and has no ID of it yet: those that it has may be
// another one's, and whether they are is for a refresh to find out. It refuses a job that is pinned to another one.
func (w *writing) pin(s refresh.Side, pin string, before refresh.Job) error {
	e := &w.job.Source
	if s == refresh.Target {
		e = &w.job.Target
	}
	if pin == "" || len(w.wrote[index(s)]) == 0 || e.Pin == pin {
		return nil
	}
	if e.Pin != "" {
		return &refresh.WrongDirectoryError{Side: s, Want: e.Pin, Got: pin}
	}
	for i := range before.Matches {
		if before.Matches[i].Mailbox(s).ID != "" {
			return nil
		}
	}
	e.Pin = pin
	return nil
}
