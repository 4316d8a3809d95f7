package ldaptest

import (
	"maps"
	"sync"
)

// Counts are what a server was asked and what it did since it started, or since [DC.ResetCounts].
type Counts struct {
	Connections int            // accepted
	Open        int            // open now
	Ops         map[Op]int     // requests by kind
	Refused     int            // binds that failed
	Entries     int            // sent
	References  int            // sent
	Bytes       int64          // sent, before TLS
	Controls    map[string]int // seen in requests, by OID
	MaxSearches int            // the most searches at a time
}

// Searches counts the searches.
func (c Counts) Searches() int { return c.Ops[Search] }

// Writes counts the attempts to write: they are refused, and there should be none.
func (c Counts) Writes() int { return c.Ops[Write] }

type counter struct {
	mu sync.Mutex
	Counts
	running int
}

// Counts returns the server's counts.
func (d *DC) Counts() Counts {
	d.counts.mu.Lock()
	defer d.counts.mu.Unlock()
	c := d.counts.Counts
	c.Ops, c.Controls = maps.Clone(c.Ops), maps.Clone(c.Controls)
	return c
}

// ResetCounts counts from zero again.
func (d *DC) ResetCounts() {
	d.counts.mu.Lock()
	defer d.counts.mu.Unlock()
	d.counts.Counts = Counts{Open: d.counts.Open}
}

// Counts returns the sum over all servers; MaxSearches is the greatest of one.
func (f *Forest) Counts() Counts {
	sum := Counts{Ops: map[Op]int{}, Controls: map[string]int{}}
	for _, d := range f.DCs {
		c := d.Counts()
		sum.Connections += c.Connections
		sum.Open += c.Open
		sum.Refused += c.Refused
		sum.Entries += c.Entries
		sum.References += c.References
		sum.Bytes += c.Bytes
		sum.MaxSearches = max(sum.MaxSearches, c.MaxSearches)
		for k, n := range c.Ops {
			sum.Ops[k] += n
		}
		for k, n := range c.Controls {
			sum.Controls[k] += n
		}
	}
	return sum
}

func (c *counter) connected(by int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Open += by
	c.Connections += max(by, 0)
}

func (c *counter) request(r *Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.Ops == nil {
		c.Ops, c.Controls = map[Op]int{}, map[string]int{}
	}
	c.Ops[r.Op]++
	for _, x := range r.Controls {
		c.Controls[x.OID]++
	}
}

func (c *counter) searching(by int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running += by
	c.MaxSearches = max(c.MaxSearches, c.running)
}

func (c *counter) add(n *int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*n++
}

func (c *counter) refused()   { c.add(&c.Refused) }
func (c *counter) entry()     { c.add(&c.Entries) }
func (c *counter) reference() { c.add(&c.References) }

func (c *counter) sent(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Bytes += int64(n)
}
