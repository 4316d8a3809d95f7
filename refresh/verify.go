package refresh

import (
	"context"
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
	var mu sync.Mutex
	found := make(map[string]Finding, len(addrs))
	sealed := false
	err := finder.Find(ctx, slices.Clone(addrs), func(i int, f Finding) {
		mu.Lock()
		defer mu.Unlock()
		if !sealed && i >= 0 && i < len(addrs) && ctx.Err() == nil {
			found[string(addrs[i])] = f
		}
	})
	mu.Lock()
	defer mu.Unlock()
	sealed = true
	for _, a := range addrs {
		if _, ok := found[string(a)]; !ok {
			found[string(a)] = FindFailed(err)
		}
	}
	s.findings = found
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
