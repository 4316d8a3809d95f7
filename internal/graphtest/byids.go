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

// objectTypes are the types that getByIds knows. Their case does not matter (page "directoryObject: getByIds").
const objectTypes = " user group device application serviceprincipal orgcontact administrativeunit contract directoryobject "

// getByIDs answers POST /directoryObjects/getByIds.
func (c *call) getByIDs() *reply {
	if !c.may(DirectoryReadAll, GroupReadAll) {
		return c.denied()
	}
	var sels [2]selection // of users and groups
	for i, k := range []*kind{userKind, groupKind} {
		var bad *problem
		if sels[i], bad = k.selects(c.option("select"), typeObject, false); bad != nil {
			return c.problem(bad)
		}
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
	dst := c.begin("directoryObjects" + sels[0].context())
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
	return c.ok(c.appendObjects(append(dst, `,"value":[`...), page, todo.types, &sels))
}

func (c *call) appendObjects(dst []byte, ids []guid, types []string, sels *[2]selection) []byte {
	kinds := [2]*kind{userKind, groupKind}
	var stores [2]*store
	var forms [2]form
	for i, k := range kinds {
		if asked := func(t string) bool {
			return strings.EqualFold("microsoft.graph."+t, k.typ) || strings.EqualFold(t, "directoryObject")
		}; len(types) > 0 && !slices.ContainsFunc(types, asked) {
			continue
		}
		stores[i] = k.of(c.Server)
		stores[i].mu.RLock()
		defer stores[i].mu.RUnlock()
		forms[i] = form{typed: true, limited: !c.may(k.read...), bare: c.opts.BareLimited}
	}
	var v view
	n := 0
	for at := range ids {
		id := ids[c.scatter(at, len(ids))]
		for i, st := range stores {
			if st == nil {
				continue
			}
			at, ok := st.byID[id]
			if !ok || !st.alive(at, c.read, &v) {
				continue
			}
			if n++; n > 1 {
				dst = append(dst, ',')
			}
			f := forms[i]
			f.limited = f.limited || c.store.conceals(id)
			dst = appendObject(dst, &v, &sels[i], f)
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
		if t == "" || strings.Contains(t, " ") || !strings.Contains(objectTypes, " "+strings.ToLower(t)+" ") {
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
