package slapdtest

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
)

// Person is one entry below ou=People.
type Person struct {
	UID     string // the entry's name
	ID      string // entryUUID
	Given   string
	Surname string
	Name    string   // displayName; empty leaves the attribute out
	Mail    []string // mail
	Proxies []string // proxyAddresses, such as "SMTP:a@source.example"
	Number  string   // employeeNumber
}

// People returns n people, the same on every call: SMTP: and mail userNNNNNN@domain, the alias firstN.lastN@domain,
// and an X500 address.
func People(n int, domain string) []Person {
	r := rand.New(rand.NewPCG(1, 42))
	people := make([]Person, n)
	for i := range people {
		uid := fmt.Sprintf("user%06d", i)
		people[i] = Person{
			UID: uid, ID: uuid(r.Uint64(), r.Uint64()),
			Given: fmt.Sprintf("First%d", i), Surname: fmt.Sprintf("Last%d", i), Name: fmt.Sprintf("First%d Last%d", i, i),
			Mail: []string{uid + "@" + domain},
			Proxies: []string{
				"SMTP:" + uid + "@" + domain,
				fmt.Sprintf("smtp:first%d.last%d@%s", i, i, domain),
				"X500:" + legacyDN(uid),
			},
		}
	}
	return people
}

// uuid writes 128 bits as a UUID of version 4.
func uuid(hi, lo uint64) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], hi)
	binary.BigEndian.PutUint64(b[8:], lo)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func legacyDN(uid string) string { return "/o=Example/ou=Recipients/cn=" + uid }

// attributes lists what the entry holds, in a fixed order, without entryUUID.
func (p Person) attributes() []attribute {
	surname := p.Surname
	if surname == "" {
		surname = p.UID
	}
	common := strings.TrimSpace(p.Given + " " + surname)
	list := []attribute{
		{"objectClass", []string{"inetOrgPerson", "mailPlatformRecipient"}},
		{"uid", []string{p.UID}}, {"cn", []string{common}}, {"sn", []string{surname}},
		{"givenName", one(p.Given)}, {"displayName", one(p.Name)}, {"employeeNumber", one(p.Number)},
		{"mail", p.Mail}, {"proxyAddresses", p.Proxies}, {"legacyExchangeDN", one(legacyDN(p.UID))},
	}
	kept := list[:0]
	for _, a := range list {
		if len(a.values) > 0 {
			kept = append(kept, a)
		}
	}
	return kept
}

type attribute struct {
	name   string
	values []string
}

func one(v string) []string {
	if v == "" {
		return nil
	}
	return []string{v}
}

// writeLDIF writes one entry (RFC 2849), every value in base64 so that none needs a look.
func writeLDIF(w io.Writer, dn string, attrs []attribute) error {
	var b strings.Builder
	b.WriteString("dn:: " + base64.StdEncoding.EncodeToString([]byte(dn)) + "\n")
	for _, a := range attrs {
		for _, v := range a.values {
			b.WriteString(a.name + ":: " + base64.StdEncoding.EncodeToString([]byte(v)) + "\n")
		}
	}
	b.WriteString("\n")
	_, err := io.WriteString(w, b.String())
	return err
}
