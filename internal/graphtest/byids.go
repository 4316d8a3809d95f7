package graphtest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// continuations are answers of getByIds that come in pages: what is left, by token.
type continuations struct {
	sync.Mutex
	left map[string]continuation
}

type continuation struct {
	ids   []guid
	types []string
}

// objectTypes are the types that getByIds knows.
const objectTypes = " user group device application servicePrincipal orgContact administrativeUnit contract directoryObject "

// getByIDs answers POST /directoryObjects/getByIds.
func (c *call) getByIDs() *reply {
	if !c.may(DirectoryReadAll, GroupReadAll) {
		return c.denied()
	}
	sel, bad := selectUsers(c.option("select"), typeObject, false)
	if bad != nil {
		return c.problem(bad)
	}
	todo, bad := c.wanted()
	if bad != nil {
		return c.problem(bad)
	}
	page := todo.ids
	if n := c.opts.GetByIDsPage; n > 0 && len(page) > n {
		page, todo.ids = page[:n], page[n:]
	} else {
		todo.ids = nil
	}
	dst := c.begin("directoryObjects" + sel.context())
	if len(todo.ids) > 0 {
		token := c.newID()
		c.byIDs.Lock()
		if c.byIDs.left == nil {
			c.byIDs.left = map[string]continuation{}
		}
		c.byIDs.left[token] = todo
		c.byIDs.Unlock()
		dst = c.link(dst, "nextLink", "/directoryObjects/getByIds", c.next(token))
	}
	return c.ok(c.appendObjects(append(dst, `,"value":[`...), page, todo.types, &sel))
}

func (c *call) appendObjects(dst []byte, ids []guid, types []string, sel *selection) []byte {
	groupNames := strings.Split(sel.text, ",")
	if sel.text == "" {
		groupNames = strings.Split(groupDefaults, ",")
	}
	users := len(types) == 0 || slices.Contains(types, "user") || slices.Contains(types, "directoryObject")
	groups := len(types) == 0 || slices.Contains(types, "group") || slices.Contains(types, "directoryObject")
	f := form{typed: true, limited: !c.may(DirectoryReadAll, UserReadAll), bare: c.opts.BareLimited}
	g := form{typed: true, limited: !c.may(DirectoryReadAll, GroupReadAll), bare: c.opts.BareLimited}
	st := c.store
	st.mu.RLock()
	defer st.mu.RUnlock()
	var v view
	n := 0
	for k := range ids {
		id := ids[c.scatter(k, len(ids))]
		uf, gf := f, g
		if st.hidden[id] {
			uf.limited, gf.limited = true, true
		}
		mark := len(dst)
		if n > 0 {
			dst = append(dst, ',')
		}
		if i, ok := st.byID[id]; ok && users && st.alive(i, c.read, &v) {
			dst = appendUser(dst, &v, sel, uf)
			n++
		} else if group := st.groups[id]; group != nil && groups {
			dst = appendGroup(dst, group, groupNames, gf)
			n++
		} else {
			dst = dst[:mark]
		}
	}
	return append(dst, "]}"...)
}

// scatter gives the order of the answer: not that of the question.
func (c *call) scatter(k, n int) int {
	step := 7
	for n%step == 0 {
		step += 2
	}
	return (n - 1 - k*step%n + n) % n
}

// wanted reads the body, or the place of a further page.
func (c *call) wanted() (continuation, *problem) {
	if c.Method == "GET" {
		c.byIDs.Lock()
		defer c.byIDs.Unlock()
		todo, ok := c.byIDs.left[c.option("skiptoken")]
		if !ok {
			return todo, &problem{400, "Request_BadRequest", sayBadToken}
		}
		return todo, nil
	}
	var body struct{ IDs, Types []string }
	if err := json.Unmarshal(c.Body, &body); err != nil {
		return continuation{}, &problem{400, "BadRequest", sayBody}
	}
	c.counts.do(func(t *Counters) { t.IDs += len(body.IDs) })
	switch {
	case len(body.IDs) > 1000:
		return continuation{}, &problem{400, "Request_BadRequest", sayTooManyIDs}
	case len(body.IDs) == 0:
		return continuation{}, &problem{400, "Request_BadRequest", sayNoIDs}
	}
	for _, t := range body.Types {
		if t == "" || strings.Contains(t, " ") || !strings.Contains(objectTypes, " "+t+" ") {
			return continuation{}, &problem{400, "Request_BadRequest", fmt.Sprintf(sayTypes, t)}
		}
	}
	out := continuation{ids: make([]guid, 0, len(body.IDs)), types: body.Types}
	seen := make(map[guid]struct{}, len(body.IDs))
	for _, id := range body.IDs {
		g, ok := parseGUID(id)
		if !ok {
			return continuation{}, &problem{400, "Request_BadRequest", sayInvalidGUID}
		}
		if _, twice := seen[g]; !twice {
			seen[g] = struct{}{}
			out.ids = append(out.ids, g)
		}
	}
	return out, nil
}
