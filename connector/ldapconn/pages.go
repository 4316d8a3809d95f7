package ldapconn

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"github.com/go-ldap/ldap/v3"
)

// pages runs a search page by page (RFC 2696), with the controls of the request. Every page is complete when it is taken.
func (s *session) pages(ctx context.Context, req *ldap.SearchRequest, take func(*ldap.SearchResult) error) error {
	var cookie []byte
	controls := req.Controls
	for size, empty, total := uint32(pageSize), 0, 0; ; {
		page := ldap.NewControlPaging(size)
		page.SetCookie(cookie)
		req.Controls = append(slices.Clip(controls), page)
		res, err := s.search(ctx, req)
		switch {
		case cookie == nil && size > 1 && isTooMany(err) && !s.dead():
			size /= 2 // OpenLDAP refuses a page larger than its limit
			continue
		case err != nil:
			return err
		}
		if err := take(res); err != nil {
			return err
		}
		next, ok := ldap.FindControl(res.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging)
		switch {
		case !ok:
			return &Error{Server: s.server, Op: "search", Err: errNotPaged}
		case len(next.Cookie) == 0:
			return nil
		case len(res.Entries) > 0: // the cookie may be the same, as Samba's is on all pages of a search
			empty = 0
			if total += len(res.Entries); total > maxListed+maxAgain {
				return &Error{Server: s.server, Op: "search", Err: errSamePage}
			}
		case bytes.Equal(next.Cookie, cookie):
			return &Error{Server: s.server, Op: "search", Err: errSamePage}
		default:
			// A page may be empty where entries are hidden, but not for ever.
			if empty++; empty > maxEmpty {
				return &Error{Server: s.server, Op: "search", Err: errSamePage}
			}
		}
		cookie = bytes.Clone(next.Cookie)
	}
}

// maxEmpty is how many pages without an entry may follow each other.
const maxEmpty = 1000

var errSamePage = errors.New("the server broke the protocol: its pages do not come to an end")
