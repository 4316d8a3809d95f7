package ldaptest

// change is a step from one state of the world to the next: an object as it is now, or an identity that is gone.
type change struct {
	obj  *object
	gone guid // when obj is nil
}

// commit makes changes true and sends them to the servers that do not lag. The caller holds f.mu.
func (f *Forest) commit(changes ...change) {
	f.event++
	for i := range changes {
		if o := changes[i].obj; o != nil {
			o.csn = f.event
		}
	}
	f.world.take(changes, nil)
	for _, d := range f.DCs {
		d.receive(changes)
	}
}

// take applies changes; holds says which partitions the store has, nil means all.
func (s *store) take(changes []change, holds func(*partition) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range changes {
		switch {
		case c.obj == nil:
			s.remove(c.gone)
		case holds == nil || holds(c.obj.part):
			s.put(c.obj)
		default:
			s.remove(c.obj.id) // it went to a domain that is not held here
		}
	}
}

// receive is replication to one server.
func (d *DC) receive(changes []change) {
	d.repl.Lock()
	defer d.repl.Unlock()
	if d.lags {
		d.backlog = append(d.backlog, changes...)
		return
	}
	d.store.take(changes, d.holds)
}

// Lag stops the server in time: it shows no later event until [DC.Sync]. Its global catalog lags with it.
func (d *DC) Lag() {
	d.repl.Lock()
	defer d.repl.Unlock()
	d.lags = true
}

// Sync lets the server catch up, event by event, as its update sequence numbers show.
func (d *DC) Sync() {
	d.repl.Lock()
	defer d.repl.Unlock()
	d.store.take(d.backlog, d.holds)
	d.lags, d.backlog = false, nil
}

// holds reports whether the server has a copy of a partition, a partial one for its catalog included.
func (d *DC) holds(p *partition) bool { return d.full(p) || p.domain != nil && d.catalog }

// full reports whether the server has a full copy.
func (d *DC) full(p *partition) bool {
	return p == d.domain.part || p.held && p.domain == nil
}

// HighestUSN returns highestCommittedUSN: the number of the server's last change.
func (d *DC) HighestUSN() int64 {
	d.store.mu.RLock()
	defer d.store.mu.RUnlock()
	return d.store.usn
}

// NewInvocation gives the server another invocationId, as when it is restored from a backup: cursors from before are void.
func (d *DC) NewInvocation() {
	f := d.forest
	f.mu.Lock()
	defer f.mu.Unlock()
	settings := f.schema.edit(f.world.nodes[d.settings].obj)
	settings.set("invocationId", mint(f.random).octets())
	f.commit(change{obj: settings.object})
}

// InvocationID returns the server's present invocationId as text.
func (d *DC) InvocationID() string {
	f := d.forest
	f.mu.Lock()
	defer f.mu.Unlock()
	return GUID(f.schema.edit(f.world.nodes[d.settings].obj).first("invocationId"))
}
