package ldapconn

import (
	"context"
	"net/url"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/refresh"
)

// batchSize is the number of conditions in one filter: the time per condition is best between 20 and 200.
const batchSize = 50

// reply is a complete answer about a batch of IDs.
type reply struct {
	found map[refresh.ID]found
	whole bool // it covered everything in which a mailbox could live
}

// ask looks a batch of IDs up. With a nil error the answer is complete: an ID that is not in it is not visible in
// the scope of the search.
func (c *Connector) ask(ctx context.Context, s *session, ids []refresh.ID) (reply, error) {
	d := c.facts.dialect
	var filter strings.Builder
	filter.WriteString("(|")
	asked := make(map[refresh.ID]bool, len(ids))
	for _, id := range ids {
		cond, err := d.condition(id)
		if err != nil {
			return reply{}, err
		}
		filter.WriteString(cond)
		asked[id] = true
	}
	filter.WriteString(")")
	res, err := s.search(ctx, c.request(filter.String()))
	if err != nil {
		return reply{}, err
	}
	r := reply{found: make(map[refresh.ID]found, len(res.Entries)), whole: s.covers(res)}
	for _, e := range res.Entries {
		id, err := identityOf(d, e)
		if err == nil && !asked[id] {
			err = errUnasked
		}
		if _, twice := r.found[id]; err == nil && twice {
			err = errTwice
		}
		if err != nil {
			s.tainted.Store(true)
			return reply{}, &Error{Server: s.server, Op: "search", Err: err}
		}
		r.found[id] = c.decode(id, e)
	}
	for _, f := range r.found {
		if f.seen {
			s.seen.Store(true)
		}
		if f.seen && f.entry.Instance != "" {
			s.known.Store(true)
		}
	}
	return r, nil
}

// request searches the whole naming context for mailboxes.
func (c *Connector) request(filter string) *ldap.SearchRequest {
	return &ldap.SearchRequest{
		BaseDN: c.facts.scope, Scope: ldap.ScopeWholeSubtree, DerefAliases: ldap.NeverDerefAliases, Filter: filter,
		Attributes: append(c.attrs.mailbox(), c.facts.dialect.identity),
	}
}

// covers reports whether a complete answer covers everything in which a mailbox of this directory could live.
// References to the partitions of an Active Directory forest are accounted for: which of them hold mailboxes is known.
func (s *session) covers(res *ldap.SearchResult) bool {
	return s.facts.whole && s.accounts(res)
}

// accounts reports whether every reference of an answer leads to a known partition.
func (s *session) accounts(res *ldap.SearchResult) bool {
	for _, ref := range res.Referrals {
		if !s.facts.knows(ref) {
			return false
		}
	}
	return true
}

// knows reports whether an LDAP URL (RFC 4516) names a partition of the forest.
func (f facts) knows(ref string) bool {
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
