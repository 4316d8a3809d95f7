package main

import (
	"context"
	"errors"
	"time"

	"github.com/readdress-go/readdress/connector/graphconn"
	"github.com/readdress-go/readdress/refresh"
)

// connectGraph makes a connector for a tenant. It does no I/O.
func connectGraph(t *tenant) (*graphconn.Connector, error) {
	return graphconn.New(graphconn.Config{
		Cloud:      t.cloud(), // a real tenant: graphconn.Global(), or that of its cloud
		TenantID:   t.server.TenantID(),
		Token:      t.token,              // a real tenant: one line around azidentity or oauth2, see package graphconn
		HTTPClient: t.server.Client(),    // a real tenant: nil
		Quota:      graphconn.NewQuota(), // one for all connectors of a tenant: they take turns, and wait together
	}, &graphconn.Options{Confirm: 10 * time.Millisecond}) // a real tenant: 5 s, which 0 is, until all its replicas agree
}

// enrol notes which mailbox each user has. It is a question for each, 20 in a request, which a listing does not ask.
func enrol(ctx context.Context, g *graphconn.Connector, rows []refresh.Match) (err error) {
	ids := make([]refresh.ID, len(rows))
	for i := range rows {
		ids[i] = rows[i].Target.ID
	}
	return errors.Join(g.Instances(ctx, ids, func(i int, instance refresh.ID, failed error) {
		rows[i].Target.Instance = instance
		err = errors.Join(err, failed)
	}), err)
}
