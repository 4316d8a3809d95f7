package graphtest

import "fmt"

// object answers GET /directoryObjects/{id}: users and groups, with their type. Who may not read objects of the type gets limited
// information.
func (c *call) object(id string) *reply {
	if !c.may(DirectoryReadAll, GroupReadAll) {
		return c.denied()
	}
	g, ok := parseGUID(id)
	if !ok {
		return c.refuse(400, "Request_BadRequest", fmt.Sprintf(sayInvalidID, id))
	}
	hidden := c.store.conceals(g)
	for _, k := range []*kind{userKind, groupKind} {
		sel, bad := k.selects(c.option("select"), typeObject, false)
		if bad != nil {
			return c.problem(bad)
		}
		st := k.of(c.Server)
		st.mu.RLock()
		defer st.mu.RUnlock()
		var v view
		if i, ok := st.byID[g]; ok && st.alive(i, c.read, &v) {
			f := form{typed: true, bare: c.opts.BareLimited, limited: hidden || !c.may(k.read...)}
			return c.ok(entity(appendObject(c.begin("directoryObjects"+sel.context()+"/$entity"), &v, &sel, f)))
		}
	}
	return c.missing(id)
}
