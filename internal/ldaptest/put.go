package ldaptest

import (
	"fmt"
	"slices"
	"strings"
)

// Put makes an object in a domain, by its DNS name, "" for the first one, and returns its identity.
func (f *Forest) Put(domain string, p Person) (id string, err error) {
	ids, err := f.PutAll(domain, []Person{p})
	if err != nil {
		return "", err
	}
	return ids[0], nil
}

// PutAll is [Forest.Put] for many, as one event: all or none.
func (f *Forest) PutAll(domain string, people []Person) (ids []string, err error) {
	d, err := f.domain(domain)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	changes := make([]change, 0, len(people))
	ids = make([]string, 0, len(people))
	type place struct {
		parent guid
		key    string
	}
	taken := make(map[place]bool, len(people))
	known := make(map[guid]bool, len(people))
	for _, p := range people {
		o, err := f.build(d, p)
		if err != nil {
			return nil, err
		}
		at := place{o.parent, o.rdn.key()}
		if taken[at] || known[o.id] {
			return nil, errf("put %s: it is there already", o.rdn)
		}
		taken[at], known[o.id] = true, true
		changes = append(changes, change{obj: o})
		ids = append(ids, f.cfg.System.id(o.id))
	}
	f.commit(changes...)
	return ids, nil
}

// build makes the object of a person. The caller holds f.mu.
func (f *Forest) build(d *domain, p Person) (*object, error) {
	f.serial++
	if p.UID == "" {
		p.UID = fmt.Sprintf("u%07d", f.serial)
	}
	if p.CN == "" {
		p.CN = p.UID
	}
	parent := d.people
	name, classes := rdn{"CN", p.CN}, []string{"top", "person", "organizationalPerson", "user"}
	switch {
	case p.Class == applicationProcess:
		parent, name, classes = f.world.roots[d.part].obj.id, rdn{"cn", p.UID}, []string{"applicationProcess", "simpleSecurityObject"}
	case f.cfg.System != ActiveDirectory && p.Class == Group:
		name, classes = rdn{"cn", p.CN}, []string{"groupOfNames"}
	case f.cfg.System != ActiveDirectory:
		name, classes = rdn{"uid", p.UID}, []string{"inetOrgPerson", "mailPlatformRecipient"}
	case p.Class == Group:
		classes = []string{"top", "group"}
	case p.Class == Contact:
		classes = []string{"top", "person", "organizationalPerson", "contact"}
	case p.Class == Computer:
		classes = append(classes, "computer")
	}
	if p.Parent != "" {
		n, err := f.at(p.Parent)
		if err != nil {
			return nil, err
		}
		if n.obj.part != d.part {
			return nil, errf("put %s: its parent is in another domain", name)
		}
		parent = n.obj.id
	}
	if f.world.nodes[parent].kids[name.key()] != nil {
		return nil, errf("put %s: it is there already", name)
	}
	o := f.make(d.part, parent, name, classes...)
	o.person = true
	if p.ID != "" {
		id, err := f.cfg.System.parseID(p.ID)
		if err != nil {
			return nil, err
		}
		if f.world.nodes[id] != nil {
			return nil, errf("put %s: an object has that identity already", name)
		}
		o.id = id
		o.identify()
	}
	if f.cfg.System == ActiveDirectory && p.Class != Contact {
		f.secure(o, d)
	}
	o.write(p, f)
	return o.object, nil
}

// secure makes the object a security principal of a domain.
func (f *Forest) secure(o draft, d *domain) {
	d.nextRID++
	o.set(aSID, sid(d.sid[0], d.sid[1], d.sid[2], d.nextRID))
	o.classify()
}

// classify sets what says which kind of security principal it is, where that is not set.
func (d draft) classify() {
	kind, attrs := "805306368", []string{aAccountFlag, "512", "primaryGroupID", "513"}
	if slices.Contains(d.value(aClass), "group") {
		kind, attrs = "268435457", []string{"groupType", "8"}
	}
	d.set(aAccountType, kind)
	for i := 0; i < len(attrs); i += 2 {
		if d.first(attrs[i]) == "" {
			d.set(attrs[i], attrs[i+1])
		}
	}
}

// AddOU makes an organisational unit. The ones above it must be there.
func (f *Forest) AddOU(dn string) error {
	names, err := parseDN(dn)
	if err != nil || len(names) == 0 || !strings.EqualFold(names[0].attr, "ou") {
		return errf("add %q: not the DN of an organisational unit", dn)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	n, up := f.world.find(keys(names))
	if n != nil {
		return errf("add %s: it is there already", dn)
	}
	if up == nil || len(keys(names)) != len(f.keysOf(up))+1 {
		return errf("add %s: what is above it is not there", dn)
	}
	attr := "ou"
	if f.cfg.System == ActiveDirectory {
		attr = "OU"
	}
	o := f.make(up.obj.part, up.obj.id, rdn{attr, names[0].value}, "top", "organizationalUnit")
	f.commit(change{obj: o.object})
	return nil
}

func (f *Forest) keysOf(n *node) []string {
	var out []string
	for ; n.parent != nil; n = n.parent {
		out = append(out, n.obj.rdn.key())
	}
	return append(out, n.obj.part.keys...)
}

// at returns the live object with a DN. The caller holds f.mu.
func (f *Forest) at(dn string) (*node, error) {
	names, err := parseDN(dn)
	if err != nil {
		return nil, errf("%q: %w", dn, err)
	}
	n, _ := f.world.find(keys(names))
	if n == nil {
		return nil, errf("no object %q", dn)
	}
	return n, nil
}

// get returns the object with an identity, deleted or not. The caller holds f.mu.
func (f *Forest) get(id string) (*node, error) {
	g, err := f.cfg.System.parseID(id)
	if err != nil {
		return nil, err
	}
	n := f.world.nodes[g]
	if n == nil {
		return nil, errf("no object %s", id)
	}
	return n, nil
}

// alive is get for objects that are not deleted.
func (f *Forest) alive(id string) (*node, error) {
	n, err := f.get(id)
	if err == nil && n.obj.state != live {
		return nil, errf("object %s is deleted", id)
	}
	return n, err
}
