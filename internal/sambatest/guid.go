package sambatest

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
)

// Active Directory keeps a GUID with its first three fields little-endian (MS-DTYP 2.3.4.2).

// guidBytes returns the 16 bytes of a GUID from its text form.
func guidBytes(text string) ([]byte, error) {
	b, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	if err != nil || len(b) != 16 {
		return nil, fmt.Errorf("sambatest: %q is no GUID", text)
	}
	turn(b)
	return b, nil
}

// guidText returns the text form of a GUID, or "" for what has not 16 bytes.
func guidText(b []byte) string {
	if len(b) != 16 {
		return ""
	}
	b = append([]byte(nil), b...)
	turn(b)
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func turn(b []byte) {
	binary.LittleEndian.PutUint32(b, binary.BigEndian.Uint32(b))
	binary.LittleEndian.PutUint16(b[4:], binary.BigEndian.Uint16(b[4:]))
	binary.LittleEndian.PutUint16(b[6:], binary.BigEndian.Uint16(b[6:]))
}
