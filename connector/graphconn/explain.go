package graphconn

import (
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

var (
	_ refresh.Resolver  = (*Connector)(nil)
	_ refresh.Confirmer = (*Connector)(nil)
	_ refresh.Finder    = (*Connector)(nil)
	_ refresh.Lister    = (*Connector)(nil)
	_ refresh.Inspector = (*Connector)(nil)
	_ refresh.Tracker   = (*Connector)(nil)
	_ refresh.Explainer = (*Connector)(nil)
)

// limits is what [refresh.Info] says of the cloud.
func (c *Connector) limits() string {
	if c.cloud.Instances {
		return "detects a replaced mailbox only when asked to verify"
	}
	return "cannot detect a replaced mailbox"
}

// Explain says which permission an ability needs, for an ability that the application's rights do not give.
func (c *Connector) Explain(ability refresh.Capability) (reason, remedy string) {
	var lacks []string
	var groups refresh.Capability // the abilities that need the right to read groups
	if c.opts.Groups {
		groups = refresh.CanResolve | refresh.CanConfirm | refresh.CanFind | refresh.CanList | refresh.CanTrack
	}
	for _, x := range []struct {
		ability    refresh.Capability
		permission string
	}{
		{refresh.CanResolve | refresh.CanConfirm | refresh.CanFind | refresh.CanList | refresh.CanTrack, readUsers},
		{refresh.CanInspect, readOrganization},
		{groups, readGroups},
	} {
		if ability&x.ability != 0 {
			lacks = append(lacks, x.permission)
		}
	}
	if len(lacks) == 0 {
		return "Microsoft Graph does not offer it", "use a connector for another system"
	}
	names := strings.Join(lacks, " and ")
	return "the application has not the permission " + names + " in this tenant",
		"grant the application permission " + names + " and give admin consent, then ask for a new token"
}
