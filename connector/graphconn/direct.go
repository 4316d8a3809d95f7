package graphconn

import (
	"context"
	"errors"
	"fmt"

	"github.com/readdress-go/readdress/refresh"
)

// direct reads IDs one by one, and answers them: only here an object is gone. deleted says why it is not known whether one is among the deleted
// items; nil where it is not among them.
func (r *resolution) direct(ctx context.Context, ids []refresh.ID, deleted map[refresh.ID]error) error {
	var foreign error
	if len(ids) > 0 {
		foreign = r.c.knowsTenant(ctx)
	}
	gone := func(id refresh.ID, usersOnly bool) {
		if foreign != nil && !r.c.tenant.Load() {
			r.tell(id, refresh.Failed(foreign))
			return
		}
		r.tell(id, refresh.NotFound(refresh.Absence{
			Reason: refresh.ReasonGone, Proof: refresh.ProofDirectRead, Sight: true, DeletionUnknown: deleted[id] != nil, UsersOnly: usersOnly,
		}))
	}
	goneForAll := func(id refresh.ID) { gone(id, false) }
	if !r.c.rights.usersOnly.Load() {
		refused, err := r.read(ctx, "directoryObjects", ids, false, goneForAll)
		if err != nil {
			return err
		}
		ids = refused
	}
	var noUsers []refresh.ID
	_, err := r.read(ctx, "users", ids, true, func(id refresh.ID) {
		if r.c.opts.Groups {
			noUsers = append(noUsers, id)
			return
		}
		gone(id, true)
	})
	if err != nil {
		return err
	}
	_, err = r.read(ctx, "groups", noUsers, false, goneForAll)
	return err
}

// read reads objects of one collection and answers those that are there. absent is called for those of which Graph says that they are
// not; refused are those of any type for which the right is lacking.
func (r *resolution) read(ctx context.Context, kind string, ids []refresh.ID, untyped bool, absent func(refresh.ID)) (refused []refresh.ID, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	selected := mailboxProperties
	if kind == "groups" {
		selected = groupProperties
	}
	var found []*object
	err = r.c.each(ctx, kind+" by id", paths("/"+kind+"/", ids, "?$select="+selected.names()), func(i int, o object, err error) {
		id := ids[i]
		if kind == "groups" && o.typ == "" {
			o.typ = typeGroup
		}
		switch {
		case notFound(err):
			absent(id)
		case kind == "directoryObjects" && r.c.narrows(ctx, err):
			refused = append(refused, id)
		case kind == "groups" && errors.Is(err, refresh.ErrForbidden):
			r.tell(id, refresh.Failed(fmt.Errorf("graphconn: the ID is no user's, and groups may be read only with the permission %s: %w", readGroups, err)))
		case err != nil:
			r.tell(id, refresh.Failed(err))
		case o.id != id:
			r.tell(id, refresh.Failed(errObject))
		default:
			if err := r.c.judge(&o, untyped); err != nil {
				r.tell(id, refresh.Failed(err))
				return
			}
			found = append(found, &o)
		}
	})
	if err != nil {
		return nil, err
	}
	return refused, r.tellFound(ctx, found)
}
