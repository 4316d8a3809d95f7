package graphconn

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// deltaProperties are those whose changes count.
var deltaProperties = mailboxProperties

// Mark returns a cursor for this moment: the token of users/delta with $deltatoken=latest (Microsoft, "Use delta query to track changes in Microsoft
// Graph data"), and with [Options].Groups that of groups/delta. It begins with the kind and version of the cursor and the tenant's ID, as
// far as [Config].TenantID says it. The service keeps a token for 7 days.
//
// The service has many replicas. What is changed just before Mark may be left out by Changes and not be seen yet by a look-up either; the
// next full refresh, after [refresh.Options].MaxAge, sees it.
func (c *Connector) Mark(ctx context.Context) (refresh.Cursor, error) {
	cur := cursor{tenant: c.tenantID}
	taken := time.Now().UTC().Round(0)
	for _, kind := range c.collections() {
		selected := deltaProperties
		if kind == "groups" {
			selected = groupProperties
		}
		link, err := c.pages(ctx, request{
			op: kind + "/delta", method: "GET", path: "/" + kind + "/delta", query: "$select=" + selected.names() + "&$deltatoken=latest", units: 1,
		}, func([]json.RawMessage) error { return nil })
		if err != nil {
			return refresh.Cursor{}, caused(ctx, err)
		}
		token, err := tokenOf(link, deltaToken)
		if err != nil {
			return refresh.Cursor{}, err
		}
		cur.tokens = append(cur.tokens, token)
	}
	return refresh.Cursor{Token: cur.String(), Taken: taken}, nil
}

// Changes names the users, and with [Options].Groups the groups, that changed since a cursor, one page of the service's at a time: those that
// were made, changed, deleted, restored or purged. It may name an object again.
//
// A token that the service no longer knows, or that is not for this tenant, is [refresh.ErrCursorExpired].
func (c *Connector) Changes(ctx context.Context, since refresh.Cursor) (refresh.ChangePage, error) {
	kinds := c.collections()
	cur, err := parseCursor(since.Token)
	if err != nil || len(cur.tokens) != len(kinds) || cur.tenant != "" && c.tenantID != "" && cur.tenant != c.tenantID {
		return refresh.ChangePage{}, errCursor
	}
	taken := time.Now().UTC().Round(0)
	kind, token := kinds[cur.at], cur.tokens[cur.at]
	name := deltaToken
	if cur.inside {
		name = skipToken
	}
	var p page
	err = c.call(ctx, request{
		op: kind + "/delta", method: "GET", path: "/" + kind + "/delta", query: name + "=" + escape(token), units: 1,
	}, &p)
	if err != nil {
		return refresh.ChangePage{}, caused(ctx, expired(err))
	}
	out := refresh.ChangePage{Next: refresh.Cursor{Taken: taken}}
	for _, raw := range *p.Value {
		o, err := decodeObject(raw)
		if o.id == "" {
			return refresh.ChangePage{}, err
		}
		out.IDs = append(out.IDs, o.id) // even where nothing else is told, or cannot be read
	}
	link := p.Delta
	if p.Next != "" {
		link, name = p.Next, skipToken
	} else {
		name = deltaToken
	}
	if err := c.checkLink(kind+"/delta", link); err != nil {
		return refresh.ChangePage{}, err
	}
	if cur.tokens[cur.at], err = tokenOf(link, name); err != nil {
		return refresh.ChangePage{}, err
	}
	if cur.inside = p.Next != ""; !cur.inside {
		cur.at = (cur.at + 1) % len(kinds)
	}
	out.More = cur.inside || cur.at != 0
	out.Next.Token = cur.String()
	return out, nil
}

var errCursor = fmt.Errorf("graphconn: changes: %w", refresh.ErrCursorExpired)

// expired adds [refresh.ErrCursorExpired] to what Graph says of a token that it does not know: 410, or 400. Nothing else in the
// question could be wrong.
func expired(err error) error {
	e, ok := errors.AsType[*Error](err)
	if ok && (e.Status == 410 || e.Status == 400 || strings.EqualFold(e.Code, "syncStateNotFound") || strings.EqualFold(e.Code, "resyncRequired")) {
		return fmt.Errorf("%w: %w", refresh.ErrCursorExpired, err)
	}
	return err
}
