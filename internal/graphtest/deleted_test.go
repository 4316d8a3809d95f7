package graphtest

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestDeletedItems deletes, restores, purges, and lets 30 days pass.
func TestDeletedItems(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c, ids := world(t, 6, nil)
		bin := func() []string {
			return c.get("/directory/deletedItems/microsoft.graph.user?$select=id,deletedDateTime").page(t).column("id")
		}
		s.Delete(ids[1])
		time.Sleep(24 * time.Hour)
		s.Delete(ids[0])
		s.Delete(ids[2])
		if got := bin(); !slices.Equal(got, []string{ids[1], ids[0], ids[2]}) {
			t.Errorf("deleted %v", got)
		}
		var item map[string]any
		c.get("/directory/deletedItems/"+ids[1]+"?$select=id,userPrincipalName,deletedDateTime,mail").decode(t, &item)
		if item["userPrincipalName"] != strings.ReplaceAll(ids[1], "-", "")+"user1@contoso.example" ||
			item["deletedDateTime"] != "2000-01-01T00:00:00Z" || item["@odata.type"] != "#microsoft.graph.user" || item["mail"] != "user1@contoso.example" {
			t.Errorf("item %v", item)
		}
		if a := c.get("/users/" + ids[1]); a.status != 404 {
			t.Errorf("a deleted user: %d", a.status)
		}
		if p := c.do("POST", "/directoryObjects/getByIds?$select=id", idsBody(ids[:3], "user")).page(t); len(p.Value) != 0 {
			t.Errorf("getByIds of deleted users: %v", p.Value)
		}
		s.Restore(ids[0])
		if got := bin(); !slices.Equal(got, []string{ids[1], ids[2]}) {
			t.Errorf("after a restore: %v", got)
		}
		if a := c.get("/users/user0@contoso.example"); a.status != 200 {
			t.Errorf("a restored user: %d", a.status)
		}
		s.Purge(ids[2])
		s.Delete(ids[0])
		if got := bin(); !slices.Equal(got, []string{ids[1], ids[0]}) {
			t.Errorf("after a purge and another deletion: %v", got)
		}
		time.Sleep(29*24*time.Hour - time.Second)
		if got := bin(); !slices.Equal(got, []string{ids[1], ids[0]}) {
			t.Errorf("just before 30 days: %v", got)
		}
		time.Sleep(time.Second)
		if got := bin(); !slices.Equal(got, []string{ids[0]}) {
			t.Errorf("after 30 days: %v", got)
		}
		time.Sleep(24 * time.Hour)
		if got := bin(); len(got) != 0 {
			t.Errorf("after 31 days: %v", got)
		}
		if a := c.get("/directory/deletedItems/" + ids[1]); a.status != 404 {
			t.Errorf("a purged item: %d", a.status)
		}
	})
}

// TestDeletedPages follows nextLink through deletedItems.
func TestDeletedPages(t *testing.T) {
	s, c, ids := world(t, 25, nil)
	for _, id := range ids {
		s.Delete(id)
	}
	var got []string
	for link := "/directory/deletedItems/microsoft.graph.user?$select=id&$top=10"; link != ""; {
		p := c.get(link).page(t)
		got, link = append(got, p.column("id")...), p.Next
	}
	if !slices.Equal(got, ids) {
		t.Errorf("%d of %d", len(got), len(ids))
	}
}
