package ldapconn

import "time"

// sizer finds how many IDs in a search cost the least time for each. It tries the next larger or smaller number for a
// while and stays where it gets faster. The cost of a search is its time divided by the searches in progress (Little's
// law), and that of a number is the median over several, so that a single hiccup says nothing. Not safe for concurrent use.
type sizer struct {
	at    int // the index in sizes of what is asked for now
	most  int // the server takes no more than so many
	up    bool
	trial bool          // at is tried; home is the best so far
	home  int           // an index, too
	cost  time.Duration // of home, for each ID
	fails int           // trials in a row that were no better
	rests int           // rounds to go without a trial
	rest  int           // how many it will be the next time
	asked time.Time     // when the present number was first asked for
	since time.Time     // of its first answer; only what was asked for after it counts, because its searches waited for no others
	costs []time.Duration
}

// sizes are the numbers that are tried; beyond them the time for each ID grows on every server that was measured.
var sizes = []int{20, 28, 38, 50, 70, 100, 140, 200}

const (
	firstSize = 3 // 50, an index of sizes, unless the call is so small that it is in fewer than
	atOnce    = 4 // searches

	roundSize = 8    // answers that decide about a number
	early     = 4    // answers after which a trial that is clearly worse is given up
	better    = 0.92 // a number must cost at most so much of what the other costs
	muchWorse = 1.4

	firstRest, lastRest = 8, 64 // rounds without a trial after two that were no better
	worthTrials         = 6     // how many times the searches of a trial must be left for it to pay
)

// change is a decision of a sizer, for the log.
type change struct {
	size, was    int
	why          string
	each, before time.Duration
}

// newSizer begins for a call that asks for so many IDs. A small call is cut into a few searches, so that the server answers
// them at a time: it also tries every condition of a search on every entry that it finds, so that half as many IDs in
// a search take less than half the time.
func newSizer(ids int) sizer {
	first := 0
	for first < firstSize && ids > atOnce*sizes[first] {
		first++
	}
	return sizer{at: first, home: first, most: sizes[len(sizes)-1], up: true, rest: firstRest}
}

// now is how many to ask for.
func (s *sizer) now() int { return min(sizes[s.at], s.most) }

// bound says that the server takes no more than n.
func (s *sizer) bound(n int) {
	s.most = max(1, min(s.most, n))
	for s.home > 0 && sizes[s.home] > s.most {
		s.home--
	}
	if sizes[s.at] > s.most {
		s.at, s.trial = s.home, false
	}
}

// forget gives up what is being measured, because something else changed.
func (s *sizer) forget(now time.Time) {
	s.turn(s.home, now)
}

// turn goes on with the size at the index.
func (s *sizer) turn(at int, now time.Time) {
	s.at, s.trial, s.asked, s.since, s.costs = at, at != s.home, now, time.Time{}, s.costs[:0]
}

// answered takes the cost of a search and returns the decision that follows, if any. left are the IDs still to be asked for.
func (s *sizer) answered(ids int, cost time.Duration, began, now time.Time, left, inFlight int) *change {
	switch {
	case began.Before(s.asked), ids != s.now():
		return nil
	case s.since.IsZero():
		s.since = now
		return nil
	case began.Before(s.since):
		return nil
	}
	s.costs = append(s.costs, cost/time.Duration(ids))
	each := median(s.costs)
	hopeless := s.trial && len(s.costs) >= early && float64(each) > muchWorse*float64(s.cost)
	if len(s.costs) < roundSize && !hopeless {
		return nil
	}
	s.costs = s.costs[:0]
	switch {
	case s.trial && float64(each) <= better*float64(s.cost):
		c := &change{size: s.now(), was: sizes[s.home], why: "each ID takes less time", each: each, before: s.cost}
		s.home, s.cost, s.trial, s.fails, s.rest = s.at, each, false, 0, firstRest
		s.try(now, left, inFlight)
		return c
	case s.trial:
		c := &change{size: sizes[s.home], was: s.now(), why: "each ID took no less time", each: each, before: s.cost}
		s.turn(s.home, now)
		s.up = !s.up
		if s.fails++; s.fails > 1 {
			s.fails, s.rests, s.rest = 0, s.rest, min(2*s.rest, lastRest)
		}
		return c
	}
	s.cost = each
	if s.rests > 0 {
		s.rests--
		return nil
	}
	return s.try(now, left, inFlight)
}

// try goes on to a number next to home, where there is one and enough is left for it to pay.
func (s *sizer) try(now time.Time, left, inFlight int) *change {
	next, ok := s.neighbour()
	if !ok || left < worthTrials*(inFlight+roundSize)*sizes[max(next, s.home)] {
		return nil
	}
	s.turn(next, now)
	return &change{size: s.now(), was: sizes[s.home], why: "a trial", before: s.cost}
}

// neighbour returns the number to try next: in the present direction, or in the other where there is none.
func (s *sizer) neighbour() (int, bool) {
	for range 2 {
		next := s.home - 1
		if s.up {
			next = s.home + 1
		}
		if next >= 0 && next < len(sizes) && sizes[next] <= s.most {
			return next, true
		}
		s.up = !s.up
	}
	return 0, false
}
