package ldapconn

import (
	"context"
	"fmt"
	"slices"

	"github.com/readdress-go/readdress/refresh"
)

// group reads who is in the group to list, on a session with the home, and finds out on those with other places whether a group there
// is in it.
func (l *listing) group(ctx context.Context, p *place, s *session, domain string) (err error) {
	switch group := l.c.opts.Filter.Group; {
	case group == "":
	case p == l.c.home:
		l.members, err = l.c.members(ctx, s, group)
	default:
		err = l.c.checkNested(ctx, s, domain, l.members)
		l.checked = append(l.checked, domain)
	}
	return err
}

// abroad reports whether a member of the group to list is in a domain that is not known to have no group in it.
func (l *listing) abroad() bool {
	return l.members != nil && slices.ContainsFunc(l.members.domains, l.isAbroad)
}

func (l *listing) isAbroad(domain string) bool {
	return !sameDN(domain, l.c.facts.scope) && !slices.ContainsFunc(l.checked, func(d string) bool { return sameDN(d, domain) })
}

// nested looks at the domains that are not listed and hold members: those may be groups.
func (l *listing) nested(ctx context.Context, v cover) error {
	if !l.abroad() {
		return nil
	}
	for _, d := range l.members.domains {
		if !l.isAbroad(d) {
			continue
		}
		p := v.catalog
		for _, other := range v.domains {
			if sameDN(other.facts.scope, d) {
				p = other
			}
		}
		if p == nil {
			return fmt.Errorf("ldapconn: a member of the group of Options.Filter is in the domain %s, which is not covered, and may be a group: %w", dnsName(d), refresh.ErrOutOfScope)
		}
		s, err := p.connect(ctx, often)
		if err != nil {
			return err
		}
		err = l.c.checkNested(ctx, s, d, l.members)
		l.c.drop(s)
		if err != nil {
			return err
		}
	}
	return nil
}
