package memconn

import (
	"maps"
	"slices"
)

// Backup is what a system held at one time: the objects, not the pin nor the domains. Make one with [System.Backup].
type Backup struct {
	of   *System
	view *view
}

// Backup copies what the system holds. It costs a pass over all objects.
func (s *System) Backup() *Backup {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return &Backup{of: s, view: s.now.copy()}
}

// RollBack puts the system back to what a backup holds, on all replicas, those that lag included. What was put since then
// never was, and its IDs are not minted again. Every cursor expires, because the log of changes is not part of a backup.
func (s *System) RollBack(b *Backup) {
	if b.of != s {
		panic("memconn: roll back: the backup is of another system")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = b.view.copy() // it can be rolled back to again
	s.now.log = changeLog{kept: s.tracking}
	clear(s.lagging)
	s.epoch++
}

// copy returns a view that later events do not change.
func (v *view) copy() *view {
	log := v.log
	log.list = slices.Clip(log.list)
	return &view{objects: maps.Clone(v.objects), order: slices.Clip(v.order), log: log}
}
