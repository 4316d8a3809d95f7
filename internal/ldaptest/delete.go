package ldaptest

import (
	"slices"
	"strings"
	"time"
)

// Lifetime is how long a deleted object stays, and with the recycle bin how long a recycled one does after that.
const Lifetime = 180 * 24 * time.Hour

// mark stands in the RDN of a deleted object, before its identity.
const mark = "\nDEL:"

// Delete deletes an object and what is below it. On Active Directory they go to CN=Deleted Objects: with the recycle bin
// they keep their attributes, without it what a tombstone keeps. On the other systems they are gone.
func (f *Forest) Delete(id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.alive(id)
	if err != nil {
		return err
	}
	if n.parent == nil || f.cfg.System == ActiveDirectory && n.obj.part.domain == nil {
		return errf("delete %s: it belongs to the directory itself", id)
	}
	f.commit(f.deletions(n, nil)...)
	return nil
}

// deletions lists what deleting a node does, leaves first.
func (f *Forest) deletions(n *node, list []change) []change {
	for _, kid := range n.kids {
		list = f.deletions(kid, list)
	}
	if f.cfg.System != ActiveDirectory {
		return append(list, change{gone: n.obj.id})
	}
	d := f.schema.edit(n.obj)
	d.set(aLastParent, n.parent.dn())
	d.set(aDeleted, "TRUE")
	d.set(aCategory)
	d.set(aAccountType)
	d.state, d.until = deleted, f.now().Add(Lifetime).Unix()
	if f.bin.Load() {
		d.set(aLastRDN, d.rdn.value)
	} else {
		d.strip()
	}
	d.rename(d.rdn.value + mark + d.id.String())
	d.parent = d.part.bin
	f.touch(d)
	return append(list, change{obj: d.object})
}

// strip leaves what a tombstone keeps. It is marked as recycled whether or not there is a recycle bin, as Windows
// Server 2008 R2 and Samba do.
func (d draft) strip() {
	d.state = tombstone
	d.set(aRecycled, "TRUE")
	d.keep(func(def *attrDef) bool { return def.is(kept) })
	d.members = nil
}

// Undelete puts a deleted object back where it was, or below OU=People when that is gone. Without the recycle bin it
// comes back with what its tombstone kept. lastKnownParent stays on it and so proves nothing. A recycled object cannot come back.
func (f *Forest) Undelete(id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.get(id)
	if err != nil {
		return err
	}
	d := f.schema.edit(n.obj)
	if d.state == live || d.state == tombstone && f.bin.Load() {
		return errf("undelete %s: it is not deleted, or recycled", id)
	}
	parent, err := f.at(d.first(aLastParent))
	if err != nil || parent.obj.state != live {
		parent = f.world.nodes[d.part.domain.people]
	}
	name, _, _ := strings.Cut(d.rdn.value, mark)
	to := rdn{d.rdn.attr, name}
	if parent.kids[to.key()] != nil {
		return errf("undelete %s: %s is there already", id, to)
	}
	var changes []change
	if d.state == tombstone { // its links are lost
		for _, g := range slices.Clone(f.world.memberOf[d.id]) {
			group := f.schema.edit(f.world.nodes[g].obj)
			group.members = slices.DeleteFunc(group.members, func(m guid) bool { return m == d.id })
			changes = append(changes, change{obj: group.object})
		}
	}
	d.state, d.until, d.parent = live, 0, parent.obj.id
	d.rename(to.value)
	d.set(aDeleted)
	d.set(aRecycled)
	d.set(aCategory, f.category(d.value(aClass)))
	if d.part.domain != nil && d.first(aSID) != "" {
		d.classify()
	}
	f.touch(d)
	f.commit(append(changes, change{obj: d.object})...)
	return nil
}

// Recycle ends the first stage of a deleted object in the recycle bin: it loses its attributes and can no longer come
// back. Time does the same: see [Forest.Advance].
func (f *Forest) Recycle(id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.get(id)
	if err != nil {
		return err
	}
	if n.obj.state != deleted {
		return errf("recycle %s: it is not in the recycle bin", id)
	}
	f.commit(change{obj: f.recycled(n.obj, f.now())})
	return nil
}

func (f *Forest) recycled(o *object, since time.Time) *object {
	d := f.schema.edit(o)
	d.strip()
	d.until = since.Add(Lifetime).Unix()
	f.touch(d)
	return d.object
}

// Purge removes a deleted object for good, as garbage collection does at the end of its lifetime.
func (f *Forest) Purge(id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.get(id)
	if err != nil {
		return err
	}
	if n.obj.state == live {
		return errf("purge %s: it is not deleted", id)
	}
	f.commit(change{gone: n.obj.id})
	return nil
}

// EnableRecycleBin switches the recycle bin on, which cannot be undone. Tombstones become recycled objects, which cannot come back.
func (f *Forest) EnableRecycleBin() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.config == nil || f.bin.Load() {
		return
	}
	f.bin.Store(true)
	f.announceBin()
}

// Advance lets time pass in the world: deleted objects whose lifetime ends are recycled or purged, on the servers that do not lag.
func (f *Forest) Advance(by time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ahead.Add(int64(by))
	now := f.now().Unix()
	var changes []change
	for _, n := range f.world.order {
		if n.gone || n.obj.state == live || n.obj.until > now {
			continue
		}
		o := n.obj
		if o.state == deleted {
			if o = f.recycled(o, time.Unix(o.until, 0)); o.until > now {
				changes = append(changes, change{obj: o})
				continue
			}
		}
		changes = append(changes, change{gone: o.id})
	}
	f.commit(changes...)
}
