package sambatest

import (
	"fmt"
	"strings"
)

// DefaultRealm is the domain's DNS name unless [Config].Realm says otherwise.
const DefaultRealm = "source.example"

// Password is the password of every account. It meets the complexity rules of a default domain.
const Password = "Passw0rd.example"

// Account is an account in CN=Users of the domain.
type Account string

// The accounts. All but Admin may only read.
const (
	Admin   Account = "Administrator" // may do everything
	Reader  Account = "reader"        // an ordinary user: sees the people, but nothing below CN=Deleted Objects
	Auditor Account = "auditor"       // a reader who may also read CN=Deleted Objects
	Blind   Account = "blind"         // may bind and read the domain, but not list OU=People or what [Server.AddOU] adds
	Veiled  Account = "veiled"        // sees the people, but none of their mail attributes
)

// accounts lists the accounts that are added to those of a new domain.
var accounts = []Account{Reader, Auditor, Blind, Veiled}

// Config says what the domain is and holds. The zero value is a domain without people.
type Config struct {
	Realm  string   // DNS name of the domain; [DefaultRealm] when empty
	People []Person // the users
	LDIF   string   // more entries, loaded after the people, below [Suffix] of Realm

	// Recycle turns the recycle bin on: what is deleted keeps its attributes. It cannot be turned off again.
	Recycle bool

	// Forest tells forests of one name apart. Domains with the same Realm and Forest are copies of each other, with the
	// same identities; another word makes another forest, with other identities.
	Forest string
}

func (c Config) realm() string {
	if c.Realm == "" {
		return DefaultRealm
	}
	return strings.ToLower(c.Realm)
}

// Suffix returns the naming context of a domain: "DC=source,DC=example" for "source.example".
func Suffix(realm string) string {
	return "DC=" + strings.ReplaceAll(realm, ".", ",DC=")
}

// netbios returns the domain's short name, which may have 15 bytes.
func netbios(realm string) string {
	label, _, _ := strings.Cut(realm, ".")
	return strings.ToUpper(label[:min(len(label), 15)])
}

func accountDN(a Account, suffix string) string { return "CN=" + string(a) + ",CN=Users," + suffix }

// ouDN returns the DN of an organizational unit below the suffix; the empty name means People.
func ouDN(ou, suffix string) string {
	if ou == "" {
		ou = "People"
	}
	return "OU=" + escapeRDN(ou) + "," + suffix
}

// here is the folder of the process that reads the configuration. Samba joins its paths and then binds sockets there,
// whose paths may have 107 bytes: a test's folder is often longer.
const here = "/proc/self/cwd"

// configText is smb.conf(5). Every process that reads it runs in the domain's folder. Only LDAP is served.
func configText(realm, addr string) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, "  "+format+"\n", args...) }
	b.WriteString("[global]\n")
	line("netbios name = DC1")
	line("workgroup = %s", netbios(realm))
	line("realm = %s", strings.ToUpper(realm))
	line("server role = active directory domain controller")
	line("server services = ldap")
	line("dcerpc endpoint servers = none")
	line("interfaces = %s/8", addr)
	line("bind interfaces only = yes")
	for _, dir := range []struct{ option, path string }{
		{"lock directory", ""},
		{"private dir", "/private"},
		{"state directory", "/state"},
		{"cache directory", "/cache"},
		{"binddns dir", "/bind-dns"},
		{"pid directory", "/run"},
		{"ncalrpc dir", "/run/ncalrpc"},
		{"winbindd socket directory", "/run/winbindd"},
		{"ntp signd socket directory", "/run/ntp"},
	} {
		line("%s = %s%s", dir.option, here, dir.path)
	}
	line("logging = file")
	line("max log size = 0")
	line("tls enabled = yes")
	line("tls keyfile = %s/tls/key.pem", here)
	line("tls certfile = %s/tls/cert.pem", here)
	line("tls cafile =")
	line("panic action =")
	line("usershare max shares = 0")
	line("old password allowed period = 0") // Samba takes an old password for an hour
	line("ldb:nosync = yes")                // nobody needs the data after a power cut
	for _, share := range []struct{ name, path string }{{"sysvol", ""}, {"netlogon", "/" + realm + "/scripts"}} {
		fmt.Fprintf(&b, "[%s]\n  path = %s/state/sysvol%s\n", share.name, here, share.path)
	}
	return b.String()
}
