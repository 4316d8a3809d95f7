package ldapconn

import (
	"fmt"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// control is a control without a value. go-ldap writes the criticality TRUE as 0x01, which not every server takes for it; DER, and
// RFC 4511 section 5.1, say 0xFF.
type control struct {
	oid      string
	critical bool
}

var _ ldap.Control = control{}

// The controls for deleted objects (MS-ADTS sections 3.1.1.3.4.1.14 and 3.1.1.3.4.1.23). Servers from before the recycle
// bin do not know the second one, and have nothing that only it would show.
func showDeleted() []ldap.Control {
	return []ldap.Control{control{"1.2.840.113556.1.4.417", true}, control{"1.2.840.113556.1.4.2064", false}}
}

// GetControlType returns the OID.
func (c control) GetControlType() string { return c.oid }

// String describes the control.
func (c control) String() string { return fmt.Sprintf("control %s, critical: %t", c.oid, c.critical) }

// Encode returns the control for the wire.
func (c control) Encode() *ber.Packet {
	p := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	p.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, c.oid, ""))
	if c.critical {
		yes := ber.Encode(ber.ClassUniversal, ber.TypePrimitive, ber.TagBoolean, nil, "")
		yes.Data.WriteByte(0xFF)
		p.AppendChild(yes)
	}
	return p
}
