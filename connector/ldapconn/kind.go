package ldapconn

import (
	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/refresh"
)

// kinds are the values of msExchRecipientTypeDetails (Microsoft, "RecipientTypeDetails enumeration"), each of them one bit.
// Not among them are None (0), the bits 26, 27 and 48 on, of which nothing is documented, and sums of several bits.
var kinds = map[int64]refresh.Kind{
	// Mailboxes of people and things.
	1 << 0:  refresh.KindUser,      // UserMailbox
	1 << 1:  refresh.KindLinked,    // LinkedMailbox: the account is in another forest
	1 << 2:  refresh.KindShared,    // SharedMailbox
	1 << 3:  refresh.KindUser,      // LegacyMailbox: of Exchange 2003
	1 << 4:  refresh.KindRoom,      // RoomMailbox
	1 << 5:  refresh.KindEquipment, // EquipmentMailbox
	1 << 37: refresh.KindShared,    // TeamMailbox: a site mailbox
	1 << 41: refresh.KindRoom,      // LinkedRoomMailbox: a room first, whoever signs in
	1 << 44: refresh.KindShared,    // SchedulingMailbox: the calendar of a business that takes bookings

	// Recipients whose mailbox is elsewhere.
	1 << 7:  refresh.KindMailUser, // MailUser
	1 << 45: refresh.KindMailUser, // GuestMailUser
	1 << 31: refresh.KindRemote,   // RemoteUserMailbox
	1 << 33: refresh.KindRemote,   // RemoteRoomMailbox
	1 << 34: refresh.KindRemote,   // RemoteEquipmentMailbox
	1 << 35: refresh.KindRemote,   // RemoteSharedMailbox
	1 << 38: refresh.KindRemote,   // RemoteTeamMailbox
	1 << 43: refresh.KindRemote,   // RemoteGroupMailbox: a Microsoft 365 group written back

	// Contacts and groups, with mail or without.
	1 << 6:  refresh.KindContact, // MailContact
	1 << 15: refresh.KindContact, // MailForestContact: of another forest
	1 << 17: refresh.KindContact, // Contact
	1 << 8:  refresh.KindGroup,   // MailUniversalDistributionGroup
	1 << 9:  refresh.KindGroup,   // MailNonUniversalGroup
	1 << 10: refresh.KindGroup,   // MailUniversalSecurityGroup
	1 << 11: refresh.KindGroup,   // DynamicDistributionGroup
	1 << 18: refresh.KindGroup,   // UniversalDistributionGroup
	1 << 19: refresh.KindGroup,   // UniversalSecurityGroup
	1 << 20: refresh.KindGroup,   // NonUniversalGroup
	1 << 28: refresh.KindGroup,   // RoomList: a group of rooms
	1 << 30: refresh.KindGroup,   // RoleGroup
	1 << 40: refresh.KindGroup,   // GroupMailbox: a Microsoft 365 group

	// Accounts without a mailbox, as those that say nothing.
	1 << 16: refresh.KindUnknown, // User
	1 << 21: refresh.KindUnknown, // DisabledUser
	1 << 25: refresh.KindUnknown, // LinkedUser

	// What Exchange keeps for itself, and nobody's mailbox.
	1 << 12: refresh.KindSystem, // PublicFolder: a folder with an address
	1 << 13: refresh.KindSystem, // SystemAttendantMailbox
	1 << 14: refresh.KindSystem, // SystemMailbox: of a database
	1 << 22: refresh.KindSystem, // MicrosoftExchange: the sender of its reports
	1 << 23: refresh.KindSystem, // ArbitrationMailbox
	1 << 24: refresh.KindSystem, // MailboxPlan: a template
	1 << 29: refresh.KindSystem, // DiscoveryMailbox
	1 << 32: refresh.KindSystem, // Computer
	1 << 36: refresh.KindSystem, // PublicFolderMailbox: migrated with its folders, in another way than mailboxes
	1 << 39: refresh.KindSystem, // MonitoringMailbox
	1 << 42: refresh.KindSystem, // AuditLogMailbox
	1 << 46: refresh.KindSystem, // AuxAuditLogMailbox
	1 << 47: refresh.KindSystem, // SupervisoryReviewPolicyMailbox
}

// kindOf reads the kind; without an attribute for it every entry is a user's. A number that is not in kinds is
// [refresh.KindUnknown]: see [unfamiliar].
func kindOf(e *ldap.Entry, name string) (refresh.Kind, error) {
	if name == "" {
		return refresh.KindUser, nil
	}
	values, part := raw(e, name)
	if len(values) == 0 && !part {
		return refresh.KindUnknown, nil
	}
	if part || len(values) > 1 {
		return refresh.KindUnknown, &refresh.ValueError{Attr: name, Index: -1, Problem: "it has more than one value"}
	}
	n, ok := number(string(values[0]))
	if !ok {
		return refresh.KindUnknown, &refresh.ValueError{Attr: name, Value: string(values[0]), Problem: "it is not a number"}
	}
	return kinds[n], nil
}

// unfamiliar reports whether an entry has a type that is not in kinds. It may be a mailbox elsewhere, of a later Exchange: that
// no Instance is there then proves nothing, so the mailbox must not be called missing for that.
func unfamiliar(e *ldap.Entry, name string) bool {
	v := one(e, name)
	n, ok := number(v)
	_, known := kinds[n]
	return v != "" && !(ok && known)
}

// listed reports whether List lists a kind. The system's own mailboxes are nobody's, and pairing one with a person's would
// migrate it. Contacts, groups and recipients whose mailbox is elsewhere are listed: they may be targets that are planned, or in the way.
func listed(k refresh.Kind) bool { return k != refresh.KindSystem }
