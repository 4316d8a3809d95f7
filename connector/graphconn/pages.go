package graphconn

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
)

// page is one page of a collection.
type page struct {
	Value *[]json.RawMessage `json:"value"` // nil when it is missing, which is not the same as empty
	Next  string             `json:"@odata.nextLink"`
	Delta string             `json:"@odata.deltaLink"`
}

// complete reports whether this is a page, and not some other object.
func (p *page) complete() bool { return p.Value != nil && (p.Next == "" || p.Delta == "") }

// maxEmpty is how many pages that are empty, or equal to an earlier one, may follow each other. A few are normal.
const maxEmpty = 1000

var errEndless = errors.New("the pages of the answer have no end")

// pages calls each with the elements of each page of a collection, and follows nextLink to its end. deltaLink is that of the last page,
// if any. An error of each ends it. The elements are each's to keep.
func (c *Connector) pages(ctx context.Context, q request, each func(value []json.RawMessage) error) (deltaLink string, err error) {
	seed := maphash.MakeSeed()
	followed, seen := map[uint64]bool{}, map[uint64]bool{}
	for empty := 0; ; {
		var p page
		if err := c.call(ctx, q, &p); err != nil {
			return "", err
		}
		if err := each(*p.Value); err != nil {
			return "", err
		}
		if p.Next == "" {
			return p.Delta, c.checkLink(q.op, p.Delta)
		}
		page := sumOf(seed, *p.Value)
		if empty++; len(*p.Value) > 0 && !seen[page] {
			empty, seen[page] = 0, true
		}
		sum := maphash.String(seed, p.Next)
		if followed[sum] || empty > maxEmpty {
			return "", &brokenError{q.op, errEndless}
		}
		followed[sum] = true
		q = request{op: q.op, method: "GET", link: p.Next, advanced: q.advanced, units: q.units}
	}
}

// sumOf tells pages apart.
func sumOf(seed maphash.Seed, value []json.RawMessage) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	for _, raw := range value {
		_, _ = h.Write(raw)
	}
	return h.Sum64()
}

// checkLink refuses a deltaLink that leads elsewhere before anybody keeps it.
func (c *Connector) checkLink(op, link string) error {
	if link == "" {
		return nil
	}
	if _, err := c.pin.follow(link); err != nil {
		return fmt.Errorf("graphconn: %s: %w", op, err)
	}
	return nil
}
