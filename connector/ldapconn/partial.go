package ldapconn

import (
	"context"
	"fmt"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/refresh"
)

// inCatalog marks an attribute in the schema that is in the partial attribute set, which is what the global catalog holds
// (MS-ADTS section 3.1.1.2.3, isMemberOfPartialAttributeSet).
const inCatalog = "isMemberOfPartialAttributeSet"

// partialError is an attribute without which the catalog would show mailboxes as they are not, or not at all.
type partialError struct {
	attr string
	why  error // why it is not known whether the catalog holds it; nil where it is known not to
}

func (e *partialError) Error() string {
	what := "the attribute " + e.attr + " is not in the global catalog"
	if e.why != nil {
		what = fmt.Sprintf("whether the attribute %s is in the global catalog is not known: %v", e.attr, e.why)
	}
	return what + ": name servers of the other domains in Config.Domains, have the attribute replicated to the catalog, or switch it off in Options.Attributes where nobody has it"
}

// Unwrap says that what only the catalog covers is not covered. The error is an errNoCatalog, too: another try will not help.
func (e *partialError) Unwrap() []error {
	errs := []error{refresh.ErrOutOfScope, errNoCatalog}
	if e.why != nil {
		errs = append(errs, e.why)
	}
	return errs
}

// demanded lists what the catalog must hold: without one of these an address is nobody's, mail is taken for the primary address, or a
// mailbox for an account that lost it. The Anchor is not among them; see the package comment.
func (a Attributes) demanded() []string {
	return present(a.Addresses, a.Mail, a.Login, a.Instance, a.Kind, a.Forward)
}

// checkPartial reads in the schema whether the catalog of the forest holds the attributes. lack says why a catalog is of no use; err is
// that the connection broke. It needs a session with a domain controller: the mark is not in the partial attribute set itself, so
// a catalog does not show it.
//
// A usual attribute that is not in the schema is one of Exchange, in a forest without: nobody has it. Another one that is not there is a
// slip of the pen, or hidden. proxyAddresses is in every schema, and in the catalog only since Exchange put it there.
func (s *session) checkPartial(ctx context.Context, a Attributes) (lack, err error) {
	const name, oid = "lDAPDisplayName", "attributeID"
	witness := s.facts.dialect.identity // it is in every catalog
	asked := append(a.demanded(), witness)
	var filter strings.Builder
	filter.WriteString("(|")
	for _, x := range asked {
		of := name
		if isOID(x) {
			of = oid
		}
		filter.WriteString("(" + of + "=" + ldap.EscapeFilter(x) + ")")
	}
	filter.WriteString(")")
	res, err := s.search(ctx, &ldap.SearchRequest{
		BaseDN: "CN=Schema," + s.facts.config, Scope: ldap.ScopeSingleLevel, Filter: filter.String(), Attributes: []string{name, oid, inCatalog},
	})
	switch {
	case err == nil && len(res.Referrals) > 0:
		err = s.elsewhere()
	case err == nil:
	case resultCode(err) == 0 || isBusy(err):
		return nil, err
	}
	if err != nil {
		return &partialError{asked[0], err}, nil
	}
	held := map[string]bool{} // by name in lower case; false for what is in the schema, and not in the set
	for _, e := range res.Entries {
		is := strings.EqualFold(one(e, inCatalog), "TRUE")
		held[strings.ToLower(one(e, name))], held[one(e, oid)] = is, is
	}
	readable := held[strings.ToLower(witness)]
	for _, x := range a.demanded() {
		is, shown := held[strings.ToLower(x)]
		switch {
		case readable && (is || !shown && activeDirectory.preset.has(x)):
		case readable && shown:
			return &partialError{attr: x}, nil
		default:
			return &partialError{x, errNoSchema}, nil
		}
	}
	return nil, nil
}

var errNoSchema = fmt.Errorf("the schema does not show it to this reader: %w", refresh.ErrForbidden)

// has reports whether one of the mail attributes has the name.
func (a Attributes) has(name string) bool {
	for _, x := range a.demanded() {
		if strings.EqualFold(x, name) {
			return true
		}
	}
	return false
}
