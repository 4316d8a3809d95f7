package ldapconn

const (
	// maxMessage bounds one message before anything of it is charged. The [budget] ends earlier.
	maxMessage = 16 << 20
	// maxDepth bounds how elements lie in each other. A value of an entry is the sixth (RFC 4511 section 4.5.2).
	maxDepth = 8
	// maxControls bounds the controls of a message, because go-ldap decodes their values too. The cookie is in them.
	maxControls = 64 << 10
	// maxOpaque bounds the value of a control that is not BER, such as the text of Netscape's password warning.
	maxOpaque = 256
)

// framer follows a stream of LDAP messages (RFC 4511 sections 4.1.1 and 5.1) element by element, in whatever pieces
// it comes, and adds up what decoding them costs. It lets pass what is a message of a kind that answers a bind or a
// search, whole and of definite lengths, with everything in its place that is read later.
//
// go-ldap decodes by recursion, takes indefinite lengths, reads an integer of more than eight bytes as 0, which is the
// code of success, and skips a message that it cannot read. None of that reaches it.
type framer struct {
	// begin is called before anything of an operation is looked at, and says whether it asked for intermediate responses
	// (RFC 4533 section 3.6). Nil is for tests.
	begin func(id int, op byte) (syncing bool, err error)

	head [6]byte // the beginning of an element that is cut by the end of a piece
	have int     // bytes in head

	stack [maxDepth]level
	depth int

	skip    int    // bytes of a primitive element still to come
	purpose role   // what they are
	control []byte // the value of a control, as far as it has come

	id, idSize int
	op         byte
	passed     bool // go-ldap gets the message

	size       int // of the whole message
	cost       int // of what has come of it, with the size that was announced
	attributes int // in the entry
	values     int // in the entry, or URIs in the reference
}

// level is a constructed element that is open.
type level struct {
	rest  int // bytes still to come of its content, the elements that are open in it aside
	count int // elements in it so far
	role  role
}

// feed returns how much of p belongs to the message that is being read, and whether it ends there.
func (f *framer) feed(p []byte) (n int, whole bool, err error) {
	if f.between() {
		f.cost = 0
	}
	for n < len(p) {
		if f.skip > 0 {
			k := min(f.skip, len(p)-n)
			f.collect(p[n : n+k])
			n += k
			if f.skip -= k; f.skip == 0 {
				whole, err = f.close()
			}
		} else {
			b := p[n:]
			if f.have > 0 {
				b = f.head[:f.have+copy(f.head[f.have:], b)]
			}
			if f.depth == 0 && b[0] != tagSequence {
				return n, false, errFrame
			}
			h, ok, err := readHeader(b)
			if err != nil {
				return n, false, err
			}
			if !ok { // fewer than six bytes
				f.have = copy(f.head[:], b)
				return len(p), false, nil
			}
			n += h.width - f.have
			f.have = 0
			if whole, err = f.element(h); err != nil {
				return n, false, err
			}
		}
		if whole || err != nil {
			return n, whole, err
		}
	}
	return n, false, nil
}

// between reports whether no message is half done.
func (f *framer) between() bool { return f.depth == 0 && f.have == 0 }

// header is the beginning of an element.
type header struct {
	tag         byte
	size, width int // of the content, of the header itself
}

func (h header) constructed() bool { return h.tag&0x20 != 0 }

// readHeader reads tag and length. ok is false while bytes are missing.
func readHeader(p []byte) (h header, ok bool, err error) {
	if len(p) < 2 {
		return h, false, nil
	}
	h = header{tag: p[0], size: int(p[1]), width: 2}
	if h.tag&0x1f == 0x1f { // a tag of several bytes, of which LDAP has none
		return h, false, errFrame
	}
	if h.size < 0x80 {
		return h, true, nil
	}
	n := h.size & 0x7f // the long form; n is 0 in the indefinite form, which LDAP forbids
	if n < 1 || n > 4 {
		return h, false, errFrame
	}
	h.width += n
	if len(p) < h.width {
		return h, false, nil
	}
	h.size = 0
	for _, x := range p[2:h.width] {
		h.size = h.size<<8 | int(x)
	}
	if h.size > maxMessage || h.size < 0 { // negative where an int has 32 bits
		return h, false, errTooMuch
	}
	return h, true, nil
}

// element opens an element.
func (f *framer) element(h header) (whole bool, err error) {
	in := inMessage
	if f.depth == 0 {
		f.id, f.op, f.passed, f.attributes, f.values = 0, 0, false, 0, 0
		f.size = h.width + h.size
		f.cost = costMessage + f.size
	} else {
		l := &f.stack[f.depth-1]
		if h.width+h.size > l.rest {
			return false, errFrame
		}
		l.rest -= h.width + h.size
		if in, err = f.role(l, h); err != nil {
			return false, err
		}
		l.count++
		if f.passed {
			f.cost += costOf(h)
		}
	}
	if h.constructed() {
		if f.depth == maxDepth {
			return false, errFrame
		}
		f.stack[f.depth] = level{rest: h.size, role: in}
		f.depth++
	} else {
		f.skip, f.purpose = h.size, in
	}
	if h.size == 0 {
		return f.close()
	}
	return false, nil
}

// close closes the element that has come whole, and those that end with it.
func (f *framer) close() (whole bool, err error) {
	switch f.purpose {
	case aMessageID:
		if f.id>>(8*f.idSize-1) != 0 { // a negative number
			return false, errFrame
		}
	case aControlValue:
		if err := f.inspect(); err != nil {
			return false, err
		}
	}
	f.purpose = aText
	for f.depth > 0 {
		l := &f.stack[f.depth-1]
		if l.rest > 0 {
			return false, nil
		}
		if l.count < atLeast[l.role] {
			return false, errFrame
		}
		f.depth--
	}
	return true, nil
}

// collect gathers content that is looked at.
func (f *framer) collect(p []byte) {
	switch f.purpose {
	case aControlValue:
		f.control = append(f.control, p...)
	case aMessageID:
		for _, x := range p {
			f.id = f.id<<8 | int(x)
		}
	}
}

// inspect looks into the value of a control, as go-ldap will.
func (f *framer) inspect() error {
	cost, ok := measure(f.control, maxDepth)
	if !ok && len(f.control) > maxOpaque {
		return errFrame
	}
	f.cost += cost
	f.control = f.control[:0]
	return nil
}

// measure adds up what decoding b costs. ok is false where it is not BER of definite lengths and that depth.
func measure(b []byte, depth int) (cost int, ok bool) {
	for len(b) > 0 {
		h, ok, err := readHeader(b)
		if err != nil || !ok || h.size > len(b)-h.width || depth == 0 {
			return cost, false
		}
		cost += costOf(h)
		if h.constructed() {
			inner, ok := measure(b[h.width:h.width+h.size], depth-1)
			if cost += inner; !ok {
				return cost, false
			}
		}
		b = b[h.width+h.size:]
	}
	return cost, true
}
