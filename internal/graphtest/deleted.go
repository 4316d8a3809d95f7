package graphtest

import "fmt"

// deletedUsers answers GET /directory/deletedItems/microsoft.graph.user.
func (c *call) deletedUsers() *reply {
	if !c.may(UserReadAll, DirectoryReadAll) {
		return c.denied()
	}
	sel, bad := selectUsers(c.option("select"), typeUser, false)
	if bad != nil {
		return c.problem(bad)
	}
	top, bad := c.top(100)
	if bad != nil {
		return c.problem(bad)
	}
	if c.option("filter") != "" || c.option("orderby") != "" || c.option("search") != "" || c.option("expand") != "" {
		return c.refuse(501, "NotImplemented", sayNotImplemented)
	}
	from, bad := c.place(c.option("skiptoken"), "deleted")
	if bad != nil {
		return c.problem(bad)
	}
	values := (*buffers.Get().(*[]byte))[:0]
	n, more := 0, -1
	st := c.store
	st.mu.RLock()
	defer st.mu.RUnlock()
	var v view
	for at := from.At; at < len(st.bin); at++ {
		i := st.bin[at].user
		if st.binAt[i] != at || !st.see(i, c.read, &v) || v.state != deleted {
			continue
		}
		if n == top {
			more = at
			break
		}
		if n > 0 {
			values = append(values, ',')
		}
		values = appendUser(values, &v, &sel, form{})
		n++
	}
	dst := c.begin("users" + sel.context())
	if more >= 0 {
		dst = c.link(dst, "nextLink", "/directory/deletedItems/"+typeUser, c.next(c.token(place{Kind: "deleted", At: more})))
	}
	dst = append(dst, `,"value":[`...)
	dst = append(append(dst, values...), "]}"...)
	buffers.Put(&values)
	return c.ok(dst)
}

// deletedItem answers GET /directory/deletedItems/{id}.
func (c *call) deletedItem(id string) *reply {
	if !c.may(UserReadAll, DirectoryReadAll) {
		return c.denied()
	}
	sel, bad := selectUsers(c.option("select"), typeObject, true)
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
	var v view
	if i, ok := st.byID[g]; !ok || !st.see(i, c.read, &v) || v.state != deleted {
		return c.missing(id)
	}
	return c.ok(entity(appendUser(c.begin("directoryObjects"+sel.context()+"/$entity"), &v, &sel, form{typed: true})))
}
