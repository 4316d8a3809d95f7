package ldapconn

import (
	"encoding/hex"
	"fmt"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/refresh"
)

// vanished are the entries that the intermediate responses of one answer name as gone (RFC 4533 section 2.5).
type vanished struct {
	ids []refresh.ID
	err error // the first thing that makes the answer useless
}

// errStale is a server that cannot say what was deleted since.
var errStale = fmt.Errorf("the server does not remember what was deleted since: %w", refresh.ErrCursorExpired)

// take reads an intermediate response that a framer has let pass. What its value is, the framer did not check.
func (v *vanished) take(message []byte) {
	name, rest := next(operationOf(message))
	value, _ := next(rest)
	switch {
	case v.err != nil: // the rest is not needed
	case string(name) != ldap.ControlTypeSyncInfo:
		v.err = errKind
	default:
		v.err = v.read(value)
	}
}

// The choices of a syncInfoValue (RFC 4533 section 2.5).
const (
	tagNewCookie      = 0x80
	tagRefreshDelete  = 0xa1
	tagRefreshPresent = 0xa2
	tagSyncIDSet      = 0xa3
)

// read reads a syncInfoValue.
func (v *vanished) read(value []byte) error {
	tag, set, rest, ok := element(value)
	switch {
	case !ok || len(rest) > 0:
		return errMalformed
	case tag == tagNewCookie, tag == tagRefreshDelete:
		return nil
	case tag == tagRefreshPresent:
		return errStale
	case tag != tagSyncIDSet:
		return errMalformed
	}
	tag, part, rest, ok := element(set)
	if ok && tag == tagString { // a cookie
		tag, part, rest, ok = element(rest)
	}
	deletes := false // is the default
	if ok && tag == tagBoolean {
		deletes = len(part) == 1 && part[0] != 0
		tag, part, rest, ok = element(rest)
	}
	switch {
	case !ok || tag != tagSet || len(rest) > 0:
		return errMalformed
	case !deletes:
		return errStale
	}
	for len(part) > 0 {
		var id []byte
		if tag, id, part, ok = element(part); !ok || tag != tagString || len(id) != 16 {
			return errMalformed
		}
		if v.ids = append(v.ids, uuidText(id)); len(v.ids) > maxChanges {
			return errManyChanges
		}
	}
	return nil
}

// element takes the first element off b, of which nothing is known.
func element(b []byte) (tag byte, content, rest []byte, ok bool) {
	h, ok, err := readHeader(b)
	if err != nil || !ok || h.size > len(b)-h.width {
		return 0, nil, nil, false
	}
	end := h.width + h.size
	return h.tag, b[h.width:end:end], b[end:], true
}

// uuidText writes the 16 bytes of a UUID (RFC 9562 section 4).
func uuidText(b []byte) refresh.ID {
	var s [36]byte
	at := 0
	for i, n := range []int{4, 2, 2, 2, 6} {
		if i > 0 {
			s[at] = '-'
			at++
		}
		at += hex.Encode(s[at:], b[:n])
		b = b[n:]
	}
	return refresh.ID(s[:])
}
