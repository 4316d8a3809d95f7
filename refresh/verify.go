package refresh

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// verify looks for the addresses of the rows that have no ID. What it finds is evidence, never an identity.
func (s *sideRun) verify(ctx context.Context, matches []Match, selected []int) {
	finder, ok := As[Finder](s.conn)
	if !ok || s.failed != nil {
		return
	}
	var addrs []Address
	seen := make(map[Address]bool)
	for _, i := range selected {
		m := matches[i].Mailbox(s.side)
		if m.ID == "" && m.Primary != "" && !seen[m.Primary] {
			seen[m.Primary] = true
			addrs = append(addrs, m.Primary)
		}
	}
	if len(addrs) == 0 {
		return
	}
	f := &findings{ctx: ctx, got: make([]Finding, len(addrs)), seen: make([]bool, len(addrs))}
	err := finder.Find(ctx, slices.Clone(addrs), f.answer)
	broken := f.seal(err)
	s.findings = make(map[string]Finding, len(addrs))
	rejected := errors.Is(err, ErrCredentials)
	for i, a := range addrs {
		s.findings[string(a)] = f.got[i]
		rejected = rejected || errors.Is(f.got[i].Err(), ErrCredentials)
	}
	s.warnOf(broken, rejected)
}

// findings receives the answers of one call, and holds the connector to its contract as answers does.
type findings struct {
	ctx    context.Context
	mu     sync.Mutex
	got    []Finding
	seen   []bool
	sealed bool
	broken string
}

func (f *findings) answer(i int, x Finding) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.sealed:
	case i < 0 || i >= len(f.got):
		f.broken = brokenIndex
	case f.seen[i]:
		f.broken, f.got[i] = brokenTwice, FindFailed(errTwice)
	case f.ctx.Err() != nil:
		f.got[i], f.seen[i] = FindFailed(context.Cause(f.ctx)), true
	default:
		f.got[i], f.seen[i] = x, true
	}
}

func (f *findings) seal(err error) (broken string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sealed = true
	for i := range f.got {
		if !f.seen[i] {
			f.got[i] = FindFailed(err)
		}
	}
	return f.broken
}

// addressEvidence says what Verify learned about an address; planned addresses are also held against the accepted domains.
func (s *sideRun) addressEvidence(a Address, verify, planned bool) *Evidence {
	if !verify || a == "" {
		return nil
	}
	var e Evidence
	if planned {
		e.DomainAccepted = s.dir.Accepts(a.Domain())
	}
	if f, asked := s.findings[string(a)]; asked {
		if err := f.Err(); err != nil {
			e.HitsFailure = printable(err.Error())
		} else {
			n := 0
			hits, _ := f.Mailboxes()
			for _, h := range hits {
				id := ID(printable(string(h.ID)))
				if id != "" && slices.Contains(e.HitIDs, id) {
					continue
				}
				if n++; id != "" {
					e.HitIDs = append(e.HitIDs, id)
				}
			}
			e.Hits = &n
		}
	}
	if e.isZero() {
		return nil
	}
	return &e
}
