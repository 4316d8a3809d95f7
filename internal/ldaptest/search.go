package ldaptest

import (
	"context"
	"time"
)

// The controls.
const (
	oidPaged        = "1.2.840.113556.1.4.319"
	oidShowDeleted  = "1.2.840.113556.1.4.417"
	oidShowRecycled = "1.2.840.113556.1.4.2064"
	oidDomainScope  = "1.2.840.113556.1.4.1339"
	oidRangeNoError = "1.2.840.113556.1.4.1948"
	oidManageDsaIT  = "2.16.840.1.113730.3.4.2"
)

// controls lists what a system understands.
func (s System) controls() []string {
	if s == ActiveDirectory {
		return []string{oidPaged, oidShowDeleted, oidShowRecycled, oidDomainScope, oidRangeNoError}
	}
	return []string{oidPaged, oidManageDsaIT}
}

// searching is one search that runs.
type searching struct {
	c      *conn
	r      *Request
	ctx    context.Context
	strike *strike
	out    response
	writer *entryWriter
	at     place
	hits   []hit
	until  time.Time // the time limit; zero is none
	set    *resultSet
	first  bool // the first page, or no pages
}

// search answers a search.
func (c *conn) search(ctx context.Context, r *Request) {
	c.dc.counts.searching(1)
	defer c.dc.counts.searching(-1)
	s := &searching{c: c, r: r, ctx: ctx, first: true}
	s.out.c = c
	s.strike = c.strike(ctx, r)
	s.strike.out = &s.out
	if r.TimeLimit > 0 {
		s.until = time.Now().Add(time.Duration(r.TimeLimit) * time.Second)
	}
	if !c.dc.work(ctx.Done()) {
		return
	}
	res, ended := s.run()
	if ended || ctx.Err() != nil {
		return
	}
	if s.strike.before(len(s.hits), true) {
		return
	}
	s.out.add(appendResult(s.out.buf, s.strike.id(), opSearchDone, res))
	s.strike.late(s)
	s.out.flush()
}

// run sends the entries and returns how the search ends. ended is true when nothing more is to be sent.
func (s *searching) run() (res result, ended bool) {
	c, r := s.c, s.r
	f := c.dc.forest
	if r.Base == "" && r.Scope == scopeBase {
		return c.rootDSE(s)
	}
	rights, refusal := c.mayRead(r)
	if refusal != nil {
		return *refusal, false
	}
	page, paged, err := r.page()
	if err != nil {
		return result{code: ProtocolError}, false
	}
	v := c.view(r, rights)
	s.writer = &entryWriter{view: v, sel: f.schema.selectAttributes(r.Attributes), typesOnly: r.TypesOnly, maxValues: unlimited}
	if f.cfg.System == ActiveDirectory {
		s.writer.maxValues = f.cfg.MaxValRange
		_, s.writer.lenient = r.Control(oidRangeNoError)
	}
	bound, over := s.bounds(page, paged, rights)
	if over != Success {
		return result{code: over, text: c.dc.words(over)}, false
	}
	if paged && page.cookie != "" {
		set, refusal := c.find(r, page.cookie)
		if refusal != nil {
			return *refusal, false
		}
		s.set, s.first = set, false
	} else {
		most := bound
		if paged {
			most = unlimited
		}
		if refusal := s.find(v, most); refusal != nil {
			return *refusal, false
		}
	}
	if paged {
		return s.page(page, bound)
	}
	most := min(bound, len(s.hits))
	res, ended = s.send(s.hits[:most])
	if ended || res.code != Success {
		return res, ended
	}
	if most < len(s.hits) {
		return result{code: SizeLimitExceeded}, false
	}
	s.refer()
	return result{}, false
}

// mayRead checks who asks and with which controls.
func (c *conn) mayRead(r *Request) (*Rights, *result) {
	f := c.dc.forest
	for _, x := range r.Controls {
		known := false
		for _, oid := range f.cfg.System.controls() {
			known = known || oid == x.OID
		}
		if x.Critical && !known {
			return nil, &result{code: UnavailableExtension, text: c.dc.words(UnavailableExtension)}
		}
	}
	a := c.bound()
	if a == nil {
		if f.cfg.System == ActiveDirectory {
			return nil, &result{code: OperationsError, text: c.dc.words(OperationsError)}
		}
		return nil, &result{code: NoSuchObject}
	}
	rights := a.rights.Load()
	if rights.Refused != Success {
		return nil, &result{code: rights.Refused, text: c.dc.words(rights.Refused)}
	}
	return rights, nil
}

func (c *conn) view(r *Request, rights *Rights) *view {
	v := &view{store: c.dc.store, rights: rights, catalog: c.port.catalog, parts: c.dc.full, bin: c.dc.forest.bin.Load()}
	if v.catalog {
		v.parts = c.dc.holds
	}
	if c.dc.forest.cfg.System == ActiveDirectory {
		_, v.recycled = r.Control(oidShowRecycled)
		_, v.deleted = r.Control(oidShowDeleted)
	}
	return v
}

// find gathers the hits, one more than may be sent at the most.
func (s *searching) find(v *view, most int) *result {
	v.store.mu.RLock()
	defer v.store.mu.RUnlock()
	at, refusal := s.c.dc.locate(v, s.r.Base)
	if refusal != nil {
		return refusal
	}
	s.at = at
	s.hits = v.gather(s.r.filter, at, s.r.Scope, most)
	return nil
}
