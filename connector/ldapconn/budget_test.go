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

// costs is a sink that keeps what the framer estimates.
type costs struct{ cost, kept int }

func (*costs) begin(int, byte) error        { return nil }
func (c *costs) end(_ byte, cost, kept int) { c.cost, c.kept = cost, kept }
func estimate(t testing.TB, m []byte) *costs {
	t.Helper()
	c := &costs{}
	if err := (&framer{to: c}).feed(m); err != nil {
		t.Fatal(err)
	}
	return c
}

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
	for _, tt := range []struct {
		name string
		in   []byte
	}{
		{"person of Active Directory", person(5, 1)},
		{"mailbox of OpenLDAP", tlvEntry(5, tlvAttribute("proxyAddresses", "SMTP:user000001@source.example", "smtp:a.b@source.example"), tlvAttribute("mail", "user000001@source.example"), tlvAttribute("uid", "user000001"), tlvAttribute("cn", "A B"), tlvAttribute("entryUUID", "0c1d148b-0143-4234-8265-f2f8d891d4c0"))},
		{"1500 values", tlvEntry(5, tlvAttribute("proxyAddresses", values(1500, 60)...))},
		{"20,000 values", tlvEntry(5, tlvAttribute("proxyAddresses", values(20_000, 60)...))},
		{"empty values", tlvEntry(5, tlvAttribute("a", make([]string, 20_000)...))},
		{"values of one byte", tlvEntry(5, tlvAttribute("a", values(10_000, 1)...))},
		{"values of 500 bytes", tlvEntry(5, tlvAttribute("a", values(3000, 500)...))},
		{"values of 600 bytes", tlvEntry(5, tlvAttribute("a", values(3000, 600)...))},
		{"one large value", tlvEntry(5, tlvAttribute("a", strings.Repeat("x", 1<<20)))},
		{"empty attributes", tlvEntry(5, attributes(5000)...)},
		{"attributes", tlvEntry(5, attributes(5000, "x")...)},
		{"references", tlvReference(5, values(5000, 40)...)},
		{"a control", tlvResult(opDone, 5, 0, tlvControl(pagingOID, tlv(tagSequence, tlvInt(0), tlv(tagString, make([]byte, 40_000)))))},
		{"a control of small parts", tlvResult(opDone, 5, 0, tlvControl(pagingOID, tlv(tagSequence, tlvInt(0), bytes.Repeat([]byte{4, 0}, 20_000))))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := estimate(t, tt.in)
			n := max(1, 4<<20/c.cost) // so many that what else happens in this process does not count
			packets, entries := make([]*ber.Packet, n), make([]any, n)
			before := inUse()
			for i := range packets {
				p, err := ber.ReadPacket(bytes.NewReader(tt.in))
				if err != nil {
					t.Fatal(err)
				}
				packets[i] = p
				entries[i] = digest(t, p)
			}
			cost := (inUse() - before) / n
			clear(packets)
			kept := (inUse() - before) / n
			runtime.KeepAlive(entries)
			t.Logf("%d bytes: %d to decode, estimate %d; %d stay, estimate %d", len(tt.in), cost, c.cost, kept, c.kept)
			if cost > c.cost*5/4 || cost < c.cost/2 {
				t.Errorf("decoding takes %d bytes, the estimate is %d", cost, c.cost)
			}
			if kept > c.kept*5/4+64 {
				t.Errorf("%d bytes stay, the estimate is %d", kept, c.kept)
			}
		})
	}
}

// digest makes of a message what go-ldap's Search does.
func digest(t *testing.T, p *ber.Packet) any {
	op := p.Children[1]
	switch op.Tag {
	case ldap.ApplicationSearchResultReference:
		var urls []string
		for _, u := range op.Children {
			urls = append(urls, u.Value.(string))
		}
		return urls
	case ldap.ApplicationSearchResultDone:
		c, err := ldap.DecodeControl(p.Children[2].Children[0])
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	e := &ldap.Entry{DN: op.Children[0].Value.(string)}
	for _, a := range op.Children[1].Children {
		x := &ldap.EntryAttribute{Name: a.Children[0].Value.(string)}
		vs := a.Children[1].Children
		x.Values, x.ByteValues = make([]string, len(vs)), make([][]byte, len(vs))
		for i, v := range vs {
			x.Values[i], x.ByteValues[i] = v.Value.(string), v.ByteValue
		}
		e.Attributes = append(e.Attributes, x)
	}
	return e
}

// inUse returns the bytes of the heap in use.
func inUse() int {
	runtime.GC()
	runtime.GC() // the first one may have begun before
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
