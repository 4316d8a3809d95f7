package main

import (
	"context"
	"crypto/tls"
	"fmt"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// connect opens an encrypted connection to a directory; which kind it is, the connector finds out itself. The first
// server is asked. The others stand in when it fails, and confirm what it does not have.
func connect(ctx context.Context, f *ldaptest.Forest, user, password string) (*ldapconn.Connector, error) {
	cfg := ldapconn.Config{Server: f.DCs[0].TLSAddr, TLS: &tls.Config{RootCAs: f.Roots}, User: user, Password: password}
	for _, dc := range f.DCs[1:] {
		cfg.Replicas = append(cfg.Replicas, dc.TLSAddr)
	}
	return ldapconn.Open(ctx, cfg, nil)
}

// open connects to both directories and pins the job to them, so that it is never compared with others.
func (c *cutover) open(ctx context.Context) (err error) {
	for _, side := range []struct {
		directory *ldaptest.Forest
		conn      **ldapconn.Connector
		endpoint  *refresh.Endpoint
		user      string
	}{
		{c.world.source, &c.source, &c.job.Source, c.world.source.UPN(service)},
		{c.world.target, &c.target, &c.job.Target, c.world.target.DN(service)},
	} {
		if *side.conn, err = connect(ctx, side.directory, side.user, ldaptest.Password); err != nil {
			return err
		}
		dir, err := (*side.conn).Inspect(ctx)
		if err != nil {
			return err
		}
		*side.endpoint = refresh.Endpoint{System: dir.System, Pin: dir.Pin, Account: side.user}
	}
	return nil
}

// pair makes the job as a migration product does: it lists both sides and pairs people by their employee numbers. What is
// stored beside the addresses is the identity of each mailbox; by that, and nothing else, it is looked up from now on.
func (c *cutover) pair(ctx context.Context) error {
	c.job = refresh.NewJob("Nordwind to Summit")
	if err := c.open(ctx); err != nil {
		return err
	}
	targets := map[string]refresh.Mailbox{}
	for entry, err := range c.target.List(ctx) {
		if err != nil {
			return err
		}
		targets[entry.EmployeeID] = entry.Mailbox
	}
	for entry, err := range c.source.List(ctx) {
		if err != nil {
			return err
		}
		c.job.Matches = append(c.job.Matches, refresh.Match{
			Key: "row-" + entry.EmployeeID, Source: entry.Mailbox, SourceOrigin: refresh.Bound,
			Target: targets[entry.EmployeeID], TargetOrigin: refresh.Bound,
		})
	}
	fmt.Fprintf(c.w, "  %d matches are stored. Refreshed at once:\n", len(c.job.Matches))
	return c.refresh(ctx)
}
