package ldaptest

import "slices"

// Get returns what [Forest.Put] would have taken for a live object as it is now.
func (f *Forest) Get(id string) (Person, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.alive(id)
	if err != nil {
		return Person{}, false
	}
	return f.schema.edit(n.obj).toPerson(f), true
}

// Values returns the stored values of an attribute of an object, deleted or not, as on the wire.
func (f *Forest) Values(id, attr string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.get(id)
	if err != nil {
		return nil
	}
	return slices.Clone(f.schema.edit(n.obj).value(attr))
}

// EntryDN returns the DN of an object, deleted or not; "" when there is none.
func (f *Forest) EntryDN(id string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.get(id)
	if err != nil {
		return ""
	}
	return n.dn()
}

// Lookup returns the identity of the object with a DN.
func (f *Forest) Lookup(dn string) (id string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.at(dn)
	if err != nil {
		return "", err
	}
	return f.cfg.System.id(n.obj.id), nil
}

// IDs returns the identities of the live objects that [Forest.Put] made, in that order.
func (f *Forest) IDs() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []string
	for _, n := range f.world.order {
		if !n.gone && n.obj.person && n.obj.state == live {
			out = append(out, f.cfg.System.id(n.obj.id))
		}
	}
	return out
}

// Never returns a well-formed identity that no object ever had, another one each time.
func (f *Forest) Never() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cfg.System.id(mint(f.random))
}

// ConfigID returns the identity of the forest's configuration naming context, of the suffix on the other systems.
func (f *Forest) ConfigID() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.config
	if p == nil {
		p = f.domains[0].part
	}
	return f.cfg.System.id(f.world.roots[p].obj.id)
}
