package sambatest

import (
	"context"
	_ "embed"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf16"
)

//go:embed schema-attributes.ldif
var schemaAttributes string

//go:embed schema-class.ldif
var schemaClass string

// emptyConf stands in for what is configured on the machine.
const emptyConf = "empty.conf"

// domain is a stopped domain in a folder, changed offline with Samba's own tools.
type domain struct {
	tools
	dir    string
	realm  string
	suffix string
}

// provision makes a new domain in the folder, with the schema of Exchange, the accounts and OU=People.
func (d *domain) provision(ctx context.Context) error {
	if err := os.WriteFile(filepath.Join(d.dir, emptyConf), nil, 0o600); err != nil {
		return err
	}
	if _, err := output(ctx, d.dir, d.sambaTool, "domain", "provision", "--configfile="+emptyConf, "--targetdir="+d.dir,
		"--realm="+d.realm, "--domain="+netbios(d.realm), "--host-name=dc1", "--host-ip=127.0.0.1", "--server-role=dc",
		"--adminpass="+Password, "--dns-backend=NONE", "--backend-store=mdb", "--option=ldb:nosync=yes"); err != nil {
		return err
	}
	for _, sub := range []string{"run", "log"} {
		if err := os.MkdirAll(filepath.Join(d.dir, sub), 0o755); err != nil {
			return err
		}
	}
	if err := d.configure("127.0.0.1"); err != nil {
		return err
	}
	for _, text := range []string{schemaAttributes, schemaClass} { // the second one loads what the first one wrote
		text = strings.ReplaceAll(text, "${SUFFIX}", d.suffix)
		if err := d.load(ctx, d.modify, text, "--option=dsdb:schema update allowed=true"); err != nil {
			return err
		}
	}
	return d.addAccounts(ctx)
}

// enableRecycleBin turns the recycle bin on. Through LDAP Samba refuses it.
func (d *domain) enableRecycleBin(ctx context.Context) error {
	// The GUID names the feature (MS-ADTS 6.1.1.2.4.1.3.1).
	return d.load(ctx, d.modify, "dn:\nchangetype: modify\nadd: enableOptionalFeature\n"+
		"enableOptionalFeature: CN=Partitions,CN=Configuration,"+d.suffix+":766ddcd8-acd0-445e-f3b9-a7f9b6744f2a\n-\n")
}

// addAccounts adds the accounts and OU=People, and sets what each account may see.
func (d *domain) addAccounts(ctx context.Context) error {
	var b strings.Builder
	for _, a := range accounts {
		if err := writeLDIF(&b, accountDN(a, d.suffix), []Attribute{
			{"objectClass", one("user")}, {"sAMAccountName", one(string(a))}, {"userPrincipalName", one(string(a) + "@" + d.realm)},
			{"unicodePwd", one(quoted(Password))}, {"userAccountControl", one("66048")}, // normal, its password does not expire
		}); err != nil {
			return err
		}
	}
	if err := d.load(ctx, d.add, b.String()); err != nil {
		return err
	}
	sids, err := d.find(ctx, "sAMAccountName", "objectSid")
	if err != nil {
		return err
	}
	descriptors, err := d.find(ctx, "lDAPDisplayName", "defaultSecurityDescriptor")
	if err != nil {
		return err
	}
	b.Reset()
	replace := func(dn, attr, value string) {
		fmt.Fprintf(&b, "dn: %s\nchangetype: modify\nreplace: %[2]s\n%[2]s: %[3]s\n-\n\n", dn, attr, value)
	}
	replace("CN=Deleted Objects,"+d.suffix, "nTSecurityDescriptor", deletedAccess(sids[string(Auditor)]))
	replace("CN=User,CN=Schema,CN=Configuration,"+d.suffix, "defaultSecurityDescriptor",
		veil(descriptors["user"], sids[string(Veiled)]))
	if err := d.load(ctx, d.modify, b.String(), "--show-deleted", "--option=dsdb:schema update allowed=true"); err != nil {
		return err
	}
	b.Reset()
	fmt.Fprintf(&b, "dn: %s\nobjectClass: organizationalUnit\nnTSecurityDescriptor: %s\n\n", ouDN("", d.suffix), unitAccess(sids[string(Blind)]))
	return d.load(ctx, d.add, b.String())
}

// peopleLDIF returns the people and the other entries as ldbadd takes them.
func peopleLDIF(cfg Config, suffix string) (string, error) {
	var b strings.Builder
	for _, p := range cfg.People {
		if err := writePerson(&b, p, suffix); err != nil {
			return "", err
		}
	}
	b.WriteString(cfg.LDIF)
	return b.String(), nil
}

// addPeople loads what peopleLDIF returned.
func (d *domain) addPeople(ctx context.Context, ldif string) error {
	if ldif == "" {
		return nil
	}
	// relax lets an entry bring its objectGUID. Without batch_mode every entry copies the indexes of all before it.
	return d.load(ctx, d.add, ldif, "--relax", "-o", "batch_mode:1", "-o", "transaction_index_cache_size:200000")
}

// configure writes smb.conf for the address.
func (d *domain) configure(addr string) error {
	return os.WriteFile(filepath.Join(d.dir, "etc", "smb.conf"), []byte(configText(d.realm, addr)), 0o600)
}

// load hands LDIF to ldbadd or ldbmodify.
func (d *domain) load(ctx context.Context, program, ldif string, args ...string) error {
	file := filepath.Join(d.dir, "load.ldif")
	if err := os.WriteFile(file, []byte(ldif), 0o600); err != nil {
		return err
	}
	defer os.Remove(file)
	_, err := output(ctx, d.dir, program, append(d.database(), append(args, file)...)...)
	return err
}

// find returns one attribute of every object that has it, by another one.
func (d *domain) find(ctx context.Context, by, attr string) (map[string]string, error) {
	out, err := output(ctx, d.dir, d.search, append(d.database(), "--cross-ncs", "-b", d.suffix, "(&("+by+"=*)("+attr+"=*))", by, attr)...)
	if err != nil {
		return nil, err
	}
	found := make(map[string]string)
	text := strings.ReplaceAll(string(out), "\n ", "") // a line that goes on begins with a space
	for record := range strings.SplitSeq(text, "\n\n") {
		var key, value string
		for line := range strings.Lines(record) {
			switch name, v, _ := strings.Cut(strings.TrimSpace(line), ": "); name {
			case by:
				key = v
			case attr:
				value = v
			}
		}
		if key != "" && value != "" {
			found[key] = value
		}
	}
	return found, nil
}

func (d *domain) database() []string {
	return []string{"-H", "private/sam.ldb", "--configfile=etc/smb.conf"}
}

// quoted returns a password in the form that unicodePwd takes: in quotes, in UTF-16 (MS-ADTS 3.1.1.3.1.5.1).
func quoted(password string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(`"` + password + `"`)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}
