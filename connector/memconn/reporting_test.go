package memconn_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// What a tracker may do, and none of it may lose a change.
func TestReporting(t *testing.T) {
	const n = 20
	for _, tt := range []struct {
		name, reason string
		how          memconn.Reporting
		pages        int
		most         int // how often a changed object may be named
		others       int // how many others are named
	}{
		{"plain", "each once, on one page", memconn.Reporting{}, 1, 1, 0},
		{"pages", "20 by 7", memconn.Reporting{PageSize: 7}, 3, 1, 0},
		{"pages that come out even", "no empty page", memconn.Reporting{PageSize: 10}, 2, 1, 0},
		{"repeated", "each twice on its page", memconn.Reporting{Repeat: true, PageSize: 7}, 3, 2, 0},
		{"replayed", "those before the cursor, and before the page", memconn.Reporting{Replay: 3, PageSize: 7}, 3, 2, 3},
		{"more replayed than there are", "all that there are", memconn.Reporting{Replay: 1000}, 1, 1, 10},
		{"extra", "on every page", memconn.Reporting{Extra: []refresh.ID{"group", "nobody"}, PageSize: 7}, 3, 1, 2},
		{"reordered", "the same, otherwise", memconn.Reporting{Reorder: 7}, 1, 1, 0},
		{"reordered pages", "the same, otherwise", memconn.Reporting{Reorder: 7, PageSize: 7}, 3, 1, 0},
		{"everything", "all at once", memconn.Reporting{Reorder: 7, PageSize: 1, Replay: 2, Repeat: true, Extra: []refresh.ID{"group"}}, 20, 2, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := memconn.New("contoso", tracking)
			s.PutAll(many(10+n), 10+n)
			ids := idsOf(s)
			c := s.Connect(&memconn.ConnOptions{Reporting: tt.how})
			for _, id := range ids[10:] {
				s.Rename(id, "before@example.com", memconn.DropOld)
			}
			for _, id := range ids[:10] {
				s.Rename(id, "before@example.com", memconn.DropOld)
			}
			m := mark(t, c)
			for range 2 {
				for _, id := range ids[10:] {
					s.Rename(id, "after@example.com", memconn.DropOld)
				}
			}
			named, next, count := pages(t, c, m, nil)
			if count != tt.pages {
				t.Errorf("%d pages, want %d: %s", count, tt.pages, tt.reason)
			}
			for _, id := range ids[10:] {
				if named[id] < 1 || named[id] > tt.most {
					t.Errorf("%s was named %d times, want at most %d: %s", id, named[id], tt.most, tt.reason)
				}
				delete(named, id)
			}
			if len(named) != tt.others {
				t.Errorf("%d others were named, want %d: %s", len(named), tt.others, tt.reason)
			}
			if plain := s.Connect(nil); len(changed(t, plain, next)) > 0 {
				t.Error("the last page's Next is not up to date")
			}

			first, _ := c.Changes(t.Context(), m)
			again, _ := s.Connect(&memconn.ConnOptions{Reporting: tt.how}).Changes(t.Context(), m)
			same(t, again.IDs, first.IDs) // one seed, one order
			if sorted := slices.IsSortedFunc(first.IDs, func(a, b refresh.ID) int { return slices.Index(ids, a) - slices.Index(ids, b) }); sorted == (tt.how.Reorder != 0) && len(first.IDs) > 3 && tt.how.Replay+len(tt.how.Extra) == 0 && !tt.how.Repeat {
				t.Errorf("in order: %t", sorted)
			}
		})
	}
}

// Whatever changes while the pages are read, and however they come: nothing is lost, neither before the pages nor between them.
func TestChangesBetweenPages(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			s := memconn.New("contoso", tracking)
			s.PutAll(many(60), 60)
			ids := idsOf(s)
			c := s.Connect(&memconn.ConnOptions{Reporting: memconn.Reporting{PageSize: 3 + int(seed%5), Reorder: seed % 3, Replay: int(seed % 2)}})
			m := mark(t, c)
			touch := func(i int) { s.Rename(ids[i], "x@y", memconn.DropOld) }
			for i := range 30 {
				touch(i)
			}
			between, n, rounds := map[refresh.ID]bool{}, int(seed), 0
			named, next, _ := pages(t, c, m, func() {
				if rounds++; rounds > 10 { // as many as come on a page: it would go on for ever
					return
				}
				for range 3 { // some of those that changed already, some others
					n = (n*7 + 5) % 60
					touch(n)
					between[ids[n]] = true
				}
			})
			later, _, _ := pages(t, c, next, nil)
			for _, id := range ids[:30] {
				if named[id] == 0 {
					t.Errorf("%s changed before the first page and was not named", id)
				}
			}
			for id := range maps.Keys(between) {
				if named[id]+later[id] == 0 {
					t.Errorf("%s changed between two pages and was never named", id)
				}
			}
		})
	}
}

func TestPagesOfAnotherConnection(t *testing.T) {
	s := memconn.New("contoso", tracking)
	m := mark(t, s.Connect(nil))
	s.PutAll(many(10), 10)
	named := map[refresh.ID]int{}
	next, conns := m, []*memconn.Connector{
		s.Connect(&memconn.ConnOptions{Reporting: memconn.Reporting{Reorder: 3, PageSize: 4}}),
		s.Connect(&memconn.ConnOptions{Reporting: memconn.Reporting{Reorder: 5, PageSize: 2}}),
		s.Connect(nil),
	}
	for _, c := range conns {
		page, err := c.Changes(t.Context(), next)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range page.IDs {
			named[id]++
		}
		next = page.Next
		if page.More != (c != conns[2]) {
			t.Errorf("more: %t", page.More)
		}
	}
	if len(named) != 10 || slices.Max(slices.Collect(maps.Values(named))) != 1 {
		t.Errorf("named: %v", named)
	}
	s.ForgetChanges()
	expired(t, conns[2], next, "forgotten within the pages")
}
