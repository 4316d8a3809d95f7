package ldapconn_test

import (
	"testing"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/scenario"
	"github.com/readdress-go/readdress/refresh"
)

// world is a directory with the hands of its administrator.
type world = scenario.World

// connect opens a connector for the conformance suite, which closes it.
func connect(t *testing.T, cfg ldapconn.Config, opts *ldapconn.Options) (refresh.Connector, error) {
	c, err := ldapconn.Open(t.Context(), cfg, opts)
	if err != nil {
		return nil, err // not a nil *Connector in an interface
	}
	return c, nil
}

// proxies writes the addresses of a mailbox as a server holds them.
func proxies(m refresh.Mailbox) []string {
	out := []string{"SMTP:" + string(m.Primary)}
	for _, a := range m.Aliases {
		out = append(out, "smtp:"+string(a))
	}
	return out
}

// foreign are addresses of other types, which are no aliases.
func foreign() []string {
	return []string{"X500:/o=Example/cn=x", "SIP:x@sip.example", "EUM:4711;phone-context=x"}
}

// spoilt is a second primary address.
const spoilt = "SMTP:second@connectortest.example"

// malformedGUIDs are texts that are no identity in Active Directory.
var malformedGUIDs = []refresh.ID{"no guid", "*", "AAAAAAAA-AAAA-4AAA-8AAA-AAAAAAAAAAAA", "00000000-0000-4000-8000-00000000000", "00000000-0000-4000-8000-000000000000)(cn=*"}

// malformedUUIDs are texts that are no entryUUID.
var malformedUUIDs = []refresh.ID{"no uuid", "*", "AAAAAAAA-AAAA-4AAA-8AAA-AAAAAAAAAAAA", "00000000-0000-4000-8000-000000000000)(uid=*"}

// recipientTypes are values of msExchRecipientTypeDetails.
var recipientTypes = map[refresh.Kind]int64{
	refresh.KindUser: 1, refresh.KindLinked: 2, refresh.KindShared: 4, refresh.KindRoom: 16, refresh.KindEquipment: 32, refresh.KindMailUser: 128,
}

// interleave undoes a split of a list into the even and the odd elements.
func interleave[T any](even, odd []T) []T {
	out := make([]T, 0, len(even)+len(odd))
	for i := range even {
		out = append(out, even[i])
		if i < len(odd) {
			out = append(out, odd[i])
		}
	}
	return out
}
