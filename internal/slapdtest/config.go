package slapdtest

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// DefaultSuffix is the naming context unless [Config].Suffix says otherwise.
const DefaultSuffix = "dc=source,dc=example"

// Password is the password of every account.
const Password = "secret"

// Account is an account of the server, by the name in its DN.
type Account string

// The accounts. All but Admin may only read.
const (
	Admin  Account = "admin"  // may do everything
	Reader Account = "reader" // size limits as on many servers: 500, at most 1000, paged without end
	Bulk   Account = "bulk"   // no limits
	Small  Account = "small"  // at most 10 entries in an answer or page, so that size limits are met
	Blind  Account = "blind"  // may bind and read the suffix entry, but sees nobody
	Veiled Account = "veiled" // sees the people, but none of their mail attributes
	NoID   Account = "noid"   // sees the people and their mail, but may not use entryUUID
	Frail  Account = "frail"  // may bind, but may not even see the suffix entry
	NoCSN  Account = "nocsn"  // sees everything but entryCSN and contextCSN, and so not what changed
	Unsure Account = "unsure" // sees everything but entryCSN: that something changed, but not what
)

// Config says what the server holds. The zero value is an empty directory.
type Config struct {
	Suffix string   // naming context; [DefaultSuffix] when empty. Its first RDN must be a dc.
	People []Person // the entries below ou=People
	LDIF   string   // more entries, loaded after the people

	// Sync says how much the overlay syncprov remembers of changes, for synchronisation as in RFC 4533.
	Sync Sync
}

// Sync is what a server can say of changes.
type Sync int

// The ways of the overlay syncprov, see slapo-syncprov(5).
const (
	SyncLog      Sync = iota // a session log of [LogSize] changes, deletions among them: the zero value
	SyncNoLog                // no log: deletions can only be inferred from what is still present
	SyncShortLog             // a log of two changes
	NoSync                   // the overlay is not there
)

// LogSize is how many changes are remembered. A restart forgets them all.
const LogSize = 20_000

func (c Config) suffix() string {
	if c.Suffix == "" {
		return DefaultSuffix
	}
	return c.Suffix
}

// schema is what a mail platform adds. The attributes carry Microsoft's OIDs, the class one below 2.25 (a UUID's).
const schema = `attributetype ( 1.2.840.113556.1.2.210 NAME 'proxyAddresses'
  EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.2.840.113556.1.4.655 NAME 'legacyExchangeDN'
  EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
objectclass ( 2.25.88620957162948271.1 NAME 'mailPlatformRecipient'
  SUP top AUXILIARY MAY ( mail $ proxyAddresses $ legacyExchangeDN ) )
`

// configText is slapd.conf(5). Rules of access are tried from the top; "break" goes on to the next one.
func configText(dir string, cfg Config) string {
	suffix := cfg.suffix()
	by := func(a Account) string { return fmt.Sprintf("by dn.exact=%q", dn(a, suffix)) }
	limit := func(a Account, limits string) string {
		return fmt.Sprintf("limits dn.exact=%q %s\n", dn(a, suffix), limits)
	}
	var b strings.Builder
	for _, s := range []string{"core", "cosine", "inetorgperson"} {
		fmt.Fprintf(&b, "include /etc/ldap/schema/%s.schema\n", s)
	}
	fmt.Fprintf(&b, "include %s/mail.schema\nmodulepath /usr/lib/ldap\nmoduleload back_mdb\n", dir)
	if cfg.Sync != NoSync {
		b.WriteString("moduleload syncprov\n")
	}
	fmt.Fprintf(&b, "pidfile %[1]s/slapd.pid\nargsfile %[1]s/slapd.args\n", dir)
	fmt.Fprintf(&b, "TLSCertificateFile %[1]s/cert.pem\nTLSCertificateKeyFile %[1]s/key.pem\n", dir)
	// A client certificate that the server signed itself binds by SASL EXTERNAL: see [Server.ClientCertificate].
	fmt.Fprintf(&b, "TLSCACertificateFile %s/cert.pem\nTLSVerifyClient try\nauthz-regexp \"^cn=([^,]+)$\" \"cn=$1,%s\"\n", dir, suffix)
	fmt.Fprintf(&b, "database mdb\nsuffix %q\nrootdn %q\nrootpw %s\n", suffix, dn(Admin, suffix), Password)
	fmt.Fprintf(&b, "directory %s/db\nmaxsize 1073741824\ndbnosync\n", dir)
	b.WriteString("index objectClass,entryUUID,uid,mail,proxyAddresses eq\n")
	b.WriteString("index entryCSN eq\n")
	b.WriteString(limit(Reader, "size.soft=500 size.hard=1000 size.pr=1000 size.prtotal=unlimited time=unlimited"))
	b.WriteString(limit(Small, "size=10 size.pr=10 size.prtotal=unlimited"))
	for _, a := range []Account{Bulk, Blind, Veiled, NoID, Frail, NoCSN, Unsure} {
		b.WriteString(limit(a, "size=unlimited size.prtotal=unlimited time=unlimited"))
	}
	b.WriteString("access to attrs=userPassword by anonymous auth by * none\n")
	fmt.Fprintf(&b, "access to * %s none by * break\n", by(Frail))
	fmt.Fprintf(&b, "access to dn.children=%q %s none by * break\n", peopleDN(suffix), by(Blind))
	fmt.Fprintf(&b, "access to attrs=mail,proxyAddresses,legacyExchangeDN %s none by * break\n", by(Veiled))
	fmt.Fprintf(&b, "access to attrs=entryUUID %s none by * break\n", by(NoID))
	fmt.Fprintf(&b, "access to attrs=entryCSN,contextCSN %s none by * break\n", by(NoCSN))
	fmt.Fprintf(&b, "access to attrs=entryCSN %s none by * break\n", by(Unsure))
	b.WriteString("access to * by users read by anonymous auth\n")
	if cfg.Sync != NoSync {
		b.WriteString("overlay syncprov\n")
	}
	switch cfg.Sync {
	case SyncLog:
		fmt.Fprintf(&b, "syncprov-sessionlog %d\n", LogSize)
	case SyncShortLog:
		b.WriteString("syncprov-sessionlog 2\n")
	}
	return b.String()
}

func dn(a Account, suffix string) string { return "cn=" + string(a) + "," + suffix }

func peopleDN(suffix string) string { return "ou=People," + suffix }

// writeEntries writes everything that slapadd loads.
func writeEntries(path string, cfg Config) (err error) {
	f, err := os.Create(filepath.Clean(path))
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	defer func() {
		for _, e := range []error{w.Flush(), f.Close()} {
			if err == nil {
				err = e
			}
		}
	}()
	suffix := cfg.suffix()
	dc, _, _ := strings.Cut(strings.TrimPrefix(suffix, "dc="), ",")
	if err := writeLDIF(w, suffix, []attribute{{"objectClass", []string{"dcObject", "organization"}}, {"dc", one(dc)}, {"o", one(dc)}}); err != nil {
		return err
	}
	if err := writeLDIF(w, peopleDN(suffix), []attribute{{"objectClass", one("organizationalUnit")}, {"ou", one("People")}}); err != nil {
		return err
	}
	for _, a := range []Account{Reader, Bulk, Small, Blind, Veiled, NoID, Frail, NoCSN, Unsure} {
		if err := writeLDIF(w, dn(a, suffix), []attribute{
			{"objectClass", []string{"applicationProcess", "simpleSecurityObject"}}, {"cn", one(string(a))}, {"userPassword", one(Password)},
		}); err != nil {
			return err
		}
	}
	for _, p := range cfg.People {
		if err := writeLDIF(w, "uid="+p.UID+","+peopleDN(suffix), append(p.attributes(), attribute{"entryUUID", one(p.ID)})); err != nil {
			return err
		}
	}
	_, err = w.WriteString(cfg.LDIF)
	return err
}
