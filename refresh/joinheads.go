package refresh

import (
	"fmt"
	"time"
)

// joinHeads makes one head of those of a job's parts.
func joinHeads(heads []Job) (Job, error) {
	out := heads[0]
	if len(heads) == 1 {
		return out, nil
	}
	for i := range heads {
		if heads[i].ID != out.ID {
			return Job{}, fmt.Errorf("part %d: %w", i+1, &WrongJobError{Want: heads[i].ID, Got: out.ID})
		}
	}
	for _, s := range []Side{Source, Target} {
		if err := joinEndpoints(heads, s, out.endpoint(s)); err != nil {
			return Job{}, err
		}
	}
	out.History = joinHistories(heads)
	return out, nil
}

// joinEndpoints makes out, which is that of the first part, the endpoint of all. By the rules of [Merge]: a cursor that not all parts
// reached is none. Rows may have stamps of different epochs then; without an epoch none of them vouches for anything.
func joinEndpoints(heads []Job, s Side, out *Endpoint) error {
	same := true
	var sum seal
	broken := "" // a seal that nobody can read fits no rows, and so must that of the whole
	for i := range heads {
		e := heads[i].endpoint(s)
		switch {
		case out.Pin == "":
			out.Pin = e.Pin
		case e.Pin != "" && e.Pin != out.Pin:
			return fmt.Errorf("part %d: %w", i+1, &InvalidError{What: "job", Field: s.String() + ".pin", Problem: "is another directory than that of the parts before; parts of one job have one"})
		}
		same = same && e.Cursor.same(out.Cursor) && e.Epoch == out.Epoch
		if e.Since.Before(out.Since) {
			out.Since = e.Since
		}
		x, ok := readSeal(e.Seal)
		if !ok {
			broken = e.Seal
		}
		sum += x
	}
	if out.Seal = sum.text(); broken != "" {
		out.Seal = broken
	}
	if !same {
		out.Cursor, out.Epoch, out.Since = Cursor{}, "", time.Time{}
	}
	return nil
}

// joinHistories puts the events of all parts in the order of time, without changing that of any part; an event that
// several have is one.
func joinHistories(heads []Job) []Event {
	rest := make([][]Event, len(heads))
	for i := range heads {
		rest[i] = heads[i].History
	}
	var out []Event
	for {
		next := -1
		for i := range rest {
			if len(rest[i]) > 0 && (next < 0 || rest[i][0].At.Before(rest[next][0].At)) {
				next = i
			}
		}
		if next < 0 {
			return out[max(0, len(out)-MaxHistory):]
		}
		e := rest[next][0]
		out = append(out, e)
		for i := range rest {
			if len(rest[i]) > 0 && rest[i][0].is(&e) {
				rest[i] = rest[i][1:]
			}
		}
	}
}

func (e *Event) is(o *Event) bool {
	return e.Action == o.Action && e.Result == o.Result && e.Run == o.Run && e.At.Equal(o.At) && e.Rows == o.Rows
}
