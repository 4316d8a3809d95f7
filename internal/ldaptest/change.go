package ldaptest

import (
	"slices"
	"strings"
)

// change runs an event on one live object.
func (f *Forest) change(id string, edit func(d draft) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.alive(id)
	if err != nil {
		return err
	}
	d := f.schema.edit(n.obj)
	if err := edit(d); err != nil {
		return err
	}
	f.touch(d)
	f.commit(change{obj: d.object})
	return nil
}

// touch notes when the object was changed.
func (f *Forest) touch(d draft) {
	name := aModifyTime
	if f.cfg.System == ActiveDirectory {
		name = aChanged
	}
	d.set(name, f.cfg.System.stamp(f.now()))
}

// Update changes what an object is as a [Person]. Its place in the tree stays: see [Forest.Rename] and [Forest.Move].
func (f *Forest) Update(id string, edit func(*Person)) error {
	return f.change(id, func(d draft) error {
		p := d.toPerson(f)
		edit(&p)
		d.write(p, f)
		return nil
	})
}

// Replace gives an attribute these values, as they are on the wire, however malformed; none removes it.
func (f *Forest) Replace(id, attr string, values ...string) error {
	return f.change(id, func(d draft) error { d.set(attr, slices.Clone(values)...); return nil })
}

// SetAddresses replaces mail and proxyAddresses.
func (f *Forest) SetAddresses(id string, mail, proxies []string) error {
	return f.change(id, func(d draft) error {
		d.set(aMail, slices.Clone(mail)...)
		d.set(aProxies, slices.Clone(proxies)...)
		return nil
	})
}

// Rename gives an object another RDN, such as the CN of somebody who married. Its identity stays.
func (f *Forest) Rename(id, name string) error {
	return f.change(id, func(d draft) error {
		n := f.world.nodes[d.id]
		if n.parent == nil {
			return errf("rename %s: it is the root of a naming context", id)
		}
		to := rdn{d.rdn.attr, name}
		if x := n.parent.kids[to.key()]; x != nil && x != n {
			return errf("rename %s: %s is there already", id, to)
		}
		d.rename(name)
		return nil
	})
}

// Move puts an object, and what is below it, under another one of the same domain. What is below keeps its update
// sequence numbers, as in Active Directory.
func (f *Forest) Move(id, parentDN string) error {
	return f.change(id, func(d draft) error {
		to, err := f.at(parentDN)
		switch n := f.world.nodes[d.id]; {
		case err != nil:
			return err
		case to.obj.part != d.part:
			return errf("move %s: %s is in another domain; see MoveDomain", id, parentDN)
		case n.parent == nil || to.under(n):
			return errf("move %s: it cannot go there", id)
		case to.kids[d.rdn.key()] != nil && to.kids[d.rdn.key()] != n:
			return errf("move %s: %s is there already", id, d.rdn)
		}
		d.parent = to.obj.id
		return nil
	})
}

// MoveDomain takes an object to another domain of the forest, below OU=People where parentDN is empty. Its objectGUID stays, its
// objectSid does not, and the old domain keeps no trace of it (MS-ADTS section 3.1.1.5.4.2).
func (f *Forest) MoveDomain(id, domain, parentDN string) error {
	return f.change(id, func(d draft) error {
		to, err := f.domain(domain)
		if err != nil {
			return err
		}
		at := f.world.nodes[to.people]
		if parentDN != "" {
			if at, err = f.at(parentDN); err != nil {
				return err
			}
		}
		switch {
		case at.obj.part != to.part || to.part == d.part:
			return errf("move %s to %s: it is there, or the parent is elsewhere", id, domain)
		case len(f.world.nodes[d.id].kids) > 0:
			return errf("move %s to %s: there are objects below it", id, domain)
		case at.kids[d.rdn.key()] != nil:
			return errf("move %s to %s: %s is there already", id, domain, d.rdn)
		}
		d.part, d.parent = to.part, at.obj.id
		if d.first(aSID) != "" {
			f.secure(d, to)
		}
		return nil
	})
}

// Swap exchanges mail, proxyAddresses and mailNickname of two objects. The logins stay.
func (f *Forest) Swap(a, b string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	x, err := f.alive(a)
	if err != nil {
		return err
	}
	y, err := f.alive(b)
	if err != nil {
		return err
	}
	dx, dy := f.schema.edit(x.obj), f.schema.edit(y.obj)
	for _, name := range []string{aMail, aProxies, aNickname} {
		vx, vy := dx.value(name), dy.value(name)
		dx.set(name, vy...)
		dy.set(name, vx...)
	}
	f.touch(dx)
	f.touch(dy)
	f.commit(change{obj: dx.object}, change{obj: dy.object})
	return nil
}

// SwitchDomain moves every live object from one mail domain to another and returns how many it changed: mail,
// userPrincipalName and the primary address. With keepOld the old primary address and the aliases stay; without it the
// aliases move too, so that no address of the old domain is left.
func (f *Forest) SwitchDomain(from, to string, keepOld bool) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	var changes []change
	for _, n := range f.world.order {
		if n.gone || n.obj.state != live || !n.obj.person {
			continue
		}
		d := f.schema.edit(n.obj)
		if d.switchDomain(from, to, keepOld) {
			f.touch(d)
			changes = append(changes, change{obj: d.object})
		}
	}
	f.commit(changes...)
	return len(changes)
}

func (d draft) switchDomain(from, to string, keepOld bool) (changed bool) {
	move := func(v string) string {
		if at := strings.LastIndexByte(v, '@'); at >= 0 && strings.EqualFold(v[at+1:], from) {
			changed = true
			return v[:at+1] + to
		}
		return v
	}
	for _, name := range []string{aMail, aLogin} {
		if old := d.first(name); old != "" {
			d.set(name, move(old))
		}
	}
	var out []string
	for _, v := range d.value(aProxies) {
		is := func(prefix string) bool { return strings.HasPrefix(v, prefix) }
		moved := v
		if is("SMTP:") || is("smtp:") && !keepOld {
			moved = move(v)
		}
		if moved != v && keepOld {
			out = append(out, "smtp:"+v[len("SMTP:"):])
		}
		out = append(out, moved)
	}
	// The new primary address may have been an alias before.
	out = slices.DeleteFunc(out, func(v string) bool {
		return strings.HasPrefix(v, "smtp:") && slices.ContainsFunc(out, func(w string) bool {
			return strings.HasPrefix(w, "SMTP:") && strings.EqualFold(v[5:], w[5:])
		})
	})
	d.set(aProxies, out...)
	return changed
}

// SetMembers makes these objects the members of a group, in this order.
func (f *Forest) SetMembers(group string, members ...string) error {
	return f.change(group, func(d draft) error {
		d.members = nil
		for _, id := range members {
			n, err := f.get(id)
			if err != nil {
				return err
			}
			d.members = append(d.members, n.obj.id)
		}
		return nil
	})
}
