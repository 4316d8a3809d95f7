package graphtest

import (
	"hash/maphash"
	"strings"
)

// index finds users by one value of a property. It is made at the first question and then kept up. It holds every value that a user
// ever had: whoever asks compares again, with the version that the replica sees.
type index struct {
	seed  maphash.Seed
	head  map[uint64]int32 // place in links, plus 1
	links []link
}

type link struct{ user, next int32 }

const (
	byUPN byte = iota
	byMail
	byProxy
)

func (st *store) indexed() *index {
	st.mu.RLock()
	x := st.index
	st.mu.RUnlock()
	if x != nil {
		return x
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.index == nil {
		st.index = &index{seed: maphash.MakeSeed(), head: map[uint64]int32{}}
		var v view
		for i := range st.slots {
			all := append([]version{st.slots[i].now}, st.history[int32(i)]...)
			for _, w := range all {
				v.unpack(st.arena.get(w.span))
				u := v.user()
				st.index.add(int32(i), &u)
			}
		}
	}
	return st.index
}

func (x *index) add(i int32, u *User) {
	x.link(i, byUPN, u.UserPrincipalName)
	x.link(i, byMail, u.Mail)
	for _, p := range u.Proxies {
		x.link(i, byProxy, p)
	}
}

func (x *index) link(i int32, kind byte, value string) {
	h := x.hash(kind, value)
	x.links = append(x.links, link{i, x.head[h]})
	x.head[h] = int32(len(x.links))
}

func (x *index) hash(kind byte, value string) uint64 {
	return maphash.String(x.seed, strings.ToLower(value))*4 + uint64(kind)
}

// find calls each with users that have or had the value.
func (x *index) find(kind byte, value string, each func(i int32)) {
	for at := x.head[x.hash(kind, value)]; at != 0; {
		l := x.links[at-1]
		each(l.user)
		at = l.next
	}
}
