package graphtest

import (
	"maps"
	"slices"
	"strconv"
)

// list answers GET /users and GET /groups.
func (c *call) list(k *kind) *reply {
	if !c.may(k.read...) {
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
	filter, bad := c.filter(k)
	if bad != nil {
		return c.problem(bad)
	}
	from, bad := c.pageOf(k.name)
	if bad != nil {
		return c.problem(bad)
	}
	st := k.of(c.Server)
	dst := c.begin(k.name + sel.context())
	if c.advanced() && from.At == 0 {
		dst = strconv.AppendInt(append(dst, `,"@odata.count":`...), int64(c.count(st, filter)), 10)
	}
	// The link stands before the values, so the values are written aside.
	values := (*buffers.Get().(*[]byte))[:0]
	n, more := 0, -1
	c.each(st, filter, from.At, func(i int32, v *view) bool {
		if n == top {
			more = int(i)
			return false
		}
		if n > 0 {
			values = append(values, ',')
		}
		values = appendObject(values, v, &sel, form{})
		n++
		return true
	})
	if more >= 0 {
		dst = c.link(dst, "nextLink", "/"+k.name, c.next(c.track(place{Kind: k.name, At: more})))
	}
	dst = append(dst, `,"value":[`...)
	dst = append(append(dst, values...), "]}"...)
	buffers.Put(&values)
	return c.ok(dst)
}

// filter reads $filter and refuses what a list cannot do.
func (c *call) filter(k *kind) (*node, *problem) {
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
		return k.parseFilter(text, advanced)
	}
	return nil, nil
}

// each calls f with the objects from a place on that pass a filter, in the order in which they were made, until it is false.
func (c *call) each(st *store, filter *node, from int, f func(i int32, v *view) bool) {
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

func (c *call) count(st *store, filter *node) (n int) {
	c.each(st, filter, 0, func(int32, *view) bool {
		n++
		return true
	})
	return n
}
