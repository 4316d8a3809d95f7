package ldapconn

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/refresh"
)

// forest is what a session learned about the partitions of its Active Directory forest (MS-ADTS section 6.1.1.2.1.1). The zero
// forest knows nothing.
type forest struct {
	parts   []*ldap.DN // every partition
	domains []string   // the naming contexts that are domains
	known   bool       // domains is all of them
	why     error      // why they could not be read
	server  string     // that was asked
}

// domainFlag marks a domain in systemFlags (FLAG_CR_NTDS_DOMAIN).
const domainFlag = 2

// readForest lists the partitions. A reader who may not know them gets the zero forest.
func (s *session) readForest(ctx context.Context, config, root string) (forest, error) {
	var f forest
	res, err := s.search(ctx, &ldap.SearchRequest{
		BaseDN: "CN=Partitions," + config, Scope: ldap.ScopeSingleLevel, Filter: "(objectClass=crossRef)", Attributes: []string{"nCName", "systemFlags"},
	})
	if err != nil {
		if resultCode(err) != 0 && !isBusy(err) {
			f.why = err
			return f, nil
		}
		return f, err
	}
	f.known = len(res.Referrals) == 0
	hasRoot := false
	for _, e := range res.Entries {
		name := one(e, "nCName")
		dn, err := ldap.ParseDN(name)
		if err != nil || name == "" {
			f.known = false
			continue
		}
		f.parts = append(f.parts, dn)
		switch flags, ok := number(one(e, "systemFlags")); {
		case !ok:
			f.known = false // it may be a domain
		case flags&domainFlag != 0:
			f.domains = append(f.domains, name)
			hasRoot = hasRoot || sameDN(name, root)
		}
	}
	// A partition that this reader may not see is missing in the list; the forest's root domain never is in the root DSE.
	f.known = f.known && hasRoot
	return f, nil
}

// has reports whether a naming context is a domain of the forest.
func (f forest) has(scope string) bool {
	for _, d := range f.domains {
		if sameDN(d, scope) {
			return true
		}
	}
	return false
}

// domainOf returns the domain that a DN is in, the closest one above it; "" when it is in none.
func (f forest) domainOf(dn string) string {
	at, err := ldap.ParseDN(dn)
	if err != nil {
		return ""
	}
	best, depth := "", 0
	for _, d := range f.domains {
		x, err := ldap.ParseDN(d)
		if err == nil && len(x.RDNs) > depth && (x.EqualFold(at) || x.AncestorOfFold(at)) {
			best, depth = d, len(x.RDNs)
		}
	}
	return best
}

// names reports whether an LDAP URL (RFC 4516) names a partition of the forest.
func (f forest) names(ref string) bool {
	u, err := url.Parse(ref)
	if err != nil {
		return false
	}
	dn, err := ldap.ParseDN(strings.TrimPrefix(u.Path, "/"))
	if err != nil {
		return false
	}
	for _, p := range f.parts {
		if p.EqualFold(dn) {
			return true
		}
	}
	return false
}

// elsewhere is the error of an answer that refers to parts of the directory that nobody knows of.
func (s *session) elsewhere() error {
	err := fmt.Errorf("%w: %w", errElsewhere, refresh.ErrOutOfScope)
	if why := s.facts.forest.why; why != nil {
		err = fmt.Errorf("%w, and which parts there are could not be read: %w", err, why)
	}
	return &Error{Server: s.server, Op: "search", Err: err}
}

var errNoCatalog = errors.New("it does not answer as a global catalog does: the port of one is 3269, or 3268 with StartTLS")

// checkCatalog makes sure that a server answers for every domain of the forest, as only the port of a global catalog does:
// another port would refer to the domains elsewhere, or leave them out.
func (s *session) checkCatalog(ctx context.Context, f forest) error {
	for _, d := range f.domains {
		if _, err := s.read(ctx, d, "objectClass"); err != nil {
			if code := resultCode(err); code == ldap.LDAPResultReferral || code == ldap.LDAPResultNoSuchObject || errors.Is(err, errNoEntry) {
				err = &Error{Server: s.server, Op: "search", Err: withCause(errNoCatalog, err)}
			}
			return err
		}
	}
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
