package graphtest

import (
	"fmt"
	"net/url"
	"strconv"
)

// usersCount answers GET /users/$count.
func (c *call) usersCount() *reply {
	if !c.may(userKind.read...) {
		return c.denied()
	}
	if !c.eventual() {
		return c.refuse(400, "Request_BadRequest", sayCount)
	}
	var filter *node
	if text := c.option("filter"); text != "" {
		var bad *problem
		if filter, bad = userKind.parseFilter(text, true); bad != nil {
			return c.problem(bad)
		}
	}
	r := c.ok(strconv.AppendInt(nil, int64(c.count(c.store, filter)), 10))
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
	c.each(c.store, &node{op: "eq", prop: "userPrincipalName", values: []string{name}}, 0, func(_ int32, seen *view) bool {
		*v, found = *seen, true
		return false
	})
	return found
}

// user answers GET /users/{id or userPrincipalName}.
func (c *call) user(name string) *reply {
	if !c.may(userKind.read...) {
		return c.denied()
	}
	sel, bad := userKind.selects(c.option("select"), typeUser, true)
	if bad != nil {
		return c.problem(bad)
	}
	var v view
	if !c.find(name, &v) {
		return c.missing(name)
	}
	return c.ok(entity(appendObject(c.begin("users"+sel.context()+"/$entity"), &v, &sel, form{})))
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
