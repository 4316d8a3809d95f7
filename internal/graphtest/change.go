package graphtest

import (
	"encoding/hex"
	"fmt"
	"iter"
	"time"
)

// Put makes a user and returns it with its IDs. A user whose ID is there already is replaced, and restored where it was deleted.
func (s *Server) Put(u User) User {
	st := s.store
	st.mu.Lock()
	defer st.mu.Unlock()
	id := st.identify(&u)
	st.put(id, &u)
	return u
}

// PutAll makes many users and returns their IDs.
func (s *Server) PutAll(users iter.Seq[User]) []string {
	var ids []string
	for u := range users {
		ids = append(ids, s.Put(u).ID)
	}
	return ids
}

// Update replaces a user that is there, by its ID. A MailboxID that is empty becomes a new one, unless NoMailbox.
func (s *Server) Update(u User) {
	st := s.store
	st.mu.Lock()
	defer st.mu.Unlock()
	i := st.must(u.ID, live)
	st.identify(&u)
	st.put(st.slots[i].id, &u)
}

// Change updates a user by a function. It is nothing more than [Server.User] and [Server.Update].
func (s *Server) Change(id string, f func(*User)) {
	u, ok := s.User(id)
	if !ok {
		panic("graphtest: no user of that ID")
	}
	f(&u)
	s.Update(u)
}

// storeOf is where an object lives.
func (s *Server) storeOf(id string) *store {
	s.groups.mu.RLock()
	defer s.groups.mu.RUnlock()
	if _, group := s.groups.byID[parse(id)]; group {
		return s.groups
	}
	return s.store
}

// Delete moves a user or a Microsoft 365 group to deletedItems, where it stays for 30 days. Other groups are deleted for good at once (page
// "List deletedItems").
func (s *Server) Delete(id string) {
	st := s.storeOf(id)
	st.mu.Lock()
	defer st.mu.Unlock()
	i := st.must(id, live)
	v, now := st.slots[i].now, time.Now()
	if st == s.groups {
		var w view
		if w.unpack(st.arena.get(v.span)); string(w.text[fType]) != unified {
			v.state = purged
			st.write(i, v)
			return
		}
	}
	v.state, v.deleted = deleted, now.Unix()
	st.write(i, v)
	st.binAt[i] = len(st.bin)
	st.bin = append(st.bin, binned{i, v.deleted})
	if st.next.Load() == 0 {
		st.next.Store(time.Unix(v.deleted, 0).Add(keepDeleted).UnixNano())
	}
}

// Restore takes an object out of deletedItems.
func (s *Server) Restore(id string) { s.become(id, live) }

// Purge deletes an object for good, from deletedItems or at once.
func (s *Server) Purge(id string) { s.become(id, purged) }

func (s *Server) become(id string, to state) {
	st := s.storeOf(id)
	st.mu.Lock()
	defer st.mu.Unlock()
	i := st.must(id, deleted)
	v := st.slots[i].now
	v.state = to
	st.write(i, v)
}

// User returns a user that is not deleted, as the replica without lag has it.
func (s *Server) User(id string) (User, bool) {
	v, ok := s.store.get(id)
	if !ok {
		return User{}, false
	}
	return v.user(), true
}

// get finds what is not deleted. What it returns stays as it is: the arena is only added to.
func (st *store) get(id string) (v view, ok bool) {
	st.mu.RLock()
	defer st.mu.RUnlock()
	g, ok := parseGUID(id)
	if !ok {
		return v, false
	}
	i, ok := st.byID[g]
	return v, ok && st.alive(i, reader{}, &v)
}

// PutGroup makes a group, or replaces the one of its ID.
func (s *Server) PutGroup(g Group) Group {
	u := g.asUser()
	st := s.groups
	st.mu.Lock()
	defer st.mu.Unlock()
	st.put(st.identify(&u), &u)
	g.ID = u.ID
	return g
}

// Group returns a group that is not deleted, as the replica without lag has it.
func (s *Server) Group(id string) (Group, bool) {
	v, ok := s.groups.get(id)
	if !ok {
		return Group{}, false
	}
	return v.group(), true
}

// Conceal makes objects come with limited information from now on, whatever the rights of the token: getByIds answers them with their
// type and ID alone, as for an application that may not read objects of that type.
func (s *Server) Conceal(ids ...string) {
	for _, id := range ids {
		s.store.hidden.Store(parse(id), nil)
	}
}

// Lag makes one of two replicas see changes only after d; changes until now it has. Requests go to the two in turn, each part of a
// batch for itself; [Fault] can decide otherwise. Zero ends the lag for changes to come.
func (s *Server) Lag(d time.Duration) {
	for _, st := range []*store{s.store, s.groups} {
		st.mu.Lock()
		st.lag = d
		st.mu.Unlock()
	}
	s.lagged.Store(true)
}

func (st *store) identify(u *User) guid {
	var id guid
	if u.ID == "" {
		id = st.mint.guid()
	} else {
		id = parse(u.ID)
	}
	u.ID = id.String()
	switch {
	case u.NoMailbox:
		u.MailboxID = ""
	case u.MailboxID == "":
		n := st.mint.guid()
		text := append(make([]byte, 0, 21), "MBX:"...)
		text = append(hex.AppendEncode(text, n[:4]), '@')
		u.MailboxID = string(hex.AppendEncode(text, n[12:]))
	}
	return id
}

func (st *store) put(id guid, u *User) {
	i, known := st.byID[id]
	if !known {
		i = int32(len(st.slots))
		st.byID[id] = i
		st.slots = append(st.slots, slot{id: id, made: time.Now().Unix()})
	}
	st.scratch = pack(st.scratch[:0], u)
	st.write(i, version{span: st.arena.put(st.scratch)})
	if st.index != nil {
		st.index.add(i, u)
	}
}

// must finds an object. Asking for one that is not there is a mistake of the test, so it panics.
func (st *store) must(id string, worst state) int32 {
	i, ok := st.byID[parse(id)]
	if !ok || st.slots[i].now.state > worst {
		panic("graphtest: no object of that ID")
	}
	return i
}

func parse(id string) guid {
	g, ok := parseGUID(id)
	if !ok {
		panic(fmt.Sprintf("graphtest: %q is no GUID", id))
	}
	return g
}
