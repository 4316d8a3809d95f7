package ldaptest_test

import (
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/internal/ldaptest"
)

func must(t testing.TB, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func got[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		must(t, err)
		return v
	}
}

func clientTLS(f *ldaptest.Forest) *tls.Config {
	return &tls.Config{RootCAs: f.Roots, ServerName: "localhost"}
}

// dial connects over LDAPS to an address.
func dial(t testing.TB, f *ldaptest.Forest, addr string) *ldap.Conn {
	t.Helper()
	c, err := ldap.DialURL("ldaps://"+addr, ldap.DialWithTLSConfig(clientTLS(f)), ldap.DialWithDialer(&net.Dialer{Timeout: 5 * time.Second}))
	must(t, err)
	c.SetTimeout(10 * time.Second)
	t.Cleanup(func() { c.Close() })
	return c
}

// bind connects to an address and binds.
func bind(t testing.TB, f *ldaptest.Forest, addr string, a ldaptest.Account) *ldap.Conn {
	t.Helper()
	c := dial(t, f, addr)
	must(t, c.Bind(f.DN(a), ldaptest.Password))
	return c
}

// reader is a connection of an ordinary reader to the first server.
func reader(t testing.TB, f *ldaptest.Forest) *ldap.Conn {
	t.Helper()
	return bind(t, f, f.DCs[0].TLSAddr, ldaptest.Reader)
}

func code(err error) ldaptest.Code {
	if e, ok := errors.AsType[*ldap.Error](err); ok {
		return ldaptest.Code(e.ResultCode)
	}
	if err != nil {
		return -1
	}
	return 0
}

func request(base string, scope int, filter string, attrs ...string) *ldap.SearchRequest {
	return ldap.NewSearchRequest(base, scope, 0, 0, 0, false, filter, attrs, nil)
}

// find returns what a search below the first domain's suffix answers.
func find(t testing.TB, c *ldap.Conn, base, filter string, attrs ...string) []*ldap.Entry {
	t.Helper()
	res, err := c.Search(request(base, ldap.ScopeWholeSubtree, filter, attrs...))
	must(t, err)
	return res.Entries
}

// names are the first RDNs of entries, sorted.
func names(es []*ldap.Entry) string {
	var out []string
	for _, e := range es {
		rdn, _, _ := strings.Cut(e.DN, ",")
		_, v, _ := strings.Cut(rdn, "=")
		out = append(out, v)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// control is a control with any criticality byte.
type control struct {
	oid   string
	raw   byte
	value []byte
}

func (c control) GetControlType() string { return c.oid }
func (c control) String() string         { return c.oid }
func (c control) Encode() *ber.Packet {
	p := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	p.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, c.oid, ""))
	if c.raw != 0 {
		b := ber.Encode(ber.ClassUniversal, ber.TypePrimitive, ber.TagBoolean, nil, "")
		b.Data.WriteByte(c.raw)
		p.AppendChild(b)
	}
	if c.value != nil {
		p.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, string(c.value), ""))
	}
	return p
}

const showDeleted, showRecycled = "1.2.840.113556.1.4.417", "1.2.840.113556.1.4.2064"

// person is a small mailbox.
func person(uid string) ldaptest.Person {
	return ldaptest.Person{
		UID: uid, Given: strings.ToUpper(uid[:1]) + uid[1:], Surname: "Berg", Name: uid + " Berg", Login: uid + "@source.example", Nickname: uid,
		Mail: []string{uid + "@source.example"}, Proxies: []string{"SMTP:" + uid + "@source.example", "smtp:" + uid + ".berg@source.example"},
		Mailbox: "00000000-0000-4000-8000-" + hex12(uid),
	}
}

func hex12(s string) string {
	const digits = "0123456789abcdef"
	b := []byte("000000000000")
	for i := range min(len(s), 6) {
		b[2*i], b[2*i+1] = digits[s[i]>>4], digits[s[i]&15]
	}
	return string(b)
}
