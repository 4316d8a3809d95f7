package memconn

import (
	"slices"
	"sort"
)

// changeLog numbers the changes of a view from 1. It keeps at least the last change of each object.
type changeLog struct {
	kept bool
	last uint64 // the number of the last change
	list []change
}

// change is one change: the object as it was afterwards.
type change struct {
	n uint64
	o *object
}

// note writes down that the object was stored.
func (v *view) note(o *object) {
	if !v.log.kept {
		return
	}
	if len(v.log.list) >= 2*len(v.objects)+1024 {
		v.compact()
	}
	v.log.last++
	v.log.list = append(v.log.list, change{v.log.last, o})
}

// compact drops the changes that a later one of the same object hides. It makes a new list, because a replica that lags
// shares the old one.
func (v *view) compact() {
	list := make([]change, 0, 2*len(v.objects)+1024)
	for _, c := range v.log.list {
		if v.isLast(c) {
			list = append(list, c)
		}
	}
	v.log.list = list
}

// isLast reports whether the object was not stored again: each time is another pointer.
func (v *view) isLast(c change) bool { return v.objects[c.o.mailbox.ID] == c.o }

// after returns the changes with numbers above n, those included that a later one hides.
func (v *view) after(n uint64) []change { return v.log.list[v.upTo(n):] }

// before returns the last k objects that changed up to n and not since.
func (v *view) before(n uint64, k int) []change {
	var out []change
	for i := v.upTo(n) - 1; i >= 0 && len(out) < k; i-- {
		if c := v.log.list[i]; v.isLast(c) {
			out = append(out, c)
		}
	}
	slices.Reverse(out)
	return out
}

func (v *view) upTo(n uint64) int {
	list := v.log.list
	return sort.Search(len(list), func(i int) bool { return list[i].n > n })
}

// ForgetChanges makes every cursor expire that was given out so far, at all replicas: a directory that lost its log, or a
// cursor that grew too old. New ones work.
func (s *System) ForgetChanges() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.epoch++
}
