package ldapconn

import (
	"fmt"
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

// dialect is what differs between the servers.
type dialect struct {
	system   string // Info.System
	identity string // the attribute that holds the identity
	preset   Attributes

	// literal returns the ID as the value of an equality filter, escaped (RFC 4515), or false when it cannot be one.
	literal func(refresh.ID) (string, bool)
	// read returns the ID that a value of the identity attribute is, or false when it is none.
	read func([]byte) (refresh.ID, bool)
	// form says what an ID looks like, for errors.
	form string
}

var openLDAP = &dialect{
	system: "OpenLDAP", identity: "entryUUID", form: "a lower-case UUID",
	preset:  Attributes{Addresses: "proxyAddresses", Mail: "mail", Login: "uid", DisplayName: "displayName", Given: "givenName", Surname: "sn", EmployeeID: "employeeNumber"},
	literal: func(id refresh.ID) (string, bool) { return string(id), isUUID(string(id)) },
	read:    func(b []byte) (refresh.ID, bool) { s := strings.ToLower(string(b)); return refresh.ID(s), isUUID(s) },
}

var directory389 = &dialect{
	system: "389 Directory Server", identity: "nsUniqueId", form: "a lower-case nsUniqueId",
	preset:  openLDAP.preset,
	literal: func(id refresh.ID) (string, bool) { return string(id), isUniqueID(string(id)) },
	read: func(b []byte) (refresh.ID, bool) {
		s := strings.ToLower(string(b))
		return refresh.ID(s), isUniqueID(s)
	},
}

var activeDirectory = &dialect{
	system: "Active Directory", identity: "objectGUID", form: "a lower-case GUID",
	preset: Attributes{Addresses: "proxyAddresses", Mail: "mail", Login: "userPrincipalName", DisplayName: "displayName", Given: "givenName", Surname: "sn", EmployeeID: "employeeID",
		LegacyDN: "legacyExchangeDN", Admin: "adminCount",
		Instance: "msExchMailboxGuid", Anchor: "ms-DS-ConsistencyGuid", Kind: "msExchRecipientTypeDetails", Forward: "targetAddress"},
	literal: func(id refresh.ID) (string, bool) {
		b, ok := guidBytes(string(id))
		if !ok {
			return "", false
		}
		var out strings.Builder
		for _, x := range b {
			fmt.Fprintf(&out, `\%02x`, x)
		}
		return out.String(), true
	},
	read: func(b []byte) (refresh.ID, bool) { return guidText(b) },
}

// condition returns the filter that finds the object with the ID.
func (d *dialect) condition(id refresh.ID) (string, error) {
	v, ok := d.literal(id)
	if !ok {
		return "", &refresh.ValueError{Attr: d.identity, Index: -1, Value: string(id), Problem: "the ID to look up is not " + d.form}
	}
	return "(" + d.identity + "=" + v + ")", nil
}

// conditions returns the filters that find objects with IDs that have a condition.
func conditions(d *dialect, ids []refresh.ID) string {
	var b strings.Builder
	for _, id := range ids {
		if cond, err := d.condition(id); err == nil {
			b.WriteString(cond)
		}
	}
	return b.String()
}
