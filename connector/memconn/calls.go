package memconn

import (
	"slices"

	"github.com/readdress-go/readdress/refresh"
)

// Calls are what a connector was asked, failed calls included.
type Calls struct {
	Resolve, Confirm, Find, List, Inspect, Mark, Changes int // how many calls

	Asked     int               // how many IDs were asked of Resolve and Confirm together
	Reported  int               // how many IDs Changes named, each as often as it was named
	Resolved  []refresh.ID      // the IDs asked of Resolve, in order
	Confirmed []refresh.ID      // the IDs asked of Confirm, in order
	Found     []refresh.Address // the addresses asked of Find, in order
	Since     []refresh.Cursor  // the cursors given to Changes, in order
}

// Calls returns what the connector was asked since it was made or since [Connector.ResetCalls].
func (c *Connector) Calls() Calls {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.calls
	n.Resolved, n.Confirmed, n.Found = slices.Clone(n.Resolved), slices.Clone(n.Confirmed), slices.Clone(n.Found)
	n.Since = slices.Clone(n.Since)
	return n
}

// ResetCalls forgets what the connector was asked. Faults go on counting.
func (c *Connector) ResetCalls() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = Calls{}
}

// record appends what was asked, unless only counts are kept.
func record[T any](c *Connector, to *[]T, asked []T) {
	if !c.opts.CountOnly {
		*to = append(*to, asked...)
	}
}
