package main

import (
	"context"
	"crypto/tls"
	"fmt"

	"github.com/readdress-go/readdress/connector/graphconn"
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

// target is what this program needs of the side that is migrated to, whichever kind it is.
type target interface {
	refresh.Lister
	refresh.Inspector
}

// open connects to both sides and pins the job to them, so that it is never compared with others.
func (c *cutover) open(ctx context.Context) (err error) {
	source, ours := &c.job.Source, &c.job.Target
	source.Account = c.world.source.UPN(service)
	if c.source, err = connect(ctx, c.world.source, source.Account, ldaptest.Password); err != nil {
		return err
	}
	if err := pin(ctx, c.source, source); err != nil {
		return err
	}
	if t := c.world.tenant; t != nil {
		c.target, err = connectGraph(t)
		c.opts = &refresh.Options{Verify: true} // asks which mailbox each user has
	} else {
		ours.Account = c.world.target.DN(service)
		c.target, err = connect(ctx, c.world.target, ours.Account, ldaptest.Password)
	}
	if err != nil {
		return err
	}
	return pin(ctx, c.target, ours)
}

func pin(ctx context.Context, conn refresh.Inspector, e *refresh.Endpoint) error {
	dir, err := conn.Inspect(ctx)
	e.System, e.Pin = dir.System, dir.Pin
	return err
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
	if g, ok := c.target.(*graphconn.Connector); ok {
		if err := enrol(ctx, g, c.job.Matches); err != nil {
			return err
		}
	}
	fmt.Fprintf(c.w, "  %d matches are stored. Refreshed at once:\n", len(c.job.Matches))
	return c.refresh(ctx)
}
