package graphtest

import (
	"fmt"
	"strings"
	"time"
)

// organizationDefaults are the properties that are kept.
const organizationDefaults = "id,displayName,tenantType,verifiedDomains"

// organization answers GET /organization.
func (c *call) organization() *reply {
	if !c.may(OrganizationReadAll, DirectoryReadAll) {
		return c.denied()
	}
	sel := selection{text: c.option("select")}
	names := sel.text
	if names == "" {
		names = organizationDefaults
	}
	sch := schema()
	known := sch.Of(typeOrganization)
	dst := c.begin("organization" + sel.context())
	dst = append(dst, `,"value":[{`...)
	for i, name := range strings.Split(names, ",") {
		if i > 0 {
			dst = append(dst, ',')
		}
		edm, ok := known[name]
		if !ok {
			return c.refuse(400, "BadRequest", fmt.Sprintf(sayUnknownProperty, name, typeOrganization))
		}
		dst = appendKey(dst, name)
		switch name {
		case "id":
			dst = appendJSON(dst, c.opts.TenantID)
		case "displayName":
			dst = appendJSON(dst, c.opts.DisplayName)
		case "tenantType":
			dst = append(dst, `"AAD"`...)
		case "verifiedDomains":
			dst = c.appendDomains(dst)
		case "onPremisesLastSyncDateTime":
			if at := c.synced.Load(); at != nil {
				dst = appendTime(dst, at.Unix())
			} else {
				dst = append(dst, edm.empty()...)
			}
		case "onPremisesSyncEnabled":
			if c.synced.Load() != nil {
				dst = append(dst, "true"...)
			} else {
				dst = append(dst, edm.empty()...)
			}
		default:
			dst = append(dst, edm.empty()...)
		}
	}
	return c.ok(append(dst, "}]}"...))
}

func (c *call) appendDomains(dst []byte) []byte {
	dst = append(dst, '[')
	n := 0
	for _, d := range c.domains() {
		if d.Unverified {
			continue
		}
		if n > 0 {
			dst = append(dst, ',')
		}
		dst = fmt.Appendf(dst, `{"capabilities":"Email, OfficeCommunicationsOnline","isDefault":%t,"isInitial":%t,"name":`, n == 0, d.Initial)
		dst = append(appendJSON(dst, d.Name), `,"type":"Managed"}`...)
		n++
	}
	return append(dst, ']')
}

// SetLastSync says that directory synchronisation last took over changes from a directory on premises then, to the second. Users are not
// changed with it.
func (s *Server) SetLastSync(at time.Time) { s.synced.Store(&at) }

func (s *Server) domains() []Domain {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	return s.opts.Domains
}

// SetDomains replaces the domains of the tenant. Users are not changed with them.
func (s *Server) SetDomains(domains ...Domain) {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	s.opts.Domains = domains
}
