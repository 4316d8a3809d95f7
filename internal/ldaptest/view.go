package ldaptest

import (
	"fmt"
	"slices"
	"strconv"
)

// view is what one search can see of a store. The store's lock is held while it is used, unless it says otherwise.
type view struct {
	store    *store
	bin      bool // there is a recycle bin
	rights   *Rights
	catalog  bool                  // on a port of the global catalog
	parts    func(*partition) bool // the partitions in reach
	deleted  bool                  // asked for deleted objects
	recycled bool                  // asked for recycled objects too
}

// sees reports whether an object is there for the reader.
func (v *view) sees(n *node) bool {
	o := n.obj
	if n.gone || !v.parts(o.part) {
		return false
	}
	hidden := o.state != live || o.part.bin == o.id // CN=Deleted Objects is a deleted object itself
	if hidden && !(v.rights.Deleted && (v.recycled || v.deleted && (o.state != tombstone || !v.bin))) {
		return false
	}
	return v.rights.Hides == nil || !v.rights.Hides(Object{v.store, n})
}

// reads reports whether the reader may use an attribute of an object. Where it may not, filters are undefined.
func (v *view) reads(n *node, d *attrDef) bool {
	if v.catalog && d.is(local) {
		return false
	}
	return v.rights.HidesAttr == nil || !v.rights.HidesAttr(Object{v.store, n}, d.name)
}

// norms returns the folded values of an attribute, stored or computed.
func (v *view) norms(n *node, d *attrDef) []string {
	if !d.is(computed) {
		return n.obj.norms(d)
	}
	values := v.values(hit{node: n, obj: n.obj, changed: n.changed}, d)
	out := make([]string, len(values))
	for i, x := range values {
		out[i], _ = v.store.schema.fold(d, x)
	}
	return out
}

// values returns the values of an attribute, stored or computed.
func (v *view) values(h hit, d *attrDef) []string {
	o := h.obj
	if !d.is(computed) {
		return o.get(d)
	}
	switch d.name {
	case aDN, aEntryDN:
		if h.dn == "" {
			h.dn = h.node.dn()
		}
		return []string{h.dn}
	case aName:
		return []string{o.name()}
	case aUSNCreated:
		return []string{strconv.FormatInt(h.node.created, 10)}
	case aUSNChanged:
		return []string{strconv.FormatInt(h.changed, 10)}
	case aMember:
		if o.state == live {
			return v.dns(o.members)
		}
	case aMemberOf:
		if o.state == live {
			return v.dns(v.store.memberOf[o.id])
		}
	case aEntryCSN:
		return []string{csn(o.csn)}
	case aContextCSN:
		if o.parent == (guid{}) {
			return []string{csn(v.store.lastEvent)}
		}
	}
	return nil
}

func csn(event int64) string {
	return fmt.Sprintf("20260101000000.%06dZ#000000#001#000000", event)
}

// dns returns the DNs of live objects.
func (v *view) dns(ids []guid) []string {
	var out []string
	for _, id := range ids {
		if n := v.store.nodes[id]; n != nil && n.obj.state == live {
			out = append(out, n.dn())
		}
	}
	return out
}

// name is the value of the RDN.
func (o *object) name() string {
	if o.rdn.attr == "" {
		first, _ := parseDN(o.part.dn)
		return first[0].value
	}
	return o.rdn.value
}

// inChain reports whether an object is in a group, directly or through other groups (LDAP_MATCHING_RULE_IN_CHAIN).
func (v *view) inChain(id guid, group guid, seen []guid) bool {
	for _, g := range v.store.memberOf[id] {
		if g == group || !slices.Contains(seen, g) && v.inChain(g, group, append(seen, g)) {
			return true
		}
	}
	return false
}
