package ldapconn

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// values are n different values of a size.
func values(n, size int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("%0*d", size, i)[:size]
	}
	return out
}

// person is an entry as Active Directory answers it to a listing.
func person(id, n int) []byte {
	guid := fmt.Sprintf("%016d", n)
	return tlvEntry(id,
		tlvAttribute("proxyAddresses", fmt.Sprintf("SMTP:user%06d@source.example", n), fmt.Sprintf("smtp:first%d.last%d@source.example", n, n), fmt.Sprintf("X500:/o=Example/ou=Exchange Administrative Group/cn=Recipients/cn=user%06d", n)),
		tlvAttribute("mail", fmt.Sprintf("user%06d@source.example", n)), tlvAttribute("userPrincipalName", fmt.Sprintf("user%06d@source.example", n)),
		tlvAttribute("displayName", fmt.Sprintf("First%d Last%d", n, n)), tlvAttribute("cn", fmt.Sprintf("First%d Last%d", n, n)),
		tlvAttribute("objectGUID", guid), tlvAttribute("msExchMailboxGuid", guid), tlvAttribute("mS-DS-ConsistencyGuid", guid),
		tlvAttribute("msExchRecipientTypeDetails", "1"), tlvAttribute("givenName", "First"), tlvAttribute("sn", "Last"), tlvAttribute("employeeID", "123"))
}

// attributes are n attributes with the given values each.
func attributes(n int, values ...string) [][]byte {
	out := make([][]byte, n)
	for i := range out {
		out[i] = tlvAttribute(fmt.Sprintf("attribute%d", i), values...)
	}
	return out
}

// TestDecodingCost decodes messages and compares the memory in use with the estimate. An estimate that is too low lets a server fill the
// memory; one that is too high refuses honest answers.
func TestDecodingCost(t *testing.T) {
	result := func(parts ...[]byte) []byte {
		return tlv(tagSequence, tlvInt(5), tlv(opDone, append([][]byte{{0x0a, 1, 10}, tlvText("")}, parts...)...))
	}
	for _, tt := range []struct {
		name string
		in   []byte
	}{
		{"person of Active Directory", person(5, 1)},
		{"mailbox of OpenLDAP", tlvEntry(5, tlvAttribute("proxyAddresses", "SMTP:user000001@source.example", "smtp:a.b@source.example"), tlvAttribute("mail", "user000001@source.example"), tlvAttribute("uid", "user000001"), tlvAttribute("cn", "A B"), tlvAttribute("entryUUID", "0c1d148b-0143-4234-8265-f2f8d891d4c0"))},
		{"1500 values", tlvEntry(5, tlvAttribute("proxyAddresses", values(1500, 60)...))},
		{"20,000 values", tlvEntry(5, tlvAttribute("proxyAddresses", values(20_000, 60)...))},
		{"empty values", tlvEntry(5, tlvAttribute("a", make([]string, 20_000)...))},
		{"one large value", tlvEntry(5, tlvAttribute("a", strings.Repeat("x", 1<<20)))},
		{"empty attributes", tlvEntry(5, attributes(5000)...)},
		{"attributes", tlvEntry(5, attributes(5000, "x")...)},
		{"nothing", tlvEntry(5)},
		{"references", tlvReference(5, values(5000, 40)...)},
		{"end", tlvResult(opDone, 5, 0)},
		{"end with a long text", result(tlvText(strings.Repeat("x", 300_000)))},
		{"end with referrals", result(tlvText(""), tlv(tagReferral, bytes.Repeat(tlvText("ldap://dc1.source.example/dc=source"), 2000)))},
		{"end with empty referrals", result(tlvText(""), tlv(tagReferral, make([]byte, 0), bytes.Repeat(tlvText(""), 10_000)))},
		{"a cookie", tlvResult(opDone, 5, 0, tlvControl(pagingOID, tlv(tagSequence, tlvInt(0), tlv(tagString, make([]byte, 40_000)))))},
		{"a control of small parts", tlvResult(opDone, 5, 0, tlvControl(pagingOID, tlv(tagSequence, tlvInt(0), bytes.Repeat([]byte{4, 0}, 20_000))))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var f framer
			if _, whole, err := f.feed(tt.in); err != nil || !whole {
				t.Fatal(whole, err)
			}
			n := max(1, 4<<20/f.cost) // so many that what else happens in this process does not count
			all, seen := make([]any, n), names{}
			before := inUse()
			for i := range all {
				switch f.op {
				case opEntry:
					all[i] = entryOf(bytes.Clone(tt.in), f.attributes, f.values, seen)
				case opReference:
					all[i] = referencesOf(tt.in)
				default:
					p, err := ber.DecodePacketErr(tt.in)
					if err != nil {
						t.Fatal(err)
					}
					if len(p.Children) > 2 {
						_, _ = ldap.DecodeControl(p.Children[2].Children[0])
					}
					all[i] = p
				}
			}
			cost := (inUse() - before) / n
			runtime.KeepAlive(all)
			t.Logf("%d bytes: %d decoded, estimate %d", len(tt.in), cost, f.cost)
			if cost > f.cost*5/4 || cost < f.cost/3-costMessage {
				t.Errorf("%d bytes, the estimate is %d", cost, f.cost)
			}
		})
	}
}

// inUse returns the bytes of the heap in use.
func inUse() int {
	runtime.GC()
	runtime.GC() // the first one may have begun before
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
