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
