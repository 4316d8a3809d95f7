package proptest

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// series is the change log of a directory: every object that changed, in the order of the changes. A replica that lags
// stands at an earlier point of it. As in Active Directory, a cursor is good at the replica that gave it and nowhere else.
type series struct {
	w    *world
	seen snapshot
	log  []refresh.ID
	held map[string]int // where replicas that lag stand
	kept int            // changes before this one are forgotten
}

func newSeries(w *world) *series {
	s := &series{w: w, seen: snapshot{}, held: map[string]int{}}
	s.note()
	return s
}

// note writes down what changed since it was called last.
func (s *series) note() {
	for _, id := range s.w.ids {
		now := s.w.now[id]
		if was, ok := s.seen[id]; !ok || was.status != now.status || !sameText(was.mailbox, now.mailbox) {
			s.seen[id] = now
			s.log = append(s.log, id)
		}
	}
	for _, r := range replicas {
		if _, lags := s.w.lagging[r]; !lags {
			delete(s.held, r)
		} else if _, known := s.held[r]; !known {
			s.held[r] = len(s.log)
		}
	}
}

// sameText compares mailboxes to the letter, the order of the aliases included.
func sameText(a, b refresh.Mailbox) bool { return a.Equal(b) && slices.Equal(a.Aliases, b.Aliases) }

// head is where a replica stands.
func (s *series) head(replica string) int {
	if at, ok := s.held[replica]; ok {
		return at
	}
	return len(s.log)
}

// cursor names a point of the series at a replica.
func (s *series) cursor(replica string, at int, taken time.Time) refresh.Cursor {
	return refresh.Cursor{Token: s.w.pin + "/" + replica + "/" + strconv.Itoa(at), Taken: taken}
}

// point finds the point that a cursor names, if this replica still knows it.
func (s *series) point(replica string, c refresh.Cursor) (int, bool) {
	text, ok := strings.CutPrefix(c.Token, s.w.pin+"/"+replica+"/")
	at, err := strconv.Atoi(text)
	return at, ok && err == nil && at >= s.kept && at <= s.head(replica)
}

// forget drops the changes so far: every cursor from before has expired.
func (s *series) forget() { s.kept = len(s.log) + 1; s.log = append(s.log, "") }
