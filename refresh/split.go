package refresh

import (
	"context"
	"fmt"
	"slices"
)

// Split divides the job into n parts of about equal size, in order, that can be refreshed one by one or at the same time, in
// one process or in several. Fewer rows than n give fewer parts. Every part has the job's ID and endpoints. Take one
// [Marks] before the first part begins and give it to every part; [Merge] makes one result of theirs.
func Split(job Job, n int) ([]Job, error) {
	if n < 1 {
		return nil, fmt.Errorf("refresh: split: into %d parts", n)
	}
	rows := len(job.Matches)
	n = max(1, min(n, rows))
	fits := [2]bool{job.sealFits(Source), job.sealFits(Target)}
	parts := make([]Job, n)
	for i := range parts {
		p := job
		p.Matches = slices.Clip(job.Matches[rows*i/n : rows*(i+1)/n])
		for _, s := range []Side{Source, Target} {
			if fits[s.index()] { // else the parts do not fit either, and say why
				p.endpoint(s).Seal = p.sealOf(s).text()
			}
		}
		parts[i] = p
	}
	return parts, nil
}

// sealFits reports whether the rows with stamps are those that the endpoint knows of.
func (j *Job) sealFits(s Side) bool {
	sum, ok := readSeal(j.endpoint(s).Seal)
	return ok && sum == j.sealOf(s)
}

// Marks is where every part of a split job begins: a moment that lies before all their look-ups. It can be written as
// JSON and read by another process.
type Marks struct {
	Source *MarkedSide `json:"source,omitempty"` // nil where the side is not tracked
	Target *MarkedSide `json:"target,omitempty"`
}

// MarkedSide is one side of it.
type MarkedSide struct {
	Pin    string `json:"pin"`
	Cursor Cursor `json:"cursor"`
	// Epoch is that of the stamps, if the run begins a new one.
	Epoch string `json:"epoch"`
	// Witnesses are some mailboxes of the whole job, looked up where a part has none that shows that instances can be read.
	Witnesses []ID `json:"witnesses,omitempty"`
}

// TakeMarks takes the marks for the parts of a job, as [Refresh] would for the whole.
func TakeMarks(ctx context.Context, job Job, sides Sides) (*Marks, error) {
	r, err := newRun(job, sides, Options{})
	if err != nil {
		return nil, err
	}
	if err := r.preflight(ctx); err != nil {
		return nil, err
	}
	out := &Marks{}
	for _, s := range r.sides {
		m := &MarkedSide{Pin: s.record.Pin, Epoch: randomID(), Witnesses: job.witnesses(s.side)}
		if t, ok := As[Tracker](s.conn); ok && s.failed == nil && m.Pin != "" {
			if m.Cursor, err = t.Mark(ctx); err != nil {
				m.Cursor = Cursor{} // the parts run without, and say so
			}
		}
		if ctx.Err() != nil {
			return nil, fmt.Errorf("refresh: taking marks: %w", context.Cause(ctx))
		}
		if s.side == Source {
			out.Source = m
		} else {
			out.Target = m
		}
	}
	return out, nil
}

// witnesses returns a few mailboxes with an instance.
func (j *Job) witnesses(s Side) []ID {
	var out []ID
	for i := range j.Matches {
		at := j.Matches[i].side(s)
		if *at.origin == Bound && *at.mark == nil && at.mailbox.Instance != "" && !slices.Contains(out, at.mailbox.ID) {
			if out = append(out, at.mailbox.ID); len(out) == maxWitnesses {
				break
			}
		}
	}
	return out
}

func (m *Marks) side(s Side) *MarkedSide {
	switch {
	case m == nil:
		return nil
	case s == Target:
		return m.Target
	}
	return m.Source
}
