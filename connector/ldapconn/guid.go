package ldapconn

import (
	"encoding/hex"
	"fmt"

	"github.com/readdress-go/readdress/refresh"
)

// isUUID reports whether s is a UUID in canonical lower-case text (RFC 9562 section 4).
func isUUID(s string) bool { return isHexGroups(s, 8, 13, 18, 23) && len(s) == 36 }

// isUniqueID reports whether s is a lower-case nsUniqueId: four groups of eight hexadecimal digits.
func isUniqueID(s string) bool { return isHexGroups(s, 8, 17, 26) && len(s) == 35 }

// isHexGroups reports whether s is lower-case hexadecimal with dashes at exactly the given places.
func isHexGroups(s string, dashes ...int) bool {
	for i := range len(s) {
		c := s[i]
		if len(dashes) > 0 && i == dashes[0] {
			if c != '-' {
				return false
			}
			dashes = dashes[1:]
		} else if (c < '0' || '9' < c) && (c < 'a' || 'f' < c) {
			return false
		}
	}
	return len(dashes) == 0
}

// guidText writes the 16 bytes of a GUID as Active Directory stores them: the first three fields are little-endian
// (MS-DTYP section 2.3.4.2).
func guidText(b []byte) (refresh.ID, bool) {
	if len(b) != 16 {
		return "", false
	}
	return refresh.ID(fmt.Sprintf("%02x%02x%02x%02x-%02x%02x-%02x%02x-%x-%x", b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6], b[8:10], b[10:])), true
}

// guidBytes is the inverse of guidText.
func guidBytes(s string) ([]byte, bool) {
	if !isUUID(s) {
		return nil, false
	}
	b, err := hex.DecodeString(s[0:8] + s[9:13] + s[14:18] + s[19:23] + s[24:])
	if err != nil {
		return nil, false
	}
	b[0], b[1], b[2], b[3] = b[3], b[2], b[1], b[0]
	b[4], b[5] = b[5], b[4]
	b[6], b[7] = b[7], b[6]
	return b, true
}
