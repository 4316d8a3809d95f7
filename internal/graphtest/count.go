package graphtest

import (
	"maps"
	"slices"
	"sync"
)

// Endpoint is a kind of request.
type Endpoint string

// The endpoints.
const (
	Users         Endpoint = "users"         // GET /users
	UsersCount    Endpoint = "usersCount"    // GET /users/$count
	OneUser       Endpoint = "user"          // GET /users/{id}
	Exchange      Endpoint = "exchange"      // GET /users/{id}/settings/exchange
	Delta         Endpoint = "delta"         // GET /users/delta
	GetByIDs      Endpoint = "getByIds"      // POST /directoryObjects/getByIds
	DeletedUsers  Endpoint = "deletedUsers"  // GET /directory/deletedItems/microsoft.graph.user
	DeletedGroups Endpoint = "deletedGroups" // GET /directory/deletedItems/microsoft.graph.group
	DeletedItem   Endpoint = "deletedItem"   // GET /directory/deletedItems/{id}
	Batch         Endpoint = "batch"         // POST /$batch
	Organization  Endpoint = "organization"  // GET /organization
	Groups        Endpoint = "groups"        // GET /groups
	GroupsDelta   Endpoint = "groupsDelta"   // GET /groups/delta
	OneGroup      Endpoint = "group"         // GET /groups/{id}
	OneObject     Endpoint = "object"        // GET /directoryObjects/{id}
	Other         Endpoint = "other"
)

// Counters are what a server was asked and what it answered, since it started or since [Server.ResetCounters].
type Counters struct {
	Requests    int              // over the wire; a batch is one
	Parts       int              // of batches
	ByEndpoint  map[Endpoint]int // requests
	PartsOf     map[Endpoint]int // parts of batches
	ByStatus    map[int]int      // requests, by the status of their answer; those never answered are not in it
	PartStatus  map[int]int      // parts
	Units       int              // ResourceUnits, of requests and parts
	Throttled   int              // requests and parts refused for lack of quota
	InFlight    int              // the most requests at a time
	IDs         int              // asked for by getByIds
	BytesIn     int64            // of bodies, unpacked
	BytesOut    int64            // of bodies, before compression
	Writes      []string         // method and path of requests that would have written
	Foreign     []string         // hosts that [Server.Client] was to dial and that are not this server
	Priorities  map[string]int   // requests by x-ms-throttle-priority, where it was sent
	Unadvanced  int              // requests without ConsistencyLevel: eventual
	NotGzipped  int              // requests that did not accept gzip
	LastRequest string           // the request-id of the last answer
}

type counter struct {
	mu sync.Mutex
	Counters
	running int
}

// Counters returns the counts.
func (s *Server) Counters() Counters {
	s.counts.mu.Lock()
	defer s.counts.mu.Unlock()
	c := s.counts.Counters
	c.ByEndpoint, c.PartsOf = maps.Clone(c.ByEndpoint), maps.Clone(c.PartsOf)
	c.ByStatus, c.PartStatus = maps.Clone(c.ByStatus), maps.Clone(c.PartStatus)
	c.Priorities = maps.Clone(c.Priorities)
	c.Writes, c.Foreign = slices.Clone(c.Writes), slices.Clone(c.Foreign)
	return c
}

// ResetCounters counts from zero again.
func (s *Server) ResetCounters() {
	s.counts.mu.Lock()
	defer s.counts.mu.Unlock()
	s.counts.Counters = Counters{}
}

// do changes the counts.
func (n *counter) do(f func(*Counters)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f(&n.Counters)
}

func (n *counter) enter() (leave func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.running++
	n.InFlight = max(n.InFlight, n.running)
	return func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.running--
	}
}

func (n *counter) foreign(host string) {
	n.do(func(c *Counters) { c.Foreign = append(c.Foreign, host) })
}

// arrived counts a request or a part.
func (n *counter) arrived(c *call) {
	n.do(func(t *Counters) {
		if c.Part > 0 {
			t.Parts++
			bump(&t.PartsOf, c.Endpoint)
			return
		}
		t.Requests++
		bump(&t.ByEndpoint, c.Endpoint)
		t.BytesIn += int64(len(c.Body))
		if p := c.Header.Get("X-Ms-Throttle-Priority"); p != "" {
			bump(&t.Priorities, p)
		}
		if !c.eventual() {
			t.Unadvanced++
		}
		if !acceptsGzip(c.Header) {
			t.NotGzipped++
		}
	})
}

func (n *counter) answered(c *call, r *reply) {
	n.do(func(t *Counters) {
		if c.Part > 0 {
			bump(&t.PartStatus, r.status)
			return
		}
		bump(&t.ByStatus, r.status)
		t.BytesOut += int64(len(r.body))
		t.LastRequest = c.id
	})
}

func bump[K comparable](m *map[K]int, k K) {
	if *m == nil {
		*m = map[K]int{}
	}
	(*m)[k]++
}
