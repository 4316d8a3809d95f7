package graphconn

import (
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

// idOf returns the form in which an ID is asked for: a GUID in lower case. Anything else is refused here, because one malformed ID would make
// the service refuse a whole request.
func idOf(id refresh.ID) (refresh.ID, error) {
	if !isGUID(string(id)) {
		return "", &refresh.ValueError{Attr: "id", Index: -1, Value: string(id), Problem: "it is not a GUID"}
	}
	for i := range len(id) {
		if 'A' <= id[i] && id[i] <= 'Z' {
			return refresh.ID(lowerASCII(string(id))), nil
		}
	}
	return id, nil
}

// guid is a GUID in few bytes, for sets of many.
type guid [16]byte

// guidOf returns the bytes of a GUID, in the order of its text.
func guidOf(id refresh.ID) (g guid, ok bool) {
	if !isGUID(string(id)) {
		return g, false
	}
	_, err := hex.Decode(g[:], []byte(undashed(string(id))))
	return g, err == nil
}

func undashed(id string) string { return strings.ReplaceAll(id, "-", "") }

// anchorOf returns the source ID that an object was provisioned from: onPremisesImmutableId is by default the objectGUID of Active
// Directory as base64 of its 16 bytes, of which the first three fields are little-endian (MS-DTYP section 2.3.4.2). A GUID as text is one too.
// Whatever else an administrator chose names no object that could be looked up, and is no anchor.
func anchorOf(immutable string) refresh.ID {
	immutable = strings.TrimSpace(immutable)
	if isGUID(immutable) {
		return refresh.ID(lowerASCII(immutable))
	}
	b, err := base64.StdEncoding.Strict().DecodeString(immutable)
	if err != nil || len(b) != 16 {
		return ""
	}
	b[0], b[1], b[2], b[3] = b[3], b[2], b[1], b[0]
	b[4], b[5] = b[5], b[4]
	b[6], b[7] = b[7], b[6]
	var digits [32]byte
	hex.Encode(digits[:], b)
	d := string(digits[:])
	return refresh.ID(d[:8] + "-" + d[8:12] + "-" + d[12:16] + "-" + d[16:20] + "-" + d[20:])
}
