package ldaptest

import (
	"fmt"
	"strings"
	"sync/atomic"
)

// Password is the password of every account until it is changed.
const Password = "secret"

// Account is somebody who may bind, by name.
type Account string

// The accounts that are always there, named as in packages slapdtest and sambatest. None of them can write.
const (
	Admin   Account = "admin"   // sees everything, deleted objects too
	Auditor Account = "auditor" // a reader who sees deleted objects too
	Reader  Account = "reader"  // an ordinary user: no deleted objects; on OpenLDAP 500 entries, at most 1000, paged without end
	Bulk    Account = "bulk"    // as reader, without limits on OpenLDAP
	Small   Account = "small"   // at most 10 entries in an answer or page
	Blind   Account = "blind"   // may bind and read the naming contexts, but sees nobody
	Veiled  Account = "veiled"  // sees the people, but none of their mail attributes
	NoID    Account = "noid"    // sees the people and their mail, but may not use the identity attribute
	Frail   Account = "frail"   // may bind, but sees nothing, not even the root of a naming context
)

// Rights say what an account may see. The zero value is an ordinary reader. The functions are called with the server's
// locks held: they must be quick and must not call the forest.
type Rights struct {
	Deleted   bool                             // sees deleted objects, where it asks for them
	Hides     func(Object) bool                // these objects are not there for it
	HidesAttr func(o Object, attr string) bool // nor are these attributes, whether read or searched for
	Refused   Code                             // every search but that of the root DSE ends with this code
	// SizeLimit bounds the entries of an answer that is not paged, SoftLimit where the client asks for no limit itself,
	// PageLimit those of one page. 0 means no bound.
	SizeLimit, SoftLimit, PageLimit int
}

// State is whether an account may bind.
type State uint8

// The states. Active Directory tells them in the text of code 49.
const (
	Enabled         State = iota
	Disabled              // data 533
	Locked                // data 775
	Expired               // data 701
	PasswordExpired       // data 532
	MustChange            // data 773: the password must be changed first
)

// account is an account as it is now.
type account struct {
	name     Account
	password string
	state    State
	rights   atomic.Pointer[Rights]
	dn       string
	upn      string
	down     string
}

// Object is what the functions of [Rights] are asked about.
type Object struct {
	server *store
	node   *node
}

// ID returns the identity.
func (o Object) ID() string { return o.server.schema.system.id(o.node.obj.id) }

// DN returns the DN on this server.
func (o Object) DN() string { return o.node.dn() }

// Person reports whether [Forest.Put] made it, rather than the directory itself.
func (o Object) Person() bool { return o.node.obj.csn > 0 && o.node.obj.person }

// Deleted reports whether it is a deleted object.
func (o Object) Deleted() bool { return o.node.obj.state != live }

// Value returns the first value of a stored attribute.
func (o Object) Value(attr string) string {
	if v := o.node.obj.get(o.server.schema.must(attr)); len(v) > 0 {
		return v[0]
	}
	return ""
}

// preset is an account that is always there.
type preset struct {
	name   Account
	rights Rights
}

func presets(system System) []preset {
	person := func(o Object) bool { return o.Person() }
	mailAttr := func(o Object, attr string) bool {
		switch attr {
		case aMail, aProxies, aLegacyDN, aNickname, aTarget, aHomeMDB:
			return true
		}
		return o.Person() && strings.HasPrefix(attr, "msExch")
	}
	reader := Rights{}
	if system != ActiveDirectory {
		reader = Rights{SoftLimit: 500, SizeLimit: 1000, PageLimit: 1000}
	}
	return []preset{
		{Admin, Rights{Deleted: true}},
		{Auditor, Rights{Deleted: true}},
		{Reader, reader},
		{Bulk, Rights{}},
		{Small, Rights{SoftLimit: 10, SizeLimit: 10, PageLimit: 10}},
		{Blind, Rights{Hides: person}},
		{Veiled, Rights{HidesAttr: mailAttr}},
		{NoID, Rights{HidesAttr: func(_ Object, attr string) bool { return attr == system.identity() }}},
		{Frail, Rights{Hides: func(Object) bool { return true }}},
	}
}

// AddAccount adds an account to the first domain, or changes the rights and the password of one that is there.
func (f *Forest) AddAccount(name Account, password string, r Rights) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.names.Lock()
	a := f.accounts[name]
	f.names.Unlock()
	if a == nil {
		d := f.domains[0]
		a = &account{name: name, dn: "cn=" + string(name) + "," + d.part.dn, upn: string(name) + "@" + d.cfg.Name, down: d.cfg.NetBIOS + `\` + string(name)}
		if name != Admin || f.cfg.System == ActiveDirectory { // OpenLDAP's administrator is no entry
			o, err := f.build(d, f.accountPerson(name))
			if err != nil {
				return err
			}
			o.person = false
			f.commit(change{obj: o})
			a.dn = f.world.nodes[o.id].dn()
		}
	}
	a.rights.Store(&r)
	f.names.Lock()
	defer f.names.Unlock()
	a.password = password
	f.accounts[name] = a
	return nil
}

func (f *Forest) accountPerson(name Account) Person {
	p := Person{UID: string(name), Surname: string(name)}
	if f.cfg.System == ActiveDirectory {
		p.Login, p.Parent = string(name)+"@"+f.domains[0].cfg.Name, "CN=Users,"+f.Suffix()
	} else {
		p.Class, p.Surname = applicationProcess, ""
	}
	return p
}

func (f *Forest) mustAccount(name Account) *account {
	f.names.RLock()
	defer f.names.RUnlock()
	if a := f.accounts[name]; a != nil {
		return a
	}
	panic(fmt.Sprintf("ldaptest: no account %q", name))
}

// SetRights changes what an account may see, at once, on connections that are open too.
func (f *Forest) SetRights(name Account, r Rights) { f.mustAccount(name).rights.Store(&r) }

// Rights returns what an account may see.
func (f *Forest) Rights(name Account) Rights { return *f.mustAccount(name).rights.Load() }

// SetPassword changes a password. Connections that are bound stay so, as on real servers, unless drop closes them.
func (f *Forest) SetPassword(name Account, password string, drop bool) {
	a := f.mustAccount(name)
	f.names.Lock()
	a.password = password
	f.names.Unlock()
	if drop {
		for _, d := range f.DCs {
			d.drop(func(c *conn) bool { return c.bound() == a })
		}
	}
}

// SetState says whether an account may bind from now on.
func (f *Forest) SetState(name Account, s State) {
	a := f.mustAccount(name)
	f.names.Lock()
	defer f.names.Unlock()
	a.state = s
}

// DN returns the DN of an account.
func (f *Forest) DN(name Account) string { return f.mustAccount(name).dn }

// UPN returns an account as name@domain, which Active Directory binds too.
func (f *Forest) UPN(name Account) string { return f.mustAccount(name).upn }

// DownLevel returns an account as DOMAIN\name, which Active Directory binds too.
func (f *Forest) DownLevel(name Account) string { return f.mustAccount(name).down }

// whois finds the account of a bind name.
func (f *Forest) whois(name string) *account {
	dn := foldDN(name)
	f.names.RLock()
	defer f.names.RUnlock()
	for _, a := range f.accounts {
		if foldDN(a.dn) == dn || f.cfg.System == ActiveDirectory && (strings.EqualFold(a.upn, name) || strings.EqualFold(a.down, name)) {
			return a
		}
	}
	return nil
}
