package ldapconn

import (
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestPaceFindsTheBestSize runs large calls on servers of different kinds and compares them with what the best size gives.
func TestPaceFindsTheBestSize(t *testing.T) {
	for _, tt := range []struct {
		name   string
		server simulated
		ids    int
		slack  float64 // of the second half of the call, over the best size
		total  float64 // of the whole call, over a fixed size of 50
		reason string
	}{
		{"no difference", simulated{id: 40 * time.Microsecond, parallel: 1}, 100_000, 1.02, 1.02, "trials of no use cost nothing"},
		{"searches cost", simulated{search: 20 * ms, id: 100 * time.Microsecond, parallel: 1}, 200_000, 1.05, 0.6, "more IDs in a search"},
		{"square after 200", simulated{search: 2 * ms, id: 50 * time.Microsecond, after: 200, parallel: 4}, 200_000, 1.08, 1, "up to the limit of the sizes"},
		{"square after 50", simulated{search: ms, id: 100 * time.Microsecond, after: 50, parallel: 2}, 200_000, 1.05, 1.04, "it stays"},
		{"square after 20", simulated{search: ms / 10, id: 100 * time.Microsecond, after: 20, parallel: 2}, 200_000, 1.08, 0.6, "fewer IDs in a search"},
		{"far away", simulated{search: ms, id: 20 * time.Microsecond, roundTrip: 60 * ms, parallel: 8}, 200_000, 1.05, 0.6, "more IDs in a search"},
		{"noise", simulated{search: 5 * ms, id: 50 * time.Microsecond, noise: 0.4, parallel: 2}, 200_000, 1.17, 0.7, "noise does not keep it from finding"},
		{"noise, no difference", simulated{id: 50 * time.Microsecond, noise: 0.4, parallel: 2}, 200_000, 1.03, 1.02, "nor drive it to and fro at a cost"},
		{"noise, square after 50", simulated{search: ms / 2, id: 50 * time.Microsecond, after: 50, noise: 0.3, parallel: 2}, 200_000, 1.10, 1.08, "nor far from where it is best"},
		{"a small call", simulated{search: 5 * ms, id: 100 * time.Microsecond, parallel: 2}, 2000, 2, 1, "it is too short to learn"},
		{"a small call, square after 50", simulated{search: ms, id: 100 * time.Microsecond, after: 50, parallel: 2}, 4000, 1.05, 1.01, "a trial would not pay"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for seed := range uint64(6) {
				synctest.Test(t, func(t *testing.T) {
					const inFlight = 8
					p := newPace(paceConfig{ids: tt.ids, inFlight: inFlight}, quiet())
					trace := tt.server.run(t, p, tt.ids, seed)
					done, half := 0, trace[len(trace)-1]
					for _, a := range trace {
						if done += a.ids; done >= tt.ids/2 {
							half = a
							break
						}
					}
					end := trace[len(trace)-1].at
					best := tt.server.best(inFlight) * time.Duration(tt.ids-done)
					level := math.Exp(tt.server.noise * tt.server.noise / 2) // the mean of the noise
					if got := float64(end-half.at) / float64(best) / level; got > tt.slack {
						t.Errorf("seed %d: the second half took %.2f times as long as with the best size, want at most %.2f: %s", seed, got, tt.slack, tt.reason)
					}
					plain := tt.server.each(50, inFlight) * time.Duration(tt.ids)
					if got := float64(end) / float64(plain) / level; got > tt.total {
						t.Errorf("seed %d: it took %.2f times as long as with 50 all the time, want at most %.2f: %s", seed, got, tt.total, tt.reason)
					}
				})
			}
		})
	}
}

// TestSizerDecides feeds costs for each ID to a sizer, in microseconds.
func TestSizerDecides(t *testing.T) {
	start := time.Now()
	feed := func(s *sizer, costs ...int) (changes []string) {
		for i, c := range append([]int{9999}, costs...) { // the first answer for a number only opens the round
			now := start.Add(time.Duration(i) * time.Hour)
			if d := s.answered(s.now(), time.Duration(c*s.now())*time.Microsecond, now, now, math.MaxInt32, 8); d != nil {
				changes = append(changes, fmt.Sprintf("%d, was %d: %s", d.size, d.was, d.why))
				start = now.Add(time.Hour)
				break
			}
		}
		return changes
	}
	s := newSizer(math.MaxInt)
	for _, tt := range []struct {
		costs  []int
		want   []string
		reason string
	}{
		{[]int{40, 40, 40, 40, 40, 40, 40}, nil, "seven answers are too few"},
		{[]int{40, 40, 40, 40, 40, 40, 40, 40}, []string{"70, was 50: a trial"}, "eight are a round"},
		{[]int{900, 30, 30, 30, 30, 30, 30, 30}, []string{"70, was 50: each ID takes less time"}, "one hiccup changes nothing"},
		{[]int{60, 60, 60, 60}, []string{"70, was 100: each ID took no less time"}, "what is much worse is given up early"},
		{[]int{30, 30, 30, 30, 30, 30, 30, 30}, []string{"50, was 70: a trial"}, "then the other direction"},
		{[]int{5, 29, 29, 29, 29, 29, 29, 29}, []string{"70, was 50: each ID took no less time"}, "a little better is no better"},
	} {
		if diff := cmp.Diff(tt.want, feed(&s, tt.costs...)); diff != "" {
			t.Errorf("%v: %s (-want +got):\n%s", tt.costs, tt.reason, diff)
		}
		if tt.want == nil {
			s.forget(start)
		}
	}
}
