package graphconn_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/connector/graphconn"
	"github.com/readdress-go/readdress/internal/graphtest"
	"github.com/readdress-go/readdress/refresh"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// jobOf is a job whose source side holds users as they are, without instances.
func jobOf(s *graphtest.Server, ids []string) refresh.Job {
	h := &hands{s: s}
	job := refresh.NewJob("cutover")
	for i, id := range ids {
		job.Matches = append(job.Matches, refresh.Match{Key: fmt.Sprintf("row%d", i), SourceOrigin: refresh.Bound, Source: h.reported(refresh.ID(id))})
	}
	return job
}

// run refreshes the source side and compares the outcomes of the rows that are not as expected to stay.
func run(t *testing.T, job refresh.Job, c refresh.Connector, opts *refresh.Options, want map[refresh.Outcome]int) *refresh.Result {
	t.Helper()
	res, err := refresh.Refresh(t.Context(), job, refresh.Sides{Source: c}, opts)
	must(t, err)
	got := map[refresh.Outcome]int{}
	for _, r := range res.Rows {
		got[r.Outcome]++
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("outcomes (-want +got):\n%s", d)
	}
	return res
}

func apply(t *testing.T, job refresh.Job, res *refresh.Result) refresh.Job {
	t.Helper()
	job, err := job.Apply(res)
	must(t, err)
	return job
}

// switchDomain renames users to another domain and keeps their old addresses.
func switchDomain(s *graphtest.Server, ids []string) {
	for _, id := range ids {
		s.Change(id, func(u *graphtest.User) {
			local, _ := refresh.Address(u.Mail).Split()
			u.Proxies = []string{"SMTP:" + local + "@fabrikam.example", "smtp:" + u.Mail}
			u.Mail, u.UserPrincipalName = local+"@fabrikam.example", local+"@fabrikam.example"
		})
	}
}

// TestRefresh runs a job through a cutover: in full first, then by what changed, with a cost that follows the changes.
func TestRefresh(t *testing.T) {
	s := graphtest.Start(t, &graphtest.Options{DeltaPage: 7})
	ids := people(s, 2300)
	job := jobOf(s, ids)
	c := connect(t, s, nil, everyRight...)
	switchDomain(s, ids[:100])
	s.Delete(ids[100])
	s.Delete(ids[101])
	s.Purge(ids[101])
	res := run(t, job, c, nil, map[refresh.Outcome]int{refresh.Refreshed: 100, refresh.Missing: 2, refresh.NotChanged: 2198})
	job = apply(t, job, res)
	if job.Source.Pin != s.TenantID() {
		t.Errorf("the job is pinned to %q, want %q", job.Source.Pin, s.TenantID())
	}

	s.ResetCounters()
	res = run(t, job, c, nil, map[refresh.Outcome]int{refresh.Missing: 2, refresh.NotChanged: 2298})
	job = apply(t, job, res)
	if res.Run.Source.Path != refresh.PathIncremental {
		t.Errorf("the second run was %v", res.Run.Source.Path)
	}
	if k := s.Counters(); k.IDs != 2 {
		t.Errorf("the second run asked for %d IDs, want the 2 that are missing", k.IDs)
	}

	switchDomain(s, ids[200:230])
	s.Delete(ids[300])
	s.Restore(ids[100])
	s.ReplayDeltas(3)
	s.ResetCounters()
	// The one that is back was not written before, so its mark goes away and nothing else.
	res = run(t, job, c, nil, map[refresh.Outcome]int{refresh.Refreshed: 31, refresh.Missing: 2, refresh.NotChanged: 2267})
	job = apply(t, job, res)
	if k := s.Counters(); k.IDs > 40 || k.ByEndpoint[graphtest.Delta] > 8 {
		t.Errorf("33 changes cost %d IDs and %d pages of changes", k.IDs, k.ByEndpoint[graphtest.Delta])
	}

	for _, status := range []int{410, 400} {
		s.ForgetDeltas(status)
		s.Change(ids[400], func(u *graphtest.User) { u.DisplayName += "!" })
		res = run(t, job, c, nil, map[refresh.Outcome]int{refresh.Refreshed: 1, refresh.Missing: 2, refresh.NotChanged: 2297})
		if res.Run.Source.Path == refresh.PathIncremental {
			t.Errorf("with a token that is refused with %d the run was incremental", status)
		}
		job = apply(t, job, res)
	}
	if k := s.Counters(); len(k.Writes) > 0 {
		t.Errorf("it wrote %v", k.Writes)
	}
}

// TestWrongTenant connects a job to another tenant.
func TestWrongTenant(t *testing.T) {
	s := graphtest.Start(t, nil)
	ids := people(s, 3)
	job := jobOf(s, ids)
	job = apply(t, job, run(t, job, connect(t, s, nil, everyRight...), nil, map[refresh.Outcome]int{refresh.NotChanged: 3}))
	other := graphtest.Start(t, &graphtest.Options{TenantID: randomGUID()})
	_, err := refresh.Refresh(t.Context(), job, refresh.Sides{Source: connect(t, other, nil, everyRight...)}, nil)
	if _, ok := err.(*refresh.WrongDirectoryError); !ok {
		t.Errorf("another tenant: %v, want a refusal", err)
	}
}

// TestRequestCounts holds a look-up of many users, and the inspection before it, to the fewest requests and ResourceUnits.
func TestRequestCounts(t *testing.T) {
	n := 100_000
	if testing.Short() {
		n = 10_000
	}
	s := graphtest.Start(t, nil)
	ids := people(s, n)
	c := connect(t, s, nil, everyRight...)
	_, err := c.Inspect(t.Context())
	must(t, err)
	found := 0
	must(t, c.Resolve(t.Context(), toIDs(ids), func(_ int, l refresh.Lookup) {
		if _, ok := l.Mailbox(); ok {
			found++
		}
	}))
	k := s.Counters()
	if found != n || k.Requests > n/1000+1 || k.Units > 2*k.Requests || k.IDs != n {
		t.Errorf("%d users: %d found, %d requests, %d ResourceUnits, %d IDs", n, found, k.Requests, k.Units, k.IDs)
	}
	if k.InFlight > 4 {
		t.Errorf("%d requests at a time, want 4 at most", k.InFlight)
	}
}

func toIDs(ids []string) (out []refresh.ID) {
	for _, id := range ids {
		out = append(out, refresh.ID(id))
	}
	return out
}

// TestInstances refreshes with and without Verify.
func TestInstances(t *testing.T) {
	s := graphtest.Start(t, nil)
	ids := people(s, 30)
	job := jobOf(s, ids)
	c := connect(t, s, nil, everyRight...)
	full := &refresh.Options{Full: true}
	verify := &refresh.Options{Full: true, Verify: true}
	job = apply(t, job, run(t, job, c, full, map[refresh.Outcome]int{refresh.NotChanged: 30}))
	if k := s.Counters(); k.PartsOf[graphtest.Exchange] != 0 {
		t.Errorf("without Verify, %d mailboxes were asked for", k.PartsOf[graphtest.Exchange])
	}
	job = apply(t, job, run(t, job, c, verify, map[refresh.Outcome]int{refresh.Refreshed: 30}))
	u, _ := s.User(ids[0])
	if got := job.Matches[0].Source.Instance; got == "" || string(got) != u.MailboxID {
		t.Errorf("learned the instance %q, want %q", got, u.MailboxID)
	}
	if k := s.Counters(); k.PartsOf[graphtest.Exchange] != 30 {
		t.Errorf("under Verify, %d mailboxes were asked for", k.PartsOf[graphtest.Exchange])
	}

	s.Change(ids[1], func(u *graphtest.User) { u.MailboxID = "" }) // another one
	s.Change(ids[2], func(u *graphtest.User) { u.NoMailbox = true })
	s.Delete(ids[3])
	run(t, job, c, full, map[refresh.Outcome]int{refresh.NotChanged: 29, refresh.Missing: 1})
	res := run(t, job, c, verify, map[refresh.Outcome]int{refresh.NotChanged: 27, refresh.Replaced: 1, refresh.Missing: 2})
	for _, r := range res.Rows {
		if r.Outcome == refresh.Missing && r.Key == "row2" && !slices.Equal(r.Reasons.List(), []refresh.Reason{refresh.ReasonNoMailbox}) {
			t.Errorf("who has no mailbox any more is %v", r.Reasons)
		}
	}

	// What is in doubt is kept.
	for _, f := range []graphtest.Fault{
		{Status: 404, Code: "MailboxNotEnabledForRESTAPI"}, {Status: 404, HTML: true}, {Status: 403}, {Status: 503},
		{Rewrite: func([]byte) []byte { return []byte(`{"primaryMailboxId":null}`) }}, {Omit: true},
	} {
		s.Fault(func(r *graphtest.Request) *graphtest.Fault {
			if r.Endpoint == graphtest.Exchange {
				return &f
			}
			return nil
		})
		run(t, job, c, verify, map[refresh.Outcome]int{refresh.NotChanged: 29, refresh.Missing: 1})
	}
}

// TestNoInstances is a cloud that does not tell mailboxes apart.
func TestNoInstances(t *testing.T) {
	s := graphtest.Start(t, &graphtest.Options{NoExchangeSettings: true})
	ids := people(s, 3)
	cfg := config(s, everyRight...)
	cfg.Cloud.Instances = false
	c, err := graphconn.New(cfg, quick())
	must(t, err)
	if got := c.Info().Limits; got != "cannot detect a replaced mailbox" {
		t.Errorf("Limits is %q", got)
	}
	run(t, jobOf(s, ids), c, &refresh.Options{Verify: true}, map[refresh.Outcome]int{refresh.NotChanged: 3})
	if k := s.Counters(); k.PartsOf[graphtest.Exchange]+k.ByEndpoint[graphtest.Other]+k.PartsOf[graphtest.Other] != 0 {
		t.Errorf("asked %v and %v", k.ByEndpoint, k.PartsOf)
	}
	if err := c.Instances(t.Context(), toIDs(ids), func(int, refresh.ID, error) {}); err == nil {
		t.Error("Instances worked")
	}
}
