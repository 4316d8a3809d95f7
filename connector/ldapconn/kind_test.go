package ldapconn

import (
	"crypto/tls"
	"fmt"
	"math/bits"
	"strconv"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

func TestKinds(t *testing.T) {
	const attr = "msExchRecipientTypeDetails"
	tested := map[int64]bool{}
	for _, tt := range []struct {
		name   string
		value  int64
		want   refresh.Kind
		reason string
	}{
		{"UserMailbox", 1, refresh.KindUser, "a person's mailbox"},
		{"LinkedMailbox", 2, refresh.KindLinked, "its account is in another forest"},
		{"SharedMailbox", 4, refresh.KindShared, "nobody signs in"},
		{"LegacyMailbox", 8, refresh.KindUser, "a person's, of Exchange 2003"},
		{"RoomMailbox", 16, refresh.KindRoom, "a room"},
		{"EquipmentMailbox", 32, refresh.KindEquipment, "a thing"},
		{"MailContact", 64, refresh.KindContact, "an external address"},
		{"MailUser", 128, refresh.KindMailUser, "an account whose mailbox is elsewhere"},
		{"MailUniversalDistributionGroup", 256, refresh.KindGroup, "a group"},
		{"MailNonUniversalGroup", 512, refresh.KindGroup, "a group"},
		{"MailUniversalSecurityGroup", 1024, refresh.KindGroup, "a group"},
		{"DynamicDistributionGroup", 2048, refresh.KindGroup, "a group"},
		{"PublicFolder", 4096, refresh.KindSystem, "a folder with an address is no mailbox"},
		{"SystemAttendantMailbox", 8192, refresh.KindSystem, "a service's"},
		{"SystemMailbox", 16384, refresh.KindSystem, "a database's"},
		{"MailForestContact", 32768, refresh.KindContact, "an address in another forest"},
		{"User", 65536, refresh.KindUnknown, "there is no mailbox that could be of a kind"},
		{"Contact", 131072, refresh.KindContact, "a contact without mail"},
		{"UniversalDistributionGroup", 262144, refresh.KindGroup, "a group without mail"},
		{"UniversalSecurityGroup", 524288, refresh.KindGroup, "a group without mail"},
		{"NonUniversalGroup", 1048576, refresh.KindGroup, "a group without mail"},
		{"DisabledUser", 2097152, refresh.KindUnknown, "there is no mailbox that could be of a kind"},
		{"MicrosoftExchange", 4194304, refresh.KindSystem, "the sender of reports"},
		{"ArbitrationMailbox", 8388608, refresh.KindSystem, "for moderation"},
		{"MailboxPlan", 16777216, refresh.KindSystem, "a template"},
		{"LinkedUser", 33554432, refresh.KindUnknown, "there is no mailbox that could be of a kind"},
		{"RoomList", 268435456, refresh.KindGroup, "a group of rooms"},
		{"DiscoveryMailbox", 536870912, refresh.KindSystem, "for the results of searches"},
		{"RoleGroup", 1073741824, refresh.KindGroup, "a group of administrators"},
		{"RemoteUserMailbox", 2147483648, refresh.KindRemote, "the mailbox is in the cloud"},
		{"Computer", 4294967296, refresh.KindSystem, "no mailbox"},
		{"RemoteRoomMailbox", 8589934592, refresh.KindRemote, "remote is what matters, not the room"},
		{"RemoteEquipmentMailbox", 17179869184, refresh.KindRemote, "as above"},
		{"RemoteSharedMailbox", 34359738368, refresh.KindRemote, "as above"},
		{"PublicFolderMailbox", 68719476736, refresh.KindSystem, "holds public folders, is nobody's"},
		{"TeamMailbox", 137438953472, refresh.KindShared, "a site mailbox: several people's"},
		{"RemoteTeamMailbox", 274877906944, refresh.KindRemote, "the mailbox is in the cloud"},
		{"MonitoringMailbox", 549755813888, refresh.KindSystem, "a health mailbox"},
		{"GroupMailbox", 1099511627776, refresh.KindGroup, "a Microsoft 365 group"},
		{"LinkedRoomMailbox", 2199023255552, refresh.KindRoom, "rooms are matched with rooms, wherever the account is"},
		{"AuditLogMailbox", 4398046511104, refresh.KindSystem, "a log"},
		{"RemoteGroupMailbox", 8796093022208, refresh.KindRemote, "the group's mailbox is in the cloud"},
		{"SchedulingMailbox", 17592186044416, refresh.KindShared, "bookings: several people's"},
		{"GuestMailUser", 35184372088832, refresh.KindMailUser, "a guest's mailbox is elsewhere"},
		{"AuxAuditLogMailbox", 70368744177664, refresh.KindSystem, "a log"},
		{"SupervisoryReviewPolicyMailbox", 140737488355328, refresh.KindSystem, "for reviews"},
	} {
		e := ldap.NewEntry("", map[string][]string{attr: {strconv.FormatInt(tt.value, 10)}})
		if got, err := kindOf(e, attr); err != nil || got != tt.want {
			t.Errorf("%s %d is %s, %v; want %s: %s", tt.name, tt.value, got, err, tt.want, tt.reason)
		}
		if unfamiliar(e, attr) {
			t.Errorf("%s %d is not familiar", tt.name, tt.value)
		}
		if listed(tt.want) != (tt.want != refresh.KindSystem) {
			t.Errorf("%s: listed is %t", tt.name, listed(tt.want))
		}
		tested[tt.value] = true
	}
	for n := range kinds {
		if !tested[n] || bits.OnesCount64(uint64(n)) != 1 {
			t.Errorf("%d is in kinds and not in this test, or not one bit", n)
		}
	}
}

func TestKindOfStrangeValues(t *testing.T) {
	const attr = "msExchRecipientTypeDetails"
	for _, tt := range []struct {
		name       string
		attr       string
		values     []string
		want       refresh.Kind
		bad        bool
		unfamiliar bool
		reason     string
	}{
		{"switched off", "", []string{"4"}, refresh.KindUser, false, false, "a directory without types has users only"},
		{"absent", attr, nil, refresh.KindUnknown, false, false, "an account without a mailbox has none"},
		{"zero", attr, []string{"0"}, refresh.KindUnknown, false, true, "None says nothing"},
		{"unused bit", attr, []string{"67108864"}, refresh.KindUnknown, false, true, "nothing is documented of it"},
		{"later bit", attr, []string{"281474976710656"}, refresh.KindUnknown, false, true, "it may be a remote one"},
		{"two bits", attr, []string{"2147483652"}, refresh.KindUnknown, false, true, "remote or shared, which of them?"},
		{"negative", attr, []string{"-2147483648"}, refresh.KindUnknown, false, true, "bit 31 written by a program with 32 bits"},
		{"text", attr, []string{"UserMailbox"}, refresh.KindUnknown, true, true, "the syntax is a number"},
		{"too large", attr, []string{"9223372036854775808"}, refresh.KindUnknown, true, true, "the syntax has 64 bits"},
		{"two values", attr, []string{"1", "2147483648"}, refresh.KindUnknown, true, false, "it has one value; the first is not better than the second"},
	} {
		e := ldap.NewEntry("", map[string][]string{attr: tt.values})
		if got, err := kindOf(e, tt.attr); got != tt.want || (err != nil) != tt.bad {
			t.Errorf("%s: %s, %v; want %s, error %t: %s", tt.name, got, err, tt.want, tt.bad, tt.reason)
		}
		if got := unfamiliar(e, tt.attr); got != tt.unfamiliar {
			t.Errorf("%s: unfamiliar %t, want %t: %s", tt.name, got, tt.unfamiliar, tt.reason)
		}
	}
}

// TestRemoteKindsMoved: a mailbox that became a remote one or a mail user is missing, moved, and the forwarding
// address says where to; one of an unknown type is never missing.
func TestRemoteKindsMoved(t *testing.T) {
	people := ldaptest.People(10, "source.example")
	for i, n := range []int64{ldaptest.UserMailbox, ldaptest.RoomMailbox, ldaptest.EquipmentMailbox, ldaptest.SharedMailbox} {
		people[i].Type = n
	}
	f := ldaptest.Run(t, ldaptest.Config{People: people})
	c, err := Open(t.Context(), Config{
		Server: f.DCs[0].TLSAddr, TLS: &tls.Config{RootCAs: f.Roots}, User: f.DN(ldaptest.Reader), Password: ldaptest.Password,
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	job := refresh.NewJob("kinds")
	for e, err := range c.List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		job.Matches = append(job.Matches, refresh.Match{Key: string(e.ID), Source: e.Mailbox, SourceOrigin: refresh.Bound})
	}

	const later = 1 << 50
	cloud := func(i int) string { return fmt.Sprintf("user%06d@tenant.mail.onmicrosoft.com", i) }
	for i, edit := range []func(id string) error{
		4: func(id string) error { // Disable-Mailbox, then Enable-MailUser
			return f.Update(id, func(p *ldaptest.Person) { p.Type, p.Mailbox, p.Target = ldaptest.MailUser, "", "SMTP:"+cloud(4) })
		},
		5: func(id string) error { return f.Update(id, func(p *ldaptest.Person) { p.Type = later }) },
		6: func(id string) error {
			return f.Update(id, func(p *ldaptest.Person) { p.Type, p.Mailbox, p.Target = later, "", "SMTP:"+cloud(6) })
		},
		7: f.DisableMailbox,
		8: func(string) error { return nil },
	} {
		if edit == nil {
			edit = func(id string) error { return f.BecomeRemote(id, cloud(i)) }
		}
		if err := edit(people[i].ID); err != nil {
			t.Fatal(err)
		}
	}
	res, err := refresh.Refresh(t.Context(), job, refresh.Sides{Source: c}, &refresh.Options{ConfirmAfter: -1})
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]refresh.Row{}
	for _, row := range res.Rows {
		rows[row.Key] = row
	}
	for i, tt := range []struct {
		name   string
		want   refresh.Outcome
		why    refresh.Reason
		cause  refresh.Cause
		reason string
	}{
		{"user", refresh.Missing, refresh.ReasonMoved, 0, "RemoteUserMailbox"},
		{"room", refresh.Missing, refresh.ReasonMoved, 0, "RemoteRoomMailbox"},
		{"equipment", refresh.Missing, refresh.ReasonMoved, 0, "RemoteEquipmentMailbox"},
		{"shared", refresh.Missing, refresh.ReasonMoved, 0, "RemoteSharedMailbox"},
		{"mail user", refresh.Missing, refresh.ReasonMoved, 0, "MailUser"},
		{"later type", refresh.NotChanged, 0, 0, "the mailbox is the same one; the stored kind stays"},
		{"later type without a mailbox", refresh.LookupFailed, 0, refresh.CauseMailboxUnknown, "it may be remote, so that no Instance is there proves nothing"},
		{"disabled", refresh.Missing, refresh.ReasonNoMailbox, 0, "the case beside it that is proven"},
		{"untouched", refresh.NotChanged, 0, 0, "the case in which nothing happened"},
	} {
		row := rows[people[i].ID]
		if row.Outcome != tt.want || row.Cause != tt.cause || tt.why != 0 && row.Reasons != refresh.ReasonsOf(tt.why) {
			t.Errorf("%s: %s %v %s %s; want %s %s %s: %s", tt.name, row.Outcome, row.Reasons, row.Cause, row.Failure, tt.want, tt.why, tt.cause, tt.reason)
		}
		if tt.why != refresh.ReasonMoved {
			continue
		}
		if row.Evidence == nil || row.Evidence.ForwardsTo != refresh.Address(cloud(i)) || row.Evidence.Proof != refresh.ProofStated {
			t.Errorf("%s: evidence %+v, want that it forwards to its address in the cloud", tt.name, row.Evidence)
		}
		if row.After != nil {
			t.Errorf("%s: something would be written", tt.name)
		}
	}
}
