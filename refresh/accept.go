package refresh

import "fmt"

// Accept makes instance the stored mailbox identity of one side of a row whose outcome was [Replaced], so that the
// next refresh writes there again. The delta state that the host keeps for the former mailbox is void then.
// Pass the instance that a person saw, [Evidence].Instance, not one looked up anew.
func (j Job) Accept(s Side, key string, instance ID) (Job, error) {
	n := j.index(key)
	if n < 0 {
		return j, fmt.Errorf("refresh: accept: the job has no row %q", key)
	}
	m := j.Matches[n]
	at := m.side(s)
	switch {
	case s != Source && s != Target:
		return j, fmt.Errorf("refresh: accept: no such side")
	case *at.origin != Bound:
		return j, fmt.Errorf("refresh: accept: the %s of row %q is %s, not bound", s, key, *at.origin)
	case instance == "":
		return j, fmt.Errorf("refresh: accept: the instance is empty")
	}
	at.mailbox.Instance = instance
	was := *at.stamp
	*at.stamp, *at.mark = 0, nil // whatever was missing once, a person has seen this mailbox
	if err := m.validate(); err != nil {
		return j, err
	}
	out := j
	out.Matches = append(make([]Match, 0, len(j.Matches)), j.Matches...)
	out.Matches[n] = m
	out.endpoint(s).reseal(key, was, 0)
	return out, nil
}
