package sambatest

import (
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
)

// Person is one user with or without a mailbox.
type Person struct {
	Name     string // cn and sAMAccountName, at most 20 bytes
	OU       string // the organizational unit below the suffix; "" is People. It must exist: see [Server.AddOU].
	ID       string // objectGUID in its text form; the server's choice when empty. Only [Start] can give it.
	Instance string // msExchMailboxGuid in its text form; empty leaves the attribute out, as all of the following
	Anchor   string // mS-DS-ConsistencyGuid in the text form of a GUID
	Login    string // userPrincipalName
	Given    string
	Surname  string
	Display  string   // displayName
	Number   string   // employeeNumber
	Mail     string   // mail
	Nickname string   // mailNickname
	Proxies  []string // proxyAddresses, such as "SMTP:a@source.example"
	LegacyDN string   // legacyExchangeDN
	Type     int64    // msExchRecipientTypeDetails: 1 user mailbox, 4 shared mailbox, …; 0 leaves it out
	Target   string   // targetAddress
	More     []Attribute
}

// Attribute is an attribute by its LDAP name with its raw values.
type Attribute struct {
	Name   string
	Values []string
}

// People returns n people with user mailboxes, the same on every call: SMTP:, mail and login userNNNNNN@domain, the
// alias firstN.lastN@domain, and an X500 address. They are meant for [Config].People.
func People(n int, domain string) []Person {
	r := rand.New(rand.NewPCG(1, 42))
	people := make([]Person, n)
	for i := range people {
		name := fmt.Sprintf("user%06d", i)
		legacy := "/o=Example/ou=Recipients/cn=" + name
		people[i] = Person{
			Name: name, ID: uuid(r), Instance: uuid(r), Login: name + "@" + domain,
			Given: fmt.Sprintf("First%d", i), Surname: fmt.Sprintf("Last%d", i), Display: fmt.Sprintf("First%d Last%d", i, i),
			Mail: name + "@" + domain, Nickname: name, LegacyDN: legacy, Type: 1,
			Proxies: []string{
				"SMTP:" + name + "@" + domain,
				fmt.Sprintf("smtp:first%d.last%d@%s", i, i, domain),
				"X500:" + legacy,
			},
		}
	}
	return people
}

// uuid makes up a UUID of version 4.
func uuid(r *rand.Rand) string {
	hi, lo := r.Uint64(), r.Uint64()
	hi, lo = hi&^0xf000|0x4000, lo&^(3<<62)|2<<62
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", hi>>32, hi>>16&0xffff, hi&0xffff, lo>>48, lo&(1<<48-1))
}

// Bits of userAccountControl.
const (
	accountDisabled     = 0x2
	passwordNotRequired = 0x20
	normalAccount       = 0x200
)

// attributes lists what the entry holds, in a fixed order, without objectGUID.
func (p Person) attributes() ([]Attribute, error) {
	control := normalAccount | passwordNotRequired
	switch p.Type {
	case 4, 16, 32: // shared, room, equipment: Exchange disables the account
		control |= accountDisabled
	}
	list := []Attribute{
		{"objectClass", []string{"user"}}, {"cn", one(p.Name)}, {"sAMAccountName", one(p.Name)},
		{"userAccountControl", one(strconv.Itoa(control))}, {"userPrincipalName", one(p.Login)},
		{"givenName", one(p.Given)}, {"sn", one(p.Surname)}, {"displayName", one(p.Display)}, {"employeeNumber", one(p.Number)},
		{"mail", one(p.Mail)}, {"mailNickname", one(p.Nickname)}, {"proxyAddresses", p.Proxies}, {"legacyExchangeDN", one(p.LegacyDN)},
		{"targetAddress", one(p.Target)},
	}
	if p.Type != 0 {
		list = append(list, Attribute{"msExchRecipientTypeDetails", one(strconv.FormatInt(p.Type, 10))})
	}
	for _, g := range []struct{ attr, text string }{{"msExchMailboxGuid", p.Instance}, {"mS-DS-ConsistencyGuid", p.Anchor}} {
		if g.text == "" {
			continue
		}
		b, err := guidBytes(g.text)
		if err != nil {
			return nil, err
		}
		list = append(list, Attribute{g.attr, one(string(b))})
	}
	kept := list[:0]
	for _, a := range append(list, p.More...) {
		if len(a.Values) > 0 {
			kept = append(kept, a)
		}
	}
	return kept, nil
}

func one(v string) []string {
	if v == "" {
		return nil
	}
	return []string{v}
}

// writePerson writes the person for ldbadd, which takes objectGUID as text.
func writePerson(w io.Writer, p Person, suffix string) error {
	attrs, err := p.attributes()
	if err != nil {
		return err
	}
	return writeLDIF(w, personDN(p, suffix), append(attrs, Attribute{"objectGUID", one(p.ID)}))
}

func personDN(p Person, suffix string) string {
	return "CN=" + escapeRDN(p.Name) + "," + ouDN(p.OU, suffix)
}

// writeLDIF writes one entry (RFC 2849), every value in base64 so that none needs a look.
func writeLDIF(w io.Writer, dn string, attrs []Attribute) error {
	var b strings.Builder
	b.WriteString("dn:: " + base64.StdEncoding.EncodeToString([]byte(dn)) + "\n")
	for _, a := range attrs {
		for _, v := range a.Values {
			b.WriteString(a.Name + ":: " + base64.StdEncoding.EncodeToString([]byte(v)) + "\n")
		}
	}
	b.WriteString("\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// escapeRDN escapes the value of an RDN (RFC 4514).
func escapeRDN(v string) string {
	var b strings.Builder
	for i, r := range v {
		if strings.ContainsRune(`,+"\<>;=`, r) || i == 0 && (r == '#' || r == ' ') || r == ' ' && i == len(v)-1 {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
