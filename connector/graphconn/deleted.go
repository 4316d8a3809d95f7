package graphconn

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

const (
	// deletedSweep is from how many absent IDs on all deleted users are listed first, because one by one is a question for each.
	deletedSweep = 500
	// restorable is how long a deleted user can be restored (Microsoft, "directory: deletedItems").
	restorable = 30 * 24 * time.Hour
)

var deletedProperties = setOf(propID, propDeletedAt)

// absent finds out what became of IDs that a complete answer left out, and answers them.
func (r *resolution) absent(ctx context.Context, ids []refresh.ID) error {
	if len(ids) == 0 {
		return nil
	}
	d := deletions{r: r, state: make(map[refresh.ID]error, len(ids))}
	single := ids
	if len(ids) > deletedSweep {
		var err error
		if single, err = d.sweep(ctx, ids); err != nil {
			return err
		}
	}
	if err := d.ask(ctx, single); err != nil {
		return err
	}
	var left []refresh.ID
	for _, id := range ids {
		why, open := d.state[id]
		switch {
		case !open: // answered
		case why == nil || errors.Is(why, refresh.ErrForbidden):
			left = append(left, id)
		default:
			r.tell(id, refresh.Failed(why))
		}
	}
	return r.direct(ctx, left, d.state)
}

// deletions looks for IDs among the deleted items.
type deletions struct {
	r     *resolution
	state map[refresh.ID]error // of those not found there: nil, or why that is not known
}

// buried answers an object that is among the deleted items. Nothing else of it is used: the service renames what it deletes.
func (d *deletions) buried(o *object) {
	if !o.isUser(false) && (o.typ != typeGroup || !d.r.c.opts.Groups) {
		d.state[o.id] = errType
		return
	}
	a := refresh.Absence{Reason: refresh.ReasonSoftDeleted, Proof: refresh.ProofTombstone, Sight: true, DeletedAt: o.deletedAt()}
	if !a.DeletedAt.IsZero() {
		a.RestorableUntil = a.DeletedAt.Add(restorable)
	}
	d.r.c.tenant.Store(true)
	d.r.tell(o.id, refresh.NotFound(a))
}

// ask asks for each ID.
func (d *deletions) ask(ctx context.Context, ids []refresh.ID) error {
	return d.r.c.each(ctx, "deletedItems", paths("/directory/deletedItems/", ids, "?$select="+deletedProperties.names()), func(i int, o object, err error) {
		switch {
		case err == nil && o.id == ids[i]:
			d.buried(&o)
		case err == nil:
			d.state[ids[i]] = errObject
		case notFound(err):
			d.state[ids[i]] = nil
		default:
			d.state[ids[i]] = err
		}
	})
}

// sweep lists what is deleted. It returns those that it did not find, to be asked for one by one: nobody can tell that a list has lost
// an object, or its end.
func (d *deletions) sweep(ctx context.Context, ids []refresh.ID) (left []refresh.ID, err error) {
	open := make(map[refresh.ID]bool, len(ids))
	for _, id := range ids {
		open[id] = true
	}
	types := []string{typeUser}
	if d.r.c.opts.Groups {
		types = append(types, typeGroup)
	}
	for _, typ := range types {
		_, err := d.r.c.pages(ctx, request{
			op: "deletedItems", method: "GET", path: "/directory/deletedItems/" + typ[1:],
			query: "$select=" + deletedProperties.names() + "&$top=" + pageSize, units: 1,
		}, func(value []json.RawMessage) error {
			for _, raw := range value {
				o, err := decodeObject(raw)
				if err != nil || !open[o.id] {
					continue
				}
				delete(open, o.id)
				if o.typ == "" {
					o.typ = typ
				}
				d.buried(&o)
			}
			return nil
		})
		if err != nil && final(ctx, err) {
			return nil, err
		}
	}
	for _, id := range ids {
		if open[id] {
			left = append(left, id)
		}
	}
	return left, nil
}

// paths builds the paths of one question for each ID.
func paths(before string, ids []refresh.ID, after string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = before + string(id) + after
	}
	return out
}

// each reads single objects by batch. answer is called one at a time, once for each path, unless an error is returned.
func (c *Connector) each(ctx context.Context, op string, paths []string, answer func(i int, o object, err error)) error {
	parts := make([]part, len(paths))
	for i, p := range paths {
		parts[i] = part{path: p, units: 1}
	}
	var fatal error
	err := c.batch(ctx, op, parts, func(i int, a partAnswer) {
		if a.err != nil {
			if final(ctx, a.err) {
				fatal = a.err
				return
			}
			answer(i, object{}, a.err)
			return
		}
		o, err := decodeObject(a.body)
		answer(i, o, err)
	})
	if err == nil {
		err = fatal
	}
	return err
}
