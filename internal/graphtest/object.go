package graphtest

import (
	"fmt"
	"strings"
)

// object answers GET /directoryObjects/{id}: users and groups, with their type. Who may not read objects of the type gets limited
// information.
func (c *call) object(id string) *reply {
	if !c.may(DirectoryReadAll, GroupReadAll) {
		return c.denied()
	}
	sel, bad := selectUsers(c.option("select"), typeObject, false)
	if bad != nil {
		return c.problem(bad)
	}
	g, ok := parseGUID(id)
	if !ok {
		return c.refuse(400, "Request_BadRequest", fmt.Sprintf(sayInvalidID, id))
	}
	st := c.store
	st.mu.RLock()
	defer st.mu.RUnlock()
	f := form{typed: true, bare: c.opts.BareLimited, limited: st.hidden[g]}
	dst := c.begin("directoryObjects" + sel.context() + "/$entity")
	var v view
	if i, ok := st.byID[g]; ok && st.alive(i, c.read, &v) {
		f.limited = f.limited || !c.may(DirectoryReadAll, UserReadAll)
		return c.ok(entity(appendUser(dst, &v, &sel, f)))
	}
	if group := st.groups[g]; group != nil {
		names := sel.text
		if names == "" {
			names = groupDefaults
		}
		return c.ok(entity(appendGroup(dst, group, strings.Split(names, ","), f)))
	}
	return c.missing(id)
}
