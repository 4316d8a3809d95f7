package graphclients

import (
	"net/http"
	"strings"

	"github.com/readdress-go/readdress/internal/graphtest"
	"github.com/readdress-go/readdress/refresh"
)

// batch: parts that are there, that are not, and one that is throttled; and the identities of mailboxes, against Instances.
func (x *scene) batch() {
	x.s.Fault(func(r *graphtest.Request) *graphtest.Fault {
		if r.Part > 0 && strings.Contains(r.Path, x.ids[7]) {
			return &graphtest.Fault{Status: 429, Header: http.Header{"Retry-After": {"7"}}}
		}
		return nil
	})
	paths := []string{"/users/" + x.ids[5] + "?$select=" + Selected, "/users/" + x.never[0], "/users/" + x.ids[7], "/directory/deletedItems/" + x.deleted[1]}
	parts, err := x.client.Batch(x.ctx(), paths)
	x.must(err)
	x.s.Fault(nil)
	x.sameAsServer(parts[0].Body.Object)
	if m, ok := x.resolve(x.ids[5:6])[x.ids[5]].Mailbox(); ok {
		x.same(m, parts[0].Body.mailbox())
	}
	type brief struct {
		Status           int
		Code, RetryAfter string
	}
	var got []brief
	for _, p := range parts {
		got = append(got, brief{p.Status, p.Body.Error.Code, p.RetryAfter})
	}
	x.same([]brief{{200, "", ""}, {404, "Request_ResourceNotFound", ""}, {429, "TooManyRequests", "7"}, {200, "", ""}}, got)
	if id := parts[3].Body.ID; id != x.deleted[1] {
		x.t.Errorf("the deleted item is %q", id)
	}
	x.mailboxes()
}

// mailboxes reads the identities of 20 mailboxes, the last of which is not there.
func (x *scene) mailboxes() {
	ids := append(x.ids[:19:19], x.bare)
	paths := make([]string, len(ids))
	asked := make([]refresh.ID, len(ids))
	for i, id := range ids {
		paths[i], asked[i] = "/users/"+id+"/settings/exchange", refresh.ID(id)
	}
	parts, err := x.client.Batch(x.ctx(), paths)
	x.must(err)
	theirs, ours := map[string]string{}, map[string]string{}
	for i, p := range parts {
		theirs[ids[i]] = p.Body.MailboxID
		if u, _ := x.s.User(ids[i]); p.Body.MailboxID != u.MailboxID {
			x.t.Errorf("the client got %q of %s: want %q", p.Body.MailboxID, ids[i], u.MailboxID)
		}
	}
	if last := parts[len(parts)-1]; last.Status != 404 || last.Body.Error.Code != "ErrorNonExistentMailbox" {
		x.t.Errorf("a user without mailbox is %+v", last)
	}
	x.must(x.ours.Instances(x.ctx(), asked, func(i int, instance refresh.ID, err error) {
		x.must(err)
		ours[ids[i]] = string(instance)
	}))
	x.same(ours, theirs)
}
