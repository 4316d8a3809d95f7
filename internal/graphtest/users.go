package graphtest

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
)

// users answers GET /users.
func (c *call) users() *reply {
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
	filter, bad := c.filter()
	if bad != nil {
		return c.problem(bad)
	}
	from, bad := c.place(c.option("skiptoken"), "users")
	if bad != nil {
		return c.problem(bad)
	}
	dst := c.begin("users" + sel.context())
	if c.advanced() && from.At == 0 {
		dst = strconv.AppendInt(append(dst, `,"@odata.count":`...), int64(c.count(filter)), 10)
	}
	// The link stands before the values, so the values are written aside.
	values := (*buffers.Get().(*[]byte))[:0]
	n, more := 0, -1
	c.each(filter, from.At, func(i int32, v *view) bool {
		if n == top {
			more = int(i)
			return false
		}
		if n > 0 {
			values = append(values, ',')
		}
		values = appendUser(values, v, &sel, form{})
		n++
		return true
	})
	if more >= 0 {
		dst = c.link(dst, "nextLink", "/users", c.next(c.token(place{Kind: "users", At: more})))
	}
	dst = append(dst, `,"value":[`...)
	dst = append(append(dst, values...), "]}"...)
	buffers.Put(&values)
	return c.ok(dst)
}

// filter reads $filter and refuses what a list of users cannot do.
func (c *call) filter() (*node, *problem) {
	advanced := c.advanced()
	switch {
	case c.option("search") != "" && !c.eventual():
		return nil, &problem{400, "Request_UnsupportedQuery", saySearch}
	case c.option("search") != "", c.option("expand") != "":
		return nil, &problem{501, "NotImplemented", sayNotImplemented}
	case c.option("orderby") != "" && !advanced:
		return nil, &problem{400, "Request_UnsupportedQuery", saySorting}
	}
	if text := c.option("filter"); text != "" {
		return parseFilter(text, advanced)
	}
	return nil, nil
}

// each calls f with the users from a place on that pass a filter, in the order in which they were made, until it is false.
func (c *call) each(filter *node, from int, f func(i int32, v *view) bool) {
	st := c.store
	var x *index
	if filter != nil {
		x = st.indexed()
	}
	st.mu.RLock()
	defer st.mu.RUnlock()
	var v view
	if some := map[int32]bool{}; filter != nil && st.candidates(filter, x, some) {
		for _, i := range slices.Sorted(maps.Keys(some)) {
			if int(i) >= from && st.alive(i, c.read, &v) && filter.match(&v) && !f(i, &v) {
				return
			}
		}
		return
	}
	for i := from; i < len(st.slots); i++ {
		if st.alive(int32(i), c.read, &v) && (filter == nil || filter.match(&v)) && !f(int32(i), &v) {
			return
		}
	}
}

func (c *call) count(filter *node) (n int) {
	c.each(filter, 0, func(int32, *view) bool {
		n++
		return true
	})
	return n
}

// usersCount answers GET /users/$count.
func (c *call) usersCount() *reply {
	if !c.may(UserReadAll, DirectoryReadAll) {
		return c.denied()
	}
	if !c.eventual() {
		return c.refuse(400, "Request_BadRequest", sayCount)
	}
	var filter *node
	if text := c.option("filter"); text != "" {
		var bad *problem
		if filter, bad = parseFilter(text, true); bad != nil {
			return c.problem(bad)
		}
	}
	r := c.ok(strconv.AppendInt(nil, int64(c.count(filter)), 10))
	r.header.Set("Content-Type", "text/plain")
	return r
}

// find finds a user that is not deleted by ID or userPrincipalName.
func (c *call) find(name string, v *view) bool {
	st := c.store
	if g, ok := parseGUID(name); ok {
		st.mu.RLock()
		defer st.mu.RUnlock()
		i, ok := st.byID[g]
		return ok && st.alive(i, c.read, v)
	}
	found := false
	c.each(&node{op: "eq", prop: "userPrincipalName", values: []string{name}}, 0, func(_ int32, seen *view) bool {
		*v, found = *seen, true
		return false
	})
	return found
}

// user answers GET /users/{id or userPrincipalName}.
func (c *call) user(name string) *reply {
	if !c.may(UserReadAll, DirectoryReadAll) {
		return c.denied()
	}
	sel, bad := selectUsers(c.option("select"), typeUser, true)
	if bad != nil {
		return c.problem(bad)
	}
	var v view
	if !c.find(name, &v) {
		return c.missing(name)
	}
	return c.ok(entity(appendUser(c.begin("users"+sel.context()+"/$entity"), &v, &sel, form{})))
}

// exchange answers GET /users/{id or userPrincipalName}/settings/exchange. What it says of users without mailbox is not documented.
func (c *call) exchange(name string) *reply {
	if !c.may(UserReadAll) {
		return c.denied()
	}
	var v view
	switch found := c.find(name, &v); {
	case !found:
		return c.refuse(404, "ErrorInvalidUser", fmt.Sprintf(sayInvalidUser, name))
	case len(v.text[fMailbox]) == 0:
		return c.refuse(404, "ErrorNonExistentMailbox", sayNoMailbox)
	}
	dst := c.begin("users('" + url.QueryEscape(name) + "')/settings/exchange/$entity")
	dst = appendJSON(append(dst, `,"primaryMailboxId":`...), v.text[fMailbox])
	return c.ok(append(dst, '}'))
}
