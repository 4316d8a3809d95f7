package ldapconn

import (
	"slices"
	"time"
)

// flight bounds how many searches are in progress at a time: half as many when the server slows down, and one more after
// each run of quick answers. Not safe for concurrent use.
type flight struct {
	limit, most int
	usual       usual
	slow, good  int       // answers of a kind in a row
	slowAt      time.Time // the first slow one of them
	cutAt       time.Time // what was asked before says nothing of the present limit
}

func newFlight(most int) flight { return flight{limit: max(1, most), most: max(1, most)} }

// An answer is slow when it takes slowFactor times as long as usual for as many IDs, and slowMargin more. It is good within
// half of either.
const (
	slowFactor = 4
	slowMargin = 50 * time.Millisecond
	slowRun    = 2 // slow answers in a row that do not have one hiccup in common, because that may be chance
	goodRuns   = 4 // good answers in a row until one more search is tried
)

// verdict is what an answer says of the limit.
type verdict uint8

const (
	asUsual verdict = iota
	tooSlow         // the limit is too high
	goodRun         // one more may be tried
)

// answered judges an answer.
func (f *flight) answered(ids int, took time.Duration, began time.Time) verdict {
	usual := f.usual.of(ids)
	f.usual.add(ids, took, f.limit, f.most)
	switch {
	case usual == 0:
		return asUsual
	case took > slowFactor*usual && took > usual+slowMargin:
		f.good = 0
		switch {
		case f.slowAt.IsZero():
			f.slowAt = began.Add(took)
		case began.Before(f.slowAt), began.Before(f.cutAt): // it waited for the same thing
		default:
			if f.slow++; f.slow >= slowRun {
				return tooSlow
			}
		}
	case took <= slowFactor/2*usual || took <= usual+slowMargin/2:
		f.slow, f.slowAt = 0, time.Time{}
		if f.good++; f.good >= goodRuns && f.limit < f.most {
			f.good = 0
			return goodRun
		}
	default:
		f.slow, f.good, f.slowAt = 0, 0, time.Time{}
	}
	return asUsual
}

// cut halves the limit, unless that was done after the search in question began. It reports whether the limit changed.
func (f *flight) cut(now, began time.Time) bool {
	if began.Before(f.cutAt) {
		return false
	}
	was := f.limit
	f.limit, f.cutAt = max(1, f.limit/2), now
	f.slow, f.good, f.slowAt = 0, 0, time.Time{}
	return f.limit != was
}

// usual knows how long answers take while the server is well: the least median of a round, for each number of IDs. It is the median,
// because the first search of several that wait for each other is much quicker than the others. What is older than two spans of
// answers is forgotten, so that a server that stays slow is one day taken as it is.
type usual struct {
	recent, before map[int]time.Duration
	answers        int
	ids            int // of the round in progress
	round          []time.Duration
}

const span = 128

func (u *usual) add(ids int, took time.Duration, limit, most int) {
	if u.recent == nil || u.answers == span {
		u.before, u.recent, u.answers = u.recent, make(map[int]time.Duration), 0
	}
	u.answers++
	if ids != u.ids {
		u.ids, u.round = ids, u.round[:0]
	}
	if u.round = append(u.round, took); len(u.round) < max(4, limit) {
		return
	}
	// With fewer searches in flight than there may be, each can be quicker in proportion.
	m := median(u.round) * time.Duration(most) / time.Duration(limit)
	u.round = u.round[:0]
	if d, ok := u.recent[ids]; !ok || m < d {
		u.recent[ids] = m
	}
}

// of estimates the time for so many IDs, 0 while nothing is known. Fewer take no longer, and more no longer than in proportion.
func (u *usual) of(ids int) (least time.Duration) {
	for _, m := range []map[int]time.Duration{u.recent, u.before} {
		for n, d := range m {
			if n < ids {
				d = d * time.Duration(ids) / time.Duration(n)
			}
			if least == 0 || d < least {
				least = d
			}
		}
	}
	return least
}

func median(of []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[len(sorted)/2]
}
