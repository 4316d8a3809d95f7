package graphconn_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/graphconn"
	"github.com/readdress-go/readdress/internal/graphtest"
	"github.com/readdress-go/readdress/refresh"
)

// TestLastSyncInRun records when the tenant last took over changes from a directory on premises.
func TestLastSyncInRun(t *testing.T) {
	s := graphtest.Start(t, nil)
	at := time.Date(2026, 11, 23, 4, 5, 6, 0, time.UTC)
	s.SetLastSync(at)
	job := jobOf(s, people(s, 3))
	for _, tt := range []struct {
		name   string
		rights []graphtest.Right
		want   time.Time
	}{{"known", everyRight, at}, {"without the right to ask", usersOnly, time.Time{}}} {
		res := run(t, job, connect(t, s, nil, tt.rights...), nil, map[refresh.Outcome]int{refresh.NotChanged: 3})
		if got := res.Run.Source.LastSync; !got.Equal(tt.want) {
			t.Errorf("%s: the run says %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestPlansDecideNothing looks up users with and without licences: a shared mailbox needs none, and a plan proves no mailbox. They are not
// even read of those who have a mailbox, because they are several times as long as everything else.
func TestPlansDecideNothing(t *testing.T) {
	s := graphtest.Start(t, nil)
	plan := func(status string) []graphtest.Plan {
		return []graphtest.Plan{{Service: "exchange", Status: status, ID: "efb87545-963c-4e0d-99df-69c6916d9eb0"}}
	}
	ids := people(s, 4)
	for i, plans := range [][]graphtest.Plan{nil, plan("Enabled"), plan("Deleted"), plan("Suspended")} {
		s.Change(ids[i], func(u *graphtest.User) { u.Plans, u.Disabled = plans, true })
	}
	s.Fault(func(r *graphtest.Request) *graphtest.Fault {
		if strings.Contains(r.Query.Get("$select"), "assignedPlans") {
			t.Errorf("%s asks for assignedPlans", r.Path)
		}
		return nil
	})
	job := jobOf(s, ids)
	for _, rights := range [][]graphtest.Right{everyRight, usersOnly} {
		for _, opts := range []*refresh.Options{nil, {Verify: true}} {
			run(t, job, connect(t, s, nil, rights...), opts, map[refresh.Outcome]int{map[bool]refresh.Outcome{true: refresh.Refreshed, false: refresh.NotChanged}[opts != nil]: 4})
		}
	}
}

// TestGuestsAndAgents looks up by their IDs those that a list leaves out: a job may hold them all the same.
func TestGuestsAndAgents(t *testing.T) {
	s := graphtest.Start(t, nil)
	guest := s.Put(graphtest.User{UserPrincipalName: "ann_gmail.example#EXT#@contoso.example", Mail: "ann@gmail.example", UserType: "Guest"})
	agent := s.Put(graphtest.User{UserPrincipalName: "agent@contoso.example", Mail: "agent@contoso.example", Agent: true})
	for name, rights := range map[string][]graphtest.Right{"by getByIds": everyRight, "by filter": usersOnly} {
		c := connect(t, s, nil, rights...)
		got, err := lookUp(t, c.Resolve, guest.ID, agent.ID)
		expect(t, name, got, err, "found ann@gmail.example", "found agent@contoso.example")
		if m, _ := got[0].Mailbox(); m.Login != guest.UserPrincipalName {
			t.Errorf("%s: the guest's login is %s", name, m.Login)
		}
		for e, err := range c.List(t.Context()) {
			t.Errorf("%s: listed %s, %v", name, e.ID, err)
		}
	}
}

// TestNamesOfTheDeleted looks for everything that a refresh could keep of a deleted user, whose name Graph changes.
func TestNamesOfTheDeleted(t *testing.T) {
	s := graphtest.Start(t, nil)
	ids := people(s, 3)
	s.Delete(ids[1])
	job := jobOf(s, ids[:1])
	job.Matches = append(job.Matches, refresh.Match{Key: "deleted", SourceOrigin: refresh.Bound, Source: refresh.Mailbox{ID: refresh.ID(ids[1]), Primary: "user1@contoso.example", Login: "user1@contoso.example"}})
	for _, rights := range [][]graphtest.Right{everyRight, usersOnly} {
		res := run(t, job, connect(t, s, nil, rights...), nil, map[refresh.Outcome]int{refresh.NotChanged: 1, refresh.Missing: 1})
		var text strings.Builder
		must(t, res.Write(&text))
		must(t, apply(t, job, res).Write(&text))
		if mangled := strings.ReplaceAll(ids[1], "-", ""); strings.Contains(text.String(), mangled) {
			t.Errorf("the result or the job holds the name that Graph gave to a deleted user:\n%s", text.String())
		}
		if got := apply(t, job, res).Matches[1].Source; got.Login != "user1@contoso.example" || got.Primary != "user1@contoso.example" {
			t.Errorf("the row holds %+v", got)
		}
	}
}

// TestListReadTooSlowly lets the token of the next page expire: a list that ends there is not whole, and says so.
func TestListReadTooSlowly(t *testing.T) {
	s := graphtest.Start(t, nil)
	people(s, 2500)
	n, last := 0, error(nil)
	for _, err := range connect(t, s, nil, usersOnly...).List(t.Context()) {
		s.ForgetPages()
		if last = err; err == nil {
			n++
		}
	}
	if e, ok := errors.AsType[*graphconn.Error](last); !ok || e.Code != "Directory_ExpiredPageToken" || n != 999 {
		t.Errorf("%d entries, then %v", n, last)
	}
}
