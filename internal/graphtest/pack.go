package graphtest

import (
	"encoding/binary"
	"time"
)

// The texts of a user, in the order in which they are packed.
const (
	fUPN = iota
	fMail
	fDisplay
	fGiven
	fSurname
	fEmployee
	fType
	fImmutable
	fMailbox
	texts
)

const (
	flagDisabled = 1 << iota
	flagAgent
)

// span is where a packed user lies.
type span struct{ chunk, off, n uint32 }

// arena holds packed users. Nothing in it is a pointer, so that a million users cost the garbage collector nothing.
type arena struct{ chunks [][]byte }

// The sizes of chunks: each is twice the one before, up to the largest, because most tests have few users.
const firstChunk, largestChunk = 4 << 10, 1 << 20

func (a *arena) put(b []byte) span {
	last := len(a.chunks) - 1
	if last < 0 || len(a.chunks[last])+len(b) > cap(a.chunks[last]) {
		a.chunks = append(a.chunks, make([]byte, 0, max(min(firstChunk<<min(len(a.chunks), 8), largestChunk), len(b))))
		last++
	}
	off := len(a.chunks[last])
	a.chunks[last] = append(a.chunks[last], b...)
	return span{uint32(last), uint32(off), uint32(len(b))}
}

func (a *arena) get(s span) []byte { return a.chunks[s.chunk][s.off : s.off+s.n : s.off+s.n] }

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func takeText(b []byte) (text, rest []byte) {
	n, k := binary.Uvarint(b)
	return b[k : k+int(n)], b[k+int(n):]
}

// pack writes a user into bytes.
func pack(dst []byte, u *User) []byte {
	for _, s := range [texts]string{
		u.UserPrincipalName, u.Mail, u.DisplayName, u.GivenName, u.Surname, u.EmployeeID, u.UserType, u.ImmutableID, u.MailboxID,
	} {
		dst = appendText(dst, s)
	}
	var flags byte
	if u.Disabled {
		flags |= flagDisabled
	}
	if u.Agent {
		flags |= flagAgent
	}
	dst = append(dst, flags)
	var sync uint64
	if !u.LastSync.IsZero() {
		sync = uint64(u.LastSync.Unix())
	}
	dst = binary.AppendUvarint(dst, sync)
	dst = binary.AppendUvarint(dst, uint64(len(u.Proxies)))
	for _, p := range u.Proxies {
		dst = appendText(dst, p)
	}
	dst = binary.AppendUvarint(dst, uint64(len(u.Plans)))
	for _, p := range u.Plans {
		dst = appendText(appendText(appendText(dst, p.Service), p.Status), p.ID)
	}
	return dst
}

// view is a user as one replica sees it at one moment. Its slices lie in the arena.
type view struct {
	id      guid
	state   state
	made    int64 // Unix seconds
	deleted int64 // Unix seconds, of a deleted user
	text    [texts][]byte
	flags   byte
	sync    int64 // Unix seconds, 0: never
	rest    []byte
}

func (v *view) unpack(b []byte) {
	for i := range v.text {
		v.text[i], b = takeText(b)
	}
	v.flags = b[0]
	sync, k := binary.Uvarint(b[1:])
	v.sync, v.rest = int64(sync), b[1+k:]
}

func (v *view) proxies(each func([]byte) bool) (rest []byte, done bool) {
	n, k := binary.Uvarint(v.rest)
	b := v.rest[k:]
	for range n {
		var p []byte
		p, b = takeText(b)
		if !each(p) {
			return nil, true
		}
	}
	return b, false
}

func (v *view) plans() []Plan {
	b, _ := v.proxies(func([]byte) bool { return true })
	n, k := binary.Uvarint(b)
	b = b[k:]
	plans := make([]Plan, n)
	for i := range plans {
		var service, status, id []byte
		service, b = takeText(b)
		status, b = takeText(b)
		id, b = takeText(b)
		plans[i] = Plan{string(service), string(status), string(id)}
	}
	return plans
}

// user makes a [User] of a view.
func (v *view) user() User {
	u := User{
		ID: v.id.String(), UserPrincipalName: string(v.text[fUPN]), Mail: string(v.text[fMail]),
		DisplayName: string(v.text[fDisplay]), GivenName: string(v.text[fGiven]), Surname: string(v.text[fSurname]),
		EmployeeID: string(v.text[fEmployee]), UserType: string(v.text[fType]), ImmutableID: string(v.text[fImmutable]),
		MailboxID: string(v.text[fMailbox]), NoMailbox: len(v.text[fMailbox]) == 0,
		Disabled: v.flags&flagDisabled != 0, Agent: v.flags&flagAgent != 0,
	}
	if v.sync != 0 {
		u.LastSync = time.Unix(v.sync, 0).UTC()
	}
	v.proxies(func(p []byte) bool {
		u.Proxies = append(u.Proxies, string(p))
		return true
	})
	if plans := v.plans(); len(plans) > 0 {
		u.Plans = plans
	}
	return u
}
