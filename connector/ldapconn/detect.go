package ldapconn

import (
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
	server  string // the name that the server gives itself, else the address
	scope   string // the naming context that is searched
	whole   bool   // the scope is everything in which a mailbox of this directory could live
	parts   []*ldap.DN
	pin     string
	pinErr  error // why the pin could not be read
}

// same reports whether a later session with the facts g may reach the directory of f, the pin aside.
func (f facts) same(g facts) bool {
	return f.dialect == g.dialect && strings.EqualFold(f.scope, g.scope)
}

// capabilityAD marks Active Directory in supportedCapabilities (MS-ADTS section 3.1.1.3.4.3.1, LDAP_CAP_ACTIVE_DIRECTORY_OID).
const capabilityAD = "1.2.840.113556.1.4.800"

// detect reads the root DSE (RFC 4512 section 5.1) and what identifies the directory.
func (s *session) detect(ctx context.Context, base string) (facts, error) {
	root, err := s.read(ctx, "", "supportedCapabilities", "vendorName", "structuralObjectClass", "namingContexts",
		"defaultNamingContext", "configurationNamingContext", "rootDomainNamingContext", "dnsHostName")
	if err != nil {
		return facts{}, err
	}
	f := facts{server: s.server}
	if f.dialect = dialectOf(root); f.dialect == nil {
		return facts{}, &Error{Server: s.server, Op: "search", Err: errors.New("the root DSE is that of neither Active Directory nor OpenLDAP nor 389 Directory Server, so which attribute is the identity is not known")}
	}
	if f.scope, err = namingContext(root, base); err != nil {
		return facts{}, &Error{Server: s.server, Op: "search", Err: err}
	}
	if name := one(root, "dnsHostName"); name != "" {
		f.server = name
	}
	identified, label := f.scope, f.scope+" "
	if f.dialect == activeDirectory {
		identified, label = one(root, "configurationNamingContext"), ""
		if err := s.partitions(ctx, identified, &f); err != nil {
			return facts{}, err
		}
		// A partition that this reader may not see is missing in the list; the forest's root domain never is in the root DSE.
		f.whole = f.whole && sameDN(one(root, "rootDomainNamingContext"), f.scope)
	} else {
		f.whole = true
	}
	return f, s.identify(ctx, identified, label, &f)
}

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
func (s *session) identify(ctx context.Context, dn, label string, f *facts) error {
	entry, err := s.read(ctx, dn, f.dialect.identity)
	switch code := resultCode(err); {
	case code == ldap.LDAPResultNoSuchObject, code == ldap.LDAPResultInsufficientAccessRights, errors.Is(err, errNoEntry):
		f.pinErr = fmt.Errorf("ldapconn: %s: the entry that identifies the directory cannot be read: %w", s.server, refresh.ErrForbidden)
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

// partitions learns the partitions of an Active Directory forest (MS-ADTS section 6.1.1.2.1.1): the search of one domain
// is whole only where there is no other.
func (s *session) partitions(ctx context.Context, config string, f *facts) error {
	res, err := s.search(ctx, &ldap.SearchRequest{
		BaseDN: "CN=Partitions," + config, Scope: ldap.ScopeSingleLevel, Filter: "(objectClass=crossRef)", Attributes: []string{"nCName", "systemFlags"},
	})
	if err != nil {
		if resultCode(err) != 0 {
			return nil // not allowed to know: then the scope counts as a part
		}
		return err
	}
	const domainFlag = 2 // FLAG_CR_NTDS_DOMAIN
	domains, own, unknown := 0, false, false
	for _, e := range res.Entries {
		name := one(e, "nCName")
		dn, err := ldap.ParseDN(name)
		if err != nil || name == "" {
			unknown = true
			continue
		}
		f.parts = append(f.parts, dn)
		switch flags, ok := number(one(e, "systemFlags")); {
		case !ok:
			unknown = true // it may be a domain
		case flags&domainFlag != 0:
			domains++
			own = own || sameDN(name, f.scope)
		}
	}
	f.whole = domains == 1 && own && !unknown && len(res.Referrals) == 0
	return nil
}

// sameDN reports whether two texts are the same DN, which the empty one never is.
func sameDN(a, b string) bool {
	x, err := ldap.ParseDN(a)
	if err != nil || a == "" {
		return false
	}
	y, err := ldap.ParseDN(b)
	return err == nil && x.EqualFold(y)
}
