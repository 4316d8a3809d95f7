package ldaptest

import (
	"cmp"
	"maps"
	"slices"
	"sync"
)

// store is the copy of the directory that one server holds, or the world's own.
type store struct {
	schema *schema
	bare   bool // the world's own: without indexes

	mu        sync.RWMutex
	nodes     map[guid]*node
	order     []*node // as they came; those that are gone are skipped
	gone      int     // how many of order are
	roots     map[*partition]*node
	index     map[indexKey][]*node
	memberOf  map[guid][]guid // the groups that an object is in
	usn       int64
	lastEvent int64
}

// node is the place of an object in a store. It is guarded by the store.
type node struct {
	obj              *object
	parent           *node
	kids             map[string]*node
	created, changed int64 // update sequence numbers of this server
	gone             bool
}

type indexKey struct {
	def  *attrDef
	norm string
}

func newStore(s *schema, usn int64, bare bool) *store {
	return &store{schema: s, bare: bare, usn: usn, nodes: map[guid]*node{}, roots: map[*partition]*node{}, index: map[indexKey][]*node{}, memberOf: map[guid][]guid{}}
}

// put stores an object, the caller holds the lock. Its parent must be there.
func (s *store) put(o *object) {
	s.usn++
	s.lastEvent = max(s.lastEvent, o.csn)
	n := s.nodes[o.id]
	if n == nil {
		n = &node{created: s.usn}
		s.nodes[o.id] = n
		s.order = append(s.order, n)
	} else {
		s.detach(n)
	}
	n.obj, n.changed = o, s.usn
	if o.parent == (guid{}) {
		s.roots[o.part] = n
		n.parent = nil
	} else {
		n.parent = s.nodes[o.parent]
		if n.parent.kids == nil {
			n.parent.kids = map[string]*node{}
		}
		n.parent.kids[o.rdn.key()] = n
	}
	s.note(n, true)
}

// remove forgets an object.
func (s *store) remove(id guid) {
	n := s.nodes[id]
	if n == nil {
		return
	}
	s.usn++
	s.detach(n)
	n.gone = true
	delete(s.nodes, id)
	if s.gone++; s.gone > 1000 && s.gone > len(s.order)/2 {
		s.order = slices.DeleteFunc(s.order, func(n *node) bool { return n.gone })
		s.gone = 0
	}
}

// detach takes a node out of the tree and the indexes.
func (s *store) detach(n *node) {
	s.note(n, false)
	if n.parent != nil {
		if key := n.obj.rdn.key(); n.parent.kids[key] == n {
			delete(n.parent.kids, key)
		}
	}
}

// note enters a node into the indexes, or takes it out.
func (s *store) note(n *node, in bool) {
	for _, a := range n.obj.attrs {
		if s.bare || !a.def.is(indexed) {
			continue
		}
		for i, norm := range a.norms {
			if slices.Contains(a.norms[:i], norm) {
				continue
			}
			k := indexKey{a.def, norm}
			if in {
				s.index[k] = append(s.index[k], n)
			} else if rest := slices.DeleteFunc(s.index[k], func(x *node) bool { return x == n }); len(rest) == 0 {
				delete(s.index, k)
			} else {
				s.index[k] = rest
			}
		}
	}
	for _, m := range n.obj.members {
		if in {
			s.memberOf[m] = append(s.memberOf[m], n.obj.id)
		} else {
			s.memberOf[m] = slices.DeleteFunc(s.memberOf[m], func(g guid) bool { return g == n.obj.id })
		}
	}
}

// dn writes the DN of a node.
func (n *node) dn() string { return string(n.appendDN(nil)) }

func (n *node) appendDN(b []byte) []byte {
	if n.parent == nil {
		return append(b, n.obj.part.dn...)
	}
	return n.parent.appendDN(append(append(b, n.obj.rdn.String()...), ','))
}

// find walks down to the object with a DN. Where there is none, nearest is the lowest one above it, nil when the DN is in no partition held here.
func (s *store) find(dn []string) (n, nearest *node) {
	for p, root := range s.roots {
		if below(dn, p.keys) && (nearest == nil || len(p.keys) > len(nearest.obj.part.keys)) {
			nearest = root
		}
	}
	if nearest == nil {
		return nil, nil
	}
	for i := len(dn) - len(nearest.obj.part.keys) - 1; i >= 0; i-- {
		kid := nearest.kids[dn[i]]
		if kid == nil {
			return nil, nearest
		}
		nearest = kid
	}
	return nearest, nearest
}

// under reports whether a node is below another one of the same partition, or is it.
func (n *node) under(top *node) bool {
	for ; n != nil; n = n.parent {
		if n == top {
			return true
		}
	}
	return false
}

// sortedKids returns the children in the order in which they came.
func sortedKids(n *node) []*node {
	out := slices.Collect(maps.Values(n.kids))
	slices.SortFunc(out, func(a, b *node) int { return cmp.Compare(a.created, b.created) })
	return out
}
