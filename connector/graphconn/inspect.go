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

// organization is the tenant (Microsoft, "organization resource type").
type organization struct {
	ID       string     `json:"id"`
	Name     string     `json:"displayName"`
	LastSync *time.Time `json:"onPremisesLastSyncDateTime"`
	Domains  *[]struct {
		Name    string `json:"name"`
		Initial bool   `json:"isInitial"`
	} `json:"verifiedDomains"`
}

var errOrganization = errors.New("graphconn: organization: the answer does not name one tenant")

// knowsTenant says why what this tenant does not have may be in another one; nil where it is gone. A job's IDs are in no other tenant: either the
// tenant says who it is, which is held against the job's pin, or one of the IDs was seen.
func (c *Connector) knowsTenant(ctx context.Context) error {
	if c.tenant.Load() {
		return nil
	}
	_, err := c.Inspect(ctx) // notes it
	switch {
	case c.tenant.Load():
		return nil
	case errors.Is(err, refresh.ErrForbidden):
		return fmt.Errorf("graphconn: %w: the ID is not in the tenant of the token, which may be the wrong one: grant the permission %s, so that it can be told: %w", refresh.ErrNotVisible, readOrganization, err)
	}
	return fmt.Errorf("graphconn: %w: the ID is not in the tenant of the token, and which one that is could not be read: %w", refresh.ErrNotVisible, err)
}

// Inspect says which tenant the token is for. The pin is the tenant's ID. Domains are its verified domains, with the initial
// one marked, and LastSync is when directory synchronisation last took over changes from a directory on premises.
//
// The error wraps [refresh.ErrForbidden] where the permission Organization.Read.All is lacking. Another tenant than [Config].TenantID is an error.
func (c *Connector) Inspect(ctx context.Context) (refresh.Directory, error) {
	var found []json.RawMessage
	_, err := c.pages(ctx, request{
		op: "organization", method: "GET", path: "/organization",
		query: "$select=id,displayName,verifiedDomains,onPremisesLastSyncDateTime", units: 1,
	}, func(value []json.RawMessage) error { found = append(found, value...); return nil })
	if err != nil {
		return refresh.Directory{}, caused(ctx, err)
	}
	var o organization
	if len(found) != 1 || json.Unmarshal(found[0], &o) != nil || !isGUID(o.ID) {
		return refresh.Directory{}, errOrganization
	}
	id := lowerASCII(o.ID)
	if c.tenantID != "" && c.tenantID != id {
		return refresh.Directory{}, fmt.Errorf("graphconn: organization: the token is for tenant %s, and Config.TenantID is %s: sign in to the right tenant", id, c.tenantID)
	}
	c.tenant.Store(true)
	d := refresh.Directory{System: system, Pin: id, Name: o.Name, Server: strings.TrimPrefix(c.root, "https://")}
	if o.LastSync != nil {
		d.LastSync = o.LastSync.UTC()
	}
	if o.Domains == nil { // not known, which is not the same as none
		return d, nil
	}
	d.Domains = []refresh.Domain{}
	for _, x := range *o.Domains {
		if x.Name != "" {
			d.Domains = append(d.Domains, refresh.Domain{Name: x.Name, Initial: x.Initial})
		}
	}
	return d, nil
}
