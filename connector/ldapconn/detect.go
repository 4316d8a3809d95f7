package ldapconn

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/refresh"
)

// facts are what a session learned about its server when it was opened.
type facts struct {
	dialect *dialect
	samba   bool   // Samba's domain controller
	address string // host:port
	server  string // the name that the server gives itself, else the address
	scope   string // the naming context that is searched; "" for a whole global catalog
	config  string // the configuration naming context (Active Directory)
	ntds    string // the NTDS Settings of the domain controller (Active Directory)
	forest  forest
	tracks  bool // it tells what changed
	pin     string
	pinErr  error // why the pin could not be read
}

// same reports whether a later session with the facts g may reach the same place as one with f, the pin aside.
func (f facts) same(g facts) bool {
	return f.dialect == g.dialect && strings.EqualFold(f.scope, g.scope)
}

// ofCatalog marks the name of a server that was asked as a global catalog.
const ofCatalog = " (global catalog)"

// sameServer reports whether two names are those of one server, as a catalog or not.
func sameServer(a, b string) bool {
	return strings.EqualFold(strings.TrimSuffix(a, ofCatalog), strings.TrimSuffix(b, ofCatalog))
}

// capabilityAD marks Active Directory in supportedCapabilities (MS-ADTS section 3.1.1.3.4.3.1, LDAP_CAP_ACTIVE_DIRECTORY_OID).
const capabilityAD = "1.2.840.113556.1.4.800"

// detect reads the root DSE (RFC 4512 section 5.1) and what identifies the directory. Where an earlier session gives something to
// expect, nil where nothing does, that entry is read at the same time, and another one later where it turns out to be that.
func (s *session) detect(ctx context.Context, base string, catalog bool, expected *facts) (facts, error) {
	var root *ldap.Entry
	var ahead glimpse
	err := cmp.Or(sideBySide(ctx, func() (err error) {
		root, err = s.read(ctx, "", "supportedCapabilities", "vendorName", "structuralObjectClass", "namingContexts",
			"defaultNamingContext", "configurationNamingContext", "rootDomainNamingContext", "dnsHostName", isSynchronized, isCatalogReady, "supportedControl", dsServiceName)
		return err
	}, func() error {
		if expected != nil {
			ahead.dn, ahead.attr = expected.identified(), expected.dialect.identity
			ahead.entry, ahead.err = s.read(ctx, ahead.dn, ahead.attr)
		}
		return nil
	})...)
	if err != nil {
		return facts{}, err
	}
	f := facts{address: s.server, server: s.server}
	if f.dialect = dialectOf(root); f.dialect == nil {
		return facts{}, &Error{Server: s.server, Op: "search", Err: errors.New("the root DSE is that of neither Active Directory nor OpenLDAP nor 389 Directory Server, so which attribute is the identity is not known")}
	}
	f.samba = strings.HasPrefix(one(root, "vendorName"), "Samba ")
	if name := one(root, "dnsHostName"); name != "" {
		f.server = name
	}
	f.tracks = f.dialect == activeDirectory || f.dialect == openLDAP && canSync(root)
	if f.dialect != activeDirectory {
		if f.scope, err = namingContext(root, base); err != nil {
			return facts{}, &Error{Server: s.server, Op: "search", Err: err}
		}
		return f, s.identify(ctx, f.scope+" ", &f, ahead)
	}
	if isFalse(root, isSynchronized) || catalog && isFalse(root, isCatalogReady) {
		return facts{}, &Error{Server: s.server, Op: "connect", Err: errNotReady}
	}
	f.config, f.ntds = one(root, "configurationNamingContext"), one(root, dsServiceName)
	if f.forest, err = s.readForest(ctx, f.config, one(root, "rootDomainNamingContext")); err != nil {
		return facts{}, err
	}
	f.forest.server = s.server
	if catalog {
		f.server += ofCatalog
		err = s.checkCatalog(ctx, f.forest)
	} else if f.scope, err = namingContext(root, base); err != nil {
		err = &Error{Server: s.server, Op: "search", Err: err}
	}
	if err != nil {
		return facts{}, err
	}
	return f, s.identify(ctx, "", &f, ahead)
}

// identified returns the DN of the entry that identifies the directory.
func (f facts) identified() string {
	if f.dialect == activeDirectory {
		return f.config
	}
	return f.scope
}

// glimpse is an entry that was read before it was known to be the right one; the zero value is none.
type glimpse struct {
	dn    string
	attr  string
	entry *ldap.Entry
	err   error
}

// What a domain controller says of itself in its root DSE (MS-ADTS sections 3.1.1.3.2.15 and 3.1.1.3.2.18): before it is
// synchronised, or its catalog complete, what it does not have proves nothing.
const (
	isSynchronized = "isSynchronized"
	isCatalogReady = "isGlobalCatalogReady"
)

// dsServiceName is the attribute of the root DSE that names the NTDS Settings of the domain controller (MS-ADTS section 3.1.1.3.2.10).
const dsServiceName = "dsServiceName"

var errNotReady = errors.New("the domain controller is not synchronised yet")

func isFalse(e *ldap.Entry, name string) bool { return strings.EqualFold(one(e, name), "FALSE") }

func dialectOf(root *ldap.Entry) *dialect {
	switch {
	case slices.Contains(all(root, "supportedCapabilities"), capabilityAD):
		return activeDirectory
	case strings.EqualFold(one(root, "structuralObjectClass"), "OpenLDAProotDSE"):
		return openLDAP
	case strings.HasPrefix(one(root, "vendorName"), "389 "):
		return directory389
	}
	return nil
}

// namingContext returns the naming context that holds base, or the only one.
func namingContext(root *ldap.Entry, base string) (string, error) {
	contexts := all(root, "namingContexts")
	if d := one(root, "defaultNamingContext"); d != "" {
		contexts = []string{d}
	}
	if base == "" {
		if len(contexts) != 1 {
			return "", fmt.Errorf("the server has %d naming contexts: say in Config.Base which one is meant", len(contexts))
		}
		return contexts[0], nil
	}
	below, err := ldap.ParseDN(base)
	if err != nil {
		return "", errors.New("Config.Base is not a DN")
	}
	found := ""
	for _, c := range contexts {
		dn, err := ldap.ParseDN(c)
		if err == nil && (dn.EqualFold(below) || dn.AncestorOfFold(below)) && len(c) > len(found) {
			found = c
		}
	}
	if found == "" {
		return "", errors.New("Config.Base is in none of the server's naming contexts")
	}
	return found, nil
}

// identify reads the pin: the identity of one entry that lives as long as its directory. Where the right to read it is
// lacking, the session works without.
func (s *session) identify(ctx context.Context, label string, f *facts, ahead glimpse) error {
	entry, err := ahead.entry, ahead.err
	if ahead.dn != f.identified() || ahead.attr != f.dialect.identity {
		entry, err = s.read(ctx, f.identified(), f.dialect.identity)
	}
	switch code := resultCode(err); {
	case code == ldap.LDAPResultNoSuchObject, code == ldap.LDAPResultInsufficientAccessRights, errors.Is(err, errNoEntry):
		f.pinErr = fmt.Errorf("ldapconn: the entry that identifies the directory cannot be read: %w (%w)", refresh.ErrForbidden, s.about(err))
		return nil
	case err != nil:
		return err
	}
	v, ok := rawOne(entry, f.dialect.identity)
	if !ok {
		f.pinErr = fmt.Errorf("ldapconn: %s: %s of the entry that identifies the directory cannot be read: %w", s.server, f.dialect.identity, refresh.ErrForbidden)
		return nil
	}
	id, ok := f.dialect.read(v)
	if !ok {
		return &Error{Server: s.server, Op: "search", Err: &refresh.ValueError{Attr: f.dialect.identity, Value: string(v), Problem: "it is not " + f.dialect.form}}
	}
	f.pin = strings.ToLower(label) + string(id)
	return nil
}
