package ldapconn

import (
	"context"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/refresh"
)

// reply is a complete answer about a batch of IDs.
type reply struct {
	found map[refresh.ID]found
	whole bool // it left nothing of the place out
}

// ask looks a batch of IDs up. With a nil error the answer is complete: an ID that is not in it is not visible in
// the scope of the search.
func (c *Connector) ask(ctx context.Context, s *session, ids []refresh.ID) (reply, error) {
	d := s.facts.dialect
	asked := make(map[refresh.ID]bool, len(ids))
	for _, id := range ids {
		asked[id] = true
	}
	res, err := s.search(ctx, c.request(s, "(|"+conditions(d, ids)+")"))
	if err != nil {
		return reply{}, err
	}
	r := reply{found: make(map[refresh.ID]found, len(res.Entries)), whole: s.accounts(res)}
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
		lack, err := c.complete(ctx, s, id, e)
		if err != nil {
			return reply{}, err
		}
		r.found[id] = c.decode(id, e).lacking(lack)
	}
	for _, f := range r.found {
		if f.seen && c.isPerson(s, f) {
			s.seen.Store(true)
		}
		if f.seen && f.entry.Instance != "" {
			s.known.Store(true)
		}
	}
	return r, nil
}

// request searches the whole place for mailboxes.
func (c *Connector) request(s *session, filter string) *ldap.SearchRequest {
	return &ldap.SearchRequest{
		BaseDN: s.facts.scope, Scope: ldap.ScopeWholeSubtree, DerefAliases: ldap.NeverDerefAliases, Filter: filter,
		Attributes: append(c.attrs.mailbox(), s.facts.dialect.identity),
	}
}

// accounts reports whether every reference of an answer leads to a known partition of the forest: which of them hold
// mailboxes is known, and those are asked by themselves.
func (s *session) accounts(res *ldap.SearchResult) bool {
	for _, ref := range res.Referrals {
		if !s.facts.forest.names(ref) {
			return false
		}
	}
	return true
}
