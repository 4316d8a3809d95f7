package report

import "fmt"

// cut shortens t in the middle when it has more than room columns, and says how many characters are left out:
// "anna.very.lo<…37…>mple.com".
func (s signs) cut(t text, room int) text {
	if t.width() <= room {
		return t
	}
	spare := room - s.gap(len(t)).width()
	head := t.head((spare + 1) / 2)
	tail := t[head:].tail(spare / 2)
	return join(t[:head], s.gap(len(t)-head-tail), t[len(t)-tail:])
}

// cutPair shortens two values so that they still differ where they differ: when the middle that would be left
// out holds the first difference, it leaves out what is the same before it instead.
func (s signs) cutPair(a, b text, room int) (text, text) {
	if a.width() <= room && b.width() <= room {
		return a, b
	}
	same := 0
	for same < len(a) && same < len(b) && a[same] == b[same] {
		same++
	}
	half := (room - s.gap(max(len(a), len(b))).width() + 1) / 2
	if same < min(a.head(half), b.head(half)) {
		return s.cut(a, room), s.cut(b, room)
	}
	return s.from(a, same, room), s.from(b, same, room)
}

// from leaves out the first cells, and the end where there is no room.
func (s signs) from(t text, first, room int) text {
	start, rest := s.gap(first), t[first:]
	if first == 0 {
		start = nil
	}
	room -= start.width()
	if rest.width() <= room {
		return join(start, rest)
	}
	n := rest.head(room - s.gap(len(rest)).width())
	if n > 0 {
		return join(start, rest[:n], s.gap(len(rest)-n))
	}
	// The letter that matters is an escape, and the numbers beside it leave no room.
	bare := plain("<" + s.dots + ">")
	return join(bare[:min(first, 1)*len(bare)], rest[:1], bare)
}

// gap stands for n characters left out.
func (s signs) gap(n int) text {
	return plain(fmt.Sprintf("<%s%d%s>", s.dots, n, s.dots))
}

// head counts the cells at the start that fit, tail those at the end.
func (t text) head(room int) int {
	for i, c := range t {
		if room -= c.w; room < 0 {
			return i
		}
	}
	return len(t)
}

func (t text) tail(room int) int {
	for i := range t {
		if room -= t[len(t)-1-i].w; room < 0 {
			return i
		}
	}
	return len(t)
}

func join(parts ...text) text {
	var out text
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}
