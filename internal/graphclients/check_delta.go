package graphclients

import (
	"maps"
	"slices"

	"github.com/readdress-go/readdress/internal/graphtest"
	"github.com/readdress-go/readdress/refresh"
)

// delta: the first round, one with every kind of change, the same again, and one with none; against Mark and Changes.
func (x *scene) delta() {
	first, err := x.client.Delta(x.ctx(), "")
	x.must(err)
	got := x.byID(first.Objects)
	for _, o := range got {
		x.sameAsServer(o)
	}
	if want := (len(x.ids) + 49) / 50; len(got) != len(x.ids) || first.Pages != want {
		x.t.Errorf("the first round has %d users in %d pages: want %d in %d", len(got), first.Pages, len(x.ids), want)
	}
	mark, err := x.ours.Mark(x.ctx())
	x.must(err)

	want := x.change()
	next, err := x.client.Delta(x.ctx(), first.Link)
	x.must(err)
	x.same(want, x.changes(next))
	x.same(want, x.ourChanges(mark, next))
	if next.Pages < 2 {
		x.t.Errorf("a round of %d changes has %d pages: want two at least", len(want), next.Pages)
	}

	again, err := x.client.Delta(x.ctx(), first.Link)
	x.must(err)
	x.same(want, x.changes(again))

	last, err := x.client.Delta(x.ctx(), again.Link)
	x.must(err)
	if len(last.Objects) != 0 || last.Link == "" || last.Link == again.Link {
		x.t.Errorf("a round without changes is %+v", last)
	}

	x.s.ForgetDeltas(410)
	_, err = x.client.Delta(x.ctx(), last.Link)
	x.refused("410", err, 410, "syncStateNotFound")
	_, err = x.ours.Changes(x.ctx(), mark)
	x.wraps(err, refresh.ErrCursorExpired)
}

// change makes every kind of change, and returns the reason of each removal by ID, "" where the user is there.
func (x *scene) change() map[string]string {
	want := map[string]string{}
	for _, id := range x.ids[10:80] {
		x.s.Change(id, func(u *graphtest.User) { u.Proxies = append(slices.Clip(u.Proxies), "smtp:new."+u.Mail) })
		want[id] = ""
	}
	made := x.s.Put(graphtest.User{UserPrincipalName: "made@contoso.example", Mail: "made@contoso.example", DisplayName: "Made"})
	want[made.ID] = ""
	x.s.Delete(x.ids[100])
	want[x.ids[100]] = "changed"
	x.s.Delete(x.ids[101])
	x.s.Purge(x.ids[101])
	want[x.ids[101]] = "deleted"
	x.s.Delete(x.ids[102])
	x.s.Restore(x.ids[102])
	want[x.ids[102]] = ""
	x.s.Purge(x.deleted[0])
	want[x.deleted[0]] = "deleted"
	return want
}

// changes are the removals of a round by ID, with the same values as those of [scene.change].
func (x *scene) changes(r Round) map[string]string {
	x.t.Helper()
	out := map[string]string{}
	for id, o := range x.byID(r.Objects) {
		if o.Removed != nil {
			out[id] = o.Removed.Reason
			continue
		}
		out[id] = ""
		x.sameAsServer(o)
	}
	return out
}

// ourChanges are what graphconn says changed since a cursor. It says only which, so the reasons are those of the client.
func (x *scene) ourChanges(since refresh.Cursor, theirs Round) map[string]string {
	x.t.Helper()
	ids := map[string]bool{}
	for more := true; more; {
		page, err := x.ours.Changes(x.ctx(), since)
		x.must(err)
		for _, id := range page.IDs {
			ids[string(id)] = true
		}
		since, more = page.Next, page.More
	}
	out := x.changes(theirs)
	maps.DeleteFunc(out, func(id, _ string) bool { return !ids[id] })
	for id := range ids {
		if _, ok := out[id]; !ok {
			out[id] = "told to graphconn alone"
		}
	}
	return out
}
