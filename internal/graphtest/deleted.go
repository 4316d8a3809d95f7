package graphtest

import "fmt"

// deletedList answers GET /directory/deletedItems/microsoft.graph.user and …group.
func (c *call) deletedList(k *kind) *reply {
	if !c.may(k.deleted...) {
		return c.denied()
	}
	sel, bad := k.selects(c.option("select"), k.typ, false)
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
	from, bad := c.pageOf("deleted " + k.name)
	if bad != nil {
		return c.problem(bad)
	}
	values := (*buffers.Get().(*[]byte))[:0]
	n, more := 0, -1
	st := k.of(c.Server)
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
		values = appendObject(values, &v, &sel, form{})
		n++
	}
	dst := c.begin(k.name + sel.context())
	if more >= 0 {
		dst = c.link(dst, "nextLink", "/directory/deletedItems/"+k.typ, c.next(c.track(place{Kind: "deleted " + k.name, At: more})))
	}
	dst = append(dst, `,"value":[`...)
	dst = append(append(dst, values...), "]}"...)
	buffers.Put(&values)
	return c.ok(dst)
}

// deletedItem answers GET /directory/deletedItems/{id}. That an object of a type that may not be read is refused, and not given with limited
// information, is a guess.
func (c *call) deletedItem(id string) *reply {
	if !c.may(UserReadAll, GroupReadAll, DirectoryReadAll) {
		return c.denied()
	}
	g, ok := parseGUID(id)
	if !ok {
		return c.refuse(400, "Request_BadRequest", fmt.Sprintf(sayInvalidID, id))
	}
	for _, k := range []*kind{userKind, groupKind} {
		sel, bad := k.selects(c.option("select"), typeObject, true)
		if bad != nil {
			return c.problem(bad)
		}
		st := k.of(c.Server)
		st.mu.RLock()
		defer st.mu.RUnlock()
		var v view
		switch i, ok := st.byID[g]; {
		case !ok || !st.see(i, c.read, &v) || v.state != deleted:
		case !c.may(k.deleted...):
			return c.denied()
		default:
			return c.ok(entity(appendObject(c.begin("directoryObjects"+sel.context()+"/$entity"), &v, &sel, form{typed: true})))
		}
	}
	return c.missing(id)
}
