package memconn_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// What a connector can tell only a run: that it waits, and that it goes on elsewhere.
func TestReportsToTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, anna, bert, _ := people(threeDCs)
		job := refresh.NewJob("test")
		for i, m := range []refresh.Mailbox{anna, bert} {
			job.Matches = append(job.Matches, refresh.Match{Key: string(rune('1' + i)), Source: m, SourceOrigin: refresh.Bound})
		}
		c := s.Connect(&memconn.ConnOptions{Faults: memconn.Faults{Breaks: []memconn.Break{
			{After: 1, Wait: time.Minute},
			{After: 1, FailOver: "dc3", Err: errTest},
		}}})
		var waits []string
		start := time.Now()
		res, err := refresh.Refresh(t.Context(), job, refresh.Sides{Source: c}, &refresh.Options{Progress: func(p refresh.Progress) {
			if p.Waiting != "" && !p.Until.Equal(start.Add(time.Minute)) {
				t.Errorf("waits until %v", p.Until)
			}
			waits = append(waits, p.Waiting)
		}})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(waits, "throttled") || waits[len(waits)-1] != "" {
			t.Errorf("the run heard of these waits: %q", waits)
		}
		same(t, res.Run.Source.Failovers, []refresh.Failover{{From: "dc1", To: "dc3", Why: errTest.Error(), At: start.Add(time.Minute).UTC()}})
	})
}

// A second refresh asks for what changed, and the counters say so.
func TestRefreshAsksForChanges(t *testing.T) {
	s := memconn.New("contoso", tracking)
	s.PutAll(many(300), 300)
	job := refresh.NewJob("test")
	for m := range s.All() {
		job.Matches = append(job.Matches, refresh.Match{Key: string(m.ID), Source: m, SourceOrigin: refresh.Bound})
	}
	c := s.Connect(&memconn.ConnOptions{Reporting: memconn.Reporting{PageSize: 3, Repeat: true, Reorder: 1, Extra: []refresh.ID{"group"}}})
	run := func() *refresh.Result {
		t.Helper()
		c.ResetCalls()
		res, err := refresh.Refresh(t.Context(), job, refresh.Sides{Source: c}, nil)
		if err == nil {
			job, err = job.Apply(res)
		}
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	run()
	if n := c.Calls(); n.Asked != 300 || n.Mark != 1 {
		t.Errorf("the first refresh asked for %d IDs and took %d marks", n.Asked, n.Mark)
	}
	for _, m := range job.Matches[100:110] {
		s.Rename(m.Source.ID, "new-"+m.Source.Primary, memconn.DropOld)
	}
	res := run()
	if n := c.Calls(); n.Asked != 10 || n.Changes != 4 || len(n.Since) != 4 {
		t.Errorf("after 10 changes the refresh asked for %d IDs and %d pages, since %d cursors", n.Asked, n.Changes, len(n.Since))
	}
	if counts := res.Counts(refresh.Source).ByOutcome; counts[refresh.Refreshed] != 10 || counts[refresh.NotChanged] != 290 {
		t.Errorf("outcomes: %v", counts)
	}
	s.ForgetChanges()
	if run(); c.Calls().Asked != 300 {
		t.Errorf("after the cursor expired the refresh asked for %d IDs", c.Calls().Asked)
	}
}
