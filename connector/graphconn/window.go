package graphconn

import "time"

// The service counts in 10 seconds. Ours are a little longer, because requests that are sent at even distances do not arrive so.
const (
	slotSpan  = 100 * time.Millisecond
	slotCount = 105
)

// window counts the ResourceUnits of the last 10.5 seconds, in slots.
type window struct {
	start time.Time // of slot 0
	last  int64     // the newest slot that is counted
	slots [slotCount]float64
	sum   float64
}

// roll forgets what is older than the window, and returns the slot of now.
func (w *window) roll(now time.Time) int64 {
	if w.start.IsZero() {
		w.start = now
	}
	n := max(int64(now.Sub(w.start)/slotSpan), w.last)
	if n == w.last {
		return n
	}
	for s := max(w.last+1, n-slotCount+1); s <= n; s++ {
		w.slots[s%slotCount] = 0
	}
	w.last, w.sum = n, 0
	for _, v := range w.slots {
		w.sum += v
	}
	return n
}

// add counts units at now, and returns the slot for [window.correct].
func (w *window) add(now time.Time, units float64) int64 {
	n := w.roll(now)
	w.slots[n%slotCount] += units
	w.sum += units
	return n
}

// correct changes what was counted in a slot, unless the window has passed it.
func (w *window) correct(now time.Time, slot int64, by float64) {
	if n := w.roll(now); slot > n-slotCount {
		w.slots[slot%slotCount] += by
		w.sum += by
	}
}

// wait returns how long it takes until units fit into limit. Whatever does not fit at all fits into an empty window.
func (w *window) wait(now time.Time, units, limit float64) time.Duration {
	n := w.roll(now)
	over := w.sum + units - limit
	if w.sum <= 0 || over <= 0 {
		return 0
	}
	for s := max(0, n-slotCount+1); ; s++ {
		if over -= w.slots[s%slotCount]; over <= 0 || s == n {
			return w.start.Add(time.Duration(s+slotCount) * slotSpan).Sub(now)
		}
	}
}
