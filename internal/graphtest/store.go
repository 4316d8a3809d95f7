package graphtest

import (
	"sync"
	"sync/atomic"
	"time"
)

// state is what became of a user.
type state uint8

const (
	live state = iota
	deleted
	purged
)

// keepDeleted is how long a deleted user stays in deletedItems.
const keepDeleted = 30 * 24 * time.Hour

// version is a user between two changes.
type version struct {
	span    span
	state   state
	deleted int64 // Unix seconds
	visible int64 // Unix nanoseconds: when the lagging replica sees it
}

type slot struct {
	id   guid
	made int64 // Unix seconds
	last int   // place behind the last change in the log
	now  version
}

// change is one entry of the log that delta reads.
type change struct {
	user    int32
	visible int64
}

// store holds the users, or the groups, of a tenant, flat. Its maps and slices have no pointers but for the few of history.
type store struct {
	mu      sync.RWMutex
	arena   arena
	slots   []slot
	byID    map[guid]int32
	history map[int32][]version // what the lagging replica may still see, oldest first
	log     []change
	bin     []binned      // deletions in their order, for deletedItems
	binAt   map[int32]int // the last place of a user in bin
	expired int           // entries of bin before this are past their 30 days
	next    atomic.Int64  // when the next of bin ends, Unix nanoseconds; 0: never
	lag     time.Duration
	index   *index
	hidden  sync.Map // guid: objects of which only limited information is given; of the store of users
	mint    mint
	scratch []byte
}

type binned struct {
	user int32
	at   int64 // Unix seconds
}

func newStore() *store {
	return &store{
		byID: map[guid]int32{}, history: map[int32][]version{}, binAt: map[int32]int{},
	}
}

// write makes v the present version of a user and logs the change.
func (st *store) write(i int32, v version) {
	s, now := &st.slots[i], time.Now().UnixNano()
	v.visible = now + int64(st.lag)
	if s.last > 0 { // not new
		if st.lag > 0 || s.now.visible > now {
			st.history[i] = append(st.history[i], s.now)
		} else {
			delete(st.history, i)
		}
	}
	s.now = v
	st.log = append(st.log, change{i, v.visible})
	s.last = len(st.log)
}

// at finds the version that a replica sees; nil where it knows nothing of the user yet.
func (st *store) at(i int32, lagging bool, now int64) *version {
	s := &st.slots[i]
	if !lagging || s.now.visible <= now {
		return &s.now
	}
	old := st.history[i]
	for k := len(old) - 1; k >= 0; k-- {
		if old[k].visible <= now {
			return &old[k]
		}
	}
	return nil
}

// see fills v with what a replica sees of a user. It is false for users that are gone or not there yet.
func (st *store) see(i int32, r reader, v *view) bool {
	at := st.at(i, r.lagging, r.now)
	if at == nil || at.state == purged {
		return false
	}
	v.id, v.made, v.state, v.deleted = st.slots[i].id, st.slots[i].made, at.state, at.deleted
	v.unpack(st.arena.get(at.span))
	return true
}

// alive is see for users that are not deleted.
func (st *store) alive(i int32, r reader, v *view) bool {
	at := st.at(i, r.lagging, r.now)
	return at != nil && at.state == live && st.see(i, r, v)
}

// reader is the replica that reads, and when.
type reader struct {
	lagging bool
	now     int64 // Unix nanoseconds
}

// end is how far a replica has the log.
func (st *store) end(r reader) int {
	n := len(st.log)
	for r.lagging && n > 0 && st.log[n-1].visible > r.now {
		n--
	}
	return n
}

// tick purges what has been deleted for 30 days.
func (st *store) tick() {
	if next := st.next.Load(); next == 0 || time.Now().UnixNano() < next {
		return
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	now := time.Now()
	for ; st.expired < len(st.bin); st.expired++ {
		b := st.bin[st.expired]
		until := time.Unix(b.at, 0).Add(keepDeleted)
		if until.After(now) {
			st.next.Store(until.UnixNano())
			return
		}
		if s := &st.slots[b.user]; s.now.state == deleted && st.binAt[b.user] == st.expired {
			v := s.now
			v.state = purged
			st.write(b.user, v)
		}
	}
	st.next.Store(0)
}

// conceals says whether limited information alone is given of an object.
func (st *store) conceals(id guid) bool {
	_, hidden := st.hidden.Load(id)
	return hidden
}
