package ldaptest

import (
	"cmp"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"slices"
)

// greet does what the faults have for a connection that was accepted. It returns false when it is to end.
func (c *conn) greet() bool {
	f := c.dc.faults.hit(&Request{Op: Connect, Server: c.dc.Name, Conn: c.number, Catalog: c.port.catalog})
	if f == nil {
		return true
	}
	c.dc.faults.struck.Add(1)
	switch f.Do {
	case Hang, Stall:
		_, _ = io.Copy(io.Discard, c.raw)
		return false
	case Garbage:
		_, _ = c.raw.Write(garbage(cmp.Or(f.N, 64), c.dc.faults.struck.Load()))
		return true
	case Drip, Cut, Reset:
		c.out.bend(f)
		return true
	}
	return false
}

// strikeMessage does what the faults have for a message. The output's lock is held.
func (c *conn) strikeMessage(o *output, f *Fault) {
	c.dc.faults.struck.Add(1)
	switch f.Do {
	case Stall:
		o.silent = true
	case Garbage:
		o.write(garbage(cmp.Or(f.N, 64), c.dc.faults.struck.Load()))
	case Notice:
		const oid = "1.3.6.1.4.1.1466.20036"
		o.write(appendResult(nil, 0, opExtendedResponse, result{code: cmp.Or(f.Code, Unavailable), extra: appendString(nil, tagExtendedName, oid)}))
		o.close()
	default:
		o.set(f)
	}
}

// set makes the connection slow, or ends it after so many bytes. The lock is held.
func (o *output) set(f *Fault) {
	switch f.Do {
	case Drip:
		o.rate = int(f.N)
	case Cut, Reset:
		o.budget, o.hard = f.N, f.Do == Reset
		if f.N == 0 && !o.silent {
			o.close()
		}
	}
}

func (o *output) bend(f *Fault) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.set(f)
}

func (o *output) stall() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.silent = true
}

// end ends the connection after what was sent.
func (o *output) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.close()
}

// raw sends bytes that are no message.
func (o *output) raw(b []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.write(b)
}

// garbage makes bytes that do not begin a message.
func garbage(n, seed int64) []byte {
	r := rand.New(rand.NewPCG(uint64(seed), 77))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	if n > 0 && b[0] == tagSequence {
		b[0] = 0xff
	}
	return b
}

// huge sends an entry of about n bytes, most of them one value, without holding it in memory.
func (o *output) huge(id int64, n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	// Every length has five bytes, so that the outer ones are known before.
	var head []byte
	var at []int
	open := func(tag byte) {
		head = append(head, tag, 0x84, 0, 0, 0, 0)
		at = append(at, len(head))
	}
	open(tagSequence)
	head = appendInt(head, tagInteger, id)
	open(opSearchEntry)
	head = appendString(head, tagString, "CN=huge")
	open(tagSequence)
	open(tagSequence)
	head = appendString(head, tagString, "description")
	open(tagSet)
	open(tagString)
	for _, p := range at {
		binary.BigEndian.PutUint32(head[p-4:], uint32(len(head)-p+n))
	}
	o.write(head)
	piece := make([]byte, 64<<10)
	for i := range piece {
		piece[i] = 'x'
	}
	for n > 0 && !o.silent && o.c.ctx.Err() == nil {
		m := min(n, len(piece))
		o.write(piece[:m])
		n -= m
	}
}

// nested is a message with so many sequences in each other.
func nested(id int64, depth int) []byte {
	// From the inside out, reversed, because a length is known only when its content is.
	var b []byte
	wrap := func(tag byte) {
		n := len(b)
		head := appendLength([]byte{tag}, n)
		slices.Reverse(head)
		b = append(b, head...)
	}
	for range depth {
		wrap(tagSequence)
	}
	wrap(opSearchEntry)
	number := appendInt(nil, tagInteger, id)
	slices.Reverse(number)
	b = append(b, number...)
	wrap(tagSequence)
	slices.Reverse(b)
	return b
}
