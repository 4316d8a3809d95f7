package ldaptest

import (
	"cmp"
	"context"
	"encoding/hex"
	"io"
)

// strike is what a fault does to one operation. A nil fault does nothing.
type strike struct {
	c     *conn
	ctx   context.Context
	r     *Request
	out   *response // of a search
	fault *Fault
	done  bool // it struck

	wrongID, twice, malformed, lateEntry bool
	crossed, elsewhere                   bool
	wrongMessage                         bool
	lastEntry                            []byte
}

func (c *conn) strike(ctx context.Context, r *Request) *strike {
	return &strike{c: c, ctx: ctx, r: r, fault: c.dc.faults.hit(r)}
}

// id is the message ID to answer with.
func (s *strike) id() int64 {
	if s.wrongMessage {
		return s.r.id + 1000
	}
	return s.r.id
}

// due reports whether the fault strikes before the i-th entry, or before the end.
func (s *strike) due(i int, last bool) bool {
	return s.fault != nil && !s.done && (i >= s.fault.After || last)
}

// before strikes where it is due. It returns true when the operation gets no more answer.
func (s *strike) before(i int, last bool) bool {
	if !s.due(i, last) {
		return false
	}
	s.done = true
	s.c.dc.faults.struck.Add(1)
	if s.out != nil {
		s.out.flush()
	}
	return s.happen()
}

func (s *strike) happen() (ended bool) {
	c, f := s.c, s.fault
	switch f.Do {
	case Refuse:
		if s.r.Op == Bind {
			c.who.Store(nil)
		}
		c.out.send(appendResult(nil, s.r.id, answerTo[s.r.op], result{code: f.Code, text: f.Text, referrals: f.Referrals}))
		return true
	case Hang:
		s.wait()
		return true
	case Stall:
		c.out.stall()
		s.wait()
		return true
	case Garbage:
		c.out.raw(garbage(cmp.Or(f.N, 64), c.dc.faults.struck.Load()))
		return true
	case WrongKind:
		c.out.send(appendResult(nil, s.r.id, opExtendedResponse, result{}))
		return true
	case WrongMessageID:
		s.wrongMessage = true
	case Notice:
		c.notice(cmp.Or(f.Code, Unavailable))
		c.out.end()
		return true
	case Drip, Cut, Reset:
		c.out.bend(f)
	case Huge:
		c.out.huge(s.r.id, int(cmp.Or(f.N, 256<<20)))
	case Nested:
		c.out.send(nested(s.r.id, int(cmp.Or(f.N, 100_000))))
	case Unasked:
		s.slip()
	case WrongID:
		s.wrongID = true
	case Twice:
		s.twice = true
	case Malformed:
		s.malformed = true
	case Late:
		s.lateEntry = true
	case Crossed:
		s.crossed = true
	case Elsewhere:
		s.elsewhere = true
	}
	return false
}

// answerTo is which answer belongs to a request.
var answerTo = map[byte]byte{
	opBindRequest: opBindResponse, opSearchRequest: opSearchDone, opExtendedRequest: opExtendedResponse, opCompareRequest: opCompareResponse,
	opAddRequest: opAddResponse, opModifyRequest: opModifyResponse, opDeleteRequest: opDeleteResponse, opModifyDNRequest: opModifyDNResponse,
}

// wait waits until the operation or the connection ends. Where no other goroutine reads the connection it does.
func (s *strike) wait() {
	if s.r.Op == Bind || s.r.Op == StartTLS {
		_, _ = io.Copy(io.Discard, s.c.reader)
		s.c.cancel()
	}
	<-s.ctx.Done()
}

// skip replaces the next entry by a reference, or by one that cannot be read.
func (s *strike) skip() bool {
	if s.elsewhere {
		s.elsewhere = false
		s.c.out.send(appendReference(nil, s.id(), "ldap://elsewhere.example/ou=elsewhere,o=elsewhere"))
		s.c.dc.counts.reference()
		return true
	}
	if !s.malformed {
		return false
	}
	s.malformed = false
	b, msg := begin(nil, tagSequence)
	b = appendInt(b, tagInteger, s.r.id)
	b, body := begin(b, opSearchEntry)
	b = appendString(b, tagInteger, "\xff\xfe\xfd")
	s.c.out.send(end(end(b, body), msg))
	return true
}

// write writes the next entry as the fault has it. The store's lock is held.
func (s *strike) write(x *searching, h hit) ([]byte, bool) {
	from := len(x.out.buf)
	if s.wrongID {
		s.wrongID = false
		d := x.writer.view.store.schema.edit(h.obj)
		d.id[0] ^= 0xff
		d.identify()
		h.obj = d.object
	}
	id := s.id()
	if other, ok := s.c.other(s.r.id); ok && s.crossed {
		s.crossed, id = false, other
	}
	b, ok := x.writer.append(x.out.buf, id, h)
	if !ok {
		return b, false
	}
	s.c.dc.counts.entry()
	if s.twice {
		s.twice = false
		x.out.add(b)
		b, _ = x.writer.append(b, s.id(), h)
		s.c.dc.counts.entry()
	}
	if s.fault != nil && s.fault.Do == Late && s.lastEntry == nil {
		s.lastEntry = append([]byte(nil), b[from:]...)
	}
	return b, true
}

// late adds an entry after the end of the answer.
func (s *strike) late(x *searching) {
	if s.lateEntry && s.lastEntry != nil {
		x.out.add(append(x.out.buf, s.lastEntry...))
	}
}

// pages returns the cookie that the fault gives instead of the right one, "" for none.
func (s *strike) pages(x *searching, from int) string {
	if s.fault == nil {
		return ""
	}
	set := x.set
	switch s.fault.Do {
	case SameCookie:
		set.next = from
	case EndlessPages:
		if set.next == len(set.hits) {
			set.next = 0
		}
	case EmptyPages:
	default:
		return ""
	}
	if s.fault.Do != SameCookie { // a new one each time
		x.c.pages.mu.Lock()
		x.c.pages.serial++
		set.id = x.c.pages.serial
		x.c.pages.mu.Unlock()
	}
	if !s.done {
		s.done = true
		x.c.dc.faults.struck.Add(1)
	}
	return x.c.cookie(set)
}

// slip sends an object that is there and was not asked for.
func (s *strike) slip() {
	c := s.c
	rights := &Rights{}
	if a := c.bound(); a != nil {
		rights = a.rights.Load()
	}
	v := c.view(s.r, rights)
	w := &entryWriter{view: v, sel: c.dc.forest.schema.selectAttributes(s.r.Attributes), maxValues: unlimited}
	v.store.mu.RLock()
	var msg []byte
	for _, n := range v.store.order {
		if !n.gone && n.obj.person && v.sees(n) && v.matches(s.r.filter, n) != yes {
			msg, _ = w.append(nil, s.r.id, hit{n, n.obj, n.dn(), n.changed})
			break
		}
	}
	v.store.mu.RUnlock()
	if msg != nil {
		c.dc.counts.entry()
		c.out.send(msg)
	}
}

// unhex reads hexadecimal digits, nil when they are none.
func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		return nil
	}
	return b
}
