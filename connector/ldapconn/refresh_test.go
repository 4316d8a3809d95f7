package ldapconn_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/internal/slapdtest"
	"github.com/readdress-go/readdress/refresh"
)

// jobOf is a job whose source side holds the people as they are.
func jobOf(people []slapdtest.Person) refresh.Job {
	job := refresh.NewJob("cutover")
	for _, p := range people {
		job.Matches = append(job.Matches, refresh.Match{Key: p.UID, SourceOrigin: refresh.Bound, Source: refresh.Mailbox{
			ID: refresh.ID(p.ID), Login: p.UID, DisplayName: p.Name, Kind: refresh.KindUser,
			Primary: refresh.Address(p.Mail[0]), Aliases: []refresh.Address{refresh.Address(p.Proxies[1][len("smtp:"):])},
		}})
	}
	return job
}

func outcomes(res *refresh.Result) map[refresh.Outcome]int {
	n := map[refresh.Outcome]int{}
	for _, r := range res.Rows {
		n[r.Outcome]++
	}
	return n
}

// TestRefresh runs the main job against a real directory: switched, swapped, moved, deleted, recreated.
func TestRefresh(t *testing.T) {
	people := slapdtest.People(150, "source.example")
	s := slapdtest.Run(t, slapdtest.Config{People: people})
	job := jobOf(people)
	for i := range 100 { // the domain is switched for these
		old, uid := people[i].Mail[0], people[i].UID
		must(t, s.SetAddresses(uid, []string{uid + "@new.example"}, []string{"SMTP:" + uid + "@new.example", "smtp:" + old, people[i].Proxies[1]}))
	}
	must(t,
		s.SetAddresses(people[100].UID, people[101].Mail, people[101].Proxies),
		s.SetAddresses(people[101].UID, people[100].Mail, people[100].Proxies),
		s.Delete(s.PersonDN(people[102].UID)),
		s.Delete(s.PersonDN(people[103].UID)),
		s.Add(slapdtest.Person{UID: people[103].UID, Mail: people[103].Mail, Proxies: people[103].Proxies}),
		s.SetAddresses(people[104].UID, nil, []string{"SMTP:a@source.example", "SMTP:b@source.example"}),
		s.SetAddresses(people[105].UID, nil, nil),
	)
	c := open(t, config(s, slapdtest.Reader), nil)
	opts := &refresh.Options{ConfirmAfter: -1}
	res, err := refresh.Refresh(t.Context(), job, refresh.Sides{Source: c}, opts)
	must(t, err)
	want := map[refresh.Outcome]int{refresh.Refreshed: 102, refresh.NotChanged: 44, refresh.Missing: 2, refresh.LookupFailed: 2}
	if diff := cmp.Diff(want, outcomes(res)); diff != "" {
		t.Errorf("first run (-want +got):\n%s", diff)
	}
	job, err = job.Apply(res)
	must(t, err)
	if job.Source.Pin == "" {
		t.Error("the job is not pinned")
	}
	res, err = refresh.Refresh(t.Context(), job, refresh.Sides{Source: c}, opts)
	must(t, err)
	want = map[refresh.Outcome]int{refresh.NotChanged: 146, refresh.Missing: 2, refresh.LookupFailed: 2}
	if diff := cmp.Diff(want, outcomes(res)); diff != "" {
		t.Errorf("second run (-want +got):\n%s", diff)
	}

	// Another directory, a reader who sees nobody, and a changed password.
	other := slapdtest.Run(t, slapdtest.Config{People: people})
	_, err = refresh.Refresh(t.Context(), job, refresh.Sides{Source: open(t, config(other, slapdtest.Reader), nil)}, opts)
	if _, ok := errors.AsType[*refresh.WrongDirectoryError](err); !ok {
		t.Errorf("another directory: %v, want a refusal", err)
	}
	res, err = refresh.Refresh(t.Context(), job, refresh.Sides{Source: open(t, config(s, slapdtest.Blind), nil)}, opts)
	must(t, err)
	if diff := cmp.Diff(map[refresh.Outcome]int{refresh.LookupFailed: 150}, outcomes(res)); diff != "" {
		t.Errorf("a blind reader (-want +got):\n%s", diff)
	}
	must(t, s.Replace(s.DN(slapdtest.Reader), "userPassword", "changed"))
	_, err = refresh.Refresh(t.Context(), job, refresh.Sides{Source: c}, opts)
	if _, ok := errors.AsType[*refresh.ReconfigureError](err); !ok {
		t.Errorf("a changed password: %v, want a refusal", err)
	}
	must(t, s.Stop())
	res, err = refresh.Refresh(t.Context(), job, refresh.Sides{Source: c}, opts)
	must(t, err)
	if diff := cmp.Diff(map[refresh.Outcome]int{refresh.LookupFailed: 150}, outcomes(res)); diff != "" {
		t.Errorf("a stopped server (-want +got):\n%s", diff)
	}
}
