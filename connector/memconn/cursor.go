package memconn

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// position is a place in the log of a replica. In a token it follows the directory, the replica and the epoch:
// "<pin>/main/0/42" stands after the change number 42.
type position struct {
	after uint64 // all changes up to this number are known
	// Within pages that come shuffled the objects have an order of their own, and the token goes on, as in "42~7.99.1f3a":
	seed  uint64 // of the order; zero means the order of the changes
	until uint64 // where the log ended when the first page was asked for
	key   uint64 // the last object that was given
}

func (p position) String() string {
	if p.seed == 0 {
		return fmt.Sprint(p.after)
	}
	return fmt.Sprintf("%d~%d.%d.%x", p.after, p.seed, p.until, p.key)
}

// parsePosition reads what String writes and nothing else.
func parsePosition(text string) (p position, ok bool) {
	_, _ = fmt.Sscanf(text, "%d~%d.%d.%x", &p.after, &p.seed, &p.until, &p.key) // compared below
	return p, p.String() == text
}

// tokens returns what the tokens of a replica begin with. The caller holds the lock.
func (s *System) tokens(replica string) string {
	return fmt.Sprintf("%s/%s/%d/", cmp.Or(s.pin, s.name), replica, s.epoch)
}

// cursor is a cursor of the replica. The caller holds the lock.
func (s *System) cursor(replica string, p position, taken time.Time) refresh.Cursor {
	return refresh.Cursor{Token: s.tokens(replica) + p.String(), Taken: taken}
}

// position finds the place of a cursor; ok is false when the replica does not know it. The caller holds the lock.
func (s *System) position(replica string, c refresh.Cursor) (p position, ok bool) {
	text, known := strings.CutPrefix(c.Token, s.tokens(replica))
	if !known {
		return position{}, false
	}
	p, ok = parsePosition(text)
	last := s.at(replica).log.last
	return p, ok && p.after <= last && p.until <= last
}

// mark returns the present place of a replica.
func (s *System) mark(replica string) refresh.Cursor {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.cursor(replica, position{after: s.at(replica).log.last}, time.Now())
}
