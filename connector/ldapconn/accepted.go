package ldapconn

import (
	"context"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/refresh"
)

// acceptedName is the attribute that holds an accepted domain: a name, "*.name" for it and everything below, or "*" for every
// domain (Microsoft, "Accepted domains in Exchange Server").
const acceptedName = "msExchAcceptedDomainName"

// acceptedDomains reads the domains that the Exchange organisation of a forest accepts mail for, as they are written there.
// config is the configuration naming context. UPN suffixes are not among them: those are for signing in.
//
// It returns nil, for not known, unless the answer is complete, holds a domain, and names every one: where there is no
// Exchange, the right is lacking, or the organisation has more domains than the server answers at a time. The error
// says that the connection broke.
func (s *session) acceptedDomains(ctx context.Context, config string) ([]refresh.Domain, error) {
	res, err := s.search(ctx, &ldap.SearchRequest{
		BaseDN: "CN=Microsoft Exchange,CN=Services," + config, Scope: ldap.ScopeWholeSubtree, DerefAliases: ldap.NeverDerefAliases,
		Filter: "(objectClass=msExchAcceptedDomain)", Attributes: []string{acceptedName},
	})
	if err != nil {
		return nil, ifBroken(err)
	}
	if len(res.Referrals) > 0 {
		return nil, nil // some are elsewhere
	}
	var domains []refresh.Domain
	for _, e := range res.Entries {
		name := one(e, acceptedName)
		if name == "" || !utf8.ValidString(name) {
			return nil, nil // which domain that is, this reader may not know
		}
		domains = append(domains, refresh.Domain{Name: name})
	}
	return domains, nil
}
