package ldaptest

import "time"

// send sends entries, with the faults that are set for the search.
func (s *searching) send(hits []hit) (res result, ended bool) {
	store := s.c.dc.store
	for i := 0; i < len(hits); {
		if s.strike.due(i, false) {
			if s.strike.before(i, false) {
				return res, true
			}
			if s.strike.skip() {
				i++
				continue
			}
		}
		if s.ctx.Err() != nil {
			return res, true
		}
		if !s.until.IsZero() && time.Now().After(s.until) {
			return result{code: TimeLimitExceeded}, false
		}
		full := s.out.room()
		store.mu.RLock()
		for n := 0; i < len(hits) && len(s.out.buf) < full && (n == 0 || !s.strike.due(i, false)); n++ {
			b, ok := s.strike.write(s, hits[i])
			if !ok {
				store.mu.RUnlock()
				return result{code: OperationsError, text: "00002121: SvcErr: DSID-0314075A, problem 5012 (DIR_ERROR), data 8481"}, false
			}
			s.out.add(b)
			i++
		}
		store.mu.RUnlock()
		if len(s.out.buf) >= full {
			s.out.flush()
		}
	}
	return res, false
}

// refer sends the references to what the search did not reach.
func (s *searching) refer() {
	d := s.c.dc
	_, suppressed := s.r.Control(oidDomainScope)
	if s.r.Scope == scopeBase || s.c.port.catalog || suppressed || s.at.node == nil || d.forest.cfg.System != ActiveDirectory {
		return
	}
	scheme, suffix := "ldap://", ""
	if s.c.secured.Load() {
		scheme = "ldaps://"
	}
	if s.r.Scope == scopeOne {
		suffix = "??base"
	}
	for _, p := range d.forest.subordinates(s.at.keys, s.r.Scope) {
		s.out.add(appendReference(s.out.buf, s.strike.id(), scheme+p.dns+"/"+p.dn+suffix))
		d.counts.reference()
	}
}

// response gathers messages until there are enough to send.
type response struct {
	c    *conn
	buf  []byte
	ends []int
}

// add takes the buffer with one more message at its end.
func (o *response) add(b []byte) {
	o.buf = b
	o.ends = append(o.ends, len(b))
}

// room is how many bytes are gathered before they are sent.
func (o *response) room() int {
	if o.c.out.slow() {
		return 1
	}
	return 32 << 10
}

func (o *response) flush() {
	if len(o.buf) > 0 {
		o.c.out.sendAll(o.buf, o.ends)
		o.buf, o.ends = o.buf[:0], o.ends[:0]
	}
}
