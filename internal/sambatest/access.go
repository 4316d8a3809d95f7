package sambatest

import (
	"fmt"
	"strings"
)

// mailAttributes are the attributes that [Veiled] may not read, by schemaIDGUID: mail, proxyAddresses and
// legacyExchangeDN, and those of schema-attributes.ldif.
var mailAttributes = []string{
	"bf967961-0de6-11d0-a285-00aa003049e2",
	"bf967a06-0de6-11d0-a285-00aa003049e2",
	"28630ebc-41d5-11d1-a9c1-0000f80367c1",
	"5a0d4c01-64f3-4d0e-9c53-2b7f3f6a9d01",
	"5a0d4c01-64f3-4d0e-9c53-2b7f3f6a9d02",
	"5a0d4c01-64f3-4d0e-9c53-2b7f3f6a9d03",
	"5a0d4c01-64f3-4d0e-9c53-2b7f3f6a9d04",
	"5a0d4c01-64f3-4d0e-9c53-2b7f3f6a9d05",
	"5a0d4c01-64f3-4d0e-9c53-2b7f3f6a9d06",
	"5a0d4c01-64f3-4d0e-9c53-2b7f3f6a9d07",
}

// The following are security descriptors in Microsoft's definition language (MS-DTYP 2.5.1). A rule reads
// (kind;flags;rights;attribute;;who): A allow, D deny, O for one attribute, CI inherited; RP read a property,
// LC list the children, LO list the object, RC read the descriptor.

// unitAccess hides from blind what an organizational unit holds; everybody else who has signed in may read it.
func unitAccess(blind string) string {
	return fmt.Sprintf("D:(D;CI;RPLCLORC;;;%s)(A;CI;RPLCLORC;;;AU)", blind)
}

// deletedAccess is what CN=Deleted Objects has by default, and the right to read for auditor.
func deletedAccess(auditor string) string {
	return fmt.Sprintf("O:SYG:SYD:PAI(A;;RPWPCCDCLCRCWOWDSDSW;;;SY)(A;;RPLC;;;BA)(A;;RPLC;;;%s)", auditor)
}

// veil denies the mail attributes in the descriptor that a class gives its objects. A rule that were inherited from the
// organizational unit would lose to the class's own rule, which lets everybody read them.
func veil(class, veiled string) string {
	var deny strings.Builder
	for _, attr := range mailAttributes {
		fmt.Fprintf(&deny, "(OD;;RP;%s;;%s)", attr, veiled)
	}
	head, rules, _ := strings.Cut(class, "(")
	return head + deny.String() + "(" + rules
}
