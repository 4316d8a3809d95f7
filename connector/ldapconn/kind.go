package ldapconn

import (
	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/refresh"
)

// kinds are values of msExchRecipientTypeDetails (Microsoft, enumeration RecipientTypeDetails).
var kinds = map[int64]refresh.Kind{
	1 << 0:  refresh.KindUser,
	1 << 1:  refresh.KindLinked,
	1 << 2:  refresh.KindShared,
	1 << 3:  refresh.KindUser, // of Exchange 2003
	1 << 4:  refresh.KindRoom,
	1 << 5:  refresh.KindEquipment,
	1 << 6:  refresh.KindContact,
	1 << 7:  refresh.KindMailUser,
	1 << 8:  refresh.KindGroup,
	1 << 9:  refresh.KindGroup,
	1 << 10: refresh.KindGroup,
	1 << 11: refresh.KindGroup, // dynamic
	1 << 13: refresh.KindSystem,
	1 << 14: refresh.KindSystem,
	1 << 23: refresh.KindSystem, // arbitration
	1 << 29: refresh.KindSystem, // discovery
	1 << 31: refresh.KindRemote,
	1 << 33: refresh.KindRemote, // room
	1 << 34: refresh.KindRemote, // equipment
	1 << 35: refresh.KindRemote, // shared
}

// kindOf reads the kind; without an attribute for it every entry is a user's.
func kindOf(e *ldap.Entry, name string) (refresh.Kind, error) {
	if name == "" {
		return refresh.KindUser, nil
	}
	v := one(e, name)
	if v == "" {
		return refresh.KindUnknown, nil
	}
	n, ok := number(v)
	if !ok {
		return refresh.KindUnknown, &refresh.ValueError{Attr: name, Value: v, Problem: "it is not a number"}
	}
	return kinds[n], nil
}
