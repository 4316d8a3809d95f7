package ldapconn

// The tags as bytes on the wire (RFC 4511).
const (
	tagBoolean    = 0x01
	tagInteger    = 0x02
	tagString     = 0x04
	tagEnumerated = 0x0a
	tagSequence   = 0x30
	tagSet        = 0x31
	tagControls   = 0xa0
	tagReferral   = 0xa3

	opBindRequest   = 0x60
	opBind          = 0x61
	opSearchRequest = 0x63
	opEntry         = 0x64
	opDone          = 0x65
	opReference     = 0x73
	opExtended      = 0x78
	opIntermediate  = 0x79

	tagIntermediateName  = 0x80
	tagIntermediateValue = 0x81
)

// role is what an element is: the inside of which constructed element, or what a primitive one is for.
type role uint8

const (
	aText role = iota // primitive, and not looked at
	aMessageID
	aControlValue

	inMessage
	inEntry
	inAttributes
	inAttribute
	inValues
	inURIs
	inResult
	inControls
	inControl
	inIntermediate
	inExtension // what a later version of the protocol may add at the end of some (RFC 4511 section 4)
)

// atLeast is how many elements a constructed one has at least.
var atLeast = [inExtension + 1]int{inMessage: 2, inEntry: 2, inAttribute: 2, inResult: 3, inControl: 1, inIntermediate: 2}

// role returns what the next element in l is, or an error when it does not belong there.
func (f *framer) role(l *level, h header) (role, error) {
	switch l.role {
	case inValues:
		if h.tag == tagString {
			f.values++
			f.cost += costValue
			return aText, nil
		}
	case inAttribute:
		switch {
		case l.count == 0 && h.tag == tagString:
			return aText, nil
		case l.count == 1 && h.tag == tagSet:
			return inValues, nil
		case l.count > 1:
			return extension(h)
		}
	case inAttributes:
		if h.tag == tagSequence {
			f.attributes++
			f.cost += costAttribute
			return inAttribute, nil
		}
	case inEntry:
		switch {
		case l.count == 0 && h.tag == tagString:
			return aText, nil
		case l.count == 1 && h.tag == tagSequence:
			return inAttributes, nil
		case l.count > 1:
			return extension(h)
		}
	case inMessage:
		return f.roleInMessage(l, h)
	case inURIs:
		if h.tag == tagString {
			f.values++
			f.cost += costValue
			return aText, nil
		}
	case inResult:
		switch {
		case l.count == 0 && h.tag == tagEnumerated && 1 <= h.size && h.size <= 4,
			(l.count == 1 || l.count == 2) && h.tag == tagString:
			return aText, nil
		case l.count > 2 && h.tag == tagReferral:
			return inURIs, nil
		case l.count > 2:
			return extension(h)
		}
	case inControls:
		if h.tag == tagSequence {
			return inControl, nil
		}
	case inControl:
		switch {
		case l.count == 0 && h.tag == tagString, l.count == 1 && h.tag == tagBoolean && h.size == 1:
			return aText, nil
		case (l.count == 1 || l.count == 2) && h.tag == tagString:
			return aControlValue, nil
		}
	case inIntermediate:
		switch {
		case l.count == 0 && h.tag == tagIntermediateName:
			return aText, nil
		case l.count == 1 && h.tag == tagIntermediateValue && h.size <= maxControls:
			return aControlValue, nil
		}
	case inExtension:
		switch h.tag {
		case tagBoolean, tagInteger, tagString, tagEnumerated:
			return aText, nil
		case tagSequence, tagSet:
			return inExtension, nil
		}
		return extension(h)
	}
	return 0, errFrame
}

func (f *framer) roleInMessage(l *level, h header) (role, error) {
	switch {
	case l.count == 0 && h.tag == tagInteger && 1 <= h.size && h.size <= 4:
		f.idSize = h.size
		return aMessageID, nil
	case l.count == 1:
		f.op = h.tag
		return f.operation()
	case l.count == 2 && h.tag == tagControls && h.size <= maxControls:
		return inControls, nil
	}
	return 0, errFrame
}

// operation is what the operation of the message is.
func (f *framer) operation() (in role, err error) {
	switch f.op {
	case opEntry:
		in = inEntry
	case opReference:
		in = inURIs
	case opIntermediate:
		in = inIntermediate
	case opBind, opDone:
		in = inResult
	case opExtended:
		if f.id == 0 {
			return 0, errNotice // Notice of Disconnection, RFC 4511 section 4.4.1
		}
	}
	if in == 0 || f.id == 0 {
		return 0, errKind
	}
	f.passed = in == inResult
	if f.passed { // what came before this element is decoded, too
		f.cost += costOf(header{tag: tagSequence, size: f.size}) + costOf(header{tag: tagInteger, size: f.idSize})
	}
	syncing := false
	if f.begin != nil {
		syncing, err = f.begin(f.id, f.op)
	}
	if err == nil && f.op == opIntermediate && !syncing {
		err = errKind
	}
	return in, err
}

// extension is an element that nobody knows, at the end of a sequence, where it is to be ignored.
func extension(h header) (role, error) {
	switch {
	case h.tag&0xc0 != 0x80 || h.size > maxControls: // not of the context-specific class
		return 0, errFrame
	case h.constructed():
		return inExtension, nil
	}
	return aText, nil
}
