package ldaptest

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
)

// guid is an identity. Its bytes are in the order in which its text is written.
type guid [16]byte

// parseGUID reads the text form, in any case.
func parseGUID(s string) (guid, error) {
	var g guid
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return g, fmt.Errorf("ldaptest: %q is not a GUID", s)
	}
	b, err := hex.DecodeString(s[0:8] + s[9:13] + s[14:18] + s[19:23] + s[24:])
	if err != nil {
		return g, fmt.Errorf("ldaptest: %q is not a GUID", s)
	}
	return guid(b), nil
}

// String writes the canonical lower-case text.
func (g guid) String() string {
	var b [36]byte
	hex.Encode(b[0:8], g[0:4])
	hex.Encode(b[9:13], g[4:6])
	hex.Encode(b[14:18], g[6:8])
	hex.Encode(b[19:23], g[8:10])
	hex.Encode(b[24:36], g[10:16])
	b[8], b[13], b[18], b[23] = '-', '-', '-', '-'
	return string(b[:])
}

// swapped turns the order of the text into the order in which Active Directory stores a GUID, and back: the first three
// fields are little-endian (MS-DTYP section 2.3.4.2).
func (g guid) swapped() guid {
	g[0], g[1], g[2], g[3] = g[3], g[2], g[1], g[0]
	g[4], g[5] = g[5], g[4]
	g[6], g[7] = g[7], g[6]
	return g
}

// octets are the bytes as Active Directory stores them.
func (g guid) octets() string { b := g.swapped(); return string(b[:]) }

// guidOfOctets is the inverse of octets.
func guidOfOctets(s string) (guid, bool) {
	if len(s) != 16 {
		return guid{}, false
	}
	return guid([]byte(s)).swapped(), true
}

// Octets returns the 16 bytes that Active Directory stores for a GUID in text form, "" when it is none.
func Octets(text string) string {
	g, err := parseGUID(text)
	if err != nil {
		return ""
	}
	return g.octets()
}

// GUID returns the text form of 16 bytes as Active Directory stores them, "" when there are not 16.
func GUID(octets string) string {
	g, ok := guidOfOctets(octets)
	if !ok {
		return ""
	}
	return g.String()
}

// unique writes the form of nsUniqueId, 389 Directory Server's identity.
func (g guid) unique() string {
	return fmt.Sprintf("%x-%x-%x-%x", g[0:4], g[4:8], g[8:12], g[12:16])
}

// parseUnique is the inverse of unique.
func parseUnique(s string) (guid, error) {
	if len(s) != 35 || s[8] != '-' || s[17] != '-' || s[26] != '-' {
		return guid{}, fmt.Errorf("ldaptest: %q is not an nsUniqueId", s)
	}
	b, err := hex.DecodeString(s[0:8] + s[9:17] + s[18:26] + s[27:])
	if err != nil {
		return guid{}, fmt.Errorf("ldaptest: %q is not an nsUniqueId", s)
	}
	return guid(b), nil
}

// mint makes a GUID of version 4.
func mint(r *rand.Rand) guid {
	var g guid
	for i := range g {
		g[i] = byte(r.Uint32())
	}
	g[6], g[8] = g[6]&0x0f|0x40, g[8]&0x3f|0x80
	return g
}
