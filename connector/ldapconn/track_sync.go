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

// The operational attributes of OpenLDAP that say when something changed: of the whole directory, one value for each server
// that writes to it, and of an entry (slapo-syncprov(5)).
const (
	contextCSN = "contextCSN"
	entryCSN   = "entryCSN"
)

const csnKind = "ol1"

// csnMark is how far the changes of one OpenLDAP server are known.
type csnMark struct {
	csns   []string // sorted
	server string   // host:port; replicas may know less, and have logs of their own
}

func (m csnMark) String() string {
	return csnKind + ";" + strings.Join(m.csns, ",") + ";" + m.server
}

// readCSN reads what String wrote. Anything else is [refresh.ErrCursorExpired].
func readCSN(token string) (csnMark, error) {
	parts, err := tokenParts(token, csnKind)
	if err != nil || len(parts) != 2 {
		return csnMark{}, refresh.ErrCursorExpired
	}
	m := csnMark{csns: strings.Split(parts[0], ","), server: parts[1]}
	for _, x := range m.csns {
		if !isCSN(x) {
			return csnMark{}, refresh.ErrCursorExpired
		}
	}
	return m, nil
}

// isCSN reports whether s is a change sequence number, such as 20250102030405.123456Z#000000#001#000000.
func isCSN(s string) bool {
	const form = "00000000000000.000000Z#xxxxxx#xxx#xxxxxx"
	if len(s) != len(form) {
		return false
	}
	for i := range len(form) {
		switch c := s[i]; {
		case form[i] == '0' && '0' <= c && c <= '9', form[i] == 'x' && ('0' <= c && c <= '9' || 'a' <= c && c <= 'f'), c == form[i]:
		default:
			return false
		}
	}
	return true
}

// reaches reports whether a server that is at m knows everything that was known at an earlier mark. One that was restored
// from a backup does not.
func (m csnMark) reaches(since csnMark) bool {
	if m.server != since.server {
		return false
	}
	now := map[string]string{} // by the ID of the server that wrote
	for _, x := range m.csns {
		now[writerOf(x)] = x
	}
	for _, x := range since.csns {
		if x > now[writerOf(x)] {
			return false
		}
	}
	return true
}

// knows reports whether a change is not later than the mark.
func (m csnMark) knows(csn string) bool {
	return isCSN(csn) && slices.ContainsFunc(m.csns, func(x string) bool { return writerOf(x) == writerOf(csn) && csn <= x })
}

// least returns the oldest change sequence number since which something changed, "" when nothing did.
func (m csnMark) least(since csnMark) (least string) {
	for _, x := range since.csns {
		if !slices.Contains(m.csns, x) && (least == "" || x < least) {
			least = x
		}
	}
	return least
}

func writerOf(csn string) string { return strings.Split(csn, "#")[2] }

// canSync reports whether the server says that it knows RFC 4533.
func canSync(root *ldap.Entry) bool {
	return slices.Contains(all(root, "supportedControl"), ldap.ControlTypeSyncRequest)
}

// changesSync is [Connector.changes] of OpenLDAP.
func (c *Connector) changesSync(ctx context.Context, since string) (page refresh.ChangePage, err error) {
	var from csnMark
	if since != "" {
		if from, err = readCSN(since); err != nil {
			return page, err
		}
	}
	paged := false
	err = c.follow(ctx, c.home, func(s *session) error {
		// Before the changes, and not the cookie after them: slapd says so a moment before its log knows of a deletion.
		now, err := s.csn(ctx)
		if err != nil {
			return err
		}
		if since != "" && !now.reaches(from) {
			return refresh.ErrCursorExpired
		}
		page = refresh.ChangePage{Next: refresh.Cursor{Token: now.String()}}
		if since == "" {
			return c.noticesChanges(ctx, s, entryCSN)
		}
		// Both lists are read after the cursor, and neither needs the other: what changes while they are read has a number after the
		// cursor, and is named next time. That of deletions is not asked for before another look is answered, for the log's sake.
		var gone, written []refresh.ID
		least := now.least(from) // "" when nothing changed
		req, take := s.written(from, least, &written)
		errs := sideBySide(ctx, func() error {
			if err := c.noticesChanges(ctx, s, entryCSN); err != nil {
				return err
			}
			return s.vanished(ctx, from, &gone)
		}, func() error {
			if least == "" || paged { // pages are not read beside anything else
				return nil
			}
			return s.whole(ctx, req, &paged, take)
		})
		err = cmp.Or(errs...)
		if err == nil && least != "" && paged {
			err = s.pages(ctx, req, take)
		}
		page.IDs = append(gone, written...)
		return err
	})
	if err != nil {
		return refresh.ChangePage{}, err
	}
	slices.Sort(page.IDs)
	page.IDs = slices.Compact(page.IDs) // both name what was modified
	return page, nil
}

// csn reads how far the server's changes go.
func (s *session) csn(ctx context.Context) (csnMark, error) {
	m := csnMark{server: s.server}
	e, err := s.read(ctx, s.facts.scope, contextCSN, "objectClass")
	switch code := resultCode(err); {
	case code == ldap.LDAPResultNoSuchObject, code == ldap.LDAPResultInsufficientAccessRights, errors.Is(err, errNoEntry):
		return m, fmt.Errorf("%s does not show this reader %s of the suffix: %w", s.server, contextCSN, refresh.ErrForbidden)
	case err != nil:
		return m, err
	}
	if m.csns = all(e, contextCSN); len(m.csns) == 0 {
		return m, fmt.Errorf("%s does not show this reader %s of the suffix: the right to read it lacks (%w), or the overlay syncprov (%w)", s.server, contextCSN, refresh.ErrForbidden, errors.ErrUnsupported)
	}
	for _, x := range m.csns {
		if !isCSN(x) {
			return m, &Error{Server: s.server, Op: "search", Err: &refresh.ValueError{Attr: contextCSN, Index: -1, Value: x, Problem: "it is not a change sequence number"}}
		}
	}
	slices.Sort(m.csns)
	return m, nil
}

// written returns the search for entries whose last change is not before least, and what adds those to ids whose last change is later
// than a mark.
func (s *session) written(since csnMark, least string, ids *[]refresh.ID) (*ldap.SearchRequest, func(*ldap.SearchResult) error) {
	req := &ldap.SearchRequest{
		BaseDN: s.facts.scope, Scope: ldap.ScopeWholeSubtree, DerefAliases: ldap.NeverDerefAliases,
		Filter: "(" + entryCSN + ">=" + least + ")", Attributes: []string{s.facts.dialect.identity, entryCSN},
	}
	return req, func(res *ldap.SearchResult) error {
		if len(res.Referrals) > 0 {
			return fmt.Errorf("%w: %w", errElsewhere, refresh.ErrOutOfScope)
		}
		for _, e := range res.Entries {
			if !holds(e, s.facts.dialect.identity) || since.knows(one(e, entryCSN)) {
				continue // this reader has found nobody by it; or it is the last change before
			}
			id, err := identityOf(s.facts.dialect, e)
			if err != nil {
				s.tainted.Store(true)
				return &Error{Server: s.server, Op: "search", Err: err}
			}
			*ids = append(*ids, id)
		}
		if len(*ids) > maxChanges {
			return errManyChanges
		}
		return nil
	}
}

// vanished adds the entries that were deleted since a mark, by a refresh of RFC 4533. It asks for content to which no entry
// belongs, so that the server sends no entry, and names those that do not belong to it any more: the deleted, and with slapd all
// that were modified, whatever this reader may see. No size limit applies to those names.
//
// The answer is believed only when it ends with a Sync Done control that says that everything deleted was named
// (refreshDeletes TRUE, RFC 4533 section 3.3.2).
func (s *session) vanished(ctx context.Context, since csnMark, ids *[]refresh.ID) error {
	req := &ldap.SearchRequest{
		BaseDN: s.facts.scope, Scope: ldap.ScopeWholeSubtree, DerefAliases: ldap.NeverDerefAliases,
		Filter: "(" + s.facts.dialect.identity + "=00000000-0000-0000-0000-000000000000)", Attributes: []string{noAttributes},
	}
	cookie := []byte("rid=000,csn=" + strings.Join(since.csns, ";"))
	req.Controls = []ldap.Control{ldap.NewControlSyncRequest(ldap.SyncRequestModeRefreshOnly, cookie, false)}
	res, gone, err := s.ask(ctx, req)
	switch code := resultCode(err); {
	case code == ldap.LDAPResultSyncRefreshRequired, code == ldap.LDAPResultUnwillingToPerform: // a cookie of the future
		return refresh.ErrCursorExpired
	case code == ldap.LDAPResultUnavailableCriticalExtension:
		return fmt.Errorf("%s does not know RFC 4533 for this directory: %w", s.server, errors.ErrUnsupported)
	case err != nil:
		return err
	}
	done, ok := ldap.FindControl(res.Controls, ldap.ControlTypeSyncDone).(*ldap.ControlSyncDone)
	switch {
	case len(res.Entries)+len(res.Referrals) > 0:
		err = errUnasked
	case gone.err != nil:
		err = gone.err
	case !ok:
		err = errEnded
	case !done.RefreshDeletes:
		err = errStale
	}
	switch err {
	case nil:
		*ids = append(*ids, gone.ids...)
		return nil
	case errStale, errManyChanges:
		return err
	}
	s.tainted.Store(true)
	s.kill()
	return &Error{Server: s.server, Op: "search", Err: err}
}
