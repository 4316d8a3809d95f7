package ldaptest

import (
	"encoding/binary"
	"fmt"
	"sync"
)

// pages are the result sets of a connection that paged searches have not finished (RFC 2696).
type pages struct {
	mu     sync.Mutex
	serial uint32
	sets   []*resultSet
}

// resultSet is what a paged search found.
type resultSet struct {
	id    uint32
	query string
	hits  []hit
	next  int // where the next page begins
	sent  int
}

// pageRequest is the control of a request.
type pageRequest struct {
	size   int
	cookie string
}

// maxSets is how many result sets Active Directory keeps for a connection (MaxResultSetsPerConn).
const maxSets = 10

func (r Request) page() (p pageRequest, paged bool, err error) {
	c, ok := r.Control(oidPaged)
	if !ok {
		return p, false, nil
	}
	e, _, err := take(c.Value)
	if err != nil {
		return p, true, err
	}
	es, err := parts(e.body)
	if err != nil || len(es) != 2 {
		return p, true, errBER
	}
	n, err := es[0].integer()
	p.size, p.cookie = int(n), string(es[1].body)
	return p, true, err
}

// query is what must stay the same from page to page.
func (r Request) query() string { return fmt.Sprintf("%s\x00%d\x00%s", r.Base, r.Scope, r.Filter()) }

// cookie names a place in a result set of one connection.
func (c *conn) cookie(set *resultSet) string {
	b := binary.BigEndian.AppendUint32([]byte(c.dc.short), uint32(c.number))
	b = binary.BigEndian.AppendUint32(b, set.id)
	return string(binary.BigEndian.AppendUint32(b, uint32(set.next)))
}

// open keeps a new result set. OpenLDAP keeps one, so that two sweeps on one connection break each other.
func (p *pages) open(query string, hits []hit, system System) *resultSet {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.serial++
	set := &resultSet{id: p.serial, query: query, hits: hits}
	p.sets = append(p.sets, set)
	keep := maxSets
	if system != ActiveDirectory {
		keep = 1
	}
	if len(p.sets) > keep {
		p.sets = p.sets[1:]
	}
	return set
}

// find returns the result set of a cookie, or how the search ends.
func (c *conn) find(r *Request, cookie string) (*resultSet, *result) {
	ad := c.dc.forest.cfg.System == ActiveDirectory
	n := len(c.dc.short)
	if len(cookie) != n+12 {
		if ad {
			return nil, &result{code: UnavailableExtension, text: c.dc.words(UnavailableExtension)}
		}
		return nil, &result{code: ProtocolError, text: "paged results cookie is invalid"}
	}
	conn := binary.BigEndian.Uint32([]byte(cookie[n:]))
	id, next := binary.BigEndian.Uint32([]byte(cookie[n+4:])), binary.BigEndian.Uint32([]byte(cookie[n+8:]))
	if cookie[:n] != c.dc.short || int(conn) != c.number {
		if ad { // as Samba does
			return nil, &result{code: UnwillingToPerform, text: c.dc.words(UnwillingToPerform)}
		}
		return nil, &result{code: ProtocolError, text: "paged results cookie is invalid"}
	}
	c.pages.mu.Lock()
	defer c.pages.mu.Unlock()
	for _, set := range c.pages.sets {
		if set.id != id || int(next) > len(set.hits) || !ad && int(next) != set.next {
			continue
		}
		if set.query != r.query() {
			return nil, &result{code: UnavailableExtension, text: c.dc.words(UnavailableExtension)}
		}
		set.next = int(next)
		return set, nil
	}
	if ad {
		return nil, &result{code: UnavailableExtension, text: c.dc.words(UnavailableExtension)}
	}
	return nil, &result{code: UnwillingToPerform, text: "paged results cookie is invalid or old"}
}

// drop forgets a result set.
func (p *pages) drop(set *resultSet) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, s := range p.sets {
		if s == set {
			p.sets = append(p.sets[:i], p.sets[i+1:]...)
			return
		}
	}
}

// page sends one page.
func (s *searching) page(page pageRequest, most int) (res result, ended bool) {
	c := s.c
	if s.set == nil {
		s.set = c.pages.open(s.r.query(), s.hits, c.dc.forest.cfg.System)
	} else if page.size == 0 { // the client gives up (RFC 2696 section 3)
		c.pages.drop(s.set)
		return result{controls: appendPage(nil, "")}, false
	}
	set, from := s.set, s.set.next
	to := min(from+most, len(set.hits))
	limited := s.r.SizeLimit > 0 && set.sent+to-from > s.r.SizeLimit
	if limited {
		to = from + max(0, s.r.SizeLimit-set.sent)
	}
	s.hits = set.hits[from:to]
	if res, ended := s.send(s.hits); ended || res.code != Success {
		return res, ended
	}
	if s.first {
		s.refer()
	}
	set.sent += to - from
	set.next = to
	next := s.strike.pages(s, from)
	switch {
	case next != "":
	case limited || to == len(set.hits):
		c.pages.drop(set)
	default:
		next = c.cookie(set)
	}
	res.controls = appendPage(nil, next)
	if limited {
		res.code = SizeLimitExceeded
	}
	return res, false
}

// appendPage writes the control of an answer.
func appendPage(b []byte, cookie string) []byte {
	value, at := begin(nil, tagSequence)
	value = appendInt(value, tagInteger, 0)
	value = end(appendString(value, tagString, cookie), at)
	b, control := begin(b, tagSequence)
	b = appendString(b, tagString, oidPaged)
	return end(appendString(b, tagString, string(value)), control)
}
