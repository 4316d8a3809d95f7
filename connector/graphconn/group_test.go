package graphconn_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/readdress-go/readdress/connector/graphconn"
	"github.com/readdress-go/readdress/internal/graphtest"
	"github.com/readdress-go/readdress/refresh"
)

func withGroups() *graphconn.Options {
	opts := quick()
	opts.Groups = true
	return opts
}

// teams makes n Microsoft 365 groups, team0 to team(n-1).
func teams(s *graphtest.Server, n int) (ids []string) {
	for i := range n {
		name := fmt.Sprintf("team%d", i)
		ids = append(ids, s.PutGroup(graphtest.Group{
			DisplayName: name, Mail: name + "@contoso.example", Proxies: []string{"SMTP:" + name + "@contoso.example", "smtp:" + name + ".alias@contoso.example"},
		}).ID)
	}
	return ids
}

// TestGroupFates looks for groups of each sort, with each profile of rights, and asks again.
func TestGroupFates(t *testing.T) {
	s := graphtest.Start(t, nil)
	ids := append(teams(s, 5),
		s.PutGroup(graphtest.Group{DisplayName: "List", Mail: "list@contoso.example", Distribution: true}).ID,
		s.PutGroup(graphtest.Group{DisplayName: "Guards", Security: true}).ID,
		s.PutGroup(graphtest.Group{DisplayName: "Former guards", Security: true}).ID,
		people(s, 1)[0])
	for _, i := range []int{1, 2, 3, 7} {
		s.Delete(ids[i])
	}
	s.Purge(ids[2])
	s.Restore(ids[3])
	const (
		gone    = "gone by direct-read"
		unknown = gone + ", deletion unknown"
		deleted = "soft-deleted by tombstone"
	)
	for _, tt := range []struct {
		name, reason    string
		opts            *graphconn.Options
		rights          []graphtest.Right
		one, security   string // of a group and of a security group, which has no address
		deleted, purged string // of a group, and of one that is gone
	}{
		{"directory", "groups are among the objects", withGroups(), everyRight, "found team%d@contoso.example", "found ", deleted, gone},
		{"groups", "they are read one by one", withGroups(), []graphtest.Right{graphtest.UserReadAll, graphtest.GroupReadAll, graphtest.OrganizationReadAll},
			"found team%d@contoso.example", "found ", deleted, gone},
		{"members", "who may read groups may not read deleted ones", withGroups(), []graphtest.Right{graphtest.UserReadAll, graphtest.GroupMemberReadAll, graphtest.OrganizationReadAll},
			"found team%d@contoso.example", "found ", unknown, gone},
		{"not asked for", "a group is there, or was, and is not looked for", quick(), everyRight, "failed: out of scope", "failed: out of scope", "failed: out of scope", gone},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := connect(t, s, tt.opts, tt.rights...)
			team := func(i int) string {
				if tt.one[0] == 'f' && tt.one[1] == 'o' {
					return fmt.Sprintf(tt.one, i)
				}
				return tt.one
			}
			list := team(0)
			if list != tt.one {
				list = "found list@contoso.example"
			}
			for what, call := range map[string]resolver{"Resolve": c.Resolve, "Confirm": c.Confirm} {
				got, err := lookUp(t, call, ids...)
				expect(t, what+": "+tt.reason, got, err, team(0), tt.deleted, tt.purged, team(3), team(4), list, tt.security, tt.purged, "found user0@contoso.example")
				if a, ok := got[1].Absence(); ok && tt.deleted == deleted && (a.DeletedAt.IsZero() || a.RestorableUntil.Sub(a.DeletedAt) != 30*24*time.Hour) {
					t.Errorf("%s: deleted %s, restorable until %s", what, a.DeletedAt, a.RestorableUntil)
				}
			}
		})
	}
}

// TestManyGroupsGone sweeps the deleted items of both types.
func TestManyGroupsGone(t *testing.T) {
	s := graphtest.Start(t, nil)
	ids := append(teams(s, 700), people(s, 10)...)
	for _, id := range ids[:600] {
		s.Delete(id)
	}
	for _, id := range ids[:3] {
		s.Purge(id)
	}
	s.Delete(ids[705])
	got, err := lookUp(t, connect(t, s, withGroups(), everyRight...).Resolve, ids...)
	must(t, err)
	n := map[string]int{}
	for _, l := range got {
		if m, ok := l.Mailbox(); ok {
			n["found "+m.Kind.String()]++
		} else {
			n[describe(l)]++
		}
	}
	if n["gone by direct-read"] != 3 || n["soft-deleted by tombstone"] != 598 || n["found group"] != 100 || n["found unknown"] != 9 {
		t.Errorf("%v", n)
	}
	if k := s.Counters(); k.ByEndpoint[graphtest.DeletedGroups] != 1 || k.ByEndpoint[graphtest.DeletedUsers] != 1 {
		t.Errorf("requests %v", k.ByEndpoint)
	}
}

// TestGroupsFoundAndListed finds groups by their addresses, by filters and by a sweep, and lists them behind users.
func TestGroupsFoundAndListed(t *testing.T) {
	s := graphtest.Start(t, nil)
	people(s, 3)
	ids := teams(s, 1100)
	s.PutGroup(graphtest.Group{DisplayName: "Guards", Security: true})
	s.Delete(ids[7])
	c := connect(t, s, withGroups(), everyRight...)
	many := make([]refresh.Address, 1001)
	for i := range many {
		many[i] = refresh.Address(fmt.Sprintf("absent%d@contoso.example", i))
	}
	few := []refresh.Address{"team3@contoso.example", "TEAM4.alias@contoso.example", "user1@contoso.example", "team7@contoso.example"}
	for _, addrs := range [][]refresh.Address{few, append(few, many...)} {
		n, err := find(t, c, addrs...)
		if must(t, err); n[0] != 1 || n[1] != 1 || n[2] != 1 || n[3] != 0 {
			t.Errorf("%d addresses: %v holders", len(addrs), n[:4])
		}
	}
	if n, err := find(t, connect(t, s, nil, everyRight...), few[0]); err != nil || n[0] != 0 {
		t.Errorf("without Options.Groups: %v, %v", n, err)
	}
	n := map[refresh.Kind]int{}
	for e, err := range c.List(t.Context()) {
		must(t, err)
		n[e.Kind]++
	}
	if n[refresh.KindGroup] != 1099 || n[refresh.KindUnknown] != 3 {
		t.Errorf("listed %v", n)
	}
	// A list without the groups is not whole.
	last := error(nil)
	for _, err := range connect(t, s, withGroups(), usersOnly...).List(t.Context()) {
		last = err
	}
	if last == nil {
		t.Error("a list without the right to read groups has no error")
	}
}

// TestGroupRefresh runs a job of users and groups in full and by changes, while a replica lags.
func TestGroupRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := graphtest.Start(t, &graphtest.Options{DeltaPage: 7})
		ids := append(people(s, 20), teams(s, 20)...)
		job := jobOf(s, ids)
		c := connect(t, s, &graphconn.Options{Groups: true}, everyRight...)
		job = apply(t, job, run(t, job, c, nil, map[refresh.Outcome]int{refresh.NotChanged: 40}))
		time.Sleep(time.Hour)
		s.Lag(4 * time.Second) // less than the pause before an absence is believed
		rename := func(i int) {
			g, _ := s.Group(ids[i])
			g.Mail = fmt.Sprintf("renamed%d@contoso.example", i)
			g.Proxies = append([]string{"SMTP:" + g.Mail}, "smtp:"+g.Proxies[0][len("SMTP:"):])
			s.PutGroup(g)
		}
		rename(20)
		rename(21)
		s.Delete(ids[22])
		s.Delete(ids[0])
		s.PutGroup(graphtest.Group{DisplayName: "New", Mail: "new@contoso.example"})
		time.Sleep(time.Minute)
		s.ResetCounters()
		res := run(t, job, c, nil, map[refresh.Outcome]int{refresh.NotChanged: 36, refresh.Refreshed: 2, refresh.Missing: 2})
		if res.Run.Source.Path != refresh.PathIncremental || res.Run.Source.Asked != 4 {
			t.Errorf("asked for %d, %v", res.Run.Source.Asked, res.Run.Source.Path)
		}
		job = apply(t, job, res)
		s.Restore(ids[22])
		s.Fault(func(*graphtest.Request) *graphtest.Fault { return &graphtest.Fault{Stale: true} })
		run(t, job, c, &refresh.Options{Full: true}, map[refresh.Outcome]int{refresh.NotChanged: 38, refresh.Missing: 1, refresh.LookupFailed: 1})
		time.Sleep(time.Minute)
		run(t, job, c, &refresh.Options{Full: true}, map[refresh.Outcome]int{refresh.NotChanged: 38, refresh.Missing: 1, refresh.Refreshed: 1})
	})
}
