package ldapconn

import "time"

// flow measures how many IDs are answered in a second, over the last answers. Not safe for concurrent use.
type flow struct {
	at  [flowSpan]time.Time
	ids [flowSpan]int
	n   int // answers so far
}

const flowSpan = 32

func (f *flow) add(now time.Time, ids int) {
	f.at[f.n%flowSpan], f.ids[f.n%flowSpan] = now, ids
	f.n++
}

// mark forgets what was, and begins to measure.
func (f *flow) mark(now time.Time) { f.n = 0; f.add(now, 0) }

// last is the rate over the last k answers at most, 0 while there is nothing to measure.
func (f *flow) last(k int) float64 {
	k = min(k, f.n-1, flowSpan-1)
	if k < 1 {
		return 0
	}
	end := f.at[(f.n-1)%flowSpan]
	took := end.Sub(f.at[(f.n-1-k)%flowSpan])
	ids := 0
	for i := range k {
		ids += f.ids[(f.n-1-i)%flowSpan]
	}
	return float64(ids) / max(took.Seconds(), 1e-9)
}
