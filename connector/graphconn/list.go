package graphconn

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

// List lists the users with mail addresses, and with [Options].Groups the groups, 999 in a request, one request after the other. Guests and users that
// are software (agentUser) are left out: mail of guests is elsewhere. A user whose addresses are malformed is listed without any, so
// that it is not lost; [Connector.Resolve] says what is wrong with it. Entry.Attrs has userType
// and, as "x500", the X500 addresses without their prefix, for package match. Entry.Privileged is unknown: Graph tells roles one by one.
//
// An object that this application may not read ends the list with an error that wraps [refresh.ErrNotVisible]. Any error ends it.
func (c *Connector) List(ctx context.Context) iter.Seq2[refresh.Entry, error] {
	return func(yield func(refresh.Entry, error) bool) {
		err := c.sweep(ctx, "list", entryProperties, func(o *object) error {
			if o.typ == typeAgent || strings.EqualFold(o.text[propUserType], "Guest") {
				return nil
			}
			e, ok := o.entry()
			if ok && !yield(e, nil) {
				return errEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(refresh.Entry{}, caused(ctx, err))
		}
	}
}

// errEnough ends a list that its reader has left.
var errEnough = errors.New("the reader of the list wants no more")

const pageSize = "999" // the most that $top takes (Microsoft, "List users")

// sweep reads all users, and with Options.Groups all groups, each object once. It returns nil after the last.
func (c *Connector) sweep(ctx context.Context, op string, want properties, each func(*object) error) error {
	once := map[guid]struct{}{}
	for _, kind := range c.collections() {
		selected := want
		if kind == "groups" {
			selected = groupProperties
		}
		_, err := c.pages(ctx, request{
			op: op, method: "GET", path: "/" + kind, query: "$select=" + selected.names() + "&$top=" + pageSize, units: 1,
		}, func(value []json.RawMessage) error {
			for _, raw := range value {
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
				o, err := c.member(kind, raw)
				if err != nil {
					return err
				}
				id, _ := guidOf(o.id)
				if _, again := once[id]; again {
					continue // pages may overlap while the directory changes
				}
				once[id] = struct{}{}
				if err := each(o); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// collections are those that are read as a whole.
func (c *Connector) collections() []string {
	if c.opts.Groups {
		return []string{"users", "groups"}
	}
	return []string{"users"}
}

// member reads an object of a collection.
func (c *Connector) member(kind string, raw json.RawMessage) (*object, error) {
	o, err := decodeObject(raw)
	if err != nil {
		return nil, err
	}
	if kind == "groups" && o.typ == "" {
		o.typ = typeGroup
	}
	if err := c.judge(&o, kind == "users"); err != nil {
		return nil, err
	}
	return &o, nil
}
