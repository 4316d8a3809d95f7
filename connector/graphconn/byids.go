package graphconn

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/readdress-go/readdress/refresh"
)

// leastIDs is how many IDs are not split any more: when so few do not fit into one answer, it is not the addresses that take the room.
const leastIDs = 100

// byIDs asks for up to 1000 objects of any type in one request, and for half as many at a time when they do not fit into one answer. refused are the IDs to ask for in another way, because the right is lacking.
// It returns an error only when the call has to end.
func (r *resolution) byIDs(ctx context.Context, ids []refresh.ID) (refused []refresh.ID, err error) {
	t := newTally(r.c, ids)
	types := []string{"user"}
	if r.c.opts.Groups {
		types = append(types, "group")
	}
	_, err = r.c.pages(ctx, request{
		op: "getByIds", method: "POST", path: "/directoryObjects/getByIds", query: "$select=" + mailboxProperties.names(), units: 2,
		body: map[string]any{"ids": ids, "types": types},
	}, func(value []json.RawMessage) error { t.take(value, false); return nil })
	switch {
	case err == nil:
		return nil, r.settle(ctx, t)
	case final(ctx, err):
		return nil, err
	case r.c.narrows(ctx, err):
		return ids, nil
	case errors.Is(err, errTooLarge) && len(ids) > leastIDs:
		for _, half := range chunksOf(ids, (len(ids)+1)/2) {
			again, err := r.byIDs(ctx, half)
			if err != nil {
				return nil, err
			}
			refused = append(refused, again...)
		}
		return refused, nil
	}
	r.fail(ids, err)
	return nil, nil
}

// tally gathers the answers about some IDs.
type tally struct {
	c      *Connector
	ids    []refresh.ID
	got    map[refresh.ID]*object // nil: nothing yet
	failed map[refresh.ID]error
	broken error // something in the answer cannot be told from what was asked for
}

func newTally(c *Connector, ids []refresh.ID) *tally {
	t := &tally{c: c, ids: ids, got: make(map[refresh.ID]*object, len(ids)), failed: map[refresh.ID]error{}}
	for _, id := range ids {
		t.got[id] = nil
	}
	return t
}

var errTwice = errors.New("graphconn: the service answered twice with one object")

// take takes in a page. untyped: objects that do not say so are users. An answer that was not asked for is nobody's.
func (t *tally) take(value []json.RawMessage, untyped bool) {
	for _, raw := range value {
		o, err := decodeObject(raw)
		before, asked := t.got[o.id]
		switch {
		case err != nil && o.id == "":
			t.broken = err
		case !asked:
		case before != nil:
			t.failed[o.id] = errTwice
		default:
			if t.got[o.id] = &o; err == nil {
				err = t.c.judge(&o, untyped)
			}
			if err != nil {
				t.failed[o.id] = err
			}
		}
	}
}

// settle answers what a complete answer says. What it left out is absent for now.
func (r *resolution) settle(ctx context.Context, t *tally) error {
	var found []*object
	var left []refresh.ID
	for _, id := range t.ids {
		o, err := t.got[id], t.failed[id]
		switch {
		case err != nil:
			r.tell(id, refresh.Failed(err))
		case o != nil:
			found = append(found, o)
		case t.broken != nil:
			r.tell(id, refresh.Failed(fmt.Errorf("%w, and may be this one", t.broken)))
		default:
			left = append(left, id)
		}
	}
	r.absentNow(left)
	return r.tellFound(ctx, found)
}

// tellFound answers what was read, with the identities of the mailboxes where they are to be read.
func (r *resolution) tellFound(ctx context.Context, objects []*object) error {
	var ms []refresh.Mailbox
	for _, o := range objects {
		m, err := o.mailbox()
		switch {
		case err != nil:
			r.tell(o.id, refresh.Failed(err))
		case r.instances && m.Kind != refresh.KindGroup:
			ms = append(ms, m)
		default:
			r.found(m, false, refresh.Unknown)
		}
	}
	if len(ms) == 0 {
		return nil
	}
	ids := make([]refresh.ID, len(ms))
	for i, m := range ms {
		ids[i] = m.ID
	}
	var without []refresh.Mailbox
	err := r.c.mailboxIDs(ctx, ids, func(i int, instance refresh.ID, err error) {
		if err == nil && instance == "" {
			without = append(without, ms[i])
			return
		}
		ms[i].Instance = instance
		r.found(ms[i], err == nil, refresh.Unknown)
	})
	if len(without) == 0 {
		return err
	}
	licensed, fatal := r.c.licences(ctx, without)
	for i, m := range without {
		r.found(m, true, licensed[i])
	}
	return cmp.Or(err, fatal)
}
