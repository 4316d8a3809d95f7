package graphconn_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/readdress-go/readdress/connector/graphconn"
	"github.com/readdress-go/readdress/internal/graphtest"
	"github.com/readdress-go/readdress/refresh"
)

// changes reads every page since a cursor.
func changes(t *testing.T, c *graphconn.Connector, since refresh.Cursor) (named map[refresh.ID]int, next refresh.Cursor, pages int) {
	t.Helper()
	named = map[refresh.ID]int{}
	for {
		p, err := c.Changes(t.Context(), since)
		must(t, err)
		pages++
		for _, id := range p.IDs {
			named[id]++
		}
		if since = p.Next; !p.More {
			return named, since, pages
		}
	}
}

func TestChanges(t *testing.T) {
	s := graphtest.Start(t, &graphtest.Options{DeltaPage: 2})
	ids := people(s, 8)
	c := connect(t, s, nil, usersOnly...)
	s.Delete(ids[5])
	first, err := c.Mark(t.Context())
	must(t, err)
	if strings.Contains(first.Token, "https") || strings.Contains(first.Token, "$") || first.Taken.IsZero() {
		t.Errorf("the cursor is %+v", first)
	}
	s.Change(ids[0], func(u *graphtest.User) { u.DisplayName = "X" })
	s.Delete(ids[1])
	s.Delete(ids[2])
	s.Purge(ids[2])
	s.Restore(ids[5])
	made := s.Put(graphtest.User{UserPrincipalName: "new@contoso.example"}).ID
	want := toIDs([]string{ids[0], ids[1], ids[2], ids[5], made})
	slices.Sort(want)
	named, next, pages := changes(t, c, first)
	if got := slices.Sorted(maps.Keys(named)); !slices.Equal(got, want) || pages != 3 {
		t.Errorf("%d pages named %v, want 3 and %v", pages, got, want)
	}
	if named, _, _ := changes(t, c, next); len(named) != 0 {
		t.Errorf("nothing changed, and it named %v", named)
	}
	s.ReplayDeltas(4)
	s.Change(ids[3], func(u *graphtest.User) { u.DisplayName = "X" })
	if named, _, _ := changes(t, c, next); named[refresh.ID(ids[3])] == 0 {
		t.Errorf("with changes repeated, it named %v", named)
	}
	for _, tt := range []struct {
		name, reason string
		fault        graphtest.Fault
		want         error
	}{
		{"410", "the token is too old", graphtest.Fault{Status: 410}, refresh.ErrCursorExpired},
		{"400", "the token is not known", graphtest.Fault{Status: 400, Code: "syncStateNotFound"}, refresh.ErrCursorExpired},
		{"403", "a right is gone", graphtest.Fault{Status: 403}, refresh.ErrForbidden},
		{"object without an ID", "what changed is not known", graphtest.Fault{Rewrite: func([]byte) []byte {
			return []byte(`{"value":[{"displayName":"x"}],"@odata.deltaLink":"https://graph.example/v1.0/users/delta?$deltatoken=x"}`)
		}}, nil},
		{"link elsewhere", "it is no link of this service", graphtest.Fault{Rewrite: func([]byte) []byte {
			return []byte(`{"value":[],"@odata.deltaLink":"https://graph.example.evil.example/v1.0/users/delta?$deltatoken=x"}`)
		}}, nil},
		{"no link", "the next time is not known", graphtest.Fault{Rewrite: func([]byte) []byte { return []byte(`{"value":[]}`) }}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s.Fault(func(*graphtest.Request) *graphtest.Fault { return &tt.fault })
			defer s.Fault(nil)
			if p, err := c.Changes(t.Context(), next); err == nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("%s: %+v, %v; want %v", tt.reason, p, err, tt.want)
			}
		})
	}
}

// TestCursorOfAnother hands a tenant the cursor of another one.
func TestCursorOfAnother(t *testing.T) {
	for _, pinned := range []bool{true, false} {
		s, other := graphtest.Start(t, nil), graphtest.Start(t, &graphtest.Options{TenantID: randomGUID()})
		var cs [2]*graphconn.Connector
		for i, s := range []*graphtest.Server{s, other} {
			cfg := config(s, usersOnly...)
			if pinned {
				cfg.TenantID = s.TenantID()
			}
			var err error
			cs[i], err = graphconn.New(cfg, quick())
			must(t, err)
		}
		mark, err := cs[0].Mark(t.Context())
		must(t, err)
		other.ResetCounters()
		if _, err := cs[1].Changes(t.Context(), mark); !errors.Is(err, refresh.ErrCursorExpired) {
			t.Errorf("pinned %t: %v", pinned, err)
		}
		if k := other.Counters(); pinned && k.Requests > 0 {
			t.Errorf("the other tenant was asked %v", k.ByEndpoint)
		}
	}
}
