package ldapconn_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// The right to list CN=Deleted Objects (dsacls LC) is taken away from the reader, RP is left: that is a change of the container itself, which
// carries isDeleted=TRUE. In the same night somebody is deleted.
func TestContainerOfDeletedIsNoDeletion(t *testing.T) {
	h := inProcess{as: ldaptest.Auditor}.hands(t)
	must(t, h.f.AddAccount("narrow", ldaptest.Password, ldaptest.Rights{Deleted: true}))
	w := h.world()
	people, job := staff(t, w, 10)
	gone, err := w.Put(refresh.Mailbox{Login: "gone", DisplayName: "Gone", Kind: refresh.KindUser, Primary: "gone@source.example"})
	must(t, err, w.Delete(gone.ID))
	c, err := w.As("narrow")()
	must(t, err)
	defer c.(*ldapconn.Connector).Close()
	t.Log(path(daily(t, &job, c)))
	t.Log(path(daily(t, &job, c)))

	h.f.SetRights("narrow", ldaptest.Rights{Deleted: true, Hides: func(o ldaptest.Object) bool { return o.Deleted() }}) // the container itself stays visible
	bin, err := h.f.Lookup("CN=Deleted Objects," + h.f.Suffix())
	must(t, err)
	must(t, h.f.Replace(bin, "description", "its access rules were changed"))
	must(t, w.Delete(people[5].ID))
	p := people[3]
	p.Primary = "married@source.example"
	_, err = w.Update(p)
	must(t, err)

	before := job
	res := daily(t, &job, c)
	full, err := refresh.Refresh(t.Context(), before, refresh.Sides{Source: c}, &refresh.Options{ConfirmAfter: -1, Full: true})
	must(t, err)
	if diff := cmp.Diff(byKey(full), byKey(res)); diff != "" {
		t.Errorf("a full refresh finds more (-full +incremental):\n%s", diff)
	}
	next := daily(t, &job, c)
	t.Log(path(next), byKey(next))
}
