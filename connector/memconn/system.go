package memconn

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// Options describe a system. Nil and the zero value work.
type Options struct {
	// System is what the connectors' Info calls the system, such as "Active Directory"; empty means the system's name.
	System string
	// Replicas are the names of the servers that hold the directory; empty means one, "main".
	Replicas []string
	// Pin is the identity of the directory; empty means one made from the name. [System.SetPin] can take it away.
	Pin string
	// Domains are the accepted domains; nil means that they are unknown.
	Domains []refresh.Domain
	// DirectRead makes the system say "no such object" when one object is read, as Microsoft Graph does. Then
	// absence is proven without sight.
	DirectRead bool
	// NoInstances makes a system that does not tell the mailbox from the account, as OpenLDAP: no Instance is minted.
	NoInstances bool
	// Tracking makes the system keep a log of its changes, so that its connectors can track. Without it every refresh asks
	// for everything, and a job gets no cursor.
	Tracking bool
}

// System is a mail system in memory. Make one with [New].
type System struct {
	name, system string
	directRead   bool
	noInstances  bool
	tracking     bool
	replicas     []string // never written after New

	mu       sync.RWMutex
	now      *view            // the world as it is
	lagging  map[string]*view // what the replicas that lag still show
	pin      string
	domains  []refresh.Domain
	lastSync time.Time
	objects  *minter
	boxes    *minter
	epoch    int // of cursors: those of an earlier one have expired
}

// New makes an empty system. The name is that of the directory, such as "contoso". The pin, the IDs and the Instances
// are made from it, so give two systems of one test two names.
func New(name string, opts *Options) *System {
	var o Options
	if opts != nil {
		o = *opts
	}
	if o.System == "" {
		o.System = name
	}
	if o.Pin == "" {
		o.Pin = newMinter("directory " + name).mint()
	}
	if len(o.Replicas) == 0 {
		o.Replicas = []string{"main"}
	}
	for i, r := range o.Replicas {
		if r == "" || slices.Contains(o.Replicas[:i], r) {
			panic(fmt.Sprintf("memconn: new: replica %q: want names that are unique and not empty", r))
		}
	}
	return &System{
		name: name, system: o.System, directRead: o.DirectRead, noInstances: o.NoInstances, tracking: o.Tracking,
		replicas: slices.Clone(o.Replicas),
		now:      &view{objects: map[refresh.ID]*object{}, log: changeLog{kept: o.Tracking}},
		lagging:  map[string]*view{},
		pin:      o.Pin, domains: slices.Clone(o.Domains),
		objects: newMinter("object " + name), boxes: newMinter("mailbox " + name),
	}
}

// Put adds m, or replaces what is there under its ID, even a deleted object. It mints an ID when m has none, and an
// Instance when m has none and is of a kind that has its mailbox here. It returns what is stored.
func (s *System) Put(m refresh.Mailbox) refresh.Mailbox {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.put(m, nil)
}

// PutEntry is [System.Put] for a mailbox with what [Connector.List] tells beside it.
func (s *System) PutEntry(e refresh.Entry) refresh.Mailbox {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := e.Mailbox
	e.Mailbox = refresh.Mailbox{}
	return s.put(m, &detail{entry: e})
}

// PutAll puts many mailboxes. The size is how many to expect; it only saves time.
func (s *System) PutAll(mailboxes iter.Seq[refresh.Mailbox], size int) {
	s.mu.Lock()
	if len(s.now.objects) == 0 {
		s.now.objects = make(map[refresh.ID]*object, size)
	}
	s.now.order = slices.Grow(s.now.order, size)
	if s.tracking {
		s.now.log.list = slices.Grow(s.now.log.list, size)
	}
	s.mu.Unlock()
	for m := range mailboxes {
		s.Put(m)
	}
}

func (s *System) put(m refresh.Mailbox, d *detail) refresh.Mailbox {
	for m.ID == "" {
		if id := refresh.ID(s.objects.mint()); s.now.objects[id] == nil {
			m.ID = id
		}
	}
	if m.Instance == "" && mailboxHere(m.Kind) && !s.noInstances {
		m.Instance = refresh.ID(s.boxes.mint())
	}
	s.now.store(&object{mailbox: m, detail: d})
	return m
}

// Get returns the mailbox, or account, that is there under an ID; a deleted one is not.
func (s *System) Get(id refresh.ID) (refresh.Mailbox, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if o := s.now.objects[id]; o != nil && o.status == present {
		return o.mailbox, true
	}
	return refresh.Mailbox{}, false
}

// Len returns how many objects are there, without the deleted ones.
func (s *System) Len() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	n := 0
	for o := range maps.Values(s.now.objects) {
		if o.status == present {
			n++
		}
	}
	return n
}

// All returns the objects that are there, in the order in which they were first put. The loop may change the system.
func (s *System) All() iter.Seq[refresh.Mailbox] {
	return func(yield func(refresh.Mailbox) bool) {
		for o := range s.walk("") {
			if !yield(o.mailbox) {
				return
			}
		}
	}
}
