package ldapconn

import (
	"context"
	"fmt"
	"iter"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/refresh"
)

// pageSize is the number of entries asked for at a time.
const pageSize = 500

// List lists the entries with mail addresses below Config.Base, page by page (RFC 2696), on a connection of its own,
// because a page belongs to its connection. It asks for smaller pages where the server refuses. An entry whose
// addresses are malformed is listed without any, so that it is not lost; Resolve says what is wrong with it.
// An error ends the list. In an Active Directory forest that has, or may have, other domains, the list of one domain
// ends with an error that wraps [refresh.ErrOutOfScope], unless Config.Base said that it is meant.
func (c *Connector) List(ctx context.Context) iter.Seq2[refresh.Entry, error] {
	return func(yield func(refresh.Entry, error) bool) {
		if err := c.list(ctx, func(e refresh.Entry) bool { return yield(e, nil) }); err != nil {
			yield(refresh.Entry{}, fmt.Errorf("ldapconn: list: %w", err))
		}
	}
}

// list returns nil after the last entry, and when yield wants no more.
func (c *Connector) list(ctx context.Context, yield func(refresh.Entry) bool) error {
	s, err := c.fresh(ctx)
	if err != nil {
		return err
	}
	defer c.drop(s)
	req := c.request(anyMail(c.attrs))
	req.Attributes = append(req.Attributes, c.attrs.person()...)
	if c.base != "" {
		req.BaseDN = c.base
	}
	var cookie []byte
	for size := uint32(pageSize); ; {
		page := ldap.NewControlPaging(size)
		page.SetCookie(cookie)
		req.Controls = []ldap.Control{page}
		res, err := s.search(ctx, req)
		switch {
		case resultCode(err) == ldap.LDAPResultAdminLimitExceeded && cookie == nil && size > 1:
			size /= 2 // OpenLDAP refuses a page larger than its limit
			continue
		case err != nil:
			return err
		case !s.accounts(res):
			return &Error{Server: s.server, Op: "search", Err: fmt.Errorf("%w: %w", errElsewhere, refresh.ErrOutOfScope)}
		}
		for _, e := range res.Entries {
			id, err := identityOf(c.facts.dialect, e)
			if err != nil {
				return &Error{Server: s.server, Op: "search", Err: err}
			}
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if !yield(c.decode(id, e).entry) {
				return nil
			}
		}
		next, ok := ldap.FindControl(res.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging)
		if !ok {
			return &Error{Server: s.server, Op: "search", Err: errNotPaged}
		}
		if cookie = next.Cookie; len(cookie) > 0 {
			continue
		}
		if c.base == "" && !s.covers(res) {
			return &Error{Server: s.server, Op: "search", Err: fmt.Errorf("%w: %w", errPart, refresh.ErrOutOfScope)}
		}
		return nil
	}
}
