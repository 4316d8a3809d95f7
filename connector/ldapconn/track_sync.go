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
		if err := c.noticesChanges(ctx, s, entryCSN); err != nil || since == "" {
			return err
		}
		if err := s.vanished(ctx, from, &page.IDs); err != nil {
			return err
		}
		return s.written(ctx, from, now.least(from), &paged, &page.IDs)
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

// written adds the entries whose last change is later than a mark. least is where the search begins; "" is not at all.
func (s *session) written(ctx context.Context, since csnMark, least string, paged *bool, ids *[]refresh.ID) error {
	if least == "" {
		return nil
	}
	req := &ldap.SearchRequest{
		BaseDN: s.facts.scope, Scope: ldap.ScopeWholeSubtree, DerefAliases: ldap.NeverDerefAliases,
		Filter: "(" + entryCSN + ">=" + least + ")", Attributes: []string{s.facts.dialect.identity, entryCSN},
	}
	return s.gather(ctx, req, paged, func(res *ldap.SearchResult) error {
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
	})
}

// errStale is a server that cannot say what was deleted since.
var errStale = fmt.Errorf("the server does not remember what was deleted since: %w", refresh.ErrCursorExpired)

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
	s.guard.frame.syncing.Store(true)
	defer s.guard.frame.syncing.Store(false)
	reading, cancel := context.WithCancel(ctx)
	defer cancel() // ends go-ldap's goroutine where the answer was left unread, and the connection with it
	complete := false
	err := s.do(ctx, "search", func() error {
		r := s.conn.Syncrepl(reading, req, 0, ldap.SyncRequestModeRefreshOnly, cookie, false)
		for r.Next() {
			if complete {
				return errAfterEnd
			}
			var err error
			if complete, err = syncPart(r, ids); err != nil {
				return err
			}
		}
		return r.Err()
	})
	switch code := resultCode(err); {
	case code == ldap.LDAPResultSyncRefreshRequired, code == ldap.LDAPResultUnwillingToPerform: // a cookie of the future
		return refresh.ErrCursorExpired
	case code == ldap.LDAPResultUnavailableCriticalExtension:
		return fmt.Errorf("%s does not know RFC 4533 for this directory: %w", s.server, errors.ErrUnsupported)
	case err == nil && !complete: // the connection ended, or there was no control
		s.kill()
		return &Error{Server: s.server, Op: "search", Err: errEnded}
	}
	return err
}

var errAfterEnd = errors.New("the server broke the protocol: an answer goes on after its end")

// syncPart takes one part of the answer. done is true for its end.
func syncPart(r ldap.Response, ids *[]refresh.ID) (done bool, err error) {
	if r.Entry() != nil || r.Referral() != "" {
		return false, errUnasked
	}
	for _, x := range r.Controls() {
		switch x := x.(type) {
		case *ldap.ControlSyncInfo:
			switch {
			case x.RefreshPresent != nil, x.SyncIdSet != nil && !x.SyncIdSet.RefreshDeletes:
				return false, errStale
			case x.SyncIdSet != nil:
				for _, id := range x.SyncIdSet.SyncUUIDs {
					*ids = append(*ids, refresh.ID(id.String()))
				}
			}
		case *ldap.ControlSyncDone:
			if !x.RefreshDeletes {
				return false, errStale
			}
			done = true
		}
	}
	if len(*ids) > maxChanges {
		return false, errManyChanges
	}
	return done, nil
}
