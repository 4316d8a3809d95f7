package graphclients

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/readdress-go/readdress/refresh"
)

// Check asks one server by a client of others and by graphconn, and compares what they got, with each other and with what the server
// was told.
func Check(t *testing.T, open Open) {
	x := newScene(t, open)
	for _, c := range []struct {
		name string
		test func(*scene)
	}{
		{"list", (*scene).list},
		{"getByIds", (*scene).getByIDs},
		{"limited", (*scene).limited},
		{"batch", (*scene).batch},
		{"deletedItems", (*scene).deletedItems},
		{"organization", (*scene).organization},
		{"delta", (*scene).delta},
		{"refusals", (*scene).refusals},
		{"retry", (*scene).retry},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(x.on(t)) })
	}
	if n := x.s.Counters(); len(n.Writes) != 0 {
		t.Errorf("somebody wrote: %v", n.Writes)
	}
}

// list: users in pages, against List.
func (x *scene) list() {
	users, pages, err := x.client.Users(x.ctx(), 100)
	x.must(err)
	if want := (len(x.ids) + 99) / 100; pages != want {
		x.t.Errorf("%d pages: want %d", pages, want)
	}
	got := map[refresh.ID]refresh.Entry{}
	for id, o := range x.byID(users) {
		x.sameAsServer(o)
		if e, ok := o.entry(); ok {
			got[refresh.ID(id)] = e
		}
	}
	if len(users) != len(x.ids) {
		x.t.Errorf("%d users: want %d", len(users), len(x.ids))
	}
	want := map[refresh.ID]refresh.Entry{}
	for e, err := range x.ours.List(x.ctx()) {
		x.must(err)
		if e.Kind != refresh.KindGroup {
			want[e.ID] = e
		}
	}
	x.same(want, got)
}

// same compares what graphconn got with what the client got.
func (x *scene) same(ours, theirs any) {
	x.t.Helper()
	if d := cmp.Diff(ours, theirs, cmpopts.EquateEmpty()); d != "" {
		x.t.Errorf("graphconn and the client got different answers (-graphconn +client):\n%s", d)
	}
}

// getByIDs: known and unknown IDs in pages, against Resolve.
func (x *scene) getByIDs() {
	ids := slices.Concat(x.ids[150:], x.groups, x.deleted, x.never)
	objects, err := x.client.ByIDs(x.ctx(), ids)
	x.must(err)
	got, want := map[string]refresh.Mailbox{}, map[string]refresh.Mailbox{}
	for id, o := range x.byID(objects) {
		if got[id] = o.mailbox(); o.isUser() {
			x.sameAsServer(o)
		}
	}
	for id, l := range x.resolve(ids) {
		if m, ok := l.Mailbox(); ok {
			want[id] = m
		} else if l.Err() != nil {
			x.t.Errorf("%s: %v", id, l.Err())
		}
	}
	if len(got) != len(ids)-len(x.deleted)-len(x.never) {
		x.t.Errorf("%d objects", len(got))
	}
	x.same(want, got)
}

// limited: an object that may not be read comes with type and ID alone.
func (x *scene) limited() {
	x.s.Conceal(x.ids[0])
	objects, err := x.client.ByIDs(x.ctx(), x.ids[:2])
	x.must(err)
	got := x.byID(objects)
	if d := cmp.Diff(Object{Type: "#microsoft.graph.user", ID: x.ids[0]}, got[x.ids[0]], cmpopts.EquateEmpty()); d != "" {
		x.t.Errorf("limited information (-want +client):\n%s", d)
	}
	x.sameAsServer(got[x.ids[1]])
	if l := x.resolve(x.ids[:2])[x.ids[0]]; !errors.Is(l.Err(), refresh.ErrNotVisible) {
		x.t.Errorf("graphconn says %v of an object that it may not read", l)
	}
}

// deletedItems: the list and the direct read, against Resolve.
func (x *scene) deletedItems() {
	objects, err := x.client.DeletedUsers(x.ctx())
	x.must(err)
	got, want := map[string]string{}, map[string]string{}
	for id, o := range x.byID(objects) {
		got[id] = o.DeletedAt
		if prefix := strings.ReplaceAll(id, "-", ""); !strings.HasPrefix(o.Login, prefix+"left") {
			x.t.Errorf("the userPrincipalName of a deleted user is %q", o.Login)
		}
	}
	for id, l := range x.resolve(x.deleted) {
		a, ok := l.Absence()
		if !ok || a.Reason != refresh.ReasonSoftDeleted {
			x.t.Errorf("graphconn says %v of a deleted user", l)
			continue
		}
		want[id] = a.DeletedAt.Format("2006-01-02T15:04:05Z")
	}
	x.same(want, got)
}

// organization: against Inspect.
func (x *scene) organization() {
	o, err := x.client.Organization(x.ctx())
	x.must(err)
	got := refresh.Directory{System: "Microsoft 365", Pin: o.ID, Name: o.Name}
	for _, d := range o.Domains {
		got.Domains = append(got.Domains, refresh.Domain{Name: d.Name, Initial: d.Initial})
		if d.Default != (d.Name == "contoso.example") || d.Type != "Managed" {
			x.t.Errorf("the client got the domain %+v", d)
		}
	}
	want, err := x.ours.Inspect(x.ctx())
	x.must(err)
	got.System, got.Server = want.System, want.Server // which no client is told
	x.same(want, got)
}
