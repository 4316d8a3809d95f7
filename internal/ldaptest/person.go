package ldaptest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// Class is what an object is.
type Class string

// The classes. On the systems other than Active Directory a user is an inetOrgPerson.
const (
	User     Class = "" // the zero value
	Contact  Class = "contact"
	Group    Class = "group"
	Computer Class = "computer"

	applicationProcess Class = "applicationProcess"
)

// Person is an object as [Forest.Put] takes it. What a system does not have, it leaves out: OpenLDAP has no Login, no
// Mailbox and no Type.
type Person struct {
	UID     string // sAMAccountName, uid, and the RDN unless CN says otherwise; minted when empty
	ID      string // objectGUID, entryUUID or nsUniqueId as text; minted when empty
	CN      string // the RDN (Active Directory); empty means UID
	Parent  string // DN above it; empty means OU=People
	Class   Class
	Given   string
	Surname string
	Name    string   // displayName
	Login   string   // userPrincipalName
	Mail    []string // mail
	Proxies []string // proxyAddresses, such as "SMTP:a@source.example"
	Number  string   // employeeID, or employeeNumber

	Nickname string // mailNickname
	Mailbox  string // msExchMailboxGuid as text; with it come homeMDB and legacyExchangeDN
	Anchor   string // mS-DS-ConsistencyGuid as text
	Type     int64  // msExchRecipientTypeDetails; 0 means [UserMailbox] where there is a Mailbox, else none
	Target   string // targetAddress, such as "SMTP:a@tenant.mail.onmicrosoft.example"
	Hidden   bool   // msExchHideFromAddressLists

	Attrs map[string][]string // more attributes, as on the wire
}

// Values of msExchRecipientTypeDetails (Microsoft, enumeration RecipientTypeDetails).
const (
	UserMailbox            int64 = 1 << 0
	LinkedMailbox          int64 = 1 << 1
	SharedMailbox          int64 = 1 << 2
	RoomMailbox            int64 = 1 << 4
	EquipmentMailbox       int64 = 1 << 5
	MailContact            int64 = 1 << 6
	MailUser               int64 = 1 << 7
	MailGroup              int64 = 1 << 8
	ArbitrationMailbox     int64 = 1 << 23
	DiscoveryMailbox       int64 = 1 << 29
	RemoteUserMailbox      int64 = 1 << 31
	RemoteRoomMailbox      int64 = 1 << 33
	RemoteEquipmentMailbox int64 = 1 << 34
	RemoteSharedMailbox    int64 = 1 << 35
	MonitoringMailbox      int64 = 1 << 39
)

// People returns n people, the same on every call and those of slapdtest.People, each with a mailbox: SMTP: and mail
// userNNNNNN@domain, the alias firstN.lastN@domain, and an X500 address.
func People(n int, domain string) []Person {
	r := rand.New(rand.NewPCG(1, 42))
	boxes := rand.New(rand.NewPCG(2, 42))
	people := make([]Person, n)
	for i := range people {
		uid := fmt.Sprintf("user%06d", i)
		people[i] = Person{
			UID: uid, ID: seeded(r).String(), Login: uid + "@" + domain, Nickname: uid, Mailbox: seeded(boxes).String(),
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

// seeded makes a GUID as slapdtest does.
func seeded(r *rand.Rand) guid {
	hi, lo := r.Uint64(), r.Uint64()
	var g guid
	for i := range 8 {
		g[i], g[8+i] = byte(hi>>(56-8*i)), byte(lo>>(56-8*i))
	}
	g[6], g[8] = g[6]&0x0f|0x40, g[8]&0x3f|0x80
	return g
}

func legacyDN(uid string) string { return "/o=Example/ou=Recipients/cn=" + uid }

// write sets the attributes that a person stands for, and removes those for which the person has nothing.
func (d draft) write(p Person, f *Forest) {
	d.set(aDisplay, p.Name)
	d.set(aGiven, p.Given)
	d.set(aMail, slices.Clone(p.Mail)...)
	d.set(aProxies, slices.Clone(p.Proxies)...)
	if f.cfg.System != ActiveDirectory {
		d.writePlain(p)
	} else {
		d.set(aSurname, p.Surname)
		if p.Class != Contact {
			d.set(aAccount, p.UID)
		}
		d.set(aLogin, p.Login)
		d.set(aEmployee, p.Number)
		d.writeExchange(p, f)
	}
	for name, values := range p.Attrs {
		d.set(name, slices.Clone(values)...)
	}
}

func (d draft) writePlain(p Person) {
	if p.Class == applicationProcess {
		d.set("cn", p.UID)
		return
	}
	surname := p.Surname
	if surname == "" {
		surname = p.UID
	}
	d.set("uid", p.UID)
	d.set("cn", strings.TrimSpace(p.Given+" "+surname))
	d.set(aSurname, surname)
	d.set(aNumber, p.Number)
	d.set(aLegacyDN, legacyDN(p.UID))
}

func (d draft) writeExchange(p Person, f *Forest) {
	d.set(aNickname, p.Nickname)
	d.set(aMailbox, Octets(p.Mailbox))
	d.set(aAnchor, Octets(p.Anchor))
	kind := p.Type
	if kind == 0 && p.Mailbox != "" {
		kind = UserMailbox
	}
	d.set(aType, number(kind))
	d.set(aTarget, p.Target)
	d.set(aHidden, flag(p.Hidden))
	if p.Mailbox == "" || kind >= RemoteUserMailbox {
		d.set(aHomeMDB)
		return
	}
	d.set(aHomeMDB, "CN=Mailbox Database,CN=Databases,CN=Exchange Administrative Group,CN=Administrative Groups,CN=Organisation,CN=Microsoft Exchange,CN=Services,"+f.config.dn)
	if len(d.value(aLegacyDN)) == 0 {
		d.set(aLegacyDN, legacyDN(p.UID))
	}
}

// toPerson reads back what write wrote.
func (d draft) toPerson(f *Forest) Person {
	p := Person{
		ID: f.cfg.System.id(d.id), Given: d.first(aGiven), Surname: d.first(aSurname), Name: d.first(aDisplay),
		Mail: slices.Clone(d.value(aMail)), Proxies: slices.Clone(d.value(aProxies)),
	}
	if f.cfg.System != ActiveDirectory {
		p.UID, p.Number = d.first("uid"), d.first(aNumber)
		return p
	}
	p.UID, p.CN, p.Login, p.Number = d.first(aAccount), d.rdn.value, d.first(aLogin), d.first(aEmployee)
	p.Nickname, p.Mailbox, p.Anchor = d.first(aNickname), GUID(d.first(aMailbox)), GUID(d.first(aAnchor))
	p.Target, p.Hidden = d.first(aTarget), d.first(aHidden) == "TRUE"
	p.Type, _ = strconv.ParseInt(d.first(aType), 10, 64)
	for _, c := range []Class{Contact, Group, Computer} {
		for _, have := range d.value(aClass) {
			if have == string(c) {
				p.Class = c
			}
		}
	}
	return p
}

func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func flag(b bool) string {
	if b {
		return "TRUE"
	}
	return ""
}
