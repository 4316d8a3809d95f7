package graphtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// round follows a round to its deltaLink and tells each entry as "name" or "name:reason".
func round(c client, ids []string, link string) (entries []string, delta string, pages int) {
	c.t.Helper()
	for {
		p := c.get(link).page(c.t)
		pages++
		for _, v := range p.Value {
			entry := fmt.Sprint(slices.Index(ids, fmt.Sprint(v["id"])))
			if gone, ok := v["@removed"].(map[string]any); ok {
				entry += ":" + fmt.Sprint(gone["reason"])
			}
			entries = append(entries, entry)
		}
		switch {
		case p.Delta != "" && p.Next == "":
			return entries, p.Delta, pages
		case p.Next == "" || p.Delta != "":
			c.t.Fatalf("next %q, delta %q", p.Next, p.Delta)
		}
		link = p.Next
	}
}

// TestDelta tracks changes, deletions, restores and purges.
func TestDelta(t *testing.T) {
	s, c, ids := world(t, 7, &Options{DeltaPage: 3})
	got, link, pages := round(c, ids, "/users/delta?$select=id,mail,employeeId,surname,jobTitle")
	if strings.Join(got, " ") != "0 1 2 3 4 5 6" || pages != 3 || !strings.HasPrefix(link, s.URL()+"/v1.0/users/delta?$deltatoken=") {
		t.Errorf("first round %v in %d pages, %s", got, pages, link)
	}
	_, latest, pages := round(c, ids, "/users/delta()?$select=mail&$deltatoken=latest")
	if pages != 1 {
		t.Errorf("latest: %d pages", pages)
	}
	for _, link := range []string{link, latest} {
		if got, _, _ := round(c, ids, link); len(got) != 0 {
			t.Errorf("nothing changed: %v", got)
		}
	}
	s.Change(ids[2], func(u *User) { u.Mail = "new@contoso.example" })
	s.Delete(ids[3])
	s.Delete(ids[4])
	s.Purge(ids[4])
	s.Delete(ids[5])
	s.Restore(ids[5])
	s.Change(ids[2], func(u *User) { u.Surname = "" })
	got, again, _ := round(c, ids, latest)
	if strings.Join(got, " ") != "3:changed 4:deleted 5 2" {
		t.Errorf("changes %v", got)
	}
	if got, _, _ := round(c, ids, latest); strings.Join(got, " ") != "3:changed 4:deleted 5 2" {
		t.Errorf("the same link again: %v", got)
	}
	s.ReplayDeltas(2)
	if got, _, _ := round(c, ids, again); strings.Join(got, " ") != "5 2" {
		t.Errorf("replayed: %v", got)
	}
	s.ReplayDeltas(100)
	if got, _, _ := round(c, ids, again); len(got) != 14 {
		t.Errorf("replayed, each as often as it changed: %v", got)
	}
	s.ReplayDeltas(0)
	s.Restore(ids[3])
	if got, _, _ := round(c, ids, again); strings.Join(got, " ") != "3" {
		t.Errorf("restored: %v", got)
	}
	// The selection is that of the first request; properties without value are absent, not null.
	p := c.get(link).page(t)
	for _, v := range p.Value {
		if v["id"] == ids[2] && (v["mail"] != "new@contoso.example" || len(v) != 3) {
			t.Errorf("entry %v", v)
		}
		if _, ok := v["jobTitle"]; ok {
			t.Errorf("entry %v", v)
		}
	}
}

// TestDeltaExpires lets tokens grow old, in both forms of the refusal.
func TestDeltaExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c, ids := world(t, 1, nil)
		_, link, _ := round(c, ids, "/users/delta?$deltatoken=latest")
		time.Sleep(7 * 24 * time.Hour)
		if a := c.get(link); a.status != 200 {
			t.Errorf("after seven days: %v", a)
		}
		time.Sleep(time.Second)
		a := c.get(link)
		if a.status != 410 || a.refusal(t).Error.Code != "syncStateNotFound" || !strings.HasPrefix(a.header.Get("Location"), s.URL()) {
			t.Errorf("after more: %v", a)
		}
		_, link, _ = round(c, ids, "/users/delta?$deltatoken=latest")
		s.ForgetDeltas(400)
		if a := c.get(link); a.status != 400 || a.refusal(t).Error.Code != "Request_UnsupportedQuery" {
			t.Errorf("forgotten: %v", a)
		}
		if _, link, _ = round(c, ids, "/users/delta?$deltatoken=latest"); c.get(link).status != 200 {
			t.Error("a token issued later is forgotten too")
		}
		s.ForgetDeltas(410)
		if a := c.get(link); a.status != 410 {
			t.Errorf("forgotten: %v", a)
		}
	})
}

// TestDeltaOfAnotherTenant is a cursor that was mixed up.
func TestDeltaOfAnotherTenant(t *testing.T) {
	_, a, _ := world(t, 1, nil)
	_, b, _ := world(t, 1, nil)
	_, link, _ := round(a, nil, "/users/delta?$deltatoken=latest")
	if got := b.get(link); got.status != 400 {
		t.Errorf("%v", got)
	}
}

// TestDeltaAfter30Days sees the purge that nobody asked for.
func TestDeltaAfter30Days(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c, ids := world(t, 2, nil)
		s.Delete(ids[0])
		time.Sleep(29 * 24 * time.Hour)
		_, link, _ := round(c, ids, "/users/delta?$deltatoken=latest")
		time.Sleep(24 * time.Hour)
		if got, _, _ := round(c, ids, link); strings.Join(got, " ") != "0:deleted" {
			t.Errorf("%v", got)
		}
	})
}
