package ldapconn_test

import (
	"errors"
	"testing"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

func replicated(t testing.TB) (*ldaptest.Forest, *ldapconn.Connector) {
	t.Helper()
	f := ldaptest.Run(t, ldaptest.Config{RecycleBin: true, Domains: []ldaptest.Domain{{Name: "source.example", Controllers: 2, People: ldaptest.People(60, "source.example")}}})
	return f, openForest(t, f, ldaptest.Reader, func(c *ldapconn.Config) { c.Replicas = []string{f.DCs[1].TLSAddr} })
}

// boundTo is a job of the people with these IDs.
func boundTo(t testing.TB, c refresh.Resolver, ids []refresh.ID) refresh.Job {
	t.Helper()
	job := refresh.NewJob("x")
	got, err := resolve(t.Context(), t, c, ids...)
	must(t, err)
	for i, l := range got {
		m, _ := l.Mailbox()
		job.Matches = append(job.Matches, refresh.Match{Key: string(ids[i]), SourceOrigin: refresh.Bound, Source: m})
	}
	return job
}

// TestReplicaFailover: when the server in use goes down, the other one is asked, and the run says so.
func TestReplicaFailover(t *testing.T) {
	f, c := replicated(t)
	job := boundTo(t, c, asIDs(f.IDs()))
	must(t, f.DCs[0].Down())
	res, err := refresh.Refresh(t.Context(), job, refresh.Sides{Source: c}, nil)
	must(t, err)
	if n := outcomes(res)[refresh.NotChanged]; n != len(job.Matches) {
		t.Errorf("%v", outcomes(res))
	}
	if s := res.Run.Source; s.Server != f.DCs[1].Name {
		t.Errorf("the run names %q", s.Server)
	}
}

// TestReplicaConfirms: an absence is asked again on the other server, and a replica that lags behind contradicts.
func TestReplicaConfirms(t *testing.T) {
	f, c := replicated(t)
	if !c.Info().Can.Has(refresh.CanConfirm) {
		t.Error("it cannot confirm")
	}
	job := boundTo(t, c, asIDs(f.IDs()))
	f.DCs[1].Lag()
	must(t, f.Delete(f.IDs()[0]))
	for _, want := range []refresh.Outcome{refresh.LookupFailed, refresh.Missing} {
		res, err := refresh.Refresh(t.Context(), job, refresh.Sides{Source: c}, nil)
		must(t, err)
		if n := outcomes(res); n[want] != 1 || n[refresh.NotChanged] != len(job.Matches)-1 {
			t.Errorf("%v, want one %v", n, want)
		}
		for _, row := range res.Rows {
			if want == refresh.LookupFailed && row.Outcome == want && row.Cause != refresh.CauseReplicasDisagree {
				t.Errorf("the cause is %v", row.Cause)
			}
		}
		f.DCs[1].Sync()
	}
	// Where the other server is down, the same one is asked again.
	must(t, f.DCs[1].Down())
	res, err := refresh.Refresh(t.Context(), job, refresh.Sides{Source: c}, nil)
	must(t, err)
	if n := outcomes(res); n[refresh.Missing] != 1 {
		t.Errorf("alone: %v", n)
	}
}

// TestReplicaRejected: rejected credentials are not tried on every server, because that could lock the account.
func TestReplicaRejected(t *testing.T) {
	f, c := replicated(t)
	f.SetPassword(ldaptest.Reader, "another", true)
	f.DCs[0].ResetCounts()
	f.DCs[1].ResetCounts()
	got, err := resolve(t.Context(), t, c, asIDs(f.IDs())...)
	for _, l := range got {
		if !errors.Is(err, refresh.ErrCredentials) && !errors.Is(l.Err(), refresh.ErrCredentials) {
			t.Fatalf("%v, %v", err, l.Err())
		}
	}
	if n := f.Counts().Refused; n != 1 {
		t.Errorf("%d binds were refused", n)
	}
}
