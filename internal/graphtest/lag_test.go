package graphtest

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestLag reads from both replicas.
func TestLag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c, ids := world(t, 4, nil)
		stale := false
		s.Fault(func(*Request) *Fault { return &Fault{Stale: stale, Fresh: !stale} })
		mail := func(i int) string {
			a := c.get("/users/" + ids[i] + "?$select=mail")
			if a.status != 200 {
				return "none"
			}
			var got struct{ Mail string }
			a.decode(t, &got)
			return strings.TrimSuffix(got.Mail, "@contoso.example")
		}
		s.Lag(time.Minute)
		s.Change(ids[0], func(u *User) { u.Mail = "a" })
		time.Sleep(30 * time.Second)
		s.Change(ids[0], func(u *User) { u.Mail = "b" })
		s.Delete(ids[1])
		s.Purge(ids[2])
		fresh := s.Put(User{UserPrincipalName: "fresh@contoso.example", Mail: "fresh"})
		ids = append(ids, fresh.ID)
		see := func(name, want string) {
			t.Helper()
			got := []string{}
			for i := range ids {
				got = append(got, mail(i))
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%s: %v, want %s", name, got, want)
			}
		}
		find := func(addr string) int {
			return len(c.get(filter("mail eq '" + addr + "'")).page(t).Value)
		}
		bin := func() []string {
			return c.get("/directory/deletedItems/microsoft.graph.user?$select=id").page(t).column("id")
		}
		see("at once", "b none none user3 fresh")
		if find("b") != 1 || find("user0@contoso.example") != 0 || !slices.Equal(bin(), ids[1:2]) {
			t.Error("at once: filters and deletedItems")
		}
		stale = true
		see("stale", "user0 user1 user2 user3 none")
		if find("b") != 0 || find("user0@contoso.example") != 1 || len(bin()) != 0 {
			t.Error("stale: filters and deletedItems")
		}
		_, link, _ := round(c, ids, "/users/delta?$deltatoken=latest")
		time.Sleep(30 * time.Second)
		see("half of it", "a user1 user2 user3 none")
		if got, _, _ := round(c, ids, link); strings.Join(got, " ") != "0" {
			t.Errorf("delta, half of it: %v", got)
		}
		stale = false
		if got, _, _ := round(c, ids, link); strings.Join(got, " ") != "0 1:changed 2:deleted 4" {
			t.Errorf("delta of the other: %v", got)
		}
		_, ahead, _ := round(c, ids, link)
		stale = true
		got, again, _ := round(c, ids, ahead)
		if len(got) != 0 {
			t.Errorf("a link that is ahead of the replica: %v", got)
		}
		time.Sleep(30 * time.Second)
		see("all of it", "b none none user3 fresh")
		if got, _, _ := round(c, ids, link); strings.Join(got, " ") != "0 1:changed 2:deleted 4" {
			t.Errorf("delta, all of it: %v", got)
		}
		if got, _, _ := round(c, ids, again); len(got) != 0 {
			t.Errorf("a link of the replica that was behind goes back: %v", got)
		}
	})
}

// TestReplicasTakeTurns asks twice.
func TestReplicasTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c, ids := world(t, 1, nil)
		s.Lag(time.Hour)
		s.Delete(ids[0])
		by := map[int]int{}
		for range 10 {
			by[c.get("/users/"+ids[0]).status]++
		}
		if by[200] != 5 || by[404] != 5 {
			t.Errorf("%v", by)
		}
	})
}
